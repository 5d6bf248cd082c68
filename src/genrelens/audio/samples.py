"""Sound that was handed in as an array: checked once, then read like a decoded track."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.sources import Limits
from genrelens.errors import AudioError

__all__ = ["SampleReader", "check_samples", "without_absurd"]

_ABSURD: Final = 1e10
"""Full scale is 1; some programs write floats as large as integers, up to 2 ** 31. More is no sound."""

_MAX_CHANNELS: Final = 64


class SampleReader:
    """Samples that were handed in, read like a track."""

    skipped_packets = 0

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self._samples = samples

    def read(self, ranges: Sequence[tuple[int, int]]) -> Iterator[NDArray[np.float32]]:
        """float32 [channels, n] of each range."""
        for first, end in ranges:
            yield self._samples[:, first:end]

    def length(self) -> int:
        """Samples per channel."""
        count: int = self._samples.shape[1]
        return count


def check_samples(source: NDArray[Any], rate: int | None, limits: Limits) -> NDArray[np.float32]:
    """The samples as float32 [channels, samples].

    Raises:
        AudioError: `AUDIO_SAMPLES_INVALID`, `AUDIO_RATE_REFUSED`, `AUDIO_EMPTY` or `AUDIO_TOO_LONG`.
    """
    if rate is None:
        raise AudioError("AUDIO_SAMPLES_INVALID", "samples need their sample rate in Hz")
    if not limits.min_rate <= rate <= limits.max_rate:
        raise AudioError(
            "AUDIO_RATE_REFUSED", f"a sample rate of {rate} Hz is not accepted", details={"sample_rate": rate}
        )
    if source.dtype.kind != "f" or source.ndim not in (1, 2):
        raise AudioError(
            "AUDIO_SAMPLES_INVALID", f"an array of {source.dtype} with shape {source.shape} is no float sound"
        )
    samples = np.atleast_2d(source)
    if not samples.size:
        raise AudioError("AUDIO_EMPTY", "the array holds no samples")
    if len(samples) > _MAX_CHANNELS:
        raise AudioError(
            "AUDIO_SAMPLES_INVALID", f"shape {source.shape} would be {len(samples)} channels: pass [channels, samples]"
        )
    if samples.shape[1] / rate > limits.max_duration_s:
        raise AudioError("AUDIO_TOO_LONG", f"the samples last {samples.shape[1] / rate / 3600:.1f} h")
    with np.errstate(over="ignore"):
        samples = samples.astype(np.float32, copy=False)
    if without_absurd(samples)[1]:
        raise AudioError("AUDIO_SAMPLES_INVALID", "the samples hold NaN, infinite or absurdly large values")
    return samples


def without_absurd(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """The samples with NaN, infinities and absurd values as 0, and how many there were."""
    # NaN makes both comparisons false.
    if samples.size and samples.max() < _ABSURD and samples.min() > -_ABSURD:
        return samples, 0
    good = np.abs(samples) < _ABSURD
    return np.where(good, samples, np.float32(0)), int(samples.size - good.sum())
