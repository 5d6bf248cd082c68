"""Which seconds of a song are listened to, and the samples of those seconds.

The layout: the song (or the chosen part) is divided into as many equal shares as windows fit, at most `count`, and each
window sits in the middle of its share. So windows never overlap, the fade-in and the applause of a long song fall
between them (a 240 s song is heard from 15, 55, 95, 135, 175 and 215 s), and a minute of song is heard whole. Between
1.25 and 2 windows of sound two overlapping windows cover it all; under one window it is repeated to fill it.

Mono by mean, one resampler for everything, a little more than the window resampled so that its edges are music and not
a filter's settling.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.decode import Track
from genrelens.audio.health import SILENT_PEAK_DBFS, HealthFinding, find, judge, worst_first
from genrelens.audio.meter import Reading, decibels, measure, to_mono
from genrelens.audio.samples import SampleReader, check_samples, without_absurd
from genrelens.audio.sources import ByteSource, Limits, PathOrBytes, open_source
from genrelens.errors import AudioError

__all__ = ["Excerpt", "ListenOptions", "SourceInfo", "listen", "part_of", "plan_windows"]

_OVERLAP_FROM: Final = 1.25
"""Windows' worth of sound from which two overlapping windows are better than one: less is a tail of 2.5 s."""

_CONTEXT_S: Final = 0.05
"""Resampled around a window and cut off again: soxr HQ rings for under 10 ms at any rate from 8 kHz."""

_SHORT_S: Final = 0.05
"""A window may miss this much at the end of the sound (codec padding); missing more means the length was a lie."""

_LIE_S: Final = 1.0
"""A sound this much shorter than its header says is reported as cut off."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What the file says of itself, after hostile text has been made harmless.

    Attributes:
        name: File name without its folder ("song.mp3"), or "" for bytes and samples.
        sha256: Of the file's bytes; of the float32 samples' bytes where samples were given.
        duration_s: Length of the audio track in seconds.
        codec: For example "mp3", "flac", "pcm_s16le"; "samples" where samples were given.
        sample_rate: Of the track, in Hz.
        channels: Of the track.
        genre_tag: What the file's own tags say its genre is, at most 100 characters; "" where they do not say.
    """

    name: str
    sha256: str
    duration_s: float
    codec: str
    sample_rate: int
    channels: int
    genre_tag: str = ""

    @classmethod
    def of(cls, source: ByteSource, track: Track) -> SourceInfo:
        """What an open file says; a length that it does not say is 0."""
        said = track.probe
        length_s = said.duration_s or 0.0
        return cls(source.name, source.sha256, length_s, said.codec, said.sample_rate, said.channels, track.genre_tag)


@dataclass(frozen=True, slots=True, eq=False)
class Excerpt:
    """The windows that were decoded from one source, and how healthy they sound.

    Attributes:
        source: What the file says of itself.
        sample_rate: Of `windows`, in Hz (the model's highest rate, 32 000 for the shipped one).
        windows: float32 [n, samples], mono by mean, every window of the same length, NOT level-normalised;
            silent windows are left out, n = 0 where everything is silence.
        starts_s: Start of each window in the source, in seconds, ascending.
        listened: (start_s, end_s) of what was really heard, window by window, clipped to the sound's end; the silent
            windows themselves where everything is silence.
        repeated: True where the sound was shorter than one window and was repeated to fill it.
        health: Findings, the worst first.
        decode_s: Seconds spent on reading, decoding, resampling and health.
    """

    source: SourceInfo
    sample_rate: int
    windows: NDArray[np.float32]
    starts_s: tuple[float, ...]
    listened: tuple[tuple[float, float], ...]
    repeated: bool
    health: tuple[HealthFinding, ...]
    decode_s: float


class _Reader(Protocol):
    """What windows are cut from: a decoded track, or samples."""

    skipped_packets: int

    def read(self, ranges: Sequence[tuple[int, int]]) -> Iterator[NDArray[np.float32]]: ...

    def length(self) -> int: ...


def listen(
    source: PathOrBytes | NDArray[Any],
    *,
    sample_rate: int = 32_000,
    window_s: float = 10.0,
    count: int | None = 6,
    start_s: float | None = None,
    end_s: float | None = None,
    source_rate: int | None = None,
    limits: Limits | None = None,
) -> Excerpt:
    """Cut the windows that a model hears out of one source, and measure its health on the way.

    Args:
        source: A local path, bytes, an open binary file, or samples: a float array [samples] or [channels, samples].
        sample_rate: Of the result, in Hz.
        window_s: Length of a window, in seconds.
        count: Most windows; None for every whole window of the part, up to `limits.max_listened_s`.
        start_s: Start of the part to listen to, in seconds; the sound's start when left out.
        end_s: Its end; the sound's end when left out. An end behind the sound's end means the sound's end.
        source_rate: Of samples, in Hz; mandatory for samples, refused for anything else.
        limits: How much is accepted.

    Raises:
        AudioError: With the code that says what is wrong with the source or with the part.
        TypeError: `source` is nothing of the kind.
    """
    began = time.perf_counter()
    limits = limits or Limits()
    options = ListenOptions(sample_rate, window_s, count, start_s, end_s, limits)
    if isinstance(source, np.ndarray):
        excerpt = _listen_to_samples(source, source_rate, options)
    elif source_rate is not None:
        raise AudioError(
            "AUDIO_SAMPLES_INVALID", "a sample rate was given, but the source is a file and brings its own"
        )
    else:
        with open_source(source, limits) as opened, Track(opened, limits) as track:
            said = track.probe
            excerpt = _listen(track, SourceInfo.of(opened, track), said.duration_s, said.announced_s, options)
    return replace(excerpt, decode_s=time.perf_counter() - began)


