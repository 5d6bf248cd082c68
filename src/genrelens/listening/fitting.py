"""Fitting what `certainty` reads: temperature, prediction sets, tiers. Used by training and by `genrelens teach`.

All take what was never fitted on: songs of other artists than those that trained the head.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.listening.certainty import LIKELY_ABOVE, SURE_ABOVE, Calibration, softmax, tier_of

__all__ = ["best_temperature", "conformal_by_label", "conformal_threshold", "tier_figures"]

Floats = NDArray[np.floating[Any]]

_TEMPERATURES: Final = np.geomspace(0.2, 5.0, 321)


def best_temperature(logits: Floats, truth: NDArray[np.int64], weights: Floats | None = None) -> float:
    """The temperature with the smallest negative log-likelihood (Guo et al. 2017).

    Args:
        logits: [songs, labels].
        truth: Index of each song's label, [songs].
        weights: What each song counts, [songs]; alike when left out.
    """
    rows = np.arange(len(truth))
    losses = [
        -float(np.average(np.log(np.maximum(softmax(logits / t)[rows, truth], 1e-12)), weights=weights))
        for t in _TEMPERATURES
    ]
    return round(float(_TEMPERATURES[int(np.argmin(losses))]), 4)


def conformal_threshold(probabilities: Floats, truth: NDArray[np.int64], coverage: float) -> float:
    """Split conformal (Vovk et al. 2005): the ceil((n + 1) coverage)-th smallest 1 - p of the songs' own labels.

    Args:
        probabilities: [songs, labels].
        truth: Index of each song's label, [songs].
        coverage: Share of songs whose set shall hold their label, 0 to 1.
    """
    scores = np.sort(1 - probabilities[np.arange(len(truth)), truth])
    rank = math.ceil((len(scores) + 1) * coverage)
    return round(float(scores[rank - 1]), 6) if rank <= len(scores) else 1.0


def conformal_by_label(
    probabilities: Floats, truth: NDArray[np.int64], coverage: float, others: float = 20.0
) -> NDArray[np.float64]:
    """A threshold for each label: its own songs, and all others together counting as much as `others` songs.

    With its own songs alone (Mondrian, Vovk et al. 2005) ten songs of a rare genre would decide, and the sets would
    be three times as large; with all alike, a rare genre is covered less often than was promised.

    Args:
        probabilities: [songs, labels].
        truth: Index of each song's label, [songs].
        coverage: Share of songs whose set shall hold their label, 0 to 1.
        others: What the songs of all other labels count together.

    Returns:
        Largest 1 - p of each label, [labels].
    """
    scores = 1 - probabilities[np.arange(len(truth)), truth]
    order = np.argsort(scores)
    result = np.ones(probabilities.shape[1])
    for label in range(probabilities.shape[1]):
        own = truth == label
        weights = np.where(own, 1.0, others / max(1, int((~own).sum())))[order]
        # The song that is asked about counts like one of the label's own.
        reached = np.flatnonzero(np.cumsum(weights) >= coverage * (weights.sum() + 1.0))
        if len(reached):
            result[label] = scores[order][reached[0]]
    return result


def tier_figures(
    probabilities: Floats, right: dict[str, NDArray[np.bool_]], calibration: Calibration
) -> dict[str, dict[str, float]]:
    """For each tier: its share of the songs, and each kind of precision in it.

    Args:
        probabilities: [songs, labels].
        right: Name of a figure -> whether each song's first label counts as right.
        calibration: Of the bundle.
    """
    tiers = np.array([tier_of(p.astype(np.float64), None, calibration) for p in probabilities])
    limits = {"sure": {"above": SURE_ABOVE}, "likely": {"above": LIKELY_ABOVE}, "blend": {}, "unsure": {}}
    result = {}
    for tier, limit in limits.items():
        inside = tiers == tier
        figures = {name: flags[inside].mean() for name, flags in right.items()} if inside.any() else {}
        figures["share"] = inside.mean()
        result[tier] = {**limit, **{name: round(float(value), 4) for name, value in figures.items()}}
    return result
