"""Folds that keep artists together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.workflows.folds import cut


def test_no_artist_is_on_both_sides():
    groups = [f"artist {n % 13}" for n in range(60)]
    folds, notes = cut(groups, ["a" if n % 13 < 6 else "b" for n in range(60)], seed=0)
    assert all(len({fold for fold, group in zip(folds, groups, strict=True) if group == name}) == 1 for name in groups)
    assert len(set(folds.tolist())) == 5
    assert notes == []


@pytest.mark.parametrize(
    ("groups", "words"),
    [([""] * 20, "no artist"), (["one"] * 10 + [f"{n}" for n in range(10)], "All songs of a are of one artist")],
)
def test_what_the_figures_cannot_say(groups, words):
    folds, notes = cut(groups, ["a"] * 10 + ["b"] * 10, seed=0)
    assert words in notes[0]
    assert len(set(folds[:10].tolist())) > 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "y", "z"])), min_size=10, max_size=40))
def test_every_label_is_learnt_from_in_every_fold(songs):
    labels, groups = [label for label, _ in songs], [group for _, group in songs]
    folds, _ = cut(groups, labels, seed=0)
    assert len(folds) == len(songs)
    for label in set(labels):
        own = folds[np.array(labels) == label]
        assert len(own) == 1 or len(set(own.tolist())) > 1
