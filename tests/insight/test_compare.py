"""Versions of a song: the shown numbers are those of `analyze`, noise does not count, a real difference does."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from genrelens import analyze
from genrelens.audio.codecs import Format, encode
from genrelens.audio.song import read_song
from genrelens.errors import AudioError, UsageError
from genrelens.insight.changes import changes, key_change
from genrelens.insight.compare import Version, compare, read_version
from genrelens.insight.noise_floor import hear_shifted
from genrelens.insight.notes import listening_notes
from genrelens.insight.tonality import Key, KeyName

RATE = 44_100


@pytest.fixture(scope="module")
def samples(examples):
    return read_song(examples[0], sample_rate=RATE).samples


@pytest.fixture(scope="module")
def reference(model, examples):
    version = read_version(model, examples[0])
    return replace(version, along=hear_shifted(model, version.song), notes=listening_notes(version.song))


@pytest.fixture(scope="module")
def other(model, examples):
    return read_version(model, next(path for path in examples if path.stem == "metal_riff"))


def made(model, samples) -> Version:
    song = read_song(samples, sample_rate=model.bundle.sample_rate, source_rate=RATE)
    return Version(analyze(model, samples, sample_rate=RATE), song)


def test_another_piece_is_a_difference_and_the_largest_is_named(model, reference, other):
    found = compare(model, [reference, other])
    [difference] = found.differences
    assert found.difference
    assert found.largest == difference.largest.label
    assert abs(difference.largest.difference) == max(abs(genre.difference) for genre in difference.counted)
    for genre in difference.counted:
        assert min(abs(genre.difference), abs(genre.whole)) > genre.floor >= 0.05


def test_shown_numbers_are_those_of_analyze(model, reference, other):
    found = compare(model, [reference, other])
    for heard, version in zip(found.versions, (reference, other), strict=True):
        assert heard.probabilities == {score.id: score.probability for score in version.analysis.top}
        assert heard.source == version.analysis.source
    for genre in found.differences[0].genres:
        assert genre.before == found.versions[0].probabilities[genre.label]
        assert genre.after == found.versions[1].probabilities[genre.label]


def test_itself_quieter_coded_anew_or_begun_later_is_no_difference(model, reference, samples):
    later = made(model, samples[:, RATE // 2 :])
    coded = encode(samples, RATE, Format("mp3", "mp3", "libmp3lame", "fltp", 128_000))
    found = compare(model, [reference, read_version(model, coded), later])
    assert not found.difference
    assert found.largest is None
    assert [difference.version for difference in found.differences] == [1, 2]


def test_notes_that_changed_are_named_and_others_are_not(model, reference, samples):
    found = compare(model, [reference, made(model, samples * np.float32(0.5))])
    [difference] = found.differences
    assert not difference.difference
    assert [note.code for note in difference.changed] == ["loudness"]
    [loudness] = difference.changed
    assert loudness.difference == pytest.approx(-6.02, abs=0.1)


def test_a_tempo_read_as_double_is_no_change_and_a_key_with_the_same_second_reading_neither(reference):
    slow = reference.notes
    doubled = replace(slow.rhythm, tempo_bpm=2 * (slow.rhythm.tempo_bpm or 70.0), alternative_bpm=70.0)
    halved = replace(doubled, tempo_bpm=70.0, alternative_bpm=None)
    one, two = replace(slow, rhythm=doubled), replace(slow, rhythm=halved)
    assert not next(note for note in changes(one, two) if note.code == "tempo").counts
    faster = replace(slow, rhythm=replace(halved, tempo_bpm=73.0))
    assert next(note for note in changes(two, faster) if note.code == "tempo").counts
    major, minor = Key(KeyName(0, "major"), 0.9, None), Key(KeyName(9, "minor"), 0.6, KeyName(0, "major"))
    assert key_change(replace(slow, key=major), replace(slow, key=minor)) is None
    moved = key_change(replace(slow, key=major), replace(slow, key=Key(KeyName(2, "major"), 0.9, None)))
    assert (moved.before.tonic, moved.after.tonic) == ("C", "D")


def test_json(model, reference, other):
    told = json.loads(json.dumps(compare(model, [reference, other]).to_dict(), allow_nan=False))
    assert {"schema_version", "model", "labels", "difference", "largest", "versions", "differences"} == set(told)
    assert told["versions"][0]["source"]["name"] == "bach_prelude.ogg"
    assert len(told["differences"][0]["genres"]) == len(told["labels"])


def test_progress_is_told_and_what_it_raises_ends_it(model, other):
    shares = []
    compare(model, [other, other], step=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1

    def stop(_share):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        compare(model, [other, other], step=stop)


@pytest.mark.parametrize("count", [1, 4])
def test_two_or_three(model, reference, count):
    with pytest.raises(UsageError, match="NO_INPUT"):
        compare(model, [reference] * count)


def test_silence_cannot_be_compared(model, reference):
    silence = made(model, np.zeros((1, 12 * RATE), np.float32))
    with pytest.raises(AudioError, match="AUDIO_SILENT"):
        compare(model, [reference, silence])
