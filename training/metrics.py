"""Figures over songs: all take probabilities [songs, labels] and the clips, and know nothing of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.listening.certainty import softmax
from genrelens.listening.fitting import best_temperature as fit_temperature
from training.corpus import LABELS, Clip, accepted_labels

__all__ = [
    "accepted_hits",
    "area_under_risk",
    "best_temperature",
    "bootstrap_interval",
    "confusion",
    "expected_calibration_error",
    "macro_f1",
    "negative_log_likelihood",
    "per_genre",
    "policy_curve",
    "risk_coverage",
    "softmax",
    "strict_hits",
    "summary",
    "top_hits",
    "truth_of",
]

Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]


def strict_hits(probabilities: Floats, clips: Sequence[Clip]) -> Flags:
    """Whether the first label is the clip's own."""
    return np.array([LABELS[p.argmax()] == clip.label for p, clip in zip(probabilities, clips, strict=True)])


def accepted_hits(probabilities: Floats, clips: Sequence[Clip]) -> Flags:
    """Whether the first label is one that a fair person would accept."""
    return np.array([LABELS[p.argmax()] in accepted_labels(clip) for p, clip in zip(probabilities, clips, strict=True)])


def top_hits(probabilities: Floats, clips: Sequence[Clip], count: int) -> Flags:
    """Whether the clip's own label is among the first `count`."""
    first = np.argsort(-probabilities, axis=1)[:, :count]
    return np.array([LABELS.index(clip.label) in row for row, clip in zip(first, clips, strict=True)])


def best_temperature(logits: Floats, clips: Sequence[Clip]) -> float:
    """The temperature with the smallest negative log-likelihood of the clips' own labels.

    Args:
        logits: [songs, labels].
        clips: Of the songs.
    """
    return fit_temperature(logits, truth_of(clips))


def truth_of(clips: Sequence[Clip]) -> NDArray[np.int64]:
    """Index of each music clip's own label, int64 [clips]."""
    return np.array([LABELS.index(clip.label) for clip in clips], np.int64)


def confusion(probabilities: Floats, clips: Sequence[Clip]) -> NDArray[np.int64]:
    """Songs by true label (rows) and first label (columns)."""
    matrix = np.zeros((len(LABELS), len(LABELS)), np.int64)
    for p, clip in zip(probabilities, clips, strict=True):
        matrix[LABELS.index(clip.label), p.argmax()] += 1
    return matrix


def macro_f1(probabilities: Floats, clips: Sequence[Clip]) -> float:
    """Mean over genres of the harmonic mean of precision and recall, strict."""
    matrix = confusion(probabilities, clips)
    both = matrix.sum(0) + matrix.sum(1)
    return float(np.mean(2 * matrix.diagonal()[both > 0] / both[both > 0]))


def negative_log_likelihood(probabilities: Floats, clips: Sequence[Clip]) -> float:
    """Mean of -ln(probability of the clip's own label)."""
    own = [p[LABELS.index(clip.label)] for p, clip in zip(probabilities, clips, strict=True)]
    return float(-np.mean(np.log(np.maximum(own, 1e-12))))


def expected_calibration_error(first: Floats, hits: Flags, bins: int = 15) -> float:
    """ECE over bins of equal mass: mean of |share of hits - mean first probability|.

    Args:
        first: Probability of the first label, [songs].
        hits: Whether it was right, [songs].
        bins: Number of bins.
    """
    order = np.argsort(first, kind="stable")
    parts = np.array_split(order, bins)
    return float(
        sum(len(part) * abs(hits[part].mean() - first[part].mean()) for part in parts if len(part)) / len(first)
    )


def per_genre(probabilities: Floats, clips: Sequence[Clip]) -> dict[str, dict[str, float]]:
    """For each genre: songs, recall, precision and F1, the accepted ones too; NaN where it was never answered."""
    first = probabilities.argmax(1)
    strict, accepted = strict_hits(probabilities, clips), accepted_hits(probabilities, clips)
    truth = np.array([LABELS.index(clip.label) for clip in clips])
    result = {}
    for index, label in enumerate(LABELS):
        own, answered = truth == index, first == index
        both = own.sum() + answered.sum()
        result[label] = {
            "songs": int(own.sum()),
            "recall": _mean(strict[own]),
            "precision": _mean(strict[answered]),
            "f1": float(2 * strict[own].sum() / both) if both else float("nan"),
            "recall_accepted": _mean(accepted[own]),
            "precision_accepted": _mean(accepted[answered]),
        }
    return result


def risk_coverage(first: Floats, hits: Flags) -> list[dict[str, float]]:
    """Songs accepted from the surest on: at each twentieth, the share accepted, the share of those wrong, the lowest p.

    Args:
        first: Probability of the first label, [songs].
        hits: Whether it was right, [songs].
    """
    order = np.argsort(-first, kind="stable")
    wrong = np.cumsum(~hits[order]) / np.arange(1, len(order) + 1)
    counts = np.unique(np.maximum(1, np.round(np.linspace(0.05, 1, 20) * len(order)).astype(int)))
    return [
        {
            "coverage": round(count / len(order), 4),
            "risk": round(float(wrong[count - 1]), 4),
            "from_p": round(float(first[order[count - 1]]), 4),
        }
        for count in counts
    ]


def area_under_risk(first: Floats, hits: Flags) -> float:
    """AURC (Geifman et al. 2019): mean share of wrong answers over all numbers of songs accepted from the surest on."""
    order = np.argsort(-first, kind="stable")
    return float((np.cumsum(~hits[order]) / np.arange(1, len(order) + 1)).mean())


def policy_curve(probabilities: Floats, clips: Sequence[Clip]) -> list[dict[str, float]]:
    """What accepting every song above a threshold gives: its share, and its precision strict and accepted."""
    first = probabilities.max(1)
    strict, accepted = strict_hits(probabilities, clips), accepted_hits(probabilities, clips)
    rows = []
    for threshold in np.arange(0.2, 0.96, 0.05):
        inside = first > threshold
        if inside.any():
            figures = {"precision": strict[inside].mean(), "precision_accepted": accepted[inside].mean()}
            row = {"above": threshold, "share": inside.mean(), **figures}
            rows.append({name: round(float(value), 4) for name, value in row.items()})
    return rows


def summary(probabilities: Floats, clips: Sequence[Clip]) -> dict[str, float]:
    """The figures by which two models are compared."""
    hits = strict_hits(probabilities, clips)
    return {
        "top1": float(hits.mean()),
        "accepted": float(accepted_hits(probabilities, clips).mean()),
        "top3": float(top_hits(probabilities, clips, 3).mean()),
        "macro_f1": macro_f1(probabilities, clips),
        "nll": negative_log_likelihood(probabilities, clips),
        "ece": expected_calibration_error(probabilities.max(1), hits),
    }


def bootstrap_interval(
    figure: Callable[[NDArray[np.int64]], float], songs: int, seed: int, draws: int = 1000
) -> tuple[float, float]:
    """The 95 % interval of a figure over songs drawn again with replacement.

    Args:
        figure: Takes the indices of the songs drawn.
        songs: How many there are.
        seed: Of the draws.
        draws: How many.
    """
    random = np.random.default_rng(seed)
    values = [figure(random.integers(0, songs, songs)) for _ in range(draws)]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _mean(flags: Flags) -> float:
    return float(flags.mean()) if len(flags) else float("nan")
