"""Sounds that a small network can tell apart, as files."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.audio.codecs import FORMATS, encode

RATE = 16_000
WAV = next(form for form in FORMATS if form.name == "wav 16 bit")


def noise_between(low: float, high: float, seed: int, seconds: float = 3.0):
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(round(seconds * RATE)))
    hertz = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    spectrum[(hertz < low) | (hertz > high)] = 0
    sound = np.fft.irfft(spectrum)
    return (0.2 * sound / np.abs(sound).max()).astype(np.float32)


BANDS = {"boom": (60, 500), "hiss": (3000, 7000), "speechy": (600, 2400)}


@pytest.fixture
def sounds(tmp_path):
    """A folder with a folder for each of three kinds of noise, twelve files each."""
    root = tmp_path / "mine"
    for genre, (low, high) in BANDS.items():
        (root / genre).mkdir(parents=True)
        for number in range(12):
            sound = noise_between(low, high, seed=hash_of(genre, number))
            (root / genre / f"{number:02d}.wav").write_bytes(encode(sound[None], RATE, WAV))
    return root


def hash_of(genre: str, number: int) -> int:
    return 1000 * sorted(BANDS).index(genre) + number
