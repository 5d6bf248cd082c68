"""How loud a song is, how much that changes, and how much room its peaks need: EBU R 128, measured over all of it.

The K-weighting filters are pyloudnorm's (those named "DeMan" there give the coefficients of ITU-R BS.1770-4 at 48 kHz
exactly). The gates are here: one pass serves integrated loudness and loudness range, where two calls of pyloudnorm's
meter filter the song twice and step through it in Python. The tests hold both against pyloudnorm.

Sources: ITU-R BS.1770-4 (2015), EBU R 128 (2023), EBU Tech 3341 and 3342 (2016, 2023).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song

__all__ = ["Loudness", "loudness_of"]

_STEP_S: Final = 0.1
"""Both gates step by 100 ms: 75 % overlap of 400 ms blocks (BS.1770-4), 10 Hz for short-term values (Tech 3342)."""
_MOMENTARY_STEPS: Final = 4
_SHORT_TERM_STEPS: Final = 30
_ABSOLUTE_GATE: Final = -70.0
"""LUFS; blocks below count as silence."""
_INTEGRATED_GATE: Final = -10.0
"""LU below the mean of what passed the absolute gate (BS.1770-4)."""
_RANGE_GATE: Final = -20.0
"""The same for the loudness range (Tech 3342)."""
_RANGE_PERCENTILES: Final = (10, 95)
_OFFSET: Final = -0.691
"""Makes a 997 Hz sine at 0 dBFS in one channel read -3.01 LUFS (BS.1770-4)."""
_RANGE_NEEDS_S: Final = 20.0
"""The range is a spread over short-term values of 3 s; of a shorter part it says little, so nothing is said."""
_PHASES: Final = (-0.75, -0.5, -0.25, 0.25, 0.5, 0.75)
"""Where between the samples the signal is looked up: fourfold oversampling on both sides of a sample that stands out."""
_REACH: Final = 16
"""Samples of the signal on either side that count for a value between two."""
_PEAK_NEAR_DB: Final = 3.0
"""A true peak is sought at samples this close to the highest: in music it does not rise more between two samples."""
_MOST_PEAKS: Final = 20_000
"""Of these the highest; more would only cost time."""
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Loudness:
    """Loudness of a song; what cannot be said is None.

    Attributes:
        integrated_lufs: Gated loudness of the whole, LUFS; None where nothing is above -70 LUFS or under 0.4 s.
        range_lu: Loudness range, LU; None for less than 20 s.
        true_peak_dbtp: Highest peak of the fourfold oversampled signal, dB re full scale; None for digital silence.
        peak_to_loudness_lu: True peak less integrated loudness (PLR): how far the peaks stand out.
        crest_db: Sample peak over RMS of the louder channel, dB.
    """

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None
    peak_to_loudness_lu: float | None
    crest_db: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def loudness_of(song: Song) -> Loudness:
    """Measure a song; mono is measured as one channel, as a meter does that is fed with one."""
    steps = _step_powers(song.samples, song.sample_rate)
    integrated = _integrated(_windows(steps, _MOMENTARY_STEPS))
    spread = None
    if song.duration_s >= _RANGE_NEEDS_S:
        spread = _range(_windows(steps, _SHORT_TERM_STEPS))
    peak = _true_peak(song.samples)
    true_peak = 20 * float(np.log10(peak)) if peak > _TINY else None
    room = None if true_peak is None or integrated is None else true_peak - integrated
    return Loudness(integrated, spread, true_peak, room, _crest(song.samples))


def _step_powers(samples: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """float64 [steps]: mean square of the K-weighted signal in each 100 ms, summed over the channels."""
    from scipy.signal import lfilter

    forward, backward = _k_weighting(rate)
    size = round(_STEP_S * rate)
    steps = samples.shape[1] // size
    powers = np.zeros(steps)
    for channel in samples:
        # float64: the poles of the high pass lie so close to 1 that float32 would drift.
        weighted = lfilter(forward, backward, channel[: steps * size].astype(np.float64)).reshape(steps, size)
        powers += np.einsum("ij,ij->i", weighted, weighted) / size
    return powers


def _k_weighting(rate: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shelf and high pass of BS.1770-4 as one filter of fourth order."""
    from pyloudnorm import IIRfilter

    shelf = IIRfilter(3.99984385397, 0.7071752369554193, 1681.9744509555319, rate, "high_shelf_DeMan")
    high_pass = IIRfilter(0.0, 0.5003270373253953, 38.13547087613982, rate, "high_pass_DeMan")
    return np.convolve(shelf.b, high_pass.b), np.convolve(shelf.a, high_pass.a)


def _windows(powers: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Mean power of every window of so many steps."""
    if len(powers) < steps:
        return np.empty(0)
    return np.lib.stride_tricks.sliding_window_view(powers, steps).mean(axis=1)


def _lufs(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(_OFFSET + 10 * np.log10(powers + _TINY))


def _gated(powers: NDArray[np.float64], relative: float) -> NDArray[np.float64]:
    heard = powers[_lufs(powers) >= _ABSOLUTE_GATE]
    if not len(heard):
        return heard
    return heard[_lufs(heard) > float(_lufs(heard.mean(keepdims=True))[0]) + relative]


def _integrated(blocks: NDArray[np.float64]) -> float | None:
    kept = _gated(blocks, _INTEGRATED_GATE)
    return float(_lufs(kept.mean(keepdims=True))[0]) if len(kept) else None


def _range(blocks: NDArray[np.float64]) -> float | None:
    kept = _gated(blocks, _RANGE_GATE)
    if not len(kept):
        return None
    low, high = np.percentile(_lufs(kept), _RANGE_PERCENTILES)
    return float(high - low)


def _true_peak(samples: NDArray[np.float32]) -> float:
    """Peak of the fourfold oversampled signal (BS.1770-4, annex 2), full scale 1.

    Only the local maxima within 3 dB of the highest sample are oversampled: elsewhere the peak cannot lie.
    """
    tops = [np.abs(channel) for channel in samples]
    best = max((float(top.max(initial=0.0)) for top in tops), default=0.0)
    floor = best * 10 ** (-_PEAK_NEAR_DB / 20)
    kernel = _between()
    for channel, top in zip(samples, tops, strict=True):
        near = np.flatnonzero(top >= floor)
        near = near[(near >= _REACH) & (near < len(top) - _REACH)]
        near = near[(top[near] >= top[near - 1]) & (top[near] >= top[near + 1])]
        if len(near) > _MOST_PEAKS:
            near = near[np.argpartition(top[near], -_MOST_PEAKS)[-_MOST_PEAKS:]]
        around = channel[near[:, None] + np.arange(-_REACH, _REACH + 1)]
        best = max(best, float(np.abs(around @ kernel).max(initial=0.0)))
    return best


def _between() -> NDArray[np.float32]:
    """float32 [2 reach + 1, phases]: a windowed sinc at every phase."""
    away = np.arange(-_REACH, _REACH + 1)[:, None] - np.array(_PHASES)
    window = np.where(np.abs(away) < _REACH, 0.5 + 0.5 * np.cos(np.pi * away / _REACH), 0.0)
    return (np.sinc(away) * window).astype(np.float32)


def _crest(samples: NDArray[np.float32]) -> float | None:
    power = max((float(np.mean(np.square(channel), dtype=np.float64)) for channel in samples), default=0.0)
    if power <= _TINY:
        return None
    return float(20 * np.log10(float(np.abs(samples).max()) / np.sqrt(power)))
