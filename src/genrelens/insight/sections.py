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

__all__ = [
    "APART_S",
    "MIN_SECTION_S",
    "THRESHOLD",
    "Candidate",
    "Span",
    "Track",
    "candidates",
    "chosen",
    "find_sections",
    "silences",
]

MIN_SECTION_S: Final = 5.0
"""No section is shorter, unless silence cuts it off."""

THRESHOLD: Final = 0.975
"""Novelty from which a peak is a cut: the distance of two embeddings of length 1, 0 to 2. Chosen on `validation`
(python -m benchmarks.timeline --choose): the best boundary F1 with at most 0.3 false cuts a minute (80 songs: F1 0.911, 0.29 false cuts)."""

APART_S: Final = 8.0
"""A peak is the highest within half of this to either side. 12 gives F1 0.922 on the same songs, whose sections last
12 s and more; 8 leaves room for shorter ones."""

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


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """A place where there may be a cut: how new what follows is (0 to 2), and where, in seconds in the source."""

    height: float
    place_s: float


def find_sections(along: Along, song: Song, edges: tuple[Along, Along] | None = None) -> tuple[Span, ...]:
    """The sections of a song, from its first to its last sample, without gaps.

    Args:
        along: The song heard from overlapping windows.
        song: The same song.
        edges: Its first and its last `MIN_SECTION_S` seconds, each heard alone in one window: with them, a first or
            last section that is shorter than a window is found, too.
    """
    track = Track.of(along, edges)
    quiet = silences(song)
    spans = [Span(start, end, True) for start, end in quiet]
    for start, end in _between(quiet, song.start_s, song.end_s):
        places = chosen(candidates(track, song, start, end), start, end)
        spans += [Span(a, b, False) for a, b in pairwise([start, *places, end])]
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
class Track:
    """The embedding along a song: rows of length 1 and where their windows begin."""

    starts: Floats
    rows: Floats
    window_s: float

    @classmethod
    def of(cls, along: Along, edges: tuple[Along, Along] | None) -> Track:
        starts, rows = [np.asarray(along.starts_s, np.float64)], [_features(along)]
        if edges is not None:
            # As if the song went on before its start as it begins, and after its end as it ends.
            beyond = along.window_s - MIN_SECTION_S
            starts = [starts[0][:1] - beyond, *starts, starts[0][-1:] + beyond]
            rows = [_features(edges[0]), *rows, _features(edges[1])]
        joined = np.concatenate(rows)
        unit = joined / np.maximum(np.linalg.norm(joined, axis=1, keepdims=True), 1e-9)
        return cls(np.concatenate(starts), unit, along.window_s)

    def novelty(self, times_s: Floats, first_s: float = -np.inf, last_s: float = np.inf) -> Floats:
        """How different the window after each time is from the one before it, 0 to 2.

        Between two windows the embedding is interpolated; beyond the first and the last, that one stands in. No window
        is used that reaches beyond `first_s` or `last_s`, where there is silence.
        """

        def at(begins_s: Floats) -> Floats:
            return _at(np.clip(begins_s, first_s, last_s - self.window_s), self.starts, self.rows)

        apart = at(times_s) - at(times_s - self.window_s)
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


def candidates(
    track: Track, song: Song, start_s: float, end_s: float, *, least: float = THRESHOLD, apart_s: float = APART_S
) -> list[Candidate]:
    """The peaks of novelty that are at least so high, between two times of the song, each moved to its exact place."""
    times = np.arange(start_s + MIN_SECTION_S, end_s - MIN_SECTION_S, _STEP_S)
    if not len(times) or end_s - start_s < track.window_s:
        return []
    # Beyond the song's own ends there are the edges to listen to; silence says nothing about what is beside it.
    first = start_s if start_s > song.start_s else -np.inf
    last = end_s if end_s < song.end_s else np.inf
    heights = track.novelty(times, first, last)
    return [
        Candidate(float(heights[index]), _settled(song, float(times[index]), start_s, end_s))
        for index in _peaks(heights, round(apart_s / 2 / _STEP_S))
        if heights[index] >= least
    ]


def _peaks(heights: Floats, radius: int) -> list[int]:
    """Places that are the highest within the radius; of a plateau the first."""
    peaks = []
    for index, height in enumerate(heights):
        around = heights[max(0, index - radius) : index + radius + 1]
        if height >= around.max() and not (peaks and index - peaks[-1] <= radius):
            peaks.append(index)
    return peaks


def chosen(found: Sequence[Candidate], start_s: float, end_s: float, threshold: float = THRESHOLD) -> list[float]:
    """The highest candidates that leave no section shorter than `MIN_SECTION_S`: their places in time order."""
    kept = [start_s, end_s]
    for candidate in sorted(found, reverse=True):
        far = all(abs(candidate.place_s - other) >= MIN_SECTION_S for other in kept)
        if candidate.height >= threshold and far:
            kept.append(candidate.place_s)
    return sorted(kept)[1:-1]


def _settled(song: Song, place_s: float, start_s: float, end_s: float) -> float:
    """Moved twice: the first place is within a second, and the second move then hardly weighs how near it is."""
    return _moved(song, _moved(song, place_s, start_s, end_s), start_s, end_s)


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
