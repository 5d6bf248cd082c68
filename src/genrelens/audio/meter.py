"""Measures one window of sound on the file's own rate and channels: what `health.py` judges.

Native samples, because clipping is gone after resampling and a cancelled pair of channels after mixing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["CANCEL_DB", "Reading", "band_edge_hz", "decibels", "measure", "to_mono"]

CANCEL_DB: Final = 20.0
"""Loss by mixing to mono from which the channels count as cancelling: wide mixes lose 3 to 6 dB."""

_CLIP_RUN: Final = 3
"""Samples in a row at one height that make a flat top."""

_CLIP_TOLERANCE: Final = 1e-4
"""How far below the channel's own maximum a sample is still at the top, as a share of it: 3 steps of 16 bits."""

_CLIP_DROP: Final = 5.0
"""How many tolerances the wave falls right beside a flat top. A round top of the same length falls less than 4."""

_CLIP_DROP_STEPS: Final = 3.0
"""The same in the sound's own quantisation steps: 8-bit sound has round tops that look flat."""

_STEP_SAMPLES: Final = 4096

_CLIP_MIN_PEAK: Final = 0.25
"""Flat tops below -12 dBFS are not looked for: quiet 8-bit sound has steps that look like them."""

_SILENT_TENTH_RMS: Final = 10 ** (-70.0 / 20)
"""A tenth of a second under -70 dBFS RMS is silence: under the noise of any room or tape."""

_BLOCK_S: Final = 0.1
_FFT: Final = 4096
_FRAMES_PER_WINDOW: Final = 24
"""Enough to average: 144 frames over six windows."""

_EDGE_SMOOTH_HZ: Final = 300.0
_EDGE_FLOOR_DB: Final = 60.0
"""Below the loudest band: what lies under it is codec and dither noise."""

_EDGE_MIN_HZ: Final = 2_500.0
"""No channel is narrower than a telephone; a lower edge is a low instrument or a test tone."""

_EDGE_DROP_DB: Final = 30.0
"""From the octave under the edge to just over it: a filter falls like that, an instrument does not."""

_EDGE_SOUNDING_DB: Final = 80.0
"""Below the loudest band: where nothing sounds under the edge either, it is a lone tone and no filter."""

_TINY: Final = 1e-20


@dataclass(frozen=True, slots=True)
class Reading:
    """What one window measures.

    Attributes:
        sample_rate: Hz.
        samples: Per channel.
        peak: Largest magnitude, full scale 1.
        silent_share: Share of tenths of a second that are silence, 0 to 1.
        clipped_share: Share of samples in flat tops, over all channels, 0 to 1.
        dc: Mean of the channel that is furthest off zero, signed, full scale 1 (the peak, where that is larger).
        mono_loss_db: What mixing to mono takes from the mean channel power, in dB.
        cancelled: True where the mix was given up for the left channel.
        non_finite: Samples that were no numbers.
        spectrum: Mean power, float64 [2049] from 0 to half the rate.
    """

    sample_rate: int
    samples: int
    peak: float
    silent_share: float
    clipped_share: float
    dc: float
    mono_loss_db: float
    cancelled: bool
    non_finite: int
    spectrum: NDArray[np.float64]


def decibels(amplitude: float) -> float:
    """Of full scale; -400 for nothing at all."""
    return 20 * float(np.log10(max(amplitude, _TINY)))


