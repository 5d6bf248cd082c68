"""Claims are made where map, sound and model agree, and not where one of them disagrees."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest

from genrelens.audio.song import read_song
from genrelens.insight.evidence import Evidence, evidence
from genrelens.insight.evidence_claims import evidence_claims
from genrelens.listening.analysis import ModelInfo
from genrelens.listening.bundle import Patch
from genrelens.sentences.evidence import claim_texts
from genrelens.words import LANGUAGES, say

RATE = 16_000
BEATS = np.arange(0.25, 10, 0.5)


class Bassist:
    """A model of two genres that go by how much sound there is under 300 Hz, and above."""

    bundle = SimpleNamespace(labels=("low", "high"), window_s=10.0)

    def hear_windows(self, windows, rate):
        power = np.abs(np.fft.rfft(windows)) ** 2
        cut = 300 * windows.shape[1] // rate
        energies = np.stack([power[:, :cut].sum(1), power[:, cut:].sum(1)], 1)
        return SimpleNamespace(logits=np.log(energies + 1e-3 * energies.max()).astype(np.float32))


class Deaf(Bassist):
    """The same without ears."""

    def hear_windows(self, windows, rate):
        return SimpleNamespace(logits=np.zeros((len(windows), 2), np.float32))


def tone(hertz, starts, length_s=0.12):
    """float32 [10 s]: a tone that is struck at each start."""
    time = np.arange(10 * RATE) / RATE
    gain = np.zeros_like(time)
    for start in starts:
        after = time - start
        gain += np.where((after >= 0) & (after < length_s), np.exp(-after.clip(0) / 0.05), 0)
    return (0.3 * gain * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def song_of(sound):
    noise = 1e-4 * np.random.default_rng(0).standard_normal(len(sound))
    return read_song((sound + noise).astype(np.float32), sample_rate=RATE, source_rate=RATE)


def evidence_for(song, low_is_for=1.0):
    """A map of two bands: below 800 Hz speaks for the genre, above against it."""
    patches = tuple(Patch(t, t + 0.5, *band) for band in ((0, 800), (800, 8000)) for t in np.arange(20) / 2)
    shown = np.repeat(np.float32([low_is_for, -1]), 20)
    model = ModelInfo("bassist", "1", "")
    return Evidence(
        song.source, model, "low", 0.0, 10.0, "exact", 1.0, 0.0, 0.7, "low", 0.7, patches, shown, shown,
        np.zeros((128, 320), np.float32), np.linspace(30, 8000, 129),
    )  # fmt: skip


def codes(model, song, found, beats=BEATS):
    claims = evidence_claims(model, song, found, beats_s=tuple(beats))
    assert len(claims) <= 2
    return {claim.code: claim.facts for claim in claims}


@pytest.fixture(scope="module")
def hats():
    return 0.3 * tone(4000, BEATS + 0.25, 0.05)


def test_a_bass_on_the_beat(hats):
    song = song_of(tone(110, BEATS) + hats)
    claims = codes(Bassist(), song, evidence_for(song))
    assert set(claims) == {"band_period_beat"}
    facts = claims["band_period_beat"]
    assert 60 <= facts["low_hz"] < 110 < facts["high_hz"] <= 200
    assert facts["period_s"] == pytest.approx(0.5, abs=0.011)


def test_a_bass_between_the_beats():
    song = song_of(tone(110, BEATS + 0.25) + 0.3 * tone(4000, BEATS, 0.05))
    claims = codes(Bassist(), song, evidence_for(song))
    assert set(claims) == {"band_period", "off_beat"}


def test_a_held_tone_has_a_band_and_no_rhythm(hats):
    held = (0.1 * np.sin(2 * np.pi * 110 * np.arange(10 * RATE) / RATE)).astype(np.float32)
    song = song_of(held + hats)
    assert set(codes(Bassist(), song, evidence_for(song))) == {"band"}


def test_without_beats_nothing_is_said_of_them(hats):
    song = song_of(tone(110, BEATS + 0.25) + hats)
    assert set(codes(Bassist(), song, evidence_for(song), beats=())) == {"band_period"}


def test_what_the_model_does_not_go_by_is_not_said(hats):
    song = song_of(tone(110, BEATS + 0.25) + hats)
    # The map alone may speak of a repetition as plain as this one, and of nothing else.
    assert set(codes(Deaf(), song, evidence_for(song))) == {"period"}
    uneven = np.cumsum([0.1, 0.9, 0.4, 1.1, 0.3, 0.7, 1.3, 0.35, 0.8, 0.45, 1.2, 0.6, 0.95])
    song = song_of(tone(110, uneven))
    assert codes(Deaf(), song, evidence_for(song)) == {}


def test_between_slow_beats_lie_beats_and_not_off_beats():
    song = song_of(tone(110, np.arange(0.75, 10, 1.0)) + 0.3 * tone(4000, np.arange(0.25, 10, 1.0), 0.05))
    claims = codes(Bassist(), song, evidence_for(song), beats=np.arange(0.25, 10, 1.0))
    assert set(claims) == {"band_period"}


def test_nothing_speaks_for_the_genre(hats):
    song = song_of(tone(110, BEATS) + hats)
    assert codes(Bassist(), song, evidence_for(song, low_is_for=-1.0)) == {}


def test_silence_and_a_second_of_sound(model):
    for sound in (np.zeros(10 * 32_000, np.float32), np.ones(32_000, np.float32) * 0.1):
        song = read_song(sound, sample_rate=32_000, source_rate=32_000)
        assert evidence_claims(model, song, evidence(model, song, start_s=0)) == ()


def test_the_beats_are_found_where_they_are_not_given(model, examples):
    path = next(path for path in examples if path.stem == "four_on_the_floor")
    song = read_song(path, sample_rate=model.bundle.sample_rate)
    found = evidence(model, song, start_s=5)
    assert found.claims == evidence_claims(model, song, found)
    for language in LANGUAGES:
        texts = claim_texts(found.claims, language)
        assert len(texts) == len(found.claims)
        assert not re.search(r"[{}]", "".join(texts))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_hold_their_facts(language):
    text = say("evidence.claim_band_period_beat", language, low_hz="60", high_hz="250", period_s="0.48")
    assert all(fact in text for fact in ("60", "250", "0.48"))
