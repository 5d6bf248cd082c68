"""Building blocks of sounds that are no music: struck bodies, shaped noise, sweeps, events in time.

Everything is numpy, at `RATE`, and takes a generator of random numbers, so that a seed gives the same sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EXAM_LENGTH_S",
    "RATE",
    "Random",
    "Sound",
    "beeps",
    "bursts",
    "events",
    "level",
    "mix",
    "modal",
    "noise",
    "room",
    "seconds",
    "shaped",
    "sweep",
    "tone",
    "wobble",
]

RATE: Final = 32_000
EXAM_LENGTH_S: Final = 12.0
"""Of every sound of the exam."""
Sound = NDArray[np.float64]
Random = np.random.Generator


def seconds(length: float) -> Sound:
    """The times of `length` seconds of samples."""
    return np.arange(round(length * RATE)) / RATE


def noise(length: float, random: Random, low: float = 20, high: float = 15_000, slope: float = 0.0) -> Sound:
    """Noise between two frequencies (Hz, half an octave of slope at each side), its power going with f^slope."""
    count = round(length * RATE)
    spectrum = np.fft.rfft(random.standard_normal(count))
    hertz = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 1.0)
    gain = (hertz / 1000) ** (slope / 2) / np.sqrt((1 + (low / hertz) ** 8) * (1 + (hertz / high) ** 8))
    sound = np.fft.irfft(spectrum * gain, count)
    return sound / (np.abs(sound).max() + 1e-9)


def modal(length: float, partials: Sequence[tuple[float, float, float]]) -> Sound:
    """A struck body: for each partial its frequency (Hz), amplitude and time to fall by 60 dB (s)."""
    time = seconds(length)
    sound = np.zeros(len(time))
    for hertz, amplitude, fall in partials:
        if hertz < RATE / 2.2:
            sound += amplitude * np.sin(2 * np.pi * hertz * time) * 10 ** (-3 * time / fall)
    return sound


def tone(
    length: float, hertz: float, harmonics: Sequence[float] = (1.0,), wobble_hz: float = 0, depth: float = 0
) -> Sound:
    """Harmonics of one pitch, with a vibrato of `depth` (share of the pitch) at `wobble_hz`."""
    time = seconds(length)
    phase = 2 * np.pi * np.cumsum(hertz * (1 + depth * np.sin(2 * np.pi * wobble_hz * time))) / RATE
    sound: Sound = sum(
        (amplitude * np.sin((number + 1) * phase) for number, amplitude in enumerate(harmonics)), np.zeros(len(time))
    )
    return sound


def sweep(length: float, start: float, end: float, harmonics: Sequence[float] = (1.0,)) -> Sound:
    """From one pitch to another (Hz), evenly in octaves."""
    phase = 2 * np.pi * np.cumsum(np.geomspace(start, end, round(length * RATE))) / RATE
    return np.sum([a * np.sin((n + 1) * phase) for n, a in enumerate(harmonics)], axis=0)


def shaped(sound: Sound, attack: float = 0.005, fall: float | None = None) -> Sound:
    """A sound that begins in `attack` seconds, ends softly, and falls by 60 dB in `fall` seconds where given."""
    time = np.arange(len(sound)) / RATE
    shape = np.minimum(1, time / attack) * np.minimum(1, (time[-1] - time) / 0.005 + 1e-9)
    return sound * shape * (10 ** (-3 * time / fall) if fall else 1.0)


def events(length: float, starts: Sequence[float], make: Callable[[int], Sound]) -> Sound:
    """Sounds laid at their starts (s); `make` gets the number of the event."""
    out = np.zeros(round(length * RATE))
    for number, start in enumerate(starts):
        first = round(start * RATE)
        if 0 <= first < len(out):
            sound = make(number)[: len(out) - first]
            out[first : first + len(sound)] += sound
    return out


def bursts(length: float, rate: float, random: Random, jitter: float = 1.0) -> list[float]:
    """Starts of events at `rate` a second: a Poisson process at jitter 1, a clock at 0."""
    starts, now = [], 0.0
    while now < length:
        starts.append(now)
        now += (1 - jitter) / rate + jitter * random.exponential(1 / rate)
    return starts


def beeps(
    length: float, pattern: Sequence[tuple[float, float]], hertz: Sequence[float], harmonics: Sequence[float] = (1.0,)
) -> Sound:
    """A pattern of (on, off) seconds again and again, each beep on the next of the pitches."""
    out, number = [], 0
    while sum(map(len, out)) < length * RATE:
        on, off = pattern[number % len(pattern)]
        out += [shaped(tone(on, hertz[number % len(hertz)], harmonics)), np.zeros(round(off * RATE))]
        number += 1
    return np.concatenate(out)[: round(length * RATE)]


def wobble(length: float, random: Random, rate: float, low: float = 0.0) -> Sound:
    """A slow random gain between `low` and 1 that changes about `rate` times a second."""
    points = random.uniform(low, 1, max(2, int(length * rate) + 2))
    return np.interp(seconds(length), np.linspace(0, length, len(points)), points)


def room(sound: Sound, random: Random, fall: float, wet: float) -> Sound:
    """The sound in a room: decaying noise of `fall` seconds (60 dB) as its impulse response, `wet` against the dry."""
    count = round(min(fall, 1.5) * RATE)
    response = random.standard_normal(count) * 10 ** (-3 * np.arange(count) / RATE / fall)
    response *= wet / np.sqrt(np.sum(response**2))
    response[0] += 1
    size = len(sound) + count
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)]


def mix(*parts: tuple[float, Sound]) -> Sound:
    """Sounds by weight, each first brought to one level."""
    size = min(len(sound) for _, sound in parts)
    return np.sum([weight * level(sound[:size]) for weight, sound in parts], axis=0)


def level(sound: Sound) -> Sound:
    """At an RMS of 0.1."""
    result: Sound = 0.1 * sound / (np.sqrt(np.mean(np.square(sound))) + 1e-9)
    return result
