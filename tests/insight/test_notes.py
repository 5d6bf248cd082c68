"""The notes as one value: what is in them, what is left out, and how they read."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genrelens.audio.song import read_song
from genrelens.insight.loudness import loudness_of
from genrelens.insight.notes import LOOKED_AT_S, listening_notes
from genrelens.insight.rhythm import rhythm_of
from genrelens.insight.tonality import tonality_of
from genrelens.listening.analyze import analyze
from tests.audio.sounds import wav_bytes

RATE = 32_000


@pytest.fixture(scope="module")
def beat(examples):
    return read_song(next(path for path in examples if path.stem == "hip_hop_beat"))


def test_the_parts_are_those_of_their_modules(beat):
    notes = listening_notes(beat)
    rhythm = rhythm_of(beat)
    assert (notes.key, notes.tuning) == tonality_of(beat)
    assert (notes.rhythm.tempo_bpm, notes.rhythm.metre) == (rhythm.tempo_bpm, rhythm.metre)
    assert notes.loudness == loudness_of(beat)
    assert (notes.model, notes.tags) == (None, ())


def test_json_is_plain_and_whole(beat):
    told = json.loads(json.dumps(listening_notes(beat).to_dict(), allow_nan=False))
    assert set(told) == {"schema_version", "source", "model", "start_s", "end_s", "looked_at", "tempo", "metre",
                         "beats_s", "downbeats_s", "key", "tuning", "loudness", "timbre", "tags"}  # fmt: skip
    assert told["key"]["tonic"] == "D"
    assert told["looked_at"] == [beat.start_s, beat.end_s]


def test_instruments_come_from_the_analysis(model, examples, beat):
    path = next(path for path in examples if path.stem == "hip_hop_beat")
    analysis = analyze(model, path)
    notes = listening_notes(beat, analysis=analysis)
    assert notes.tags == analysis.tags
    assert [tag["id"] for tag in notes.to_dict()["tags"]] == [tag.id for tag in analysis.tags]
    assert notes.model == analysis.model


def test_what_is_no_music_has_neither_rhythm_nor_key(model):
    noise = (np.random.default_rng(0).standard_normal((1, 20 * RATE)) * 0.1).astype(np.float32)
    analysis = analyze(model, wav_bytes(noise, RATE))
    assert analysis.tier == "not_music"
    notes = listening_notes(read_song(noise, source_rate=RATE), analysis=analysis)
    told = notes.to_dict()
    assert notes.rhythm is None
    assert (told["tempo"], told["metre"], told["key"]["tonic"], told["tuning"]["cents"]) == (None, None, None, None)
    assert told["loudness"]["integrated_lufs"] is not None


@pytest.mark.parametrize("seconds", [0.001, 0.2, 8.0])
def test_silence_says_nothing(seconds):
    silence = np.zeros((2, round(seconds * RATE)), np.float32)
    told = listening_notes(read_song(silence, source_rate=RATE)).to_dict()
    assert told["tempo"]["bpm"] is None
    assert told["key"]["tonic"] is None
    assert told["loudness"]["integrated_lufs"] is None
    assert told["timbre"]["centroid_hz"] is None
    json.dumps(told, allow_nan=False)


def test_a_long_song_is_looked_at_in_its_middle_but_its_loudness_counts_whole(beat):
    quiet = np.zeros((2, 150 * RATE), np.float32)
    tiles = np.tile(beat.samples, (1, 9))[:, : 300 * RATE]
    song = read_song(np.concatenate([quiet, tiles, 3 * tiles[:, : 150 * RATE]], axis=1), source_rate=RATE)
    notes = listening_notes(song)
    assert notes.rhythm.end_s - notes.rhythm.start_s == pytest.approx(LOOKED_AT_S)
    assert notes.rhythm.start_s == pytest.approx((song.duration_s - LOOKED_AT_S) / 2)
    assert (notes.start_s, notes.end_s) == (0, song.duration_s)
    assert notes.loudness.integrated_lufs > loudness_of(beat).integrated_lufs + 2


def test_progress_rises_to_one_and_cancels(beat):
    shares: list[float] = []
    listening_notes(beat, step=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1

    def stop(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        listening_notes(beat, step=stop)
