"""The bundle's own head moved as little as songs that it got wrong need.

Two things keep the move small. What is asked for: a song that is answered rightly is asked to keep the probabilities
that it has, and for a song that is not, its label and the first answer change places, which asks for no more certainty
than the head had. And a ridge: the cross-entropy with these targets plus a penalty on the squared change of the
weights, in the embedding's standardised space. Both need the given songs alone, none of those the head was trained on.

The embedding is scaled but not centred: with so few songs their mean is not the mean of music, and what is taken away
with it would have to be moved through the bias, which moves every song alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.listening.certainty import softmax
from genrelens.workflows.teaching.head import Head

__all__ = ["Nudge", "nudge", "nudge_held_out"]

Floats = NDArray[np.floating[Any]]

_FLOOR: Final = 0.3
"""Share of the mean variance that is added to each feature's own: a feature that hardly varies in a few songs is not
to become the loudest."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """How a head is moved.

    Attributes:
        strength: 0 leaves the head as it is; the larger, the further it may move: the inverse of the penalty.
        temperature: That the bundle divides the logits by: the songs' probabilities are its own.
    """

    strength: float
    temperature: float = 1.0


def nudge(head: Head, features: Floats, truth: NDArray[np.int64], how: Nudge) -> Head:
    """The head after the songs were learnt from.

    Args:
        head: That the bundle has.
        features: Mean embedding of each song, [songs, d].
        truth: Index of each song's label, [songs].
        how: How far.
    """
    return _move(head, features, truth, how, _directions(features))


def nudge_held_out(
    head: Head, features: Floats, truth: NDArray[np.int64], folds: NDArray[np.int64], ways: Sequence[Nudge]
) -> NDArray[np.float64]:
    """Logits of each song by heads that learnt from the other folds, [ways, songs, labels].

    Args:
        head: That the bundle has.
        features: Mean embedding of each song, [songs, d].
        truth: Index of each song's label, [songs].
        folds: Of each song, [songs].
        ways: How far, one after the other.
    """
    logits = np.zeros((len(ways), len(features), len(head.bias)))
    for fold in np.unique(folds):
        inside = folds == fold
        directions = _directions(features[~inside])
        for row, how in enumerate(ways):
            moved = _move(head, features[~inside], truth[~inside], how, directions)
            logits[row, inside] = features[inside] @ moved.weight.T + moved.bias
    return logits


def _move(
    head: Head, features: Floats, truth: NDArray[np.int64], how: Nudge, directions: tuple[NDArray[np.float64], ...]
) -> Head:
    if how.strength <= 0:
        return head
    places, axes, scale = directions
    logits = (features.astype(np.float64) @ head.weight.T + head.bias) / how.temperature
    change = axes.T @ _minimise(places, logits, _targets(logits, truth), 1 / how.strength)
    weight = head.weight + how.temperature * (change / scale[:, None]).T
    return Head(weight.astype(np.float32), head.bias)


def _directions(features: Floats) -> tuple[NDArray[np.float64], ...]:
    """Where the songs lie, [songs, k], on axes [k, d] of the embedding divided by its scale, [d].

    k is the number of songs or the width, whichever is less: what no song touches does not move.
    """
    scale = _scale(features)
    left, size, axes = np.linalg.svd(features.astype(np.float64) / scale, full_matrices=False)
    return left * size, axes, scale


def _scale(features: Floats) -> NDArray[np.float64]:
    """Of each feature, [d], so that a song's scaled embedding has length 1 on average: nothing depends on the width."""
    variance = features.astype(np.float64).var(axis=0)
    scale = np.sqrt(variance + _FLOOR * variance.mean())
    # Songs that are all alike have no spread to go by.
    scale = scale if scale.min() > 0 else np.ones(len(scale))
    length = np.sqrt(np.mean(np.sum((features / scale) ** 2, axis=1)))
    return scale * max(float(length), 1e-12)


def _targets(logits: NDArray[np.float64], truth: NDArray[np.int64]) -> NDArray[np.float64]:
    targets = softmax(logits)
    songs, first = np.arange(len(truth)), logits.argmax(1)
    mine, theirs = targets[songs, truth].copy(), targets[songs, first].copy()
    targets[songs, first], targets[songs, truth] = mine, theirs
    return targets


def _minimise(
    features: NDArray[np.float64], logits: NDArray[np.float64], targets: NDArray[np.float64], penalty: float
) -> NDArray[np.float64]:
    """The change of the logits as a matrix, [directions, labels], on features [songs, directions]."""
    from scipy.optimize import minimize

    shape = (features.shape[1], logits.shape[1])

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        change = flat.reshape(shape)
        moved = logits + features @ change
        probabilities = softmax(moved)
        entropy = -np.sum(targets * np.log(np.maximum(probabilities, 1e-12))) / len(targets)
        slope = features.T @ (probabilities - targets) / len(targets) + penalty * change
        return float(entropy + penalty * np.sum(change**2) / 2), slope.ravel()

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    moved: NDArray[np.float64] = found.x.reshape(shape)
    return moved
