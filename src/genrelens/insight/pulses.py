"""Everything that a sound offers for tempo and metre, as numbers: one `Pulse` for each period that its beats may have.

Why it exists: the weights in `rhythm` were fitted on exactly these numbers (`python -m benchmarks.rhythm_fit`), and
are applied to exactly these. Their order is `PULSE_NAMES` and `METRE_NAMES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.insight.metre import METRES, SIGNALS, accents, metre_features, pulse_features
from genrelens.insight.onsets import FRAMES_PER_S, Onsets
from genrelens.insight.tempo import candidates, repetition, strongest_near, track

__all__ = ["METRE_NAMES", "MIN_BEATS", "PULSE_NAMES", "Pulse", "pulses_of"]

MIN_BEATS: Final = 8
"""Fewer beats are no tempo."""

_MIDDLE_BPM, _MIDDLE_BAR_S = 110.0, 2.2
_MULTIPLES: Final = (1.0, 2.0, 3.0, 4.0, 0.5, 1 / 3, 0.25)

PULSE_NAMES: Final = (
    "fast", "far", *(f"repeats x{multiple:.3g}" for multiple in _MULTIPLES), "uneven",
    "on", "half", "quarter", "third", "low on", "low half", "rest on", "rest half", "bass change", "chroma change",
    "filled",
)  # fmt: skip
METRE_NAMES: Final = (
    *(f"is {metre}" for metre in METRES if metre != 4), "long bar", "far bar",
    *(f"{signal} {kind}" for signal in SIGNALS for kind in ("bar", "half", "two", "first")),
)  # fmt: skip

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pulse:
    """One period that the beats may have.

    Attributes:
        bpm: Beats a minute, the median.
        beats: float64 [n]: frames of the beats.
        pulse: float64 [`PULSE_NAMES`]: what speaks for the period.
        metre: float64 [metres, `METRE_NAMES`]: what speaks for each metre, given the period.
        places: As in `metre.accents`.
        changes: As in `metre.accents`.
    """

    bpm: float
    beats: Doubles
    pulse: Doubles
    metre: Doubles
    places: Doubles
    changes: Doubles


def pulses_of(onsets: Onsets) -> list[Pulse]:
    """The periods worth weighing; empty where nothing repeats or too little is there."""
    if not onsets.strength.any():
        return []
    repeated = repetition(onsets.strength)
    found = []
    for period in candidates(repeated):
        beats = track(onsets.strength, period)
        if len(beats) > MIN_BEATS:
            found.append(_pulse(onsets, repeated, beats))
    return found


def _pulse(onsets: Onsets, repeated: NDArray[np.float32], beats: Doubles) -> Pulse:
    lengths = np.diff(beats)
    period = float(np.mean(np.sort(lengths)[len(lengths) // 4 : len(lengths) - len(lengths) // 4]))
    bpm = 60 * FRAMES_PER_S / period
    places, changes = accents(onsets, beats)
    octaves = np.log2(bpm / _MIDDLE_BPM)
    repeats = [strongest_near(repeated, period * multiple) for multiple in _MULTIPLES]
    uneven = float(np.std(np.diff(lengths)) / period)
    pulse = [octaves, octaves**2, *repeats, uneven, *pulse_features(places, changes).values()]
    metre = metre_features(places, changes)
    bars = np.log2(np.array(METRES) * period / FRAMES_PER_S / _MIDDLE_BAR_S)
    which = np.eye(len(METRES))[:, [row for row, beats in enumerate(METRES) if beats != 4]]
    rows = np.concatenate([which, bars[:, None], bars[:, None] ** 2, metre.reshape(len(METRES), -1)], axis=1)
    return Pulse(bpm, beats, np.array(pulse), rows, places, changes)
