"""How far voices may be multiplied."""

from __future__ import annotations

import numpy as np

from genrelens.workflows.arbitration.sharpness import sharpness, softmax


def judged(votes, genres, accuracy):
    """Joint log probabilities, what each vote adds, and whose it is, if each source were right with `accuracy`."""
    sources, songs = votes.shape
    table = np.log(np.where(np.eye(genres), accuracy, (1 - accuracy) / (genres - 1)))
    said = table[votes.ravel()]
    joint = np.zeros((songs, genres))
    at, who = np.tile(np.arange(songs), sources), np.repeat(np.arange(sources), songs)
    np.add.at(joint, at, said)
    return joint, said, at, who, np.eye(genres)[votes.ravel()]


def test_independent_voices_are_multiplied_as_they_are():
    random = np.random.default_rng(0)
    truth = random.integers(0, 4, 400)
    votes = np.array([np.where(random.random(400) < 0.7, truth, random.integers(0, 4, 400)) for _ in range(4)])
    assert sharpness(*judged(votes, 4, 0.75)) >= 0.7


def test_voices_that_err_alike_are_blunted_and_then_as_sure_as_right():
    """Half of the songs are hard: there everybody guesses between the genre and one neighbour."""
    random = np.random.default_rng(1)
    truth = random.integers(0, 6, 500)
    hard = random.random(500) < 0.5
    votes = np.array([np.where(hard & (random.random(500) < 0.5), (truth + 1) % 6, truth) for _ in range(8)])
    joint, *rest = judged(votes, 6, 0.75)
    power = sharpness(joint, *rest)
    assert power < 0.6
    posterior, blunt = softmax(joint), softmax(power * joint)
    right = (joint.argmax(1) == truth).mean()
    assert (posterior.argmax(1) == blunt.argmax(1)).all()
    assert abs(blunt.max(1).mean() - right) < abs(posterior.max(1).mean() - right)


def test_no_votes():
    empty = np.zeros((0, 3))
    assert sharpness(np.zeros((2, 3)), empty, np.zeros(0, int), np.zeros(0, int), empty) == 1.0


def test_softmax_of_large_numbers():
    assert np.allclose(softmax(np.array([[1e4, 1e4, -1e4]])), [[0.5, 0.5, 0]])
