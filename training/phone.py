"""A phone's recording of a loudspeaker: a small speaker, a room, a cheap microphone, noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["phone_recording"]


def phone_recording(samples: NDArray[np.float32], rate: int, random: np.random.Generator) -> NDArray[np.float32]:
    """The same sound as a phone across the room would record it, before the phone encodes it.

    Args:
        samples: float32 [n], mono.
        rate: Hz.
        random: Draws the room (reverberation of 0.2 to 0.6 s), the speaker's band and resonances, its distortion, and
            the noise (18 to 32 dB under the music).
    """
    count = len(samples)
    spectrum = np.fft.rfft(samples, 2 * count)
    hertz = np.fft.rfftfreq(2 * count, 1 / rate) + 1.0
    response = np.fft.irfft(spectrum * _speaker(hertz, random), 2 * count)[:count]
    loudness = float(np.sqrt(np.mean(response**2))) + 1e-9
    limit = random.uniform(2.5, 6) * loudness
    distorted = limit * np.tanh(response / limit)
    heard = np.fft.irfft(np.fft.rfft(distorted, 2 * count) * np.fft.rfft(_room(rate, random), 2 * count), 2 * count)
    noise = random.standard_normal(count)
    shaped = np.fft.irfft(np.fft.rfft(noise, 2 * count) * hertz ** -random.uniform(0, 0.6), 2 * count)[:count]
    level = float(np.sqrt(np.mean(heard[:count] ** 2))) * 10 ** (-random.uniform(18, 32) / 20)
    result = heard[:count] + shaped * level / (float(np.sqrt(np.mean(shaped**2))) + 1e-9)
    return (result * 0.5 / (np.abs(result).max() + 1e-9)).astype(np.float32)


def _speaker(hertz: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Gain over frequency: no bass, little treble, three resonances of up to 6 dB."""
    low, high = random.uniform(150, 400), random.uniform(6_000, 11_000)
    gain: NDArray[np.float64] = 1 / np.sqrt((1 + (low / hertz) ** 4) * (1 + (hertz / high) ** 6))
    for _ in range(3):
        centre, width = np.exp(random.uniform(np.log(300), np.log(6_000))), random.uniform(0.2, 0.6)
        gain *= 10 ** (random.uniform(-6, 6) / 20 * np.exp(-0.5 * (np.log2(hertz / centre) / width) ** 2))
    return gain


def _room(rate: int, random: np.random.Generator) -> NDArray[np.float64]:
    """An impulse response: the direct sound, four early reflections, and a tail that decays evenly."""
    fall = random.uniform(0.2, 0.6)
    count = round(fall * rate)
    response = random.standard_normal(count) * 10 ** (-3 * np.arange(count) / rate / fall)
    response *= 10 ** (random.uniform(-12, -4) / 20) / np.sqrt(np.sum(response**2))
    for _ in range(4):
        response[round(random.uniform(0.002, 0.03) * rate)] += random.uniform(-0.4, 0.4)
    response[0] += 1.0
    return response
