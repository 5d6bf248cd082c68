"""What is said of rhythm is true of sounds whose rhythm is known, and nothing is said where there is none."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from genrelens.audio.song import read_song
from genrelens.insight.onsets import onsets_of
from genrelens.insight.rhythm import beat_of, rhythm_of
from genrelens.insight.tempo import track

RATE = 32_000


def hit(kind: str, rng: np.random.Generator, hz: float = 0.0) -> np.ndarray:
    """A drum or a plucked note, a quarter of a second long."""
    time = np.arange(RATE // 4) / RATE
    if kind == "kick":
        return np.sin(2 * np.pi * (55 * time + 12 * (1 - np.exp(-30 * time)))) * np.exp(-14 * time)
    if kind == "snare":
        return 0.6 * rng.standard_normal(len(time)) * np.exp(-22 * time)
    if kind == "hat":
        return 0.25 * np.diff(rng.standard_normal(len(time) + 1)) * np.exp(-60 * time)
    tone = sum(np.sin(2 * np.pi * hz * k * time) / k for k in (1, 2, 3))
    return 0.5 * tone * np.exp(-5 * time)


def put(sound: np.ndarray, at_s: float, part: np.ndarray) -> None:
    first = round(at_s * RATE)
    last = min(len(sound), first + len(part))
    if first < last:
        sound[first:last] += part[: last - first]


def band(beats: np.ndarray, metre: int, seed: int = 0) -> np.ndarray:
    """float32 [n]: kick and bass on the first beat, a snare on the last, hats between, a chord for each bar."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round((beats[-1] + 1) * RATE))
    roots = (0, 5, 7, 9)
    for index, at in enumerate(beats[:-1]):
        root = 65.4 * 2 ** (roots[index // metre % 4] / 12)
        place = index % metre
        put(sound, at, hit("kick" if place == 0 else "hat", rng))
        put(sound, (at + beats[index + 1]) / 2, 0.6 * hit("hat", rng))
        if place == 0:
            put(sound, at, 1.2 * hit("note", rng, root))
        if place == metre - 1:
            put(sound, at, hit("snare", rng))
        for third in (4, 4 * 1.26, 6):
            put(sound, at, 0.25 * hit("note", rng, root * third))
    return (0.3 * sound / np.abs(sound).max()).astype(np.float32)


def steady(bpm: float, seconds: float, start_s: float = 0.3) -> np.ndarray:
    return np.arange(start_s, seconds, 60 / bpm)


def clicks(beats: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(1)
    sound = np.zeros(round((beats[-1] + 0.5) * RATE))
    for at in beats:
        put(sound, at, hit("hat", rng))
    return sound.astype(np.float32)


@pytest.mark.parametrize("bpm", [72, 100, 126, 150])
def test_the_tempo_of_clicks(bpm: int):
    heard = beat_of(clicks(steady(bpm, 20)), RATE)
    assert heard.tempo_bpm is not None
    named = [heard.tempo_bpm, heard.alternative_bpm or heard.tempo_bpm]
    assert any(tempo == pytest.approx(bpm, rel=0.01) for tempo in named)


@pytest.mark.parametrize("metre", [3, 4, 5, 7])
def test_the_metre_and_the_bars_of_a_band(metre: int):
    beats = steady(112, 26)
    heard = beat_of(band(beats, metre), RATE)
    assert heard.tempo_bpm == pytest.approx(112, rel=0.01)
    assert heard.metre == metre
    bars = beats[::metre]
    assert heard.downbeats_s
    assert all(np.abs(bars - at).min() < 0.05 for at in heard.downbeats_s)


def test_beats_follow_a_tempo_that_drifts():
    lengths = 60 / (100 * (1 + 0.03 * np.sin(np.arange(44) / 44 * 2 * np.pi)))
    beats = 0.2 + np.concatenate([[0], np.cumsum(lengths)])
    heard = beat_of(band(beats, 4), RATE)
    assert heard.tempo_bpm == pytest.approx(100, rel=0.04)
    met = [np.abs(np.array(heard.beats_s) - at).min() < 0.05 for at in beats[:-1]]
    assert np.mean(met) > 0.95


def test_times_are_those_of_the_source():
    song = read_song(band(steady(120, 24), 4), sample_rate=RATE, source_rate=RATE)
    whole, part = rhythm_of(song), rhythm_of(song.part(8, 22))
    assert (part.start_s, part.end_s) == (8, 22)
    assert part.beats_s and min(part.beats_s) >= 8 and max(part.beats_s) <= 22
    assert np.median([np.abs(np.array(whole.beats_s) - at).min() for at in part.beats_s]) < 0.02


def test_the_same_for_any_level_and_rate():
    sound = band(steady(96, 20), 4)
    heard = beat_of(sound, RATE)
    quiet = beat_of(sound * np.float32(0.02), RATE)
    assert quiet.metre == heard.metre
    assert quiet.tempo_bpm == pytest.approx(heard.tempo_bpm, rel=0.005)
    half = beat_of(sound[::2].copy(), RATE // 2)
    assert half.tempo_bpm == pytest.approx(heard.tempo_bpm, rel=0.01)


def unrhythmic(kind: str) -> np.ndarray:
    rng = np.random.default_rng(3)
    seconds = 20
    time = np.arange(seconds * RATE) / RATE
    if kind == "silence":
        return np.zeros(len(time), np.float32)
    if kind == "noise":
        return (0.1 * rng.standard_normal(len(time))).astype(np.float32)
    if kind == "tone":
        return (0.2 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    if kind == "hum":
        return (0.2 * sum(np.sin(2 * np.pi * 50 * k * time) / k for k in range(1, 8))).astype(np.float32)
    sound = np.zeros(len(time))
    for at in np.sort(rng.uniform(0, seconds, 60)):
        put(sound, at, hit("snare", rng))
    return (0.2 * sound).astype(np.float32)


@pytest.mark.parametrize("kind", ["silence", "noise", "tone", "hum", "random hits"])
def test_nothing_is_said_where_nothing_beats(kind: str):
    heard = beat_of(unrhythmic(kind), RATE)
    assert (heard.tempo_bpm, heard.alternative_bpm, heard.metre) == (None, None, None)
    assert heard.beats_s == heard.downbeats_s == ()


@pytest.mark.parametrize("samples", [0, 1, 100, RATE, 4 * RATE])
def test_nothing_is_said_of_a_very_short_sound(samples: int):
    heard = beat_of(band(steady(120, 8), 4)[:samples], RATE)
    assert heard.tempo_bpm is None and heard.metre is None


def test_a_rhythm_is_plain_json_that_reads_back():
    song = read_song(band(steady(120, 12), 4), sample_rate=RATE, source_rate=RATE)
    rhythm = rhythm_of(song)
    told = json.loads(json.dumps(rhythm.to_dict()))
    assert told["schema_version"] == 1
    assert told["tempo_bpm"] == rhythm.tempo_bpm
    assert tuple(told["beats_s"]) == rhythm.beats_s
    assert told["source"]["codec"] == "samples"
    assert replace(rhythm, tempo_bpm=None).to_dict()["tempo_bpm"] is None


def test_tracking_needs_two_periods():
    assert len(track(np.ones(50, np.float32), 40.0)) == 0


def test_onsets_lie_where_sounds_begin():
    beats = steady(100, 8)
    onsets = onsets_of(clicks(beats), RATE)
    peaks = [np.argmax(onsets.strength[round(at * 100) - 10 : round(at * 100) + 10]) - 10 for at in beats[:-1]]
    assert all(0 <= peak <= 2 for peak in peaks)
    assert onsets.seconds == pytest.approx(beats[-1] + 0.5, abs=0.02)
