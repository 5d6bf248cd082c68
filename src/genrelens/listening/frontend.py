"""Log-mel spectrograms: one implementation for training and serving.

A wrong sample rate or a slightly different mel is the commonest cause of silently wrong answers from
music networks, so every parameter is spelled out in `MelSpec`, read from the bundle, and held to golden
values in the tests: librosa's for the general case, the published networks' own answers for theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import BundleError

__all__ = [
    "TARGET_RMS_DBFS",
    "VERSION",
    "MelSpec",
    "level_gain",
    "log_mel",
    "mel_filter_bank",
    "normalise_level",
    "resample_windows",
]

VERSION: Final = 1
"""Raised when this code, the windows or the decoding change the numbers: catalogues then hear anew."""

TARGET_RMS_DBFS: Final = -18.0
"""Level to which a song is brought before the mel, RMS over all windows heard, in dB of full scale."""

_SILENT_RMS: Final = 1e-9

_SAMPLES_PER_BATCH: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class MelSpec:
    """Every parameter of one log-mel spectrogram.

    Attributes:
        sample_rate: Hz.
        n_fft: FFT length in samples.
        win_length: Window length in samples, centred in the FFT frame.
        hop: Samples between frames.
        mels: Number of bands.
        fmin: Lower edge of the lowest band, Hz.
        fmax: Upper edge of the highest band, Hz.
        formula: "kaldi" (1127 ln(1 + f/700), triangles straight in mel, Nyquist bin zero), "htk"
            (2595 log10(1 + f/700), triangles straight in Hz) or "slaney" (librosa's default, with area normalisation).
        window: "hann" (periodic) or "hann_symmetric".
        preemphasis: c in x[t] - c x[t-1]; 0 for none. The first sample is lost where it is used.
        log: "ln" or "db" (10 log10).
        log_floor: Smallest power, in power units.
        log_floor_mode: "add" (log(x + floor)) or "max" (log(max(x, floor))).
        offset: Added to the log-mel.
        scale: Then multiplied.
    """

    sample_rate: int
    n_fft: int
    win_length: int
    hop: int
    mels: int
    fmin: float
    fmax: float
    formula: Literal["kaldi", "htk", "slaney"]
    window: Literal["hann", "hann_symmetric"] = "hann"
    preemphasis: float = 0.0
    log: Literal["ln", "db"] = "ln"
    log_floor: float = 1e-5
    log_floor_mode: Literal["add", "max"] = "add"
    offset: float = 0.0
    scale: float = 1.0

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> MelSpec:
        """Read a front-end of `bundle.json`.

        Raises:
            BundleError: `BUNDLE_INVALID` where a parameter is missing, unknown or impossible.
        """
        known = set(cls.__dataclass_fields__)
        given = {key: value for key, value in values.items() if key not in ("kind", "padding")}
        if values.get("kind", "log-mel") != "log-mel" or values.get("padding", "reflect") != "reflect":
            raise BundleError("BUNDLE_INVALID", f"unknown front-end {values.get('kind')!r}/{values.get('padding')!r}")
        try:
            spec = cls(**given)
        except TypeError as error:
            raise BundleError(
                "BUNDLE_INVALID", f"front-end parameters do not fit: {error}; known: {sorted(known)}"
            ) from None
        sensible = (
            8_000 <= spec.sample_rate <= 192_000
            and 0 < spec.win_length <= spec.n_fft <= 1 << 16
            and 0 < spec.hop <= spec.n_fft
            and 0 < spec.mels <= 1024
            and 0 <= spec.fmin < spec.fmax <= spec.sample_rate / 2
            and spec.formula in ("kaldi", "htk", "slaney")
            and spec.window in ("hann", "hann_symmetric")
            and spec.log in ("ln", "db")
            and spec.log_floor > 0
            and spec.log_floor_mode in ("add", "max")
        )
        if not sensible:
            raise BundleError("BUNDLE_INVALID", f"front-end parameters out of range: {asdict(spec)}")
        return spec

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON for `bundle.json`."""
        return {"kind": "log-mel", "padding": "reflect", **asdict(self)}

    def frames(self, samples: int) -> int:
        """Number of frames that `samples` samples give."""
        return 1 + (samples - (1 if self.preemphasis else 0)) // self.hop

    def frame_time_s(self, frame: int | float) -> float:
        """Centre of a frame, in seconds from the start of the samples."""
        return frame * self.hop / self.sample_rate

    def band_edges_hz(self) -> NDArray[np.float64]:
        """[mels + 2] edges: band m rises from edge m over edge m + 1 to edge m + 2."""
        low, high = _hz_to_mel(np.array([self.fmin, self.fmax]), self.formula)
        return _mel_to_hz(np.linspace(low, high, self.mels + 2), self.formula)


def normalise_level(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring a song's windows to one level together, so that gain never changes the verdict.

    Args:
        windows: float32 [n, samples], the windows of one song.

    Returns:
        The windows times one factor: RMS over all of them is `TARGET_RMS_DBFS`. Digital silence stays as it is.
    """
    gain = level_gain(windows)
    return windows if gain == 1.0 else windows * np.float32(gain)


def level_gain(sound: NDArray[np.float32]) -> float:
    """The factor that brings all of a sound together to `TARGET_RMS_DBFS` RMS; 1 for digital silence."""
    rms = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if sound.size else 0.0
    return 1.0 if rms < _SILENT_RMS else 10.0 ** (TARGET_RMS_DBFS / 20.0) / rms


def resample_windows(windows: NDArray[np.float32], from_rate: int, to_rate: int) -> NDArray[np.float32]:
    """Windows [n, samples] at `from_rate` Hz to the same seconds at `to_rate` Hz, each window by itself."""
    if from_rate == to_rate:
        return windows
    import soxr

    length = round(windows.shape[1] * to_rate / from_rate)
    out = np.zeros((len(windows), length), np.float32)
    for index, samples in enumerate(windows):
        resampled = soxr.resample(samples, from_rate, to_rate, quality="HQ")[:length]
        out[index, : len(resampled)] = resampled
    return out


def log_mel(windows: NDArray[np.float32], spec: MelSpec) -> NDArray[np.float32]:
    """Log-mel spectrograms of equally long windows.

    Args:
        windows: float32 [n, samples] at `spec.sample_rate`.
        spec: The parameters.

    Returns:
        float32 [n, mels, frames], frames centred (reflection at both ends).
    """
    bands = _Bands.of(spec)
    taper = _window(spec)
    out = np.empty((len(windows), spec.mels, spec.frames(windows.shape[1])), np.float32)
    for index, samples in enumerate(windows):
        if spec.preemphasis:
            samples = samples[1:] - np.float32(spec.preemphasis) * samples[:-1]
        padded = np.pad(samples, spec.n_fft // 2, mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, spec.n_fft)[:: spec.hop]
        # Short batches of frames stay in the cache; a whole window at once is twice as slow.
        step = max(1, _SAMPLES_PER_BATCH // spec.n_fft)
        for first in range(0, len(frames), step):
            spectrum = np.fft.rfft(frames[first : first + step] * taper, axis=1)
            power = np.square(spectrum.real) + np.square(spectrum.imag)
            out[index, :, first : first + step] = bands.sum(power).T
    if spec.log_floor_mode == "add":
        out += np.float32(spec.log_floor)
    else:
        np.maximum(out, np.float32(spec.log_floor), out=out)
    np.log(out, out=out)
    if spec.log == "db":
        out *= np.float32(10.0 / np.log(10.0))
    out += np.float32(spec.offset)
    out *= np.float32(spec.scale)
    return out


@lru_cache(maxsize=8)
def mel_filter_bank(spec: MelSpec) -> NDArray[np.float32]:
    """The filter bank, float32 [mels, n_fft // 2 + 1]; read-only, it is shared."""
    bins_hz = np.linspace(0, spec.sample_rate / 2, spec.n_fft // 2 + 1)
    edges = spec.band_edges_hz()
    if spec.formula == "kaldi":
        points, edges = _hz_to_mel(bins_hz, "kaldi"), _hz_to_mel(edges, "kaldi")
    else:
        points = bins_hz
    rising = (points[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - points[None]) / (edges[2:] - edges[1:-1])[:, None]
    bank = np.maximum(0, np.minimum(rising, falling))
    if spec.formula == "kaldi":
        bank[:, -1] = 0
    if spec.formula == "slaney":
        bank *= (2 / (edges[2:] - edges[:-2]))[:, None]
    result: NDArray[np.float32] = bank.astype(np.float32)
    result.setflags(write=False)
    return result


@dataclass(frozen=True, slots=True)
class _Bands:
    """The filter bank as what it is: between two edges, every bin rises in one band and falls in the one before.

    The same sums as `power @ bank.T` with far less arithmetic, and without BLAS, whose threads spin between small
    products, the more so when the cores are busy (benchmarks/mel.py).
    """

    first: int
    end: int
    rising: NDArray[np.float32]
    falling: NDArray[np.float32]
    starts: NDArray[np.intp]
    empty: NDArray[np.bool_]

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, spec: MelSpec) -> _Bands:
        bank = mel_filter_bank(spec)
        heard = np.flatnonzero(bank.any(axis=0))
        first, end = int(heard[0]), int(heard[-1]) + 1
        edges = np.searchsorted(np.linspace(0, spec.sample_rate / 2, bank.shape[1]), spec.band_edges_hz())
        starts = np.clip(edges, first, end) - first
        bins = np.arange(first, end)
        between = np.clip(np.searchsorted(starts, bins - first, side="right") - 1, 0, spec.mels)
        padded = np.pad(bank, ((1, 1), (0, 0)))
        return cls(
            first,
            end,
            rising=padded[between + 1, bins],
            falling=padded[between, bins],
            starts=starts[:-1],
            empty=np.diff(starts) == 0,
        )

    def sum(self, power: NDArray[np.float32]) -> NDArray[np.float32]:
        """Band energies [frames, mels] of power spectra [frames, bins]."""
        # One column of zeros, so that an empty last interval has a place to point to.
        heard = np.zeros((len(power), self.end - self.first + 1), np.float32)
        np.multiply(power[:, self.first : self.end], self.rising, out=heard[:, :-1])
        up = np.add.reduceat(heard, self.starts, axis=1)
        np.multiply(power[:, self.first : self.end], self.falling, out=heard[:, :-1])
        down = np.add.reduceat(heard, self.starts, axis=1)
        # reduceat gives an empty interval the value at its start.
        up[:, self.empty] = down[:, self.empty] = 0
        bands: NDArray[np.float32] = up[:, :-1] + down[:, 1:]
        return bands


@lru_cache(maxsize=8)
def _window(spec: MelSpec) -> NDArray[np.float32]:
    length = spec.win_length
    period = length if spec.window == "hann" else length - 1
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / period)
    before = (spec.n_fft - length) // 2
    return np.pad(hann, (before, spec.n_fft - length - before)).astype(np.float32)


# Slaney's Auditory Toolbox: linear under 1 kHz, logarithmic above.
_SLANEY_HZ_PER_MEL: Final = 200.0 / 3
_SLANEY_BREAK_HZ: Final = 1000.0
_SLANEY_LOG_STEP: Final = np.log(6.4) / 27


def _hz_to_mel(hz: NDArray[np.float64], formula: str) -> NDArray[np.float64]:
    if formula == "kaldi":
        return 1127.0 * np.log1p(hz / 700.0)
    if formula == "htk":
        return 2595.0 * np.log10(1.0 + hz / 700.0)
    linear = hz / _SLANEY_HZ_PER_MEL
    above = _SLANEY_BREAK_HZ / _SLANEY_HZ_PER_MEL + np.log(np.maximum(hz, 1e-9) / _SLANEY_BREAK_HZ) / _SLANEY_LOG_STEP
    return np.where(hz >= _SLANEY_BREAK_HZ, above, linear)


def _mel_to_hz(mel: NDArray[np.float64], formula: str) -> NDArray[np.float64]:
    if formula == "kaldi":
        return 700.0 * np.expm1(mel / 1127.0)
    if formula == "htk":
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    break_mel = _SLANEY_BREAK_HZ / _SLANEY_HZ_PER_MEL
    above = _SLANEY_BREAK_HZ * np.exp(_SLANEY_LOG_STEP * (mel - break_mel))
    return np.where(mel >= break_mel, above, mel * _SLANEY_HZ_PER_MEL)
