"""The regularised head and what it was not fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.workflows.teaching.linear import Fit, fit_head, held_out


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


def test_held_out_answers_come_from_the_other_folds():
    """With labels that mean nothing, held-out answers are no better than chance."""
    random = np.random.default_rng(0)
    x = random.normal(0, 1, (200, 30)).astype(np.float32)
    truth = random.integers(0, 2, 200)
    songs, windows = held_out(x, truth, np.arange(200) % 5, Fit(2, 10.0), x, np.arange(200))
    assert (songs.argmax(1) == truth).mean() < 0.62
    np.testing.assert_array_equal(songs, windows)
