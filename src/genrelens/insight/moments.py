"""What overlapping windows say about every moment of a song, before any of it is a probability.

A window's patch scores say at which part of it they were earned. Laid on the song's own time, every tenth of a second
gets a logit a label from each window around it; windows count by how much of them lies in the moment's section.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song
from genrelens.insight.sections import Span
from genrelens.listening.along import Along
from genrelens.listening.bundle import Bundle

__all__ = ["MOMENT_S", "Moments", "moments_of"]

MOMENT_S: Final = 0.1
"""Length of a moment in seconds: a third of a patch."""

_SHARE_POWER: Final = 4
"""A window with half of it in a section counts a sixteenth of one that lies in it. Of 0, 1, 2, 4 the best for curve
and names on spliced `validation` clips (/power in benchmarks/timeline.py)."""
_LEAST_SHARE: Final = 0.02
"""So that a moment always has an answer, even where no window lies well."""

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """One row for each tenth of a second from the song's start.

    Attributes:
        logits: [moments, labels]; NaN where it is silent.
        not_music: [moments]; None where the bundle has no such answer.
        section: Which section each lies in, -1 for silence.
    """

    logits: Floats
    not_music: Floats | None
    section: NDArray[np.int64]

    def by_step(self, values: Floats, step_s: float) -> Floats:
        """Mean of values [moments, d] over each step that is not silent: [steps, d], NaN where all of it is."""
        size = round(step_s / MOMENT_S)
        sounding = (self.section >= 0)[:, None]
        starts = np.arange(0, len(values), size)
        sums = np.add.reduceat(np.where(sounding, values, 0.0), starts, axis=0)
        counts = np.add.reduceat(sounding.astype(np.float64), starts, axis=0)
        # A step of which less than a fifth can be heard says nothing.
        heard = counts >= np.maximum(1, size / 5)
        return np.where(heard, sums / np.maximum(counts, 1), np.nan)


def moments_of(bundle: Bundle, along: Along, song: Song, spans: Sequence[Span]) -> Moments:
    """Lay what was heard on the song's time.

    Args:
        bundle: Whose patches they are.
        along: What was heard.
        song: Of it.
        spans: Its sections, without gaps.
    """
    count = max(1, round(song.duration_s / MOMENT_S))
    times = song.start_s + (np.arange(count) + 0.5) * MOMENT_S
    section = np.clip(np.searchsorted([span.start_s for span in spans], times, side="right") - 1, 0, None)
    shares = np.maximum(_shares(along, spans), _LEAST_SHARE) ** _SHARE_POWER
    values, cell = _by_time(bundle, along)
    sums, weights = np.zeros((count, values.shape[2])), np.zeros(count)
    for window, start_s in enumerate(along.starts_s):
        place = _places(start_s - song.start_s, len(cell), count)
        weight = shares[window, section[place]]
        # A short song is repeated in its window: then places come more than once.
        np.add.at(sums, place, weight[:, None] * values[window, cell[: len(place)]])
        np.add.at(weights, place, weight)
    silent = np.array([span.silent for span in spans])[section]
    means = np.where((silent | (weights == 0))[:, None], np.nan, sums / np.maximum(weights, 1e-12)[:, None])
    section = np.where(silent | (weights == 0), -1, section)
    labels = len(bundle.labels)
    return Moments(means[:, :labels], means[:, labels] if means.shape[1] > labels else None, section)


def _shares(along: Along, spans: Sequence[Span]) -> Floats:
    """[windows, sections]: the share of each window that lies in each section."""
    starts = np.asarray(along.starts_s)[:, None]
    first = np.array([span.start_s for span in spans])
    last = np.array([span.end_s for span in spans])
    shared: Floats = np.minimum(starts + along.window_s, last) - np.maximum(starts, first)
    # Of a song shorter than a window all of the window is that song.
    longest = min(along.window_s, float(last[-1] - first[0]))
    return np.clip(shared / longest, 0.0, 1.0)


def _by_time(bundle: Bundle, along: Along) -> tuple[Floats, NDArray[np.int64]]:
    """What each window says at each of its times [windows, cells, labels (+ 1)], and the cell of each of its moments.

    The last column is the not-music logit, which a window has only once. Without patch scores there is one cell.
    """
    hearing = along.hearing
    moments = round(along.window_s / MOMENT_S)
    if hearing.patch_scores is None:
        values, cell = hearing.logits[:, None].astype(np.float64), np.zeros(moments, np.int64)
    else:
        begins = np.array([patch.t0_s for patch in bundle.patches])
        times, column = np.unique(begins, return_inverse=True)
        onto = np.eye(len(times))[column] / np.bincount(column)[column][:, None]
        values = (hearing.patch_scores @ onto).transpose(0, 2, 1) + np.asarray(bundle.head_bias)
        middle = (np.arange(moments) + 0.5) * MOMENT_S
        cell = np.clip(np.searchsorted(times, middle, side="right") - 1, 0, None)
    if hearing.not_music is not None:
        same = np.broadcast_to(hearing.not_music[:, None, None], (*values.shape[:2], 1))
        values = np.concatenate([values, same], axis=2)
    return values, cell


def _places(begin_s: float, moments: int, count: int) -> NDArray[np.int64]:
    """The song's moment for each moment of a window; a window that is longer than the song runs through it again."""
    places = round(begin_s / MOMENT_S) + np.arange(moments)
    return places % count if count < moments else places[places < count]
