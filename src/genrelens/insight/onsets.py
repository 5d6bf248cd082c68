"""Where something begins to sound, and where the harmony changes: what tempo, beats and metre are found in.

Why it exists: rhythm is heard in changes, not in levels. One pass over the sound gives, a hundred times a second, how
much the loudness of low, middle and high bands rises (spectral flux of log magnitudes, after Bello et al. 2005 and
Böck & Widmer 2013), and ten times a second a picture of the bass and of the pitch classes above it. Everything after
this works on these few numbers, so a song of four minutes costs a fraction of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["FRAMES_PER_S", "HARMONY_PER_S", "Onsets", "onsets_of"]

FRAMES_PER_S: Final = 100
"""Frames of the onset strength a second."""
HARMONY_PER_S: Final = 10
"""Frames of bass and chroma a second."""

_MIN_RATE, _MAX_RATE, _OWN_RATE = 16_000, 33_000, 32_000
_WINDOW_S: Final = 0.032
_BANDS: Final = 40
_EDGES_HZ: Final = (30.0, 12_000.0)
_GROUPS_HZ: Final = (200.0, 2_000.0)
"""Where low ends and high begins."""
_GAIN: Final = 30.0
"""Before the logarithm, for a sound of RMS 1: quiet onsets count, noise 60 dB down does not."""
_LOCAL_S: Final = 0.8
"""The strength is taken above its mean over this long."""
_CHUNK: Final = 4_000
_HARMONY_RATE: Final = 8_000
_HARMONY_WINDOW: Final = 2_048
_BASS_HZ, _CHROMA_HZ = (35.0, 260.0), (180.0, 1_800.0)
_SILENT_RMS: Final = 1e-5
"""-100 dBFS: below it there is nothing to hear."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Onsets:
    """What changes when.

    Attributes:
        strength: float32 [frames]: how much begins in all bands, standard deviation 1; zeros for silence.
        bands: float32 [3, frames]: the same for low, middle and high bands, in the scale of `strength`.
        bass: float32 [harmony frames, bins]: magnitudes of the low bins, square root.
        chroma: float32 [harmony frames, 12]: magnitudes of the pitch classes, C first, square root.
    """

    strength: Floats
    bands: Floats
    bass: Floats
    chroma: Floats

    @property
    def seconds(self) -> float:
        """Length of the sound, in seconds."""
        return len(self.strength) / FRAMES_PER_S


def onsets_of(mono: Floats, rate: int) -> Onsets:
    """Onset strength and harmony of a sound.

    Args:
        mono: float32 [n].
        rate: In Hz; what is not between 16 and 33 kHz is brought to 32 kHz first.
    """
    if not _MIN_RATE <= rate <= _MAX_RATE:
        import soxr

        mono, rate = soxr.resample(mono, rate, _OWN_RATE, quality="MQ"), _OWN_RATE
    level = float(np.sqrt(np.mean(np.square(mono), dtype=np.float64))) if len(mono) else 0.0
    frames = len(mono) * FRAMES_PER_S // rate
    if level < _SILENT_RMS:
        bare = np.zeros((frames * HARMONY_PER_S // FRAMES_PER_S, 12), np.float32)
        return Onsets(np.zeros(frames, np.float32), np.zeros((3, frames), np.float32), bare, bare)
    scaled = np.asarray(mono / np.float32(level), np.float32)
    bands = _flux(_log_bands(scaled, rate, frames), rate)
    strength = bands.sum(axis=0)
    spread = float(strength.std()) or 1.0
    bass, chroma = _harmony(scaled, rate)
    return Onsets(strength / spread, bands / spread, bass, chroma)


def _band_edges(rate: int, window: int) -> NDArray[np.int64]:
    """First bins of the bands, and the end of the last: evenly spaced on the mel scale, a bin wide at least."""
    low, high = (1127 * np.log1p(hz / 700) for hz in (_EDGES_HZ[0], min(_EDGES_HZ[1], rate / 2)))
    hz = 700 * np.expm1(np.linspace(low, high, _BANDS + 1) / 1127)
    return np.unique(np.round(hz * window / rate).astype(np.int64))


def _log_bands(mono: Floats, rate: int, frames: int) -> Floats:
    """float32 [frames, bands]: logarithm of the magnitude in each band."""
    from scipy.fft import rfft

    window, hop = round(_WINDOW_S * rate), rate / FRAMES_PER_S
    shape = np.hanning(window).astype(np.float32) / window
    edges = _band_edges(rate, window)
    padded = np.pad(mono, (window // 2, window))
    views = np.lib.stride_tricks.sliding_window_view(padded, window)
    starts = np.round(np.arange(frames) * hop).astype(np.int64)
    out = np.empty((frames, len(edges) - 1), np.float32)
    for first in range(0, frames, _CHUNK):
        part = views[starts[first : first + _CHUNK]] * shape
        size = np.abs(rfft(part, axis=1))[:, : edges[-1]]
        out[first : first + _CHUNK] = np.add.reduceat(size, edges[:-1], axis=1)
    return np.log1p(_GAIN * 10 * out)


def _flux(logs: Floats, rate: int) -> Floats:
    """float32 [3, frames]: rises over two frames, above their local mean, summed over low, middle and high bands."""
    from scipy.ndimage import uniform_filter1d

    rise = np.zeros_like(logs)
    rise[2:] = np.maximum(logs[2:] - logs[:-2], 0)
    rise[:2] = 0
    edges = _band_edges(rate, round(_WINDOW_S * rate))[:-1] / _WINDOW_S
    cuts = np.searchsorted(edges, _GROUPS_HZ)
    groups = [rise[:, : cuts[0]], rise[:, cuts[0] : cuts[1]], rise[:, cuts[1] :]]
    # A group counts by the square root of its bands: four low ones must not drown under thirty high ones.
    summed = np.stack([group.sum(axis=1) / np.sqrt(max(1, group.shape[1])) for group in groups])
    local = uniform_filter1d(summed, round(_LOCAL_S * FRAMES_PER_S), axis=1, mode="nearest")
    return np.maximum(summed - local, 0)


def _harmony(mono: Floats, rate: int) -> tuple[Floats, Floats]:
    """Bass bins and pitch classes, `HARMONY_PER_S` a second."""
    import soxr
    from scipy.fft import rfft

    slow = soxr.resample(mono, rate, _HARMONY_RATE, quality="LQ")
    hop = _HARMONY_RATE // HARMONY_PER_S
    padded = np.pad(slow, (_HARMONY_WINDOW // 2, _HARMONY_WINDOW))
    views = np.lib.stride_tricks.sliding_window_view(padded, _HARMONY_WINDOW)[::hop][: len(slow) // hop]
    size = np.abs(rfft(views * np.hanning(_HARMONY_WINDOW).astype(np.float32), axis=1))
    hz = np.arange(size.shape[1]) * _HARMONY_RATE / _HARMONY_WINDOW
    bass = size[:, (hz >= _BASS_HZ[0]) & (hz <= _BASS_HZ[1])]
    inside = np.flatnonzero((hz >= _CHROMA_HZ[0]) & (hz <= _CHROMA_HZ[1]))
    classes = np.round(12 * np.log2(hz[inside] / 440) + 69).astype(np.int64) % 12
    fold = np.zeros((len(inside), 12), np.float32)
    fold[np.arange(len(inside)), classes] = 1
    return np.sqrt(bass), np.sqrt(size[:, inside] @ fold)
