"""The key of a song, and how far its tuning lies from A = 440 Hz; each with its certainty, and left out when unsure.

The way: peaks of a long spectrum, where drums have none; the tuning from where the peaks lie between the semitones;
notes from the peaks, overtones explained by their fundamentals; how much of each of the twelve pitch classes; and the
key whose profile looks most like that. A song that changes its key, or has none, fits none well and gets none.

Sources: peaks and tuning as in Gomez, Tonal Description of Polyphonic Audio (2006); overtones explained as in Mauch and
Dixon, Approximate Note Transcription for the Improved Identification of Difficult Chords (2010); profiles of Albrecht
and Shanahan, The Use of Large Corpora to Train a New Type of Key-Finding Algorithm (Music Perception 31, 2013), which
confuse a key with its relative less than the older ones of Krumhansl, Kessler and Temperley (measured here, too).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song

__all__ = ["KEY_SAID_ABOVE", "TUNING_SAID_ABOVE", "Key", "KeyName", "Tuning", "key_of", "tonality_of"]

Mode = Literal["major", "minor"]

KEY_SAID_ABOVE: Final = 0.7
"""Certainty from which a key is said."""
TUNING_SAID_ABOVE: Final = 0.9
"""Certainty from which a tuning is said."""

_MODES: Final[tuple[Mode, ...]] = ("major", "minor")
_SHARPNESS: Final = 18.0
"""Makes correlations probabilities (softmax); `python -m benchmarks.key_certainty` fits it."""
_LEAST_FIT: Final = 0.6
"""Correlation below which no key fits: noise, speech, drums, much that is between keys."""
_TUNING_TRUST: Final = ((0.0, 0.2, 0.3, 0.4, 0.5, 0.6), (0.0, 0.43, 0.77, 0.92, 0.95, 0.98))
"""How long the mean direction is, and in what share of `validation` clips both halves then agreed within 5 cents."""
_ALTERNATIVE_ABOVE: Final = 0.08
"""Probability from which the next likely key is named, too."""
_BETWEEN_KEYS: Final = 0.42
"""Semitones off the tuning from which a key could as well be its neighbour, badly tuned the other way."""
_FEWEST_PEAKS: Final = 50
"""Peaks below which there are no notes to speak of."""
_SILENCE: Final = 1e-3
"""Magnitude of a peak, window's gain and all, that counts as silence: about -120 dBFS."""

_RATE: Final = 8_000
"""Hz; fundamentals and the overtones that matter lie below 3.5 kHz."""
_WINDOW: Final = 4_096
"""Samples: 0.51 s, so that semitones can be told apart from 65 Hz on."""
_HOP: Final = 1_024
_BLOCK: Final = 128
"""Frames transformed at a time; bounds the memory."""
_LOWEST_HZ: Final = 50.0
_HIGHEST_HZ: Final = 3_500.0
_NEIGHBOURS: Final = 25
"""Bins over which a peak's surroundings are averaged (49 Hz)."""
_STANDS_OUT: Final = 0.7
"""Natural logarithm of what a peak must have over its surroundings: twice."""
_TUNING_HZ: Final = (150.0, 2_000.0)
"""Below, peaks are too coarse for cents; above, the overtones of pianos and bells are sharp."""
_LOWEST_NOTE: Final = 24
_NOTES: Final = 72
"""MIDI notes of the spectrum, from 33 Hz to 2 kHz."""
_OVERTONES: Final = 6
_DECAY: Final = 0.6
"""Strength of each overtone as a share of the one below."""
_ROUNDS: Final = 15
"""Of the multiplicative update that explains overtones; more change nothing that matters."""
_SEGMENT_S: Final = 5.0
"""Profiles are compared segment by segment, so that one loud passage does not speak for all."""

