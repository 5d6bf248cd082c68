"""Making training sound less like the corpus: crops, bandwidth, codecs, colour, speed - and synthetic noise.

Much of the corpus went through a low mp3 rate and then Opus; a user's file did not. What varies here is what
must not decide a genre.
"""

from __future__ import annotations

import io
from typing import Final

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from training.phone import phone_recording

__all__ = ["crop", "synthetic_noise", "varied"]

Samples = NDArray[np.float32]

_BANDWIDTH_RATES: Final = (8_000, 11_025, 16_000, 22_050)
_PHONES: Final = 0.25
"""Share of crops that a phone records across a room."""
_MP3_BITRATES: Final = (40_000, 64_000, 96_000, 128_000)


def crop(samples: Samples, length: int, random: np.random.Generator) -> Samples:
    """`length` samples from a random place; a shorter sound is repeated."""
    if len(samples) < length:
        samples = np.tile(samples, -(-length // len(samples)))
    start = int(random.integers(0, len(samples) - length + 1))
    return samples[start : start + length]


def varied(samples: Samples, rate: int, random: np.random.Generator) -> Samples:
    """The same music, recorded differently; a little longer or shorter where its speed changed."""
    if random.random() < _PHONES:
        return phone_recording(samples, rate, random)
    if random.random() < 0.35:
        speed = random.uniform(0.94, 1.06)
        samples = soxr.resample(samples, rate * speed, rate, quality="MQ")
    if random.random() < 0.5:
        samples = _coloured(samples, rate, random)
    choice = random.random()
    if choice < 0.25:
        narrow = int(random.choice(_BANDWIDTH_RATES))
        samples = soxr.resample(soxr.resample(samples, rate, narrow, quality="MQ"), narrow, rate, quality="MQ")
    elif choice < 0.45:
        samples = _as_mp3(samples, rate, int(random.choice(_MP3_BITRATES)))
    if random.random() < 0.15:
        level = float(np.sqrt(np.mean(samples**2))) * 10 ** (random.uniform(-50, -30) / 20)
        samples = samples + (level * random.standard_normal(len(samples))).astype(np.float32)
    return samples.astype(np.float32)


def synthetic_noise(length: int, rate: int, random: np.random.Generator) -> Samples:
    """Something that is no music: noise of a colour, tones, a sweep, hum, clicks, or bursts."""
    time = np.arange(length) / rate
    kind = int(random.integers(0, 7))
    if kind == 0:
        sound = _noise(length, random.uniform(-2.2, 0.5), random)
    elif kind == 1:
        sound = np.sin(2 * np.pi * random.uniform(30, 12_000) * time)
    elif kind == 2:
        low, high = np.sort(random.uniform(20, 15_000, 2))
        sweep = (
            low * (high / low) ** (time / time[-1]) if random.random() < 0.5 else low + (high - low) * time / time[-1]
        )
        sound = np.sin(2 * np.pi * np.cumsum(sweep[:: random.choice((1, -1))]) / rate)
    elif kind == 3:
        base = random.uniform(40, 400)
        harmonics = [random.uniform(0, 1) / k * np.sin(2 * np.pi * base * k * time) for k in range(1, 20)]
        sound = np.sum(harmonics, axis=0)
    elif kind == 4:
        sound = np.zeros(length)
        sound[:: int(rate / random.uniform(0.5, 40))] = 1.0
    elif kind == 5:
        gate = np.sin(2 * np.pi * random.uniform(0.2, 8) * time) > random.uniform(-0.8, 0.8)
        sound = _noise(length, random.uniform(-2, 0), random) * gate
    else:
        low, high = random.uniform(200, 2000, 2)
        sound = np.sin(2 * np.pi * low * time) * (np.sin(2 * np.pi * random.uniform(0.3, 4) * time) > 0) + np.sin(
            2 * np.pi * high * time
        ) * (random.random() < 0.5)
    sound = sound / (np.sqrt(np.mean(sound**2)) + 1e-9) * 0.1
    if random.random() < 0.3:
        sound = sound + 0.1 * 10 ** (random.uniform(-40, -10) / 20) * random.standard_normal(length)
    return np.asarray(sound, np.float32)


def _noise(length: int, slope: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Noise whose power goes with frequency to the power of `slope`."""
    spectrum = np.fft.rfft(random.standard_normal(length))
    frequency = np.maximum(np.arange(len(spectrum)), 20.0)
    return np.fft.irfft(spectrum * frequency ** (slope / 2), length)


def _coloured(samples: Samples, rate: int, random: np.random.Generator) -> Samples:
    """A smooth gain over frequency, at most about 6 dB up or down."""
    spectrum = np.fft.rfft(samples)
    octaves = np.log2(np.maximum(np.linspace(0, rate / 2, len(spectrum)), 30.0) / 30.0)
    points = np.linspace(0, octaves[-1], 6)
    gain_db = np.interp(octaves, points, random.normal(0, 3, 6).clip(-6, 6))
    return np.fft.irfft(spectrum * 10 ** (gain_db / 20), len(samples)).astype(np.float32)


def _as_mp3(samples: Samples, rate: int, bitrate: int) -> Samples:
    """Through an MP3 encoder and back, mono."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=rate, layout="mono")
        stream.bit_rate = bitrate
        stream.codec_context.options = {"compression_level": "9"}  # LAME's fastest
        frame = av.AudioFrame.from_ndarray(
            np.clip(samples, -1, 1)[None].astype(np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    buffer.seek(0)
    with av.open(buffer, "r", format="mp3") as reader:
        decoded = [frame.to_ndarray().mean(0) for frame in reader.decode(audio=0)]
    return np.concatenate(decoded).astype(np.float32)
