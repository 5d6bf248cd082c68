"""What the benchmark of arbitration counts, and whether its simulated sources are as they say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.annotators import LABELS, NOTHING, label_songs
from benchmarks.arbitrate import hits, interval, judged, simulated_pool, votes


def test_a_tie_is_shared_out_and_silence_is_no_vote():
    said = np.array([[0, 1, NOTHING], [0, 2, NOTHING], [3, NOTHING, NOTHING]])
    truth = np.array([0, 2, 5])
    assert hits(votes(said), truth) == pytest.approx([1, 1 / 2, 1 / len(LABELS)])
    assert hits(votes(said, np.array([3, 2, 5])), truth) == pytest.approx([1 / 2, 1, 1])


@pytest.mark.parametrize(("kind", "right"), [("careful", 0.85), ("fair", 0.65), ("poor", 0.45)])
def test_sources_are_as_good_as_they_say(kind, right):
    truth = np.random.default_rng(0).integers(0, len(LABELS), 4000)
    (row,) = label_songs([kind], truth, np.random.default_rng(1))
    assert np.mean(row == truth) == pytest.approx(right, abs=0.03)


def test_copies_lazy_ones_and_gaps():
    truth = np.random.default_rng(0).integers(0, len(LABELS), 4000)
    first, copy, half, lazy, skips = label_songs(
        ["poor", "copy", "half copy", "lazy", "skips"], truth, np.random.default_rng(1)
    )
    assert (copy == first).all()
    assert 0.5 < np.mean(half == first) < 0.8
    assert np.mean(lazy == LABELS.index("Pop")) > 0.8
    assert np.mean(skips == NOTHING) == pytest.approx(0.6, abs=0.03)


def test_the_simulated_model_is_right_as_often_as_it_says():
    truth, shares = simulated_pool(4000)
    assert np.mean(shares.argmax(axis=1) == truth) == pytest.approx(shares.max(axis=1).mean(), abs=0.03)


def test_only_what_the_interval_leaves_no_doubt_of_is_a_win():
    better = np.ones(200)
    coin = np.random.default_rng(0).integers(0, 2, 200).astype(float)
    runs = [{"ours": better, "vote": 1 - coin, "other": np.roll(better, 1)}]
    mean, low, high = interval(runs, "ours", "vote")
    assert low < mean < high
    assert interval(runs, "ours", "other") == (0, 0, 0)
    row = {"scenario": "x", "songs": 200, "ours_vs_model": (0, -0.1, 0.1), "ours_vs_best": (-0.2, -0.3, -0.1)}
    row |= {"ours_vs_vote_model": (mean, low, high), "ours_alone_vs_vote": (0, 0, 0)}
    assert judged([row]) == {"ours vs vote model: better": ["x (200)"], "ours vs best: worse": ["x (200)"]}
