"""Evidence adds up, lies where the sound is, and says which part of which song it is of."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from genrelens.audio.song import read_song
from genrelens.errors import AudioError, UsageError
from genrelens.insight.evidence import evidence, strongest_start
from genrelens.listening.along import hear_along
from genrelens.listening.analyze import analyze


@pytest.fixture(scope="module")
def named(examples):
    return {path.stem: path for path in examples}


@pytest.fixture(scope="module")
def metal_then_bach(model, named):
    """One window: five seconds of metal, five of Bach, at one level."""
    rate = model.bundle.sample_rate
    songs = [read_song(named[name], sample_rate=rate, start_s=5, end_s=10) for name in ("metal_riff", "bach_prelude")]
    halves = [song.mono() / song.mono().std() for song in songs]
    return replace(songs[0], samples=0.05 * np.concatenate(halves)[None].astype(np.float32), start_s=20.0)


@pytest.mark.parametrize("label", [None, "Jazz", "Reggae"])
def test_the_raw_scores_add_up_to_the_logit(model, named, label):
    song = read_song(named["one_drop_reggae"], sample_rate=model.bundle.sample_rate, start_s=3)
    found = evidence(model, song, start_s=7.3, label=label)
    assert found.kind == "exact"
    assert found.scores.mean() + found.bias == pytest.approx(found.logit, abs=1e-4)
    heard = hear_along(model, song, [7.3]).hearing.logits[0]
    assert found.logit == pytest.approx(heard[model.bundle.labels.index(found.label)], abs=1e-4)
    assert found.label == (label or model.bundle.labels[int(heard.argmax())])
    assert (found.start_s, found.end_s) == pytest.approx((7.3, 17.3))


def test_each_half_of_a_window_speaks_for_what_is_played_there(model, metal_then_bach):
    for label, there in (("Metal", slice(0, 15)), ("Classical", slice(17, 32))):
        shown = evidence(model, metal_then_bach, start_s=20.0, label=label).shown.reshape(4, 32)
        elsewhere = np.delete(shown, np.r_[there], axis=1)
        assert shown[:, there].mean() > elsewhere.mean() + 0.1
        assert shown.mean() == pytest.approx(0, abs=1e-4)


def test_the_spectrogram_lies_where_the_sound_is(model):
    rate = model.bundle.sample_rate
    time = np.arange(12 * rate) / rate
    tone = np.where(time > 6, 0.3 * np.sin(2 * np.pi * 2000 * time), 1e-4).astype(np.float32)
    found = evidence(model, read_song(tone, sample_rate=rate, source_rate=rate), start_s=1.0)
    assert found.mel.shape[0] == len(found.edges_hz) - 1
    band = int(found.mel[:, -40:-10].mean(axis=1).argmax())
    assert found.edges_hz[band] <= 2000 * 1.02
    assert found.edges_hz[band + 1] >= 2000 * 0.98
    loud = found.mel[band] > found.mel[band].max() - 20
    assert np.argmax(loud) / loud.size == pytest.approx(0.5, abs=0.02)


def test_a_window_that_would_reach_over_the_end_begins_earlier(model, named):
    song = read_song(named["bach_prelude"], sample_rate=model.bundle.sample_rate, end_s=15)
    found = evidence(model, song, start_s=14.0)
    assert (found.start_s, found.end_s) == pytest.approx((5.0, 15.0))
    with pytest.raises(AudioError, match="AUDIO_PART_INVALID"):
        evidence(model, song, start_s=15.5)


def test_a_short_song_has_evidence_and_no_row_after_its_end(model, named):
    song = read_song(named["bach_prelude"], sample_rate=model.bundle.sample_rate, start_s=2, end_s=5)
    found = evidence(model, song, start_s=2.0)
    assert found.end_s == pytest.approx(5.0)
    assert max(row.t1_s for row in found.table()) <= 5.0
    assert found.scores.mean() + found.bias == pytest.approx(found.logit, abs=1e-4)


def test_silence_is_silent(model):
    rate = model.bundle.sample_rate
    found = evidence(model, read_song(np.zeros(rate, np.float32), sample_rate=rate, source_rate=rate), start_s=0)
    assert np.isfinite(found.mel).all()
    assert np.isfinite(found.shown).all()


def test_genres_by_their_names(model, named):
    song = read_song(named["bach_prelude"], sample_rate=model.bundle.sample_rate, end_s=10)
    assert evidence(model, song, start_s=0, label="  嘻哈 ").label == "Hip-Hop"
    assert evidence(model, song, start_s=0, label="reggae").label == "Reggae"
    with pytest.raises(UsageError, match="GENRE_UNKNOWN"):
        evidence(model, song, start_s=0, label="Polka")


def test_json_is_plain_and_in_the_seconds_of_the_source(model, metal_then_bach):
    found = evidence(model, metal_then_bach, start_s=20.0, label="Metal")
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert (told["schema_version"], told["label"], told["kind"]) == (1, "Metal", "exact")
    assert told["patches"][0]["t0_s"] == 20.0
    assert len(told["patches"]) == len(found.patches)
    assert "mel" not in told
    assert len(found.to_dict(mel=True)["mel"]["db"]) == 128
    assert [row.shown for row in found.table()] == sorted((row.shown for row in found.table()), reverse=True)


def test_the_strongest_window_is_where_the_genre_is(model, metal_then_bach, named):
    rate = model.bundle.sample_rate
    songs = [read_song(named[name], sample_rate=rate, end_s=12) for name in ("bach_prelude", "metal_riff")]
    both = np.concatenate([song.mono() / song.mono().std() for song in songs]) * np.float32(0.05)
    answer = analyze(model, both, sample_rate=rate)
    assert strongest_start(answer, "Classical") <= 5
    assert strongest_start(answer, "metal") >= 9
    with pytest.raises(AudioError, match="AUDIO_SILENT"):
        strongest_start(analyze(model, np.zeros(rate, np.float32), sample_rate=rate), "Metal")
