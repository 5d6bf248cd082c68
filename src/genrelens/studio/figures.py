"""The measured figures of a model, for people: never typed, read from its bundle or what `training.evaluate` wrote.

`evaluation.json` is about one model. It is used for that model alone, known by its SHA-256; any other (a class's own,
an imported one) has only what its bundle says.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from genrelens.listening.bundle import Bundle
from genrelens.listening.measured import PLACES, measured

__all__ = ["Figures", "TierFigure", "figures"]

_TIERS: Final = ("sure", "likely", "blend", "unsure")


@dataclass(frozen=True, slots=True)
class TierFigure:
    """Of the songs in a tier: the share whose first genre a fair person accepts; and the tier's share of all songs."""

    precision: float
    share: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of a model.

    Attributes:
        songs: Songs of the test; None where the figures are those of the calibration.
        accepted: Share of first answers that a fair person accepts; None where nobody measured it.
        strict: Share of first answers that are the label itself.
        top3: Share of songs whose label is among the first three.
        tiers: Tier -> its figures; empty where nobody measured them.
        genres: Label -> share of its songs that get an acceptable answer, with the number of songs.
        coverage: Share of prediction sets that hold the label.
        not_music_refused: Share of sounds that are no music and were said to be none.
        music_refused: Share of songs that were said to be no music.
    """

    songs: int | None = None
    accepted: float | None = None
    strict: float | None = None
    top3: float | None = None
    tiers: Mapping[str, TierFigure] = field(default_factory=dict)
    genres: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    coverage: float | None = None
    not_music_refused: float | None = None
    music_refused: float | None = None


def figures(bundle: Bundle, places: tuple[Path, ...] = PLACES) -> Figures:
    """What was measured of this model: on test songs where that is at hand, else when it was calibrated.

    Args:
        bundle: The model.
        places: Where an `evaluation.json` may lie.
    """
    said = measured(bundle.model_sha256, places)
    with contextlib.suppress(ValueError, KeyError, TypeError):  # not one of ours: the bundle speaks for itself
        return _of_test(said or {})
    return Figures(tiers=_tiers(bundle.calibration.tiers))


def _of_test(measured: Mapping[str, Any]) -> Figures:
    summary = measured["summary"]
    return Figures(
        songs=int(measured["songs"]),
        accepted=float(summary["accepted"]),
        strict=float(summary["top1"]),
        top3=float(summary["top3"]),
        tiers=_tiers(measured["tiers"]),
        genres={
            str(label): (float(row["recall_accepted"]), int(row["songs"])) for label, row in measured["genres"].items()
        },
        coverage=float(measured["conformal"]["coverage"]),
        not_music_refused=float(measured["not_music"]["not_music_refused"]),
        music_refused=float(measured["not_music"]["music_refused"]),
    )


def _tiers(rows: Mapping[str, Mapping[str, float]]) -> dict[str, TierFigure]:
    return {
        tier: TierFigure(float(rows[tier]["precision_accepted"]), float(rows[tier]["share"]))
        for tier in _TIERS
        if {"precision_accepted", "share"} <= set(rows.get(tier, {}))
    }
