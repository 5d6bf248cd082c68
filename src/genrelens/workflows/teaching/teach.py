"""Teaching the ear genres of one's own from a few songs each: a linear head on the frozen embedding.

The network hears as before; only the head, a regularised multinomial logistic regression, is fitted - on song means
of the embedding, which is exact because the head is linear. How strongly it is regularised is chosen by
cross-validation over artists, and every figure that is printed comes from songs of artists that the head in question
had not seen.
"""

from __future__ import annotations

import importlib.util
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import TeachError
from genrelens.listening.bundle import Bundle
from genrelens.listening.certainty import Calibration, softmax, song_probabilities
from genrelens.listening.fitting import best_temperature, conformal_threshold, tier_figures
from genrelens.workflows.teaching.folds import cut
from genrelens.workflows.teaching.head import Head
from genrelens.workflows.teaching.lesson import Lesson, check_enough
from genrelens.workflows.teaching.linear import Fit, fit_head, held_out

__all__ = ["Taught", "check_installed", "teach"]

_COVERAGE: Final = 0.9
_STRENGTHS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
"""C of the regression, on standardised features."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """A new head and how good it is on artists that it had not seen.

    Attributes:
        labels: In the order of the head's rows.
        head: On the embedding.
        calibration: As `bundle.json` holds it.
        figures: Plain JSON: `songs`, `accuracy`, `interval` (95 %, of the accuracy), `chance` (share of the commonest
            label), `labels` (for each: songs, groups, recall, precision), `confused` (pairs: label, taken for, songs),
            `strength`, `folds`.
        warnings: Sentences about what the figures do not say.
    """

    labels: tuple[str, ...]
    head: Head
    calibration: dict[str, Any]
    figures: dict[str, Any]
    warnings: tuple[str, ...]


def check_installed() -> None:
    """Whether the extra `teach` is there; asked first, so that nobody listens for nothing.

    Raises:
        TeachError: `TEACH_NOT_INSTALLED`.
    """
    missing = [name for name in ("sklearn", "onnx") if importlib.util.find_spec(name) is None]
    if missing:
        raise TeachError("TEACH_NOT_INSTALLED", f"teaching needs packages that are not there: {', '.join(missing)}")


def teach(bundle: Bundle, lesson: Lesson, *, seed: int = 0) -> Taught:
    """Fit, cross-validate and calibrate a head.

    Args:
        bundle: That the lesson was heard with.
        lesson: From `listen_to`.
        seed: Of the folds.

    Raises:
        TeachError: `TEACH_TOO_LITTLE`.
    """
    check_enough(lesson.labels)
    labels = tuple(sorted(set(lesson.labels)))
    truth = np.array([labels.index(name) for name in lesson.labels])
    songs = np.stack([windows.mean(0) for windows in lesson.embeddings])
    windows = np.concatenate(lesson.embeddings)
    owner = np.repeat(np.arange(len(truth)), [len(item) for item in lesson.embeddings])
    folds, warnings = cut(lesson.groups, lesson.labels, seed)
    fits = [Fit(len(labels), strength) for strength in _STRENGTHS]
    tried = [held_out(songs, truth, folds, fit, windows, owner) for fit in fits]
    best = min(range(len(fits)), key=lambda index: _loss(tried[index][0], truth))
    calibration = _fitted(bundle, tried[best][1], truth, owner)
    figures = _figures(labels, truth, lesson.groups, tried[best][0])
    figures |= {"strength": fits[best].strength, "folds": int(folds.max()) + 1}
    return Taught(labels, fit_head(songs, truth, fits[best]), calibration, figures, tuple(warnings))


def _loss(logits: Floats, truth: NDArray[np.int64]) -> float:
    own = softmax(logits)[np.arange(len(truth)), truth]
    return -float(np.mean(np.log(np.maximum(own, 1e-12))))


def _fitted(bundle: Bundle, windows: Floats, truth: NDArray[np.int64], owner: NDArray[np.int64]) -> dict[str, Any]:
    """Calibration of a head of its own, by logits that were not fitted on; what concerns not-music stays as it was."""
    old = bundle.calibration
    values: dict[str, Any] = {
        "temperature": _temperatures(windows, truth, owner),
        "conformal": {"coverage": _COVERAGE, "score": "1-p", "threshold": 1.0},
        "not_music": {"threshold": old.not_music_threshold, "temperature": old.not_music_temperature},
        "tiers": {},
    }
    probabilities = _probabilities(windows, owner, Calibration.from_dict(values))
    values["conformal"]["threshold"] = conformal_threshold(probabilities, truth, _COVERAGE)
    values["tiers"] = _tiers(probabilities, truth, values)
    return values


def _temperatures(windows: Floats, truth: NDArray[np.int64], owner: NDArray[np.int64]) -> dict[str, float]:
    """By number of windows heard, as far as half of the songs have so many.

    A few songs that are all right would ask for certainty: targets are smoothed as Platt (1999) did, so that ten
    right songs speak for eleven in twelve.
    """
    labels = windows.shape[1]
    counts = np.bincount(owner)
    starts = np.cumsum(counts) - counts
    result = {}
    for heard in range(1, int(np.median(counts)) + 1):
        enough = np.flatnonzero(counts >= heard)
        spread = (np.arange(heard) + 0.5) / heard
        logits = np.stack([windows[starts[i] + (spread * counts[i]).astype(int)].mean(0) for i in enough])
        doubt = 1 / (np.bincount(truth, minlength=labels)[truth[enough]] + 2)
        weights = np.repeat(doubt[:, None] / (labels - 1), labels, axis=1)
        weights[np.arange(len(enough)), truth[enough]] = 1 - doubt
        every = np.tile(np.arange(labels), len(enough))
        result[str(heard)] = best_temperature(np.repeat(logits, labels, axis=0), every, weights.ravel())
    return result


def _probabilities(windows: Floats, owner: NDArray[np.int64], calibration: Calibration) -> NDArray[np.float64]:
    return np.stack([song_probabilities(windows[owner == song], calibration) for song in range(int(owner.max()) + 1)])


def _tiers(probabilities: NDArray[np.float64], truth: NDArray[np.int64], values: dict[str, Any]) -> dict[str, Any]:
    right = {"precision": probabilities.argmax(1) == truth}
    return dict(tier_figures(probabilities, right, replace(Calibration.from_dict(values), tiers={})))


def _figures(labels: Sequence[str], truth: NDArray[np.int64], groups: Sequence[str], logits: Floats) -> dict[str, Any]:
    said = logits.argmax(1)
    pairs = Counter((labels[t], labels[s]) for t, s in zip(truth, said, strict=True) if t != s)
    each = {}
    for index, label in enumerate(labels):
        own, answered = truth == index, said == index
        if own.any():
            named = [group for group, mine in zip(groups, own, strict=True) if mine]
            each[label] = {
                "songs": int(own.sum()),
                "groups": len(set(named) - {""}) + named.count(""),
                "recall": round(float((said == truth)[own].mean()), 4),
                "precision": round(float((said == truth)[answered].mean()), 4) if answered.any() else None,
            }
    right = int((said == truth).sum())
    return {
        "songs": len(truth),
        "accuracy": round(right / len(truth), 4),
        "interval": [round(bound, 4) for bound in _wilson(right, len(truth))],
        "chance": round(float(np.bincount(truth).max() / len(truth)), 4),
        "labels": each,
        "confused": [{"label": a, "taken_for": b, "songs": count} for (a, b), count in pairs.most_common(5)],
    }


def _wilson(right: int, songs: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927), which holds for few songs, too."""
    z, share = 1.96, right / songs
    middle = (share + z * z / (2 * songs)) / (1 + z * z / songs)
    half = z / (1 + z * z / songs) * math.sqrt(share * (1 - share) / songs + z * z / (4 * songs * songs))
    return max(0.0, middle - half), min(1.0, middle + half)
