"""How much an answer moves when nothing about the song has changed: what a difference must stand above.

The same song, begun half a second later or coded anew, never gets exactly the same numbers. How far they move depends
on the song: a steady one hardly, one that changes a lot. So the floor is measured on the files that are compared: each
is heard through windows that overlap, which are dealt into sets - every set lies a fraction of a window further on, and
hears the whole song - and the spread of the sets' answers is the noise. `K` and `LEAST` were chosen on `validation`
(`python -m benchmarks.compare --part validation`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.health import SILENT_PEAK_DBFS
from genrelens.audio.song import Song
from genrelens.listening.along import Along, hear_along, overlapping_starts
from genrelens.listening.certainty import Calibration, song_probabilities
from genrelens.listening.model import Model

__all__ = ["LEAST", "K", "Steadiness", "hear_shifted", "noise_floor", "steadiness"]

K: Final = 2.5
"""Standard deviations that a difference must exceed."""
LEAST: Final = 0.05
"""Probability that a difference must exceed however steady the files are: five points are nothing to act on."""

_SHIFTS: Final = 4
"""Sets that are told apart: each lies a quarter of a window further on than the one before."""
_MOST_WINDOWS: Final = 96
"""Heard of one file: four minutes at a quarter of a window; longer songs are heard at wider steps."""
_UNSHIFTED: Final = 0.53
"""Of p (1 - p): the spread assumed where a sound is too short to be shifted, as measured over `validation`."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Steadiness:
    """What all windows of a song say together, and how much that depends on where they begin.

    Attributes:
        probabilities: float64 [labels], of all windows together.
        spread: float64 [labels], standard deviation between the shifted sets.
        sets: How many sets there were; 1 where the sound is too short to be shifted and the spread is assumed.
    """

    probabilities: Floats
    spread: Floats
    sets: int


def hear_shifted(model: Model, song: Song, *, step: Callable[[float], None] | None = None) -> Along:
    """The song through windows that overlap by three quarters, by less where it is longer than four minutes.

    Silent windows are left out, as in `analyze`; where all are silent, they are heard for what that is worth.
    """
    window_s = model.bundle.window_s
    quarter = window_s / _SHIFTS
    hop_s = quarter * max(1, math.ceil(song.duration_s / (quarter * _MOST_WINDOWS)))
    starts = overlapping_starts(song, window_s, hop_s)
    mono = song.mono()
    audible = [start for start in starts if _audible(mono, start - song.start_s, window_s, song.sample_rate)]
    return hear_along(model, song, audible or starts, step=step)


def steadiness(along: Along, calibration: Calibration) -> Steadiness:
    """Deal the windows of a song into shifted sets and compare what they say."""
    logits = along.hearing.logits
    whole = song_probabilities(logits, calibration)
    count = min(len(logits), _sets(along))
    answers = np.array([song_probabilities(logits[first::count], calibration) for first in range(count)])
    if count == 1:
        return Steadiness(whole, _UNSHIFTED * whole * (1 - whole), 1)
    return Steadiness(whole, answers.std(axis=0, ddof=1), count)


def noise_floor(first: Steadiness, second: Steadiness) -> Floats:
    """float64 [labels]: what a difference of probabilities between two songs must exceed to count."""
    spread = np.sqrt((first.spread**2 + second.spread**2) / 2)
    floor: Floats = np.maximum(LEAST, K * spread)
    return floor


def _audible(mono: NDArray[np.float32], start_s: float, window_s: float, rate: int) -> bool:
    window = mono[round(start_s * rate) : round((start_s + window_s) * rate)]
    return bool(np.abs(window).max(initial=0.0) > 10 ** (SILENT_PEAK_DBFS / 20))


def _sets(along: Along) -> int:
    """As many sets as steps fit into a window: then each set's windows lie end to end."""
    if len(along.starts_s) < 2:
        return 1
    hop_s = float(np.median(np.diff(along.starts_s)))
    return max(_SHIFTS, round(along.window_s / max(hop_s, 1e-6)))
