"""Moving a head as little as needed."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.workflows.teaching.head import Head
from genrelens.workflows.teaching.nudge import Nudge, nudge, nudge_held_out

LABELS, WIDTH = 4, 300


def world(seed=0, width=WIDTH):
    """A head and songs of four genres that it tells apart; the embedding is much wider than there are songs."""
    random = np.random.default_rng(seed)
    centres = random.normal(0, 1, (LABELS, width)) + 0.5
    head = Head((centres / width * 4).astype(np.float32), (-2 * (centres**2).mean(1)).astype(np.float32))

    def songs(genre, count):
        return (centres[genre] + random.normal(0, 1.5, (count, width))).astype(np.float32)

    return head, songs


def answers(head, songs):
    return (songs @ head.weight.T + head.bias).argmax(1)


def test_no_strength_no_move():
    head, songs = world()
    assert nudge(head, songs(0, 10), np.full(10, 1), Nudge(0)) is head


def test_songs_that_are_answered_rightly_ask_for_nothing():
    head, songs = world()
    heard = songs(0, 20)
    moved = nudge(head, heard, answers(head, heard), Nudge(1000.0))
    assert np.abs(moved.weight - head.weight).max() < 1e-6


def test_a_rule_is_learnt_and_the_rest_stays():
    """Songs of genre 0 shall be called 1: others of its kind are, those of 2 and 3 stay what they were."""
    head, songs = world()
    heard = np.concatenate([songs(0, 10), songs(2, 5), songs(3, 5)])
    truth = np.array([1] * 10 + [2] * 5 + [3] * 5)
    moved = nudge(head, heard, truth, Nudge(300.0))
    assert (answers(head, songs(0, 50)) == 0).mean() > 0.9
    assert (answers(moved, songs(0, 50)) == 1).mean() > 0.9
    for genre in (1, 2, 3):
        assert (answers(moved, songs(genre, 50)) == genre).mean() > 0.9
    np.testing.assert_array_equal(moved.bias, head.bias)


def test_the_stronger_the_further():
    head, songs = world()
    heard, truth = songs(0, 10), np.full(10, 1)
    lengths = [np.linalg.norm(nudge(head, heard, truth, Nudge(s)).weight - head.weight) for s in (1.0, 10.0, 100.0)]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1] / 3


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_neither_scale_nor_width_of_the_embedding_decides(factor):
    """The same embedding in other units, and twice side by side, is moved to the same answers."""
    head, songs = world()
    heard, truth, unseen = songs(0, 12), np.full(12, 1), songs(1, 5)
    expected = nudge(head, heard, truth, Nudge(30.0))
    scaled = nudge(Head(head.weight / np.float32(factor), head.bias), heard * factor, truth, Nudge(30.0))
    np.testing.assert_allclose(
        (unseen * factor) @ scaled.weight.T + scaled.bias, unseen @ expected.weight.T + expected.bias, atol=1e-2
    )
    twice = nudge(Head(np.hstack([head.weight] * 2) / 2, head.bias), np.hstack([heard] * 2), truth, Nudge(30.0))
    np.testing.assert_allclose(
        np.hstack([unseen] * 2) @ twice.weight.T + twice.bias, unseen @ expected.weight.T + expected.bias, atol=1e-2
    )


def test_songs_that_are_all_alike_are_no_trouble():
    head, songs = world()
    moved = nudge(head, np.repeat(songs(0, 1), 10, axis=0), np.full(10, 1), Nudge(100.0))
    assert np.isfinite(moved.weight).all()


def test_held_out_answers_come_from_the_other_folds():
    """Labels that mean nothing are not found again."""
    head, songs = world()
    random = np.random.default_rng(5)
    truth = random.integers(0, LABELS, 60)
    heard = songs(0, 60)
    logits = nudge_held_out(head, heard, truth, np.arange(60) % 5, [Nudge(0.0), Nudge(300.0)])
    np.testing.assert_array_equal(logits[0].argmax(1), answers(head, heard))
    assert (logits[1].argmax(1) == truth).mean() < 0.45