_PROFILES: Final[dict[Mode, tuple[float, ...]]] = {
    "major": (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
    "minor": (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
}
"""Albrecht and Shanahan (2013): share of each pitch class, the tonic first."""
_NAMES: Final[dict[Mode, tuple[str, ...]]] = {
    "major": ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"),
    "minor": ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"),
}
"""As musicians write them: the spelling with fewer signs."""


@dataclass(frozen=True, slots=True)
class KeyName:
    """A key: the pitch class of its tonic (0 is C) and its mode."""

    pitch_class: int
    mode: Mode

    @property
    def tonic(self) -> str:
        """The tonic's name with # and b: "F#", "Bb"."""
        return _NAMES[self.mode][self.pitch_class]

    @property
    def camelot(self) -> str:
        """The place on the Camelot wheel: 8B is C major, 8A is A minor; neighbours differ by one step."""
        fifths = 7 * (self.pitch_class + (3 if self.mode == "minor" else 0)) % 12
        return f"{(fifths + 7) % 12 + 1}{'A' if self.mode == 'minor' else 'B'}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"tonic": self.tonic, "mode": self.mode, "camelot": self.camelot, "pitch_class": self.pitch_class}


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a song.

    Attributes:
        name: None when unsure.
        certainty: Probability that the likeliest key is right, 0 to 1; given when the key is not, too.
        alternative: The next likely key where a listener may well name that one; None else.
    """

    name: KeyName | None
    certainty: float
    alternative: KeyName | None

    @property
    def tonic(self) -> str | None:
        """Name of the tonic; None when unsure."""
        return self.name and self.name.tonic

    @property
    def mode(self) -> Mode | None:
        """Its mode; None when unsure."""
        return self.name and self.name.mode

    @property
    def camelot(self) -> str | None:
        """Its place on the Camelot wheel; None when unsure."""
        return self.name and self.name.camelot

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        named = self.name.to_dict() if self.name else dict.fromkeys(("tonic", "mode", "camelot", "pitch_class"))
        other = self.alternative.to_dict() if self.alternative else None
        return {**named, "certainty": self.certainty, "alternative": other}


@dataclass(frozen=True, slots=True)
class Tuning:
    """How far a song is tuned from A = 440 Hz: `cents` from -50 to 50, None when unsure; and how certain that is."""

    cents: float | None
    certainty: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def tonality_of(song: Song) -> tuple[Key, Tuning]:
    """Key and tuning of a song (of its mono mix, level does not matter); one pass finds both.

    Neither is said of silence, of less than a second, or where there are no notes.
    """
    peaks = _peaks(song)
    tuning = _tuning(peaks)
    if tuning.cents is None:
        return Key(None, 0.0, None), tuning
    offset = tuning.cents / 100
    scores = _fits(_pitch_classes(_explained(_spectrum(peaks, offset)), song.duration_s))
    return _key(scores, offset), _said(tuning)


def key_of(song: Song) -> Key:
    """The key of a song; `tonality_of` without the tuning."""
    return tonality_of(song)[0]


@dataclass(frozen=True, slots=True)
class _Peaks:
    """Peaks of the spectrum: frame number, Hz and amplitude of each; and how many frames there are."""

    frame: NDArray[np.intp]
    hz: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    frames: int


def _peaks(song: Song) -> _Peaks:
    import soxr
    from scipy.fft import rfft

    sound = soxr.resample(song.mono(), song.sample_rate, _RATE, quality="MQ")
    half = _WINDOW // 2
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, half), _WINDOW)[::_HOP]
    window = np.hanning(_WINDOW).astype(np.float32)
    found = [
        _block_peaks(np.abs(rfft(frames[first : first + _BLOCK] * window, axis=1)), first)
        for first in range(0, len(frames), _BLOCK)
    ]
    frame, hz, amplitude = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return _Peaks(frame, hz, amplitude, len(frames))


def _block_peaks(
    magnitude: NDArray[np.float32], first: int
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Local maxima over frequency that stand out of their surroundings, their place refined by a parabola."""
    from scipy.ndimage import uniform_filter1d

    low, high = (round(hz * _WINDOW / _RATE) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    magnitude = magnitude[:, : high + _NEIGHBOURS]
    level = np.log(magnitude + 1e-9)
    floor = uniform_filter1d(level, _NEIGHBOURS, axis=1)
    middle = level[:, low:high]
    is_peak = (middle > level[:, low - 1 : high - 1]) & (middle >= level[:, low + 1 : high + 1])
    is_peak &= middle > floor[:, low:high] + _STANDS_OUT
    is_peak &= magnitude[:, low:high] > _SILENCE
    frame, bins = np.nonzero(is_peak)
    bins = bins + low
    before, at, after = (level[frame, bins + step].astype(np.float64) for step in (-1, 0, 1))
    shift = 0.5 * (before - after) / (before - 2 * at + after - 1e-12)
    return frame + first, (bins + shift) * _RATE / _WINDOW, np.exp(at)


def _tuning(peaks: _Peaks) -> Tuning:
    """The mean direction of the peaks on the circle of one semitone, weighted by amplitude; its length is certainty."""
    low, high = _TUNING_HZ
    inside = (peaks.hz > low) & (peaks.hz < high)
    if inside.sum() < _FEWEST_PEAKS:
        return Tuning(None, 0.0)
    weight = peaks.amplitude[inside]
    turns = 12 * np.log2(peaks.hz[inside] / 440)
    mean = complex(np.sum(weight * np.exp(2j * np.pi * turns)) / np.sum(weight))
    return Tuning(float(np.angle(mean)) * 50 / np.pi, float(np.interp(abs(mean), *_TUNING_TRUST)))


def _spectrum(peaks: _Peaks, offset: float) -> NDArray[np.float64]:
    """float64 [frames, notes]: the peaks' amplitude by semitone, less the further a peak lies from one."""
    place = 12 * np.log2(peaks.hz / 440) + 69 - offset - _LOWEST_NOTE
    note = np.round(place).astype(np.intp)
    inside = (note >= 0) & (note < _NOTES)
    note, away = note[inside], (place - note)[inside]
    weight = peaks.amplitude[inside] * np.cos(np.pi * away) ** 2
    cells = np.bincount(peaks.frame[inside] * _NOTES + note, weight, peaks.frames * _NOTES)
    return cells.reshape(peaks.frames, _NOTES)


def _explained(spectrum: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [frames, notes]: the notes whose overtones add up to the spectrum; least squares, none negative.

    Multiplicative updates (Lee and Seung 2001) with fixed harmonic templates.
    """
    templates = np.zeros((_NOTES, _NOTES))
    for number in range(1, _OVERTONES + 1):
        above = 12 * np.log2(number)
        near = round(above)
        share = _DECAY ** (number - 1) * np.cos(np.pi * (above - near)) ** 2
        templates += share * np.eye(_NOTES, k=near)
    notes = np.full_like(spectrum, float(spectrum.mean()))
    wanted, cross = spectrum @ templates.T, templates @ templates.T
    for _ in range(_ROUNDS):
        notes *= wanted / (notes @ cross + 1e-9)
    return notes


def _pitch_classes(notes: NDArray[np.float64], duration_s: float) -> NDArray[np.float64]:
    """float64 [segments, 12]: share of each pitch class, C first; every frame counts alike, silent ones less."""
    octaves = np.sqrt(notes).reshape(len(notes), -1, 12)  # the lowest note is a C
    classes = octaves.sum(axis=1)
    total = classes.sum(axis=1, keepdims=True)
    classes /= total + 0.1 * total.mean() + 1e-12
    segments = max(1, round(duration_s / _SEGMENT_S))
    return np.array([part.mean(axis=0) for part in np.array_split(classes, segments)])


def _fits(classes: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [24]: correlation of each key's profile with the pitch classes, mean over segments; major first."""
    profiles = np.array([np.roll(_PROFILES[mode], tonic) for mode in _MODES for tonic in range(12)])
    return np.asarray((_standard(classes) @ _standard(profiles).T / 12).mean(axis=0))


def _standard(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred / (centred.std(axis=1, keepdims=True) + 1e-12))


def _key(fits: NDArray[np.float64], offset: float) -> Key:
    odds = np.exp(_SHARPNESS * (fits - fits.max()))
    odds /= odds.sum()
    first, second = (int(index) for index in np.argsort(-odds)[:2])
    certainty = float(odds[first])
    if fits[first] < _LEAST_FIT or abs(offset) > _BETWEEN_KEYS:
        certainty = min(certainty, 0.5)
    said = certainty >= KEY_SAID_ABOVE
    other = said and odds[second] >= _ALTERNATIVE_ABOVE
    return Key(_name(first) if said else None, certainty, _name(second) if other else None)


def _name(index: int) -> KeyName:
    return KeyName(index % 12, _MODES[index // 12])


def _said(tuning: Tuning) -> Tuning:
    return tuning if tuning.certainty >= TUNING_SAID_ABOVE else Tuning(None, tuning.certainty)
