"""Keys of pieces whose key is written down, of pieces moved to all twelve tonics, and of what has none."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from genrelens.audio.song import Song, read_song
from genrelens.insight.tonality import KeyName, key_of, tonality_of

RATE = 32_000
STEPS = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
DEGREES = {"major": (0, 3, 4, 0), "minor": (0, 3, 0, 4)}


def heard(samples: np.ndarray, rate: int = RATE) -> Song:
    return read_song(np.atleast_2d(samples).astype(np.float32), sample_rate=RATE, source_rate=rate)


def note(midi: float, seconds: float) -> np.ndarray:
    """Six overtones, dying away."""
    time = np.arange(round(seconds * RATE)) / RATE
    hz = 440 * 2 ** ((midi - 69) / 12)
    return sum(0.6**n * np.sin(2 * np.pi * hz * (n + 1) * time) for n in range(6)) * np.exp(-2 * time)


def piece(tonic: int, mode: str, cents: float = 0.0, seed: int = 0) -> np.ndarray:
    """Twelve bars of chords with a bass and a melody of the scale; the dominant of minor is major, as usual."""
    rng, scale, bars = np.random.default_rng(seed), STEPS[mode], []
    for bar in range(12):
        root = DEGREES[mode][bar % 4]
        chord = [scale[(root + third) % 7] + 12 * ((root + third) // 7) for third in (0, 2, 4)]
        if mode == "minor" and root == 4:
            chord[1] += 1
        shift = tonic + cents / 100
        sound = sum(note(48 + shift + step, 2.0) for step in chord) + 1.5 * note(36 + shift + chord[0] % 12, 2.0)
        melody = [chord[rng.integers(3)] if rng.random() < 0.6 else scale[rng.integers(7)] for _ in range(4)]
        bars.append(sound + np.concatenate([note(60 + shift + step % 12, 0.5) for step in melody]))
    whole = np.concatenate(bars)
    return whole / np.abs(whole).max() * 0.5


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("tonic", range(12))
def test_all_twenty_four_keys(tonic, mode):
    key = key_of(heard(piece(tonic, mode, seed=tonic)))
    assert key.name == KeyName(tonic, mode)
    assert 0.7 <= key.certainty <= 1


@pytest.mark.parametrize(("name", "key"), [("hip_hop_beat", "D minor"), ("joplin_rag", "C major"),
                                            ("strauss_waltz", "D major"), ("twelve_bar_blues", "A major"),
                                            ("one_drop_reggae", "A minor"), ("four_on_the_floor", "A minor"),
                                            ("metal_riff", "E minor")])  # fmt: skip
def test_the_example_pieces(examples, name, key):
    found = key_of(read_song(next(path for path in examples if path.stem == name)))
    assert f"{found.tonic} {found.mode}" == key


@pytest.mark.parametrize("cents", [-35.0, -20.0, 12.0, 35.0])
def test_a_detuned_piece_keeps_its_key_and_says_by_how_much(cents):
    key, tuning = tonality_of(heard(piece(2, "minor", cents)))
    assert key.name == KeyName(2, "minor")
    assert tuning.cents == pytest.approx(cents, abs=4)
    assert tuning.certainty >= 0.9


def test_half_way_between_two_tunings_no_key_is_said():
    assert key_of(heard(piece(0, "major", 47))).name is None


def test_drums_do_not_hide_the_key():
    rng = np.random.default_rng(3)
    sound = piece(9, "minor")
    beat = np.exp(-30 * (np.arange(len(sound)) / RATE % 0.5))
    assert key_of(heard(sound + 0.3 * beat * rng.standard_normal(len(sound)))).name == KeyName(9, "minor")


def test_level_channels_and_rate_do_not_matter():
    sound = piece(4, "major")
    loud = tonality_of(heard(sound))
    soft = tonality_of(heard(sound * 0.01))
    stereo = tonality_of(heard(np.stack([sound, sound])))
    resampled = tonality_of(heard(soxr.resample(sound, RATE, 44_100), 44_100))
    for key, tuning in (soft, stereo, resampled):
        assert key.name == loud[0].name
        assert key.certainty == pytest.approx(loud[0].certainty, abs=0.02)
        assert tuning.cents == pytest.approx(loud[1].cents, abs=0.5)


@pytest.mark.parametrize("seconds", [0.01, 0.3, 10.0])
def test_silence_has_no_key(seconds):
    key, tuning = tonality_of(heard(np.zeros(max(1, round(seconds * RATE)))))
    assert (key.name, key.certainty, key.tonic, key.mode, key.camelot) == (None, 0.0, None, None, None)
    assert (tuning.cents, tuning.certainty) == (None, 0.0)


def test_noise_has_no_key():
    for seed in range(8):
        noise = np.random.default_rng(seed).standard_normal(20 * RATE) * 0.1
        key, tuning = tonality_of(heard(noise))
        assert key.name is None
        assert tuning.cents is None


def test_camelot_and_names():
    wheel = {KeyName(0, "major"): "8B", KeyName(9, "minor"): "8A", KeyName(7, "major"): "9B", KeyName(4, "minor"): "9A",
             KeyName(11, "major"): "1B", KeyName(8, "minor"): "1A", KeyName(5, "major"): "7B",
             KeyName(6, "minor"): "11A"}  # fmt: skip
    assert {key: key.camelot for key in wheel} == wheel
    assert len({KeyName(n, mode).camelot for n in range(12) for mode in STEPS}) == 24
    assert (KeyName(10, "major").tonic, KeyName(6, "major").tonic, KeyName(1, "minor").tonic) == ("Bb", "F#", "C#")


def test_json():
    key, tuning = tonality_of(heard(piece(6, "minor")))
    told = key.to_dict()
    assert (told["tonic"], told["mode"], told["camelot"], told["pitch_class"]) == ("F#", "minor", "11A", 6)
    assert set(tuning.to_dict()) == {"cents", "certainty"}
    assert key_of(heard(np.zeros(RATE))).to_dict()["tonic"] is None
