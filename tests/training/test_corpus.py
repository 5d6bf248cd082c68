"""Splits, labels and reading of the corpus."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.corpus import LABELS, Clip, accepted_labels, cut_validation, folds, label_target


def clip(label: str, label2: str = "", group: str = "g") -> Clip:
    return Clip("id", "train", label, label2, "high", group, 20.0)


def test_no_group_is_in_two_parts(corpus):
    parts: dict[str, set[str]] = {}
    for item in corpus.clips:
        parts.setdefault(item.group, set()).add(item.part)
    assert {group: found for group, found in parts.items() if len(found) > 1} == {}


def test_validation_is_cut_in_two_nearly_even_halves(corpus):
    counts = {part: Counter(item.label for item in corpus.part(part)) for part in ("choosing", "calibrating")}
    assert abs(counts["choosing"].total() - counts["calibrating"].total()) <= 10
    assert all(abs(counts["choosing"][label] - counts["calibrating"][label]) <= 3 for label in LABELS)
    assert all(counts[part][label] > 0 for part in counts for label in LABELS)


def test_parts_and_counts_are_those_of_the_corpus(corpus):
    assert len(corpus.part("train")) == 3135
    assert len(corpus.part("choosing", "calibrating")) == 513
    assert len(corpus.part("test")) == 565


def test_a_clip_is_read_in_place_from_its_tar(corpus):
    for item in corpus.part("test")[::200]:
        assert corpus.read(item)[:4] == b"OggS"


def test_the_cut_depends_on_the_seed_and_keeps_groups_whole():
    clips = [(f"artist {n % 40}", LABELS[n % 7]) for n in range(400)]
    first, again, other = cut_validation(clips, 1), cut_validation(clips, 1), cut_validation(clips, 2)
    assert first == again != other
    assert set(first) == {group for group, _ in clips}


def test_label_targets_share_with_the_second_label():
    assert label_target(clip("Rock"), 0.3)[LABELS.index("Rock")] == 1.0
    shared = label_target(clip("Rock", "Pop"), 0.3)
    assert shared[LABELS.index("Rock")] == pytest.approx(0.7)
    assert shared[LABELS.index("Pop")] == pytest.approx(0.3)
    assert shared.sum() == pytest.approx(1.0)


def test_accepted_labels_count_the_second_and_hip_hop_for_rap():
    assert accepted_labels(clip("Rock")) == {"Rock"}
    assert accepted_labels(clip("R&B", "Pop")) == {"R&B", "Pop"}
    assert accepted_labels(clip("Rap")) == {"Rap", "Hip-Hop"}
    assert accepted_labels(clip("Pop", "Hip-Hop")) == {"Pop", "Rap", "Hip-Hop"}


def test_a_group_lies_in_one_fold():
    groups = [f"artist {n % 30}" for n in range(300)]
    found = folds(groups, 5, seed=3)
    assert set(found.tolist()) == set(range(5))
    assert np.array_equal(found[:30], found[30:60])