def plan_windows(
    length_s: float, window_s: float, count: int | None, start_s: float | None = None, end_s: float | None = None
) -> tuple[float, ...]:
    """Where the windows begin, in seconds, ascending.

    Args:
        length_s: Of the sound.
        window_s: Of a window.
        count: Most windows; None for all whole windows, one after the other.
        start_s: Start of the part.
        end_s: End of the part.

    Returns:
        At least one start; the only window of a short sound reaches past its end.

    Raises:
        AudioError: `AUDIO_PART_INVALID` where the part does not lie inside the sound.
    """
    start, end = part_of(length_s, start_s, end_s)
    part_s = end - start
    fitting = max(1, math.floor(part_s / window_s + 1e-6))
    if count is None:
        return tuple(start + index * window_s for index in range(fitting))
    windows = min(count, fitting)
    if fitting == 1 and count > 1 and part_s >= _OVERLAP_FROM * window_s:
        windows = 2
    last = max(0.0, part_s - window_s)
    centres = ((index + 0.5) * part_s / windows for index in range(windows))
    return tuple(start + min(max(0.0, centre - window_s / 2), last) for centre in centres)


@dataclass(frozen=True, slots=True)
class ListenOptions:
    """The keyword arguments of `listen`, checked once.

    Raises:
        ValueError: A number that no recording can be asked for: a bug of the caller.
        AudioError: `AUDIO_PART_INVALID`.
    """

    sample_rate: int
    window_s: float
    count: int | None
    start_s: float | None
    end_s: float | None
    limits: Limits

    def __post_init__(self) -> None:
        if self.sample_rate <= 0 or not 0 < self.window_s <= self.limits.max_listened_s:
            raise ValueError(f"sample_rate and window_s must be positive: {self.sample_rate}, {self.window_s}")
        if self.count is not None and self.count < 1:
            raise ValueError(f"count must be at least 1, or None for all: {self.count}")
        times = [value for value in (self.start_s, self.end_s) if value is not None]
        if not all(math.isfinite(value) and value >= 0 for value in times) or times != sorted(set(times)):
            raise AudioError(
                "AUDIO_PART_INVALID",
                f"no part lies between start {self.start_s} s and end {self.end_s} s",
                details={"start_s": _shown(self.start_s), "end_s": _shown(self.end_s)},
            )

    @property
    def most_windows(self) -> int:
        """As many as are ever listened to at once."""
        most = max(1, int(self.limits.max_listened_s / self.window_s))
        return most if self.count is None else min(self.count, most)

    @property
    def window_samples(self) -> int:
        """Of one window in the result."""
        return max(1, round(self.window_s * self.sample_rate))

    def starts(self, length_s: float) -> tuple[float, ...]:
        """Where the windows of a sound of that length begin, in seconds."""
        count = None if self.count is None else self.most_windows
        return plan_windows(length_s, self.window_s, count, self.start_s, self.end_s)[: self.most_windows]


def _shown(value: float | None) -> float | None:
    # NaN and infinity are no JSON.
    return value if value is None or math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class _Window:
    """One window as heard: its place, its samples at the wanted rate, its reading."""

    start_s: float
    heard_s: float
    samples: NDArray[np.float32]
    reading: Reading


