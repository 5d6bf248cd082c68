"""A whole song, or a long part of it, as samples: for what looks at more than six windows.

`windows.listen` answers "what genre" from the seconds that it needs. A timeline, a tempo or a loudness needs all of
them, in stereo, once: decoded here a block at a time, at the model's rate, and then shared by everything that looks.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.decode import Track
from genrelens.audio.meter import CANCEL_DB, to_mono
from genrelens.audio.samples import SampleReader, check_samples, without_absurd
from genrelens.audio.sources import Limits, PathOrBytes, open_source
from genrelens.audio.windows import ListenOptions, SourceInfo, part_of
from genrelens.errors import AudioError

__all__ = ["Song", "SongReader", "read_song"]

_BLOCK_S: Final = 20.0
"""Decoded and resampled at a time: bounds what lies in memory beside the result."""

_END_S: Final = 0.5
"""What is missing from the wanted seconds where the sound has ended: codec padding is less."""

_TINY: Final = 1e-20


@dataclass(frozen=True, slots=True, eq=False)
class Song:
    """The sound of one source, or of a part of it.

    Attributes:
        source: What the file says of itself; `duration_s` is the whole length, whatever the part.
        sample_rate: Of `samples`, in Hz.
        samples: float32 [channels, n], full scale 1, level as in the file; more than two channels are averaged to one.
        start_s: Where the samples begin in the source, in seconds.
        cut: Whether the part was longer than may be listened to at once, and its end is missing.
        decode_s: Seconds spent on reading, decoding and resampling.
    """

    source: SourceInfo
    sample_rate: int
    samples: NDArray[np.float32]
    start_s: float
    cut: bool
    decode_s: float
    _mixed: list[NDArray[np.float32]] = field(default_factory=list, init=False, repr=False)

    @property
    def duration_s(self) -> float:
        """Length of the samples, in seconds."""
        return float(self.samples.shape[1] / self.sample_rate)

    @property
    def end_s(self) -> float:
        """Where the samples end in the source, in seconds."""
        return self.start_s + self.duration_s

    def mono(self) -> NDArray[np.float32]:
        """float32 [n]: the mean of the channels; the left one where they cancel each other, as in `windows.listen`.

        Mixed once and shared: not to be written into.
        """
        if not self._mixed:
            mixed = to_mono(self.samples)
            loss = 10 * np.log10((_power(self.samples) + _TINY) / (_power(mixed[None]) + _TINY))
            self._mixed.append(self.samples[0] if loss >= CANCEL_DB else mixed)
        return self._mixed[0]

    def part(self, start_s: float, end_s: float) -> Song:
        """The seconds from `start_s` to `end_s` of the source, as far as they are in the samples; a view, not a copy.

        Raises:
            AudioError: `AUDIO_PART_INVALID` where none of them is.
        """
        first = max(0, round((start_s - self.start_s) * self.sample_rate))
        last = min(self.samples.shape[1], round((end_s - self.start_s) * self.sample_rate))
        if first >= last:
            raise AudioError(
                "AUDIO_PART_INVALID",
                f"{start_s:g} s to {end_s:g} s does not lie in what was decoded",
                details={"start_s": start_s, "end_s": end_s},
            )
        return replace(self, samples=self.samples[:, first:last], start_s=self.start_s + first / self.sample_rate)


class SongReader(Protocol):
    """What reads a song: `read_song` here, a `DecodePool`'s in a child process."""

    def __call__(
        self,
        source: Any,
        *,
        sample_rate: int,
        start_s: float | None = None,
        end_s: float | None = None,
        source_rate: int | None = None,
    ) -> Song:
        """`read_song` says what each means."""
        ...


