"""Correcting the genres that a bundle has from songs that it got wrong, and from some that it got right.

The result answers with all labels of the bundle. Its head is the bundle's own, moved as little as the songs need
(`nudge`); how far is chosen by cross-validation over artists, and the weakest move wins that is not clearly worse than
the best. Not moving at all is one of the choices: the head stays where no other is clearly better than it on artists
that were held out - with few songs, where it is not at least three songs better.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import TeachError
from genrelens.listening.bundle import Bundle
from genrelens.workflows.teaching.folds import cut
from genrelens.workflows.teaching.head import Head, read_head
from genrelens.workflows.teaching.lesson import Lesson
from genrelens.workflows.teaching.nudge import Nudge, nudge, nudge_held_out

__all__ = ["FEWEST_CORRECTIONS", "Corrected", "check_corrections", "correct"]

FEWEST_CORRECTIONS: Final = 10
"""Different sounds, of whatever labels."""

_STRENGTHS: Final = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
_ERRORS_TO_MOVE: Final = 1.645
"""Standard errors that the best strength must be ahead of not moving: by chance alone it is in one case of twenty."""


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """The bundle's head after corrections, and what they did on artists that were held out.

    Attributes:
        labels: Of the bundle, all of them.
        head: On the embedding; the bundle's own where `figures["strength"]` is 0.
        calibration: As `bundle.json` holds it.
        figures: Plain JSON: `songs`, `wrong_before` (songs whose first answer was not their label), `before` and
            `after` (accuracy on held-out artists), `gained` and `lost` (songs right only after, only before; held
            out), `changed` (share of the given songs whose first answer the written head changes), `moved` (length of
            the change of the weights over the weights' own), `strength`, `folds`, `pairs` (what was said, what it is,
            songs, righted when held out).
        warnings: Sentences about what the figures do not say.
    """

    labels: tuple[str, ...]
    head: Head
    calibration: dict[str, Any]
    figures: dict[str, Any]
    warnings: tuple[str, ...]


def check_corrections(labels: Iterable[str], known: Sequence[str]) -> None:
    """Whether there is enough to learn from, and every label is the bundle's. Asked before listening, and again after.

    Args:
        labels: Of the songs.
        known: Of the bundle.

    Raises:
        TeachError: `TEACH_LABEL_UNKNOWN` or `TEACH_TOO_LITTLE`.
    """
    counts = Counter(labels)
    strange = sorted(set(counts) - set(known))
    if strange:
        told = ", ".join(strange[:5]) + (f" and {len(strange) - 5} more" if len(strange) > 5 else "")
        raise TeachError(
            "TEACH_LABEL_UNKNOWN",
            f"the model does not answer with: {told}; it has {', '.join(known)}",
            details={"unknown": strange, "known": list(known)},
        )
    if counts.total() < FEWEST_CORRECTIONS:
        raise TeachError(
            "TEACH_TOO_LITTLE",
            f"{counts.total()} different sounds are too few to correct from",
            f"Give at least {FEWEST_CORRECTIONS} different sounds, of whatever genres, better 40 of several artists.",
            details={"found": counts.total(), "needed": FEWEST_CORRECTIONS},
        )


def correct(bundle: Bundle, lesson: Lesson, *, seed: int = 0) -> Corrected:
    """Move the bundle's head towards the labels of the lesson, as little as they need.

    Args:
        bundle: That the lesson was heard with.
        lesson: From `listen_to`; songs that the bundle answers rightly hold what is right in place.
        seed: Of the folds.

    Raises:
        TeachError: `TEACH_LABEL_UNKNOWN`, `TEACH_TOO_LITTLE`.
        BundleError: `BUNDLE_UNTEACHABLE` where its head is not linear.
    """
    check_corrections(lesson.labels, bundle.labels)
    head = read_head(bundle.model_path)
    truth = np.array([bundle.labels.index(name) for name in lesson.labels])
    songs = np.stack([windows.mean(0) for windows in lesson.embeddings])
    windows = int(np.median([len(item) for item in lesson.embeddings]))
    temperature = bundle.calibration.temperature(windows)
    folds, warnings = cut(lesson.groups, lesson.labels, seed)
    ways = [Nudge(strength, temperature) for strength in _STRENGTHS]
    said = nudge_held_out(head, songs, truth, folds, ways).argmax(2)
    chosen = _weakest_good(said == truth, lesson.groups)
    moved = nudge(head, songs, truth, ways[chosen])
    before, after = said[0], said[chosen]
    figures = {
        "songs": len(truth),
        "wrong_before": int((before != truth).sum()),
        "before": round(float((before == truth).mean()), 4),
        "after": round(float((after == truth).mean()), 4),
        "gained": int(((after == truth) & (before != truth)).sum()),
        "lost": int(((after != truth) & (before == truth)).sum()),
        "changed": round(float((_answers(moved, songs) != _answers(head, songs)).mean()), 4),
        "moved": round(float(np.linalg.norm(moved.weight - head.weight) / np.linalg.norm(head.weight)), 4),
        "strength": ways[chosen].strength,
        "folds": int(folds.max()) + 1,
        "pairs": _pairs(bundle.labels, truth, before, after),
    }
    warnings += _doubts(truth, before)
    return Corrected(bundle.labels, moved, _calibration(bundle, chosen > 0), figures, tuple(warnings))


def _answers(head: Head, songs: NDArray[np.float32]) -> NDArray[np.int64]:
    answers: NDArray[np.int64] = (songs @ head.weight.T + head.bias).argmax(1)
    return answers


def _weakest_good(right: NDArray[np.bool_], groups: Sequence[str]) -> int:
    """The first row that is not clearly worse than the best: within one standard error of their difference.

    The first of all, which does not move the head, is given more: the best of several is ahead of it by chance, too.

    Args:
        right: Of each strength, the weakest first, whether each song was answered rightly, [strengths, songs].
        groups: Artist of each song; artists, not songs, are what the error is counted over.
    """
    best = int(right.mean(1).argmax())
    whose = np.unique([group or f"#{index}" for index, group in enumerate(groups)], return_inverse=True)[1]
    if whose.max() == 0:
        whose = np.arange(len(groups))
    count = int(whose.max()) + 1
    for row in range(best):
        worse = right[best].astype(float) - right[row]
        excess = np.bincount(whose, weights=worse - worse.mean(), minlength=count)
        error = np.sqrt(count / (count - 1) * np.sum(excess**2)) / len(worse)
        if worse.mean() <= error * (1.0 if row else _ERRORS_TO_MOVE):
            return row
    return best


def _pairs(
    labels: Sequence[str], truth: NDArray[np.int64], before: NDArray[np.int64], after: NDArray[np.int64]
) -> list[dict[str, Any]]:
    wrong = Counter((labels[b], labels[t]) for b, t in zip(before, truth, strict=True) if b != t)
    righted = Counter((labels[b], labels[t]) for b, t, a in zip(before, truth, after, strict=True) if b != t == a)
    return [
        {"said": pair[0], "is": pair[1], "songs": songs, "righted": righted[pair]}
        for pair, songs in wrong.most_common(5)
    ]


def _doubts(truth: NDArray[np.int64], before: NDArray[np.int64]) -> list[str]:
    if not (before != truth).any():
        return ["The model answers all of these songs rightly already."]
    if (before == truth).sum() * 4 < len(truth):
        return [
            "Hardly any of these songs was answered rightly before, so the figures cannot see what the correction "
            "costs other music. Give songs whose genre is right, too, as many as there are corrections."
        ]
    return []


def _calibration(bundle: Bundle, moved: bool) -> dict[str, Any]:
    """The bundle's own: a moved head asks for no more certainty. What each tier is worth was not measured of it."""
    values: dict[str, Any] = json.loads((bundle.folder / "bundle.json").read_text(encoding="utf-8"))["calibration"]
    return values | {"tiers": {}} if moved else values
