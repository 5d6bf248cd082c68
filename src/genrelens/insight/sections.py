"""Where a song changes: cuts between sections, from the embedding and not from the label.

Novelty at a time is the distance between the embedding of the window that ends there and of the one that begins
there (after Foote 2000, "Automatic audio segmentation using a measure of audio novelty", with a block of one window on
each side). Its peaks are the cuts; each is then moved to where the spectrum changes the most nearby, which is what the
ear would call the place. Silence is found in the samples and is always a section of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.health import SILENT_PEAK_DBFS
from genrelens.audio.song import Song
from genrelens.listening.along import Along
from genrelens.listening.frontend import MelSpec, log_mel

__all__ = ["MIN_SECTION_S", "Span", "find_sections", "silences"]

MIN_SECTION_S: Final = 5.0
"""No section is shorter, unless silence cuts it off."""

_THRESHOLD: Final = 1.0
"""Novelty from which a peak is a cut: the distance of two embeddings of length 1, 0 to 2. Chosen on `validation`
(python -m benchmarks.timeline --choose): the best boundary F1 with at most 0.3 false cuts a minute."""

_APART_S: Final = 8.0
"""A peak is the highest within half of this to either side. Chosen with the threshold."""

_STEP_S: Final = 0.2
"""Between places where novelty is looked at."""

_SIDE_S: Final = 3.0
"""Seconds of spectrum compared before and after, when a cut is moved to its exact place."""
_REACH_S: Final = 3.0
"""How far a cut is moved at most."""
_NEAR_S: Final = 2.0
"""Standard deviation of the place that the embedding gives: how unwillingly a cut moves away from it."""

_SILENCE_S: Final = 2.0
"""Shorter silences are part of the music."""
_BLOCK_S: Final = 0.1
_MEL_HOP_S: Final = 0.08

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    """A section without a name: where it lies in the source, in seconds, and whether it is silent."""

    start_s: float
    end_s: float
    silent: bool

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s


def find_sections(along: Along, song: Song, edges: tuple[Along, Along] | None = None) -> tuple[Span, ...]:
    """The sections of a song, from its first to its last sample, without gaps.

    Args:
        along: The song heard from overlapping windows.
        song: The same song.
        edges: Its first and its last `MIN_SECTION_S` seconds, each heard alone in one window: with them, a first or
            last section that is shorter than a window is found, too.
    """
    track = _Track.of(along, edges)
    quiet = silences(song)
    sounding = _between(quiet, song.start_s, song.end_s)
    spans = [Span(start, end, True) for start, end in quiet]
    for start, end in sounding:
        edges = [start, *_cuts(track, song, start, end), end]
        spans += [Span(a, b, False) for a, b in pairwise(edges)]
    return tuple(sorted(spans, key=lambda span: span.start_s))


def silences(song: Song) -> list[tuple[float, float]]:
    """(start_s, end_s) in the source of every stretch of at least 2 s whose peak is under -80 dBFS."""
    size = round(_BLOCK_S * song.sample_rate)
    mono = np.abs(song.mono())
    peaks = np.maximum.reduceat(mono, np.arange(0, len(mono), size))
    quiet = np.concatenate([[False], peaks < 10 ** (SILENT_PEAK_DBFS / 20), [False]])
    turns = np.flatnonzero(np.diff(quiet.astype(np.int8)))
    found = []
    for first, last in zip(turns[::2], turns[1::2], strict=True):
        start, end = first * size / song.sample_rate, min(len(mono), last * size) / song.sample_rate
        if end - start >= min(_SILENCE_S, song.duration_s):
            found.append((song.start_s + start, song.start_s + end))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Track:
    """The embedding along a song: rows of length 1 and where their windows begin."""

    starts: Floats
    rows: Floats
    window_s: float

    @classmethod
    def of(cls, along: Along, edges: tuple[Along, Along] | None) -> _Track:
        starts, rows = [np.asarray(along.starts_s, np.float64)], [_features(along)]
        if edges is not None:
            # As if the song went on before its start as it begins, and after its end as it ends.
            beyond = along.window_s - MIN_SECTION_S
            starts = [starts[0][:1] - beyond, *starts, starts[0][-1:] + beyond]
            rows = [_features(edges[0]), *rows, _features(edges[1])]
        joined = np.concatenate(rows)
        unit = joined / np.maximum(np.linalg.norm(joined, axis=1, keepdims=True), 1e-9)
        return cls(np.concatenate(starts), unit, along.window_s)

    def novelty(self, times_s: Floats) -> Floats:
        """How different the window after each time is from the one before it, 0 to 2.

        Between two windows the embedding is interpolated; beyond the first and the last, that one stands in.
        """
        apart = _at(times_s, self.starts, self.rows) - _at(times_s - self.window_s, self.starts, self.rows)
        distance: Floats = np.linalg.norm(apart, axis=1)
        return distance


def _features(along: Along) -> Floats:
    """[windows, d]: the embedding, or the logits of a bundle that has none."""
    hearing = along.hearing
    return (hearing.logits if hearing.embedding is None else hearing.embedding).astype(np.float64)


def _at(times_s: Floats, starts: Floats, rows: Floats) -> Floats:
    """Rows [times, d] at any times, from those at `starts`."""
    place = np.interp(times_s, starts, np.arange(len(starts)))
    before = np.floor(place).astype(int)
    after = np.minimum(before + 1, len(starts) - 1)
    share = (place - before)[:, None]
    between: Floats = rows[before] * (1 - share) + rows[after] * share
    return between


def _cuts(track: _Track, song: Song, start_s: float, end_s: float) -> list[float]:
    times = np.arange(start_s + MIN_SECTION_S, end_s - MIN_SECTION_S, _STEP_S)
    if not len(times):
        return []
    heights = track.novelty(times)
    found: list[tuple[float, float]] = []  # height, place
    for index in _peaks(heights, round(_APART_S / 2 / _STEP_S)):
        if heights[index] >= _THRESHOLD:
            found.append((float(heights[index]), _moved(song, float(times[index]), start_s, end_s)))
    return _far_enough(found, start_s, end_s)


def _peaks(heights: Floats, radius: int) -> list[int]:
    """Places that are the highest within the radius; of a plateau the first."""
    peaks = []
    for index, height in enumerate(heights):
        around = heights[max(0, index - radius) : index + radius + 1]
        if height >= around.max() and not (peaks and index - peaks[-1] <= radius):
            peaks.append(index)
    return peaks


def _far_enough(found: Sequence[tuple[float, float]], start_s: float, end_s: float) -> list[float]:
    """The highest cuts that leave no section shorter than `MIN_SECTION_S`, in time order."""
    kept = [start_s, end_s]
    for _, place in sorted(found, reverse=True):
        if all(abs(place - other) >= MIN_SECTION_S for other in kept):
            kept.append(place)
    return sorted(kept)[1:-1]


def _moved(song: Song, place_s: float, start_s: float, end_s: float) -> float:
    """The time near a cut at which the spectrum before and after differ the most."""
    first = max(start_s, place_s - _REACH_S - _SIDE_S)
    around = song.part(first, min(end_s, place_s + _REACH_S + _SIDE_S))
    mel = log_mel(around.mono()[None], _mel_spec(song.sample_rate))[0].T.astype(np.float64)
    sums = np.concatenate([np.zeros((1, mel.shape[1])), np.cumsum(mel, axis=0)])
    side, best = round(_SIDE_S / _MEL_HOP_S), (-1.0, place_s)
    for frame in range(len(mel)):
        low, high = max(0, frame - side), min(len(mel), frame + side)
        time_s = around.start_s + frame * _MEL_HOP_S
        if min(frame - low, high - frame) * _MEL_HOP_S < 0.5 or abs(time_s - place_s) > _REACH_S:
            continue
        change = (sums[high] - sums[frame]) / (high - frame) - (sums[frame] - sums[low]) / (frame - low)
        weight = np.exp(-0.5 * ((time_s - place_s) / _NEAR_S) ** 2)
        best = max(best, (float(np.linalg.norm(change) * weight), time_s))
    return best[1]


def _mel_spec(sample_rate: int) -> MelSpec:
    size = 1 << round(np.log2(0.08 * sample_rate))
    return MelSpec(
        sample_rate=sample_rate,
        n_fft=size,
        win_length=size,
        hop=round(_MEL_HOP_S * sample_rate),
        mels=64,
        fmin=0.0,
        fmax=min(15_000.0, sample_rate / 2),
        formula="kaldi",
    )


def _between(quiet: Sequence[tuple[float, float]], start_s: float, end_s: float) -> list[tuple[float, float]]:
    """What lies between silences."""
    edges = [start_s, *(edge for span in quiet for edge in span), end_s]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1e-6]
