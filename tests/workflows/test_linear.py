"""The regularised head, what it was not fitted on, and what anchors keep."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.workflows.anchors import summarise
from genrelens.workflows.linear import Fit, Kept, fit_head, held_out


def clouds(count, labels=4, width=20, seed=0):
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 1, (labels, width))
    truth = np.repeat(np.arange(labels), count)
    return (centres[truth] + random.normal(0, 1.2, (len(truth), width))).astype(np.float32), truth


def answers(head, x):
    return (x @ head.weight.T + head.bias).argmax(1)


@pytest.mark.parametrize("labels", [2, 4])
def test_it_learns(labels):
    x, truth = clouds(30, labels)
    unseen, theirs = clouds(50, labels, seed=1)
    head = fit_head(x, truth, Fit(labels, 0.1))
    assert (answers(head, unseen) == theirs).mean() > 0.85


@pytest.fixture(scope="module")
def kept():
    x, truth = clouds(300)
    return Kept(fit_head(x, truth, Fit(4, 0.1)), summarise(x, truth, 4).draw(40, seed=0))


def test_a_fifth_label_beside_four_that_are_answered_as_before(kept):
    few, theirs = clouds(10, labels=5, seed=5)
    unseen, expected = clouds(200, labels=5, seed=6)
    head = fit_head(few[theirs == 4], theirs[theirs == 4], Fit(5, 1.0, kept))
    before, after, old = answers(kept.head, unseen), answers(head, unseen), expected < 4
    assert (after == expected)[~old].mean() > 0.7
    assert (after == before)[old].mean() > 0.93
    assert (after == expected)[old].mean() > (before == expected)[old].mean() - 0.03


def test_a_correction_moves_what_it_is_about_and_little_else(kept):
    """Songs at a place of their own that were called 1 are to be called 3."""
    random = np.random.default_rng(8)
    place = clouds(300)[0][300:600].mean(0) + 1.5 * random.normal(0, 1, 20)
    songs = (place + random.normal(0, 0.8, (60, 20))).astype(np.float32)
    unseen, _ = clouds(200, seed=6)
    head = fit_head(songs[:12], np.full(12, 3), Fit(4, 1.0, kept))
    assert (answers(kept.head, songs[12:]) == 3).mean() < 0.3
    assert (answers(head, songs[12:]) == 3).mean() > 0.8
    assert (answers(head, unseen) == answers(kept.head, unseen)).mean() > 0.93


def test_one_song_moves_less_than_ten(kept):
    song = clouds(1, seed=3)[0][:1]
    moved = [
        np.abs(fit_head(np.repeat(song, n, 0), np.full(n, 2), Fit(4, 1.0, kept)).weight - kept.head.weight).sum()
        for n in (1, 10)
    ]
    assert moved[0] < 0.5 * moved[1]


def test_held_out_answers_come_from_the_other_folds():
    """With labels that mean nothing, held-out answers are no better than chance."""
    random = np.random.default_rng(0)
    x = random.normal(0, 1, (200, 30)).astype(np.float32)
    truth = random.integers(0, 2, 200)
    songs, windows = held_out(x, truth, np.arange(200) % 5, Fit(2, 10.0), x, np.arange(200))
    assert (songs.argmax(1) == truth).mean() < 0.62
    np.testing.assert_array_equal(songs, windows)