def read_song(
    source: PathOrBytes | NDArray[Any],
    *,
    sample_rate: int = 32_000,
    start_s: float | None = None,
    end_s: float | None = None,
    source_rate: int | None = None,
    limits: Limits | None = None,
) -> Song:
    """Decode a song, or a part of it, at one rate.

    Args:
        source: A local path, bytes, an open binary file, or samples: a float array [samples] or [channels, samples].
        sample_rate: Of the result, in Hz.
        start_s: Start of the part, in seconds; the sound's start when left out.
        end_s: Its end; the sound's end when left out.
        source_rate: Of samples, in Hz; mandatory for samples, refused for anything else.
        limits: How much is accepted; what is longer than `max_listened_s` is cut, and says so.

    Raises:
        AudioError: With the code that says what is wrong with the source or with the part.
    """
    began = time.perf_counter()
    limits = limits or Limits()
    ListenOptions(sample_rate, 1.0, 1, start_s, end_s, limits)  # the part is checked there
    if isinstance(source, np.ndarray):
        samples = check_samples(source, source_rate, limits)
        assert source_rate is not None
        digest = hashlib.sha256(np.ascontiguousarray(samples).data).hexdigest()
        info = SourceInfo("", digest, samples.shape[1] / source_rate, "samples", source_rate, len(samples))
        song = _read(SampleReader(samples), info, sample_rate, start_s, end_s, limits)
    elif source_rate is not None:
        raise AudioError(
            "AUDIO_SAMPLES_INVALID", "a sample rate was given, but the source is a file and brings its own"
        )
    else:
        with open_source(source, limits) as opened, Track(opened, limits) as track:
            song = _read(track, SourceInfo.of(opened, track), sample_rate, start_s, end_s, limits)
    return replace(song, decode_s=time.perf_counter() - began)


class _Reader(Protocol):
    def read(self, ranges: Sequence[tuple[int, int]]) -> Iterator[NDArray[np.float32]]: ...

    def length(self) -> int: ...


def _read(
    reader: _Reader, info: SourceInfo, sample_rate: int, start_s: float | None, end_s: float | None, limits: Limits
) -> Song:
    rate = info.sample_rate
    length_s = info.duration_s or reader.length() / rate
    if not length_s:
        raise AudioError("AUDIO_EMPTY", "no sound comes out of the file")
    start, end = part_of(length_s, start_s, end_s)
    # A header's length may be too short as well as too long: without an end, what comes is read.
    open_end = end_s is None or end >= length_s
    wanted_s = min(limits.max_listened_s, limits.max_listened_s if open_end else end - start)
    blocks = list(_resampled(_blocks(reader, round(start * rate), wanted_s, rate), rate, sample_rate))
    samples = np.concatenate(blocks, axis=1) if blocks else np.empty((1, 0), np.float32)
    if not samples.shape[1]:
        raise AudioError("AUDIO_EMPTY", "no sound comes out of the file")
    heard_s = samples.shape[1] / sample_rate
    to_the_end = open_end and heard_s < wanted_s - _END_S
    whole_s = start + heard_s if to_the_end else max(length_s, start + heard_s)
    cut = not to_the_end and end - start > limits.max_listened_s
    return Song(replace(info, duration_s=whole_s), sample_rate, samples, start, cut, 0.0)


def _blocks(reader: _Reader, first: int, wanted_s: float, rate: int) -> Iterator[NDArray[np.float32]]:
    """float32 [1 or 2, n], block after block, until the wanted seconds or the sound end."""
    end, step = first + round(wanted_s * rate), round(_BLOCK_S * rate)
    ranges = [(begin, min(end, begin + step)) for begin in range(first, end, step)]
    for (begin, stop), raw in zip(ranges, reader.read(ranges), strict=True):
        if raw.shape[1]:
            clean, _ = without_absurd(raw)
            yield clean if len(clean) <= 2 else to_mono(clean)[None]
        if raw.shape[1] < stop - begin:
            return


def _resampled(blocks: Iterator[NDArray[np.float32]], rate: int, wanted: int) -> Iterator[NDArray[np.float32]]:
    if rate == wanted:
        yield from blocks
        return
    import soxr

    stream = None
    channels = 1
    for block in blocks:
        if stream is None:
            channels = len(block)
            stream = soxr.ResampleStream(rate, wanted, channels, dtype="float32", quality="HQ")
        yield _chunk(stream, block, last=False)
    if stream is not None:
        yield _chunk(stream, np.empty((channels, 0), np.float32), last=True)


def _chunk(stream: Any, block: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
    shaped = np.ascontiguousarray(block.T if len(block) > 1 else block[0])
    return np.atleast_2d(np.asarray(stream.resample_chunk(shaped, last=last), np.float32).T)


def _power(samples: NDArray[np.float32]) -> float:
    """Mean square of [channels, n]."""
    return sum(float(np.dot(row, row)) for row in samples) / samples.size
