"""Notes as words: what is said, what is left out, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from genrelens.audio.song import read_song
from genrelens.insight.notes import listening_notes
from genrelens.insight.tonality import Key, KeyName, Tuning
from genrelens.sentences.notes import key_text, looked_at_text, note_rows, unsure_text


@pytest.fixture(scope="module")
def notes(examples):
    plain = listening_notes(read_song(examples[0]))
    rhythm = replace(plain.rhythm, tempo_bpm=92.3, alternative_bpm=184.6, tempo_certainty=0.87, metre=5,
                     metre_certainty=0.9)  # fmt: skip
    key = Key(KeyName(9, "minor"), 0.91, KeyName(0, "major"))
    return replace(plain, rhythm=rhythm, key=key, tuning=Tuning(12.0, 0.95))


def values(notes, language):
    return {row.code: row.value for row in note_rows(notes, language)}


def test_english(notes):
    said = values(notes, "en")
    assert said["tempo"] == "92 BPM (or 185)"
    assert said["metre"] == "5 beats"
    assert said["key"] == "A minor (Camelot 8A), or C major"
    assert said["tuning"] == "+12 cents, A = 443 Hz"
    assert said["loudness"].endswith("LU")


def test_chinese(notes):
    said = values(notes, "zh")
    assert said["metre"] == "每小节 5 拍"
    assert said["key"] == "A小调（Camelot 轮 8A），也可能是C大调"


def test_the_same_rows_in_both_languages(notes):
    english, chinese = (note_rows(notes, language) for language in ("en", "zh"))
    assert [(row.code, row.certainty) for row in english] == [(row.code, row.certainty) for row in chinese]
    assert all(row.label and row.value for row in (*english, *chinese))


def test_what_is_unsure_is_left_out_and_named(notes):
    unsure = replace(notes, key=Key(None, 0.4, None), tuning=Tuning(None, 0.2))
    assert {"key", "tuning"}.isdisjoint(values(unsure, "en"))
    assert unsure_text(unsure, "en") == "Left out because unsure: Key, Tuning."
    assert unsure_text(notes, "en") == ""
    assert [row.value for row in note_rows(unsure, "en", unsure=True) if row.code == "key"] == [""]


def test_certainty_is_said_of_judgements_not_of_measurements(notes):
    rows = {row.code: row.certainty_text("en") for row in note_rows(notes, "en")}
    assert rows["tempo"] == "87\u00a0% sure"
    assert rows["loudness"] == rows["stereo"] == ""


def test_signs():
    assert key_text(KeyName(10, "major"), "en") == "B♭ major"
    assert key_text(KeyName(6, "minor"), "zh") == "升F小调"


def test_the_part_is_named_where_rhythm_is_of_one(notes):
    assert looked_at_text(notes, "en") == ""
    part = replace(notes, rhythm=replace(notes.rhythm, start_s=5.0, end_s=15.0))
    assert "0:05 to 0:15" in looked_at_text(part, "en")
