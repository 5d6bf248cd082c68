"""Sources that copy another."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.workflows.arbitration.copies import find_copies

GENRES = np.array(["Rock", "Pop", "Jazz", "Folk", "Blues"])


def source(random, truth, accuracy):
    wrong = (truth + random.integers(1, len(GENRES), len(truth))) % len(GENRES)
    return np.where(random.random(len(truth)) < accuracy, truth, wrong)


def said(**rows):
    return {name: {str(song): frozenset([GENRES[at]]) for song, at in enumerate(row)} for name, row in rows.items()}


@pytest.fixture
def random():
    return np.random.default_rng(7)


def test_a_copy_is_found_and_the_earlier_stands_for_both(random):
    truth = random.integers(0, 5, 100)
    first, other = source(random, truth, 0.7), source(random, truth, 0.8)
    nearly = first.copy()
    nearly[3] = (nearly[3] + 1) % 5
    (copy,) = find_copies(said(a=first, b=other, c=nearly), {})
    assert (copy.source, copy.of, copy.same, copy.songs) == ("c", "a", 99, 100)


@pytest.mark.parametrize("accuracy", [0.5, 0.7, 0.9, 0.95])
def test_independent_sources_are_no_copies(random, accuracy):
    truth = random.integers(0, 5, 300)
    rows = {name: source(random, truth, accuracy) for name in "abcd"}
    assert find_copies(said(**rows), {}) == []


def test_what_nobody_contradicts_is_no_sign_of_a_copy(random):
    """All agree because the songs are easy."""
    truth = random.integers(0, 5, 100)
    assert find_copies(said(a=truth, b=truth), {}) == []
    contradicting = {str(song): str(GENRES[(at + 1) % 5]) for song, at in enumerate(truth)}
    assert [copy.source for copy in find_copies(said(a=truth, b=truth), contradicting)] == ["b"]


def test_few_songs_prove_nothing(random):
    truth = random.integers(0, 5, 19)
    row, other = source(random, truth, 0.5), source(random, truth, 0.5)
    assert find_copies(said(a=row, b=row, c=other), {}) == []


def test_copies_of_copies_all_count_through_the_first(random):
    truth = random.integers(0, 5, 60)
    row, other = source(random, truth, 0.6), source(random, truth, 0.8)
    assert [(copy.source, copy.of) for copy in find_copies(said(a=row, b=row, c=row, d=other), {})] == [
        ("b", "a"),
        ("c", "a"),
    ]
