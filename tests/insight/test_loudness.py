"""Loudness against the signals of EBU Tech 3341 and 3342, and against pyloudnorm."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from genrelens.audio.song import read_song
from genrelens.insight.loudness import loudness_of
from tests.audio.sounds import song as made_song

RATE = 32_000


def tone(*parts: tuple[float, float], channels: int = 2, hz: float = 1000.0) -> np.ndarray:
    """A sine in parts of (seconds, peak dBFS), the same in all channels."""
    level = np.concatenate([np.full(round(seconds * RATE), 10 ** (db / 20)) for seconds, db in parts])
    wave = level * np.sin(2 * np.pi * hz * np.arange(len(level)) / RATE)
    return np.tile(wave.astype(np.float32), (channels, 1))


def measured(samples: np.ndarray):
    return loudness_of(read_song(samples, sample_rate=RATE, source_rate=RATE))


@pytest.mark.parametrize(
    ("parts", "lufs"),
    [
        ([(20, -23)], -23.0),  # Tech 3341, case 1
        ([(20, -33)], -33.0),  # case 2
        ([(10, -36), (60, -23), (10, -36)], -23.0),  # case 3: the relative gate
        ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23.0),  # case 4: the absolute one
        ([(20, -26), (20.1, -20), (20, -26)], -23.0),  # case 5
    ],
)
def test_integrated_loudness_of_the_ebu_signals(parts, lufs):
    assert measured(tone(*parts)).integrated_lufs == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize(
    ("parts", "range_lu"),
    [
        ([(20, -20), (20, -30)], 10.0),  # Tech 3342, case 1
        ([(20, -20), (20, -15)], 5.0),  # case 2
        ([(20, -40), (20, -20)], 20.0),  # case 3
        ([(20, -50), (20, -35), (20, -20), (20, -35), (20, -50)], 15.0),  # case 4
    ],
)
def test_loudness_range_of_the_ebu_signals(parts, range_lu):
    assert measured(tone(*parts)).range_lu == pytest.approx(range_lu, abs=1.0)


@pytest.mark.parametrize("channels", [1, 2])
def test_agrees_with_pyloudnorm_on_music(examples, channels):
    song = read_song(examples[0], sample_rate=RATE)
    samples = song.samples[:channels]
    meter = pyloudnorm.Meter(RATE)
    ours = measured(samples)
    assert ours.integrated_lufs == pytest.approx(meter.integrated_loudness(samples.T.astype(float)), abs=0.1)
    assert ours.range_lu == pytest.approx(meter.loudness_range(samples.T.astype(float)), abs=0.3)


def test_one_channel_alone_is_three_units_quieter():
    assert measured(tone((10, -20), channels=1)).integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_a_peak_between_the_samples_is_found():
    # A sine at a quarter of the rate, sampled at 45 degrees: every sample lies 3 dB below its peak.
    wave = (0.5 * np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4)).astype(np.float32)
    found = measured(np.tile(wave, (2, 1)))
    assert 20 * np.log10(np.abs(wave).max()) == pytest.approx(-9.03, abs=0.01)
    assert found.true_peak_dbtp == pytest.approx(-6.02, abs=0.1)


def test_a_single_click_has_its_own_peak():
    click = np.zeros((1, RATE), np.float32)
    click[0, 5000] = 0.5
    assert measured(click).true_peak_dbtp == pytest.approx(-6.02, abs=0.01)


def test_dynamics():
    flat, peaky = measured(tone((10, -20))), made_song(10.0, RATE)
    peaky[:, 1000] = 0.99
    assert flat.crest_db == pytest.approx(3.01, abs=0.01)
    found = measured(peaky)
    assert found.crest_db > 10
    assert found.peak_to_loudness_lu == pytest.approx(found.true_peak_dbtp - found.integrated_lufs)


def test_what_cannot_be_measured_is_not_said():
    silent, short, brief = measured(np.zeros((2, 30 * RATE))), measured(tone((0.3, -20))), measured(tone((10, -20)))
    assert (silent.integrated_lufs, silent.true_peak_dbtp, silent.crest_db) == (None, None, None)
    assert silent.range_lu is None
    assert short.integrated_lufs is None
    assert short.true_peak_dbtp == pytest.approx(-20, abs=0.1)
    assert brief.integrated_lufs is not None
    assert brief.range_lu is None


def test_the_rate_does_not_matter():
    high = np.tile((0.1 * np.sin(2 * np.pi * 1000 * np.arange(20 * 48_000) / 48_000)).astype(np.float32), (2, 1))
    at_48 = loudness_of(read_song(high, sample_rate=48_000, source_rate=48_000))
    at_32 = loudness_of(read_song(high, sample_rate=RATE, source_rate=48_000))
    assert at_32.integrated_lufs == pytest.approx(at_48.integrated_lufs, abs=0.05)
