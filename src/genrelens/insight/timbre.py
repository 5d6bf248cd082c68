"""What a song sounds like apart from its notes: how bright, how wide, how much of it is struck, how driven.

Width is measured on all samples; the rest at eight places of five seconds, so that four minutes cost a fraction of a
second. "Dark" and "bright" are relative to music: limits and scales are quantiles over the corpus' `validation` clips,
printed by `python -m benchmarks.timbre_scale`.

Sources: spectral centroid as in Peeters et al., The Timbre Toolbox (JASA 130, 2011); percussive share by median
filters as in Fitzgerald, Harmonic/Percussive Separation Using Median Filtering (DAFx 2010); energy from descriptors
that carry subjective intensity in Sandvold and Herrera, Towards a Semantic Descriptor of Subjective Intensity in Music
(ICMC 2005).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import erf, sqrt
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song

__all__ = ["Brightness", "Measures", "Timbre", "measure", "timbre_of"]

Brightness = Literal["dark", "balanced", "bright"]

_WINDOW: Final = 1_024
"""Samples at 32 kHz: 32 ms, short enough for a stroke."""
_HOP: Final = 512
_PLACES: Final = 8
_PLACE_S: Final = 5.0
_LOWEST_HZ: Final = 60.0
_HIGHEST_HZ: Final = 8_000.0
"""Above, mp3 and its like change too much for a brightness that two copies of a song share."""
_LONG: Final = 17
"""Frames of the median along time (0.27 s): what lasts passes."""
_WIDE: Final = 17
"""Bins of the median along frequency (530 Hz): what fills the spectrum at once passes."""
_SOUNDING: Final = 0.01
"""Amplitude of a frame as a share of the loudest ones from which it counts: -40 dB."""
_SHORTEST_S: Final = 1.0
_SILENCE: Final = 1e-5
"""Root mean square that counts as silence: -100 dBFS."""
_MONO: Final = 1e-4
"""Share of energy in the difference of the channels below which nobody hears stereo: -40 dB."""
_WORD_ABOVE: Final = 0.7
"""Certainty from which the word is said."""
_TINY: Final = 1e-12

_DARK_BELOW: Final = 1_290.0
_BRIGHT_ABOVE: Final = 1_870.0
"""Quartiles of the centroid over the music of `validation`, Hz."""
_CENTROID_DOUBT: Final = 0.105
"""How far a part's centroid lies from its song's: standard deviation of the natural logarithm, from halves of clips."""
_SCALES: Final = ((7.3551, 0.2955), (0.4078, 0.0702), (-1.9389, 0.3433), (-4.1326, 1.1515))
"""Median and deviation over the same music of log centroid, percussive share, log flux, and density."""
_ENERGY_SPREAD: Final = 0.756
"""Deviation of their mean."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What is measured at the places: numbers that do not depend on the level.

    Attributes:
        centroid_hz: Amplitude-weighted mean frequency between 60 Hz and 8 kHz, median over sounding frames.
        percussive: Share of the amplitude that fills the spectrum at once rather than lasts, 0 to 1.
        flux: Mean rise of the log spectrum from frame to frame, natural logarithm: how much begins.
        density: RMS over the loudest frames, dB (0 or less): how little the song breathes.
    """

    centroid_hz: float
    percussive: float
    flux: float
    density: float


@dataclass(frozen=True, slots=True)
class Timbre:
    """Timbre of a song; what cannot be said is None.

    Attributes:
        centroid_hz: Spectral centroid up to 8 kHz, Hz.
        brightness: "dark", "balanced" or "bright" beside other music; None where it lies between two of them.
        brightness_certainty: Probability that another part of the same music would get the same word.
        percussive_share: 0 to 1; the rest is harmonic.
        energy: 0 to 1: share of music that is calmer.
        side_share: Share of the energy that lies in the difference of the channels, 0 to 1; None for one channel.
        mono: Whether there is nothing to hear in the difference, or only one channel.
    """

    centroid_hz: float | None
    brightness: Brightness | None
    brightness_certainty: float
    percussive_share: float | None
    energy: float | None
    side_share: float | None
    mono: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def timbre_of(song: Song) -> Timbre:
    """Measure a song; of silence and of less than a second nothing is said but whether it is mono."""
    side = _side_share(song.samples)
    mono = side is None or side < _MONO
    found = measure(song)
    if found is None:
        return Timbre(None, None, 0.0, None, None, side, mono)
    word, certainty = _brightness(found.centroid_hz)
    return Timbre(found.centroid_hz, word, certainty, found.percussive, _energy(found), side, mono)


def measure(song: Song) -> Measures | None:
    """The level-independent numbers behind `timbre_of`; None for silence and for less than a second."""
    if song.duration_s < _SHORTEST_S:
        return None
    spectra = [_magnitudes(place, song.sample_rate) for place in _places(song)]
    whole = np.concatenate(spectra)
    level = np.sqrt(np.mean(np.square(whole), axis=1))
    loudest = float(np.percentile(level, 95))
    if loudest < _SILENCE:
        return None
    heard = level > _SOUNDING * loudest
    hz = _bins(song.sample_rate)[1]
    centroid = float(np.median(whole[heard] @ hz / whole[heard].sum(axis=1)))
    density = 10 * float(np.log10(np.mean(np.square(level)) / loudest**2))
    return Measures(centroid, _percussive(whole), _flux(spectra, loudest), density)


def _places(song: Song) -> list[NDArray[np.float32]]:
    """Up to eight parts of five seconds in the middle of equal shares of the song; all of a shorter one."""
    sound = song.mono()
    size = round(_PLACE_S * song.sample_rate)
    if len(sound) <= _PLACES * size:
        return [sound]
    share = len(sound) / _PLACES
    starts = [round((index + 0.5) * share - size / 2) for index in range(_PLACES)]
    return [sound[start : start + size] for start in starts]


def _bins(rate: int) -> tuple[slice, NDArray[np.float32]]:
    """Which bins of the spectrum count, and their frequencies."""
    hz = np.arange(_WINDOW // 2 + 1, dtype=np.float32) * rate / _WINDOW
    inside = np.flatnonzero((hz >= _LOWEST_HZ) & (hz <= _HIGHEST_HZ))
    kept = slice(int(inside[0]), int(inside[-1]) + 1)
    return kept, hz[kept]


def _magnitudes(sound: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """float32 [frames, bins]; 1 is a full-scale sine."""
    from scipy.fft import rfft

    frames = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP]
    window = (np.hanning(_WINDOW) * 4 / _WINDOW).astype(np.float32)
    return np.asarray(np.abs(rfft(frames * window, axis=1))[:, _bins(rate)[0]], np.float32)


def _percussive(magnitude: NDArray[np.float32]) -> float:
    from scipy.ndimage import median_filter

    # One dimension is filtered far faster than one axis of two; the few values across the edges do not matter.
    lasting = median_filter(np.ascontiguousarray(magnitude.T).ravel(), _LONG).reshape(magnitude.shape[::-1]).T
    wide = median_filter(magnitude.ravel(), _WIDE).reshape(magnitude.shape)
    struck = np.square(wide) / (np.square(wide) + np.square(lasting) + _TINY)
    return float((struck * magnitude).sum() / (magnitude.sum() + _TINY))


def _flux(spectra: list[NDArray[np.float32]], loudest: float) -> float:
    rises = []
    for spectrum in spectra:
        level = np.log1p(spectrum / loudest * 10)
        rises.append(np.maximum(level[1:] - level[:-1], 0).mean(axis=1))
    return float(np.concatenate(rises).mean())


def _brightness(centroid_hz: float) -> tuple[Brightness | None, float]:
    """The word, and how surely the song lies on that side of the limits, from how much parts of songs differ."""
    below, above = (
        0.5 * (1 + erf(np.log(limit / centroid_hz) / (_CENTROID_DOUBT * sqrt(2))))
        for limit in (_DARK_BELOW, _BRIGHT_ABOVE)
    )
    odds: dict[Brightness, float] = {"dark": below, "balanced": above - below, "bright": 1 - above}
    word = max(odds, key=odds.__getitem__)
    return (word if odds[word] >= _WORD_ABOVE else None), odds[word]


def _energy(found: Measures) -> float:
    values = (np.log(found.centroid_hz), found.percussive, np.log(found.flux + _TINY), found.density)
    mean = np.mean([(value - middle) / spread for value, (middle, spread) in zip(values, _SCALES, strict=True)])
    return 0.5 * (1 + erf(float(mean) / (_ENERGY_SPREAD * sqrt(2))))


def _side_share(samples: NDArray[np.float32]) -> float | None:
    if len(samples) == 1:
        return None
    left, right = samples
    power, product = float(left @ left) + float(right @ right), 2 * float(left @ right)
    return (power - product) / (2 * power) if power > _TINY else None