def to_mono(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of the channels: float32 [channels, n] to [n]."""
    mono: NDArray[np.float32] = samples[0]
    if len(samples) > 1:
        mono = samples.sum(axis=0, dtype=np.float32)
        mono *= np.float32(1 / len(samples))
    return mono


def measure(samples: NDArray[np.float32], mono: NDArray[np.float32], sample_rate: int, non_finite: int = 0) -> Reading:
    """Measure one window.

    Args:
        samples: float32 [channels, n] as the file has it, finite, n >= 1.
        mono: float32 [n], the mean of the channels.
        sample_rate: Hz.
        non_finite: How many samples had to be replaced before.
    """
    tops, bottoms = samples.max(axis=1), samples.min(axis=1)
    peak = float(max(tops.max(), -bottoms.min(), 0.0))
    power = float(np.mean([np.dot(row, row) / len(row) for row in samples]))
    mono_power = float(np.dot(mono, mono)) / len(mono)
    loss = 10 * float(np.log10((power + _TINY) / (mono_power + _TINY))) if len(samples) > 1 else 0.0
    cancelled = loss >= CANCEL_DB
    heard = samples[0] if cancelled else mono
    means = samples.mean(axis=1)
    return Reading(
        sample_rate=sample_rate,
        samples=samples.shape[1],
        peak=peak,
        silent_share=_silent_share(heard, sample_rate),
        clipped_share=_clipped_share(samples, tops, bottoms),
        dc=float(means[np.argmax(np.abs(means))]) / max(1.0, peak),
        mono_loss_db=min(loss, 120.0),
        cancelled=cancelled,
        non_finite=non_finite,
        spectrum=_spectrum(heard),
    )


def _silent_share(mono: NDArray[np.float32], sample_rate: int) -> float:
    block = max(1, round(_BLOCK_S * sample_rate))
    count = max(1, len(mono) // block)
    blocks = mono[: count * block].reshape(count, -1)
    power = np.einsum("ij,ij->i", blocks, blocks) / blocks.shape[1]
    return float(np.mean(power < _SILENT_TENTH_RMS**2))


def _clipped_share(samples: NDArray[np.float32], tops: NDArray[np.float32], bottoms: NDArray[np.float32]) -> float:
    flat = 0
    for row, top, bottom in zip(samples, tops, bottoms, strict=True):
        if top >= _CLIP_MIN_PEAK:
            flat += _flat_top_samples(row, float(top))
        if bottom <= -_CLIP_MIN_PEAK:
            flat += _flat_top_samples(-row, -float(bottom))
    return flat / samples.size


def _flat_top_samples(row: NDArray[np.float32], top: float) -> int:
    """How many samples stand in flat tops: runs at the maximum, with the wave breaking off beside them."""
    places = np.flatnonzero(row >= top * (1 - _CLIP_TOLERANCE))
    if len(places) < _CLIP_RUN:
        return 0
    breaks = np.flatnonzero(np.diff(places) > 1)
    firsts = places[np.concatenate([[0], breaks + 1])]
    lasts = places[np.concatenate([breaks, [len(places) - 1]])]
    before, after = row[np.maximum(firsts - 1, 0)], row[np.minimum(lasts + 1, len(row) - 1)]
    around = row[max(0, int(firsts[0]) - _STEP_SAMPLES) : int(firsts[0]) + _STEP_SAMPLES]
    steps = np.abs(np.diff(around))
    step = float(np.min(steps, initial=top, where=steps > 0))
    enough = max(_CLIP_DROP * _CLIP_TOLERANCE * top, _CLIP_DROP_STEPS * step)
    lengths = lasts - firsts + 1
    return int(lengths[(lengths >= _CLIP_RUN) & (top - (before + after) / 2 >= enough)].sum())


def _spectrum(mono: NDArray[np.float32]) -> NDArray[np.float64]:
    if len(mono) < _FFT:
        mono = np.pad(mono, (0, _FFT - len(mono)))
    starts = np.linspace(0, len(mono) - _FFT, _FRAMES_PER_WINDOW).astype(int)
    frames = np.lib.stride_tricks.sliding_window_view(mono, _FFT)[np.unique(starts)]
    spectra = np.fft.rfft(frames * np.hanning(_FFT).astype(np.float32), axis=1)
    result: NDArray[np.float64] = np.mean(np.square(np.abs(spectra)), axis=0, dtype=np.float64)
    return result


def band_edge_hz(readings: Sequence[Reading]) -> float:
    """Where a filter ends the spectrum of all windows together, in Hz; half the rate where none does."""
    rate = readings[0].sample_rate
    spectrum = np.sum([reading.spectrum for reading in readings], axis=0)
    bin_hz = rate / 2 / (len(spectrum) - 1)
    width = max(1, round(_EDGE_SMOOTH_HZ / bin_hz))
    smooth = np.convolve(spectrum, np.ones(width) / width, mode="same")
    level = 10 * np.log10(smooth + _TINY)
    above = np.flatnonzero(level > level.max() - _EDGE_FLOOR_DB)
    edge = float(above[-1] + 1) * bin_hz
    under = level[int(0.5 * edge / bin_hz) : int(0.9 * edge / bin_hz)]
    over = level[int(1.1 * edge / bin_hz) : int(1.4 * edge / bin_hz) + 1]
    if edge < _EDGE_MIN_HZ or not len(over) or not len(under):
        return rate / 2
    inside, outside = float(np.median(under)), float(np.median(over))
    if inside < level.max() - _EDGE_SOUNDING_DB or inside - outside < _EDGE_DROP_DB:
        return rate / 2
    return edge
