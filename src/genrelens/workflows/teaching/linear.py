"""A regularised linear head: scikit-learn's multinomial logistic regression on standardised embeddings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelens.workflows.teaching.head import Head

__all__ = ["Fit", "fit_head", "held_out"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fit:
    """How a head is fitted.

    Attributes:
        labels: Number of labels.
        strength: C: inverse strength of the L2 penalty, as scikit-learn counts it, on standardised features.
    """

    labels: int
    strength: float


def fit_head(features: Floats, truth: NDArray[np.int64], fit: Fit) -> Head:
    """A head for embeddings as they are; every label counts alike, however many songs it has.

    Args:
        features: Mean embedding of each song, [songs, d].
        truth: Index of each song's label, [songs].
        fit: How.
    """
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
