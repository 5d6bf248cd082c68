"""Decoded frames to float32, and wanted ranges out of a stream of them.

Apart from `decode.py` because nothing here needs a container: sample formats, channel counts, places in the track.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import AudioFrame

__all__ = ["Chunk", "Samples", "cut", "to_float"]

Samples = NDArray[np.float32]

_SAMPLE_TYPES: Final[dict[str, tuple[type[np.generic], float]]] = {
    "u8": (np.uint8, 2.0**-7),
    "s16": (np.int16, 2.0**-15),
    "s32": (np.int32, 2.0**-31),
    "s64": (np.int64, 2.0**-63),
    "flt": (np.float32, 1.0),
    "dbl": (np.float64, 1.0),
}
"""FFmpeg's sample formats (a trailing p means one plane a channel): their type, and what full scale is divided by."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples and their place: float32 [channels, n], the first one being sample `first` of the track."""

    first: int
    samples: Samples

    @property
    def end(self) -> int:
        """The number after its last sample."""
        length: int = self.samples.shape[1]
        return self.first + length


def to_float(frame: AudioFrame, channels: int) -> Samples:
    """One frame as float32 at full scale 1.

    Args:
        frame: In any sample format, with any number of channels.
        channels: How many are wanted. A frame with another number (streams may change) is averaged into each of them.

    Returns:
        float32 [channels, n], a copy.

    Raises:
        ValueError: The sample format is unknown, or the frame's memory does not hold what it says.
    """
    name, count, length = frame.format.name, frame.layout.nb_channels, frame.samples
    planar = name.endswith("p")
    if name.removesuffix("p") not in _SAMPLE_TYPES:
        raise ValueError(f"unknown sample format {name}")
    dtype, scale = _SAMPLE_TYPES[name.removesuffix("p")]
    out = np.empty((count, length), np.float32)
    if planar:
        # `to_ndarray` stacks and copies twice as often: this loop is the decoder's only hot one in Python.
        for row, plane in zip(out, frame.planes, strict=True):
            _scale(np.frombuffer(plane, dtype, length), scale, row)  # type: ignore[call-overload]
    else:
        packed = np.frombuffer(frame.planes[0], dtype, length * count)  # type: ignore[call-overload]
        _scale(packed.reshape(length, count).T, scale, out)
    if dtype is np.uint8:
        out -= np.float32(1)
    if count != channels:
        return np.repeat(out.mean(axis=0, keepdims=True, dtype=np.float32), channels, axis=0)
    return out


def _scale(raw: NDArray[Any], scale: float, out: Samples) -> None:
    if raw.dtype == np.float32:
        out[:] = raw
    elif raw.dtype == np.float64:
        # Beyond float32 it becomes infinity, which is found and reported later.
        with np.errstate(over="ignore", invalid="ignore"):
            out[:] = raw
    else:
        np.multiply(raw, np.float32(scale), out=out, dtype=np.float32, casting="unsafe")


def cut(chunks: Iterator[Chunk], ranges: Sequence[tuple[int, int]], channels: int) -> Iterator[Samples]:
    """Cut wanted ranges out of a stream of chunks, holding no more than the range at work.

    Args:
        chunks: In order, without gaps.
        ranges: (first, end) sample numbers, ascending by first; they may overlap.
        channels: Of the chunks.

    Yields:
        float32 [channels, n] for each range, shorter or empty where the stream ends before.
    """
    held: list[Chunk] = []
    for first, end in ranges:
        held = [chunk for chunk in held if chunk.end > first]
        while not held or held[-1].end < end:
            chunk = next(chunks, None)
            if chunk is None:
                break
            if chunk.end > first:
                held.append(chunk)
        parts = [part.samples[:, max(0, first - part.first) : max(0, end - part.first)] for part in held]
        yield np.concatenate(parts, axis=1) if parts else np.empty((channels, 0), np.float32)
