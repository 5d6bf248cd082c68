"""Timbre of sounds made to have one."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.audio.song import Song, read_song
from genrelens.insight.timbre import timbre_of
from tests.audio.sounds import song as made_song

RATE = 32_000
TIME = np.arange(12 * RATE) / RATE


def heard(samples: np.ndarray) -> Song:
    return read_song(np.atleast_2d(samples).astype(np.float32), sample_rate=RATE, source_rate=RATE)


def chord(*hz: float) -> np.ndarray:
    return sum(np.sin(2 * np.pi * one * TIME) for one in hz) * 0.1


def strokes(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(len(TIME)) * np.exp(-60 * (TIME % 0.5)) * 0.3


def test_the_centroid_of_a_tone_is_its_frequency():
    assert timbre_of(heard(chord(1000.0))).centroid_hz == pytest.approx(1000, rel=0.05)
    assert timbre_of(heard(chord(500.0, 3500.0))).centroid_hz == pytest.approx(2000, rel=0.05)


def test_words_for_brightness():
    dark, middle, bright = (timbre_of(heard(chord(hz))) for hz in (700.0, 1550.0, 3000.0))
    assert [one.brightness for one in (dark, middle, bright)] == ["dark", "balanced", "bright"]
    assert dark.brightness_certainty > 0.99
    limit = timbre_of(heard(chord(1290.0)))
    assert limit.brightness is None
    assert limit.brightness_certainty < 0.7


def test_struck_and_sustained():
    sustained, struck = (timbre_of(heard(sound)).percussive_share for sound in (chord(300.0, 450.0, 700.0), strokes()))
    both = timbre_of(heard(chord(300.0, 450.0, 700.0) + strokes())).percussive_share
    assert sustained < 0.15
    assert struck > 0.6
    assert sustained < both < struck


def test_a_driven_piece_has_more_energy_than_a_prelude(examples):
    energy = {path.stem: timbre_of(read_song(path)).energy for path in examples}
    assert energy["metal_riff"] > energy["bach_prelude"] + 0.2
    assert all(0 <= value <= 1 for value in energy.values())


def test_level_does_not_matter():
    sound = made_song(12.0, RATE)
    loud, soft = timbre_of(heard(sound)), timbre_of(heard(sound * 0.01))
    assert soft.centroid_hz == pytest.approx(loud.centroid_hz, rel=0.01)
    assert soft.percussive_share == pytest.approx(loud.percussive_share, abs=0.01)
    assert soft.energy == pytest.approx(loud.energy, abs=0.01)


def test_stereo_width():
    left, right = chord(300.0), chord(500.0)
    assert timbre_of(heard(np.stack([left, left]))).mono
    assert timbre_of(heard(np.stack([left, left]))).side_share == pytest.approx(0, abs=1e-6)
    wide = timbre_of(heard(np.stack([left, right])))
    assert (wide.mono, wide.side_share) == (False, pytest.approx(0.5, abs=0.01))
    assert timbre_of(heard(np.stack([left, -left]))).side_share == pytest.approx(1, abs=1e-6)
    one = timbre_of(heard(left))
    assert (one.mono, one.side_share) == (True, None)


def test_a_long_song_is_measured_in_all_its_parts():
    low, high = np.tile(chord(500.0), 5), np.tile(chord(3000.0), 5)
    found = timbre_of(heard(np.concatenate([low, high])))
    assert timbre_of(heard(low)).centroid_hz - 50 <= found.centroid_hz <= timbre_of(heard(high)).centroid_hz + 50


@pytest.mark.parametrize("samples", [np.zeros(12 * RATE), np.zeros(10), chord(400.0)[: RATE // 2]])
def test_silence_and_blinks_have_none(samples):
    found = timbre_of(heard(samples))
    assert (found.centroid_hz, found.brightness, found.percussive_share, found.energy) == (None, None, None, None)
    assert set(found.to_dict()) == {"centroid_hz", "brightness", "brightness_certainty", "percussive_share", "energy",
                                    "side_share", "mono"}  # fmt: skip