def _listen(
    reader: _Reader, info: SourceInfo, duration_s: float | None, announced_s: float | None, options: ListenOptions
) -> Excerpt:
    rate = info.sample_rate
    length_s = duration_s or reader.length() / rate
    windows = _windows(reader, rate, length_s, options, trusted=False) if length_s else None
    if windows is None:
        # The header lies: count what really comes out and lay the windows out again.
        length_s = reader.length() / rate
        windows = _windows(reader, rate, length_s, options, trusted=True) if length_s else None
    if not windows:
        raise AudioError("AUDIO_EMPTY", "no sound comes out of the file")
    start, end = part_of(length_s, options.start_s, options.end_s)
    findings = judge([window.reading for window in windows], end - start, options.window_s)
    if announced_s is not None and announced_s - length_s > _LIE_S:
        findings.append(find("TRUNCATED", "warning", length_s, announced_s))
    if reader.skipped_packets:
        findings.append(find("CORRUPT_PACKETS", "info", reader.skipped_packets, 0))
    sounding = [window for window in windows if decibels(window.reading.peak) >= SILENT_PEAK_DBFS]
    stacked = np.empty((len(sounding), options.window_samples), np.float32)
    for row, window in zip(stacked, sounding, strict=True):
        row[:] = window.samples
    return Excerpt(
        source=replace(info, duration_s=length_s),
        sample_rate=options.sample_rate,
        windows=stacked,
        starts_s=tuple(window.start_s for window in sounding),
        listened=tuple((w.start_s, min(end, w.start_s + w.heard_s)) for w in sounding or windows),
        repeated=end - start < options.window_s - _SHORT_S,
        health=worst_first(findings),
        decode_s=0.0,
    )


def _windows(
    reader: _Reader, rate: int, length_s: float, options: ListenOptions, *, trusted: bool
) -> list[_Window] | None:
    """Read, mix, measure and resample the windows; None where a length that is not trusted turns out wrong."""
    _, part_end_s = part_of(length_s, options.start_s, options.end_s)
    starts = options.starts(length_s)
    size, last = round(options.window_s * rate), round(part_end_s * rate)
    context = _context(rate, options.sample_rate)
    firsts = [min(round(start * rate), max(0, last - 1)) for start in starts]
    ends = [min(first + size, last) for first in firsts]
    ranges = [(max(0, first - context), end + context) for first, end in zip(firsts, ends, strict=True)]
    lie = round(_LIE_S * rate)
    near_end = not trusted and part_end_s == length_s and last - ends[-1] <= 2 * lie
    if near_end:
        # Where the last window comes near the end, a look behind it shows whether that is the end.
        ranges[-1] = (ranges[-1][0], last + max(context, lie))
    windows = []
    for start, first, end, (begin, _), raw in zip(starts, firsts, ends, ranges, reader.read(ranges), strict=True):
        lead, core = first - begin, end - first
        have = min(raw.shape[1] - lead, core)
        plays_on = near_end and begin + raw.shape[1] >= last + lie
        if not trusted and (plays_on or core - have > _SHORT_S * rate):
            return None
        if have <= 0:
            continue
        raw = raw[:, : lead + core + context]
        clean, bad = without_absurd(raw)
        mono = to_mono(clean)
        reading = measure(clean[:, lead : lead + have], mono[lead : lead + have], rate, bad)
        heard = clean[0] if reading.cancelled else mono
        samples = _resampled(heard, lead, have, rate, options)
        windows.append(_Window(start, have / rate, samples, reading))
    return windows


def _resampled(
    heard: NDArray[np.float32], lead: int, have: int, rate: int, options: ListenOptions
) -> NDArray[np.float32]:
    """float32 [window] at the wanted rate: `have` samples after `lead` of context, repeated until they fill it."""
    import soxr

    ratio = options.sample_rate / rate
    size = options.window_samples
    if rate != options.sample_rate:
        heard = soxr.resample(heard, rate, options.sample_rate, quality="HQ")
    first = round(lead * ratio)
    core = heard[first : first + min(size, max(1, round(have * ratio)))]
    if not len(core):
        core = np.zeros(1, np.float32)
    if len(core) < size and size - len(core) <= _SHORT_S * options.sample_rate:
        return np.pad(core, (0, size - len(core)), mode="reflect")
    return np.resize(core, size)


def _context(rate: int, wanted: int) -> int:
    """Samples of context: about `_CONTEXT_S`, and whole samples at both rates where the rates allow it."""
    step = rate // math.gcd(rate, wanted)
    context = math.ceil(_CONTEXT_S * rate)
    return math.ceil(context / step) * step if step <= context else context


def part_of(length_s: float, start_s: float | None, end_s: float | None) -> tuple[float, float]:
    """The part of a sound that is meant, in seconds: what is left out is its start or its end.

    Raises:
        AudioError: `AUDIO_PART_INVALID` where the part does not lie inside the sound.
    """
    start, end = start_s or 0.0, min(length_s, math.inf if end_s is None else end_s)
    if start >= end:
        raise AudioError(
            "AUDIO_PART_INVALID",
            f"the part begins at {start:g} s, but the recording ends at {length_s:.2f} s",
            details={"start_s": start_s, "end_s": end_s, "duration_s": length_s},
        )
    return start, end


def _listen_to_samples(source: NDArray[Any], rate: int | None, options: ListenOptions) -> Excerpt:
    samples = check_samples(source, rate, options.limits)
    assert rate is not None
    digest = hashlib.sha256(np.ascontiguousarray(samples).data).hexdigest()
    info = SourceInfo("", digest, samples.shape[1] / rate, "samples", rate, len(samples))
    return _listen(SampleReader(samples), info, info.duration_s, None, options)
