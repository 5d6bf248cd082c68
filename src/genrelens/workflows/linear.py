"""Regularised linear heads on a frozen embedding.

Alone: scikit-learn's multinomial logistic regression on standardised embeddings. Beside genres that are kept: the
bundle's own head plus a small change. The songs pull at it; stand-ins of the old genres hold it where it was, by
asking for the probabilities that the old head gives them (learning without forgetting, Li & Hoiem 2016, with drawn
embeddings in place of old songs), and so does the penalty, which is on the change. Both problems are convex.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.listening.certainty import softmax
from genrelens.workflows.head import Head

__all__ = ["Fit", "Kept", "fit_head", "held_out"]

Floats = NDArray[np.float32]

_FULL: Final = 10
"""From so many songs on, a label counts as much as any other; a correction by one or two songs counts less."""
_ROUNDS: Final = 150


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What is not to be forgotten.

    Attributes:
        head: Of the bundle, for its own labels, which come first among the new ones.
        stand_ins: Embeddings that speak for its genres, [n, d].
    """

    head: Head
    stand_ins: Floats


@dataclass(frozen=True, slots=True)
class Fit:
    """How a head is fitted.

    Attributes:
        labels: Number of labels.
        strength: C: inverse strength of the L2 penalty, as scikit-learn counts it, on standardised features.
        kept: What stays; None where the songs' labels are all there is.
    """

    labels: int
    strength: float
    kept: Kept | None = None


def fit_head(features: Floats, truth: NDArray[np.int64], fit: Fit) -> Head:
    """A head for embeddings as they are; every label counts alike, however many songs it has.

    Args:
        features: Mean embedding of each song, [songs, d].
        truth: Index of each song's label, [songs].
        fit: How.
    """
    return _alone(features, truth, fit) if fit.kept is None else _beside(features, truth, fit, fit.kept)


def _alone(features: Floats, truth: NDArray[np.int64], fit: Fit) -> Head:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(features.astype(np.float64))
    regression = LogisticRegression(C=fit.strength, class_weight="balanced", max_iter=1000, tol=1e-5)
    regression.fit(scaler.transform(features), truth)
    weight, bias = np.zeros((fit.labels, features.shape[1])), np.full(fit.labels, -30.0)
    if len(regression.classes_) == 2:
        # Two labels are one regression: half of it for each side.
        weight[regression.classes_] = np.concatenate([-regression.coef_, regression.coef_]) / 2
        bias[regression.classes_] = np.concatenate([-regression.intercept_, regression.intercept_]) / 2
    else:
        weight[regression.classes_], bias[regression.classes_] = regression.coef_, regression.intercept_
    weight = weight / scaler.scale_
    return Head(weight.astype(np.float32), (bias - weight @ scaler.mean_).astype(np.float32))


def _beside(features: Floats, truth: NDArray[np.int64], fit: Fit, kept: Kept) -> Head:
    from scipy.optimize import minimize

    old, width = kept.head.weight.shape
    stand_ins = kept.stand_ins.astype(np.float64)
    centre, spread = stand_ins.mean(0), stand_ins.std(0) + 1e-6
    start, bias = np.zeros((fit.labels, width)), np.full(fit.labels, float(kept.head.bias.min()))
    start[:old], bias[:old] = kept.head.weight, kept.head.bias
    inputs = np.concatenate([features.astype(np.float64), stand_ins])
    before = inputs @ start.T + bias
    target = np.zeros((len(inputs), fit.labels))
    target[np.arange(len(truth)), truth] = 1
    target[len(truth) :, :old] = softmax(before[len(truth) :, :old])
    counts = np.bincount(truth, minlength=fit.labels)
    songs = np.minimum(1.0, counts / _FULL)[truth] / counts[truth]
    weights = np.concatenate([songs, np.full(len(stand_ins), old / len(stand_ins))])[:, None]
    inputs = np.concatenate([(inputs - centre) / spread, np.ones((len(inputs), 1))], axis=1)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        change = flat.reshape(fit.labels, width + 1)
        penalty = change / fit.strength
        # The bias is free, nearly: with none of its own, a new label has to find one.
        penalty[:, -1] *= 0.01
        scores = before + inputs @ change.T
        scores -= scores.max(1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(1, keepdims=True))
        slope = (weights * (np.exp(logs) - target)).T @ inputs + penalty
        return float(0.5 * (change * penalty).sum() - (weights * target * logs).sum()), slope.ravel()

    found = minimize(
        loss, np.zeros(fit.labels * (width + 1)), jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS}
    )
    change = found.x.reshape(fit.labels, width + 1)
    weight = change[:, :-1] / spread
    return Head((start + weight).astype(np.float32), (bias + change[:, -1] - weight @ centre).astype(np.float32))


def held_out(
    features: Floats,
    truth: NDArray[np.int64],
    folds: NDArray[np.int64],
    fit: Fit,
    windows: Floats,
    owner: NDArray[np.int64],
) -> tuple[Floats, Floats]:
    """Logits by heads that were fitted on the other folds.

    Args:
        features: Mean embedding of each song, [songs, d].
        truth: Index of each song's label, [songs].
        folds: Of each song, [songs].
        fit: How.
        windows: Embeddings of the songs' windows, [n, d].
        owner: Song of each window, [n].

    Returns:
        Of the songs [songs, labels] and of their windows [n, labels].
    """
    songs = np.zeros((len(features), fit.labels), np.float32)
    parts = np.zeros((len(windows), fit.labels), np.float32)
    for fold in np.unique(folds):
        inside, theirs = folds == fold, folds[owner] == fold
        head = fit_head(features[~inside], truth[~inside], fit)
        songs[inside] = features[inside] @ head.weight.T + head.bias
        parts[theirs] = windows[theirs] @ head.weight.T + head.bias
    return songs, parts
