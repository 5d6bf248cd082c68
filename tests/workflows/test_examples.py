"""Labelled sounds as people keep them."""

from __future__ import annotations

import pytest

from genrelens.audio.codecs import FORMATS, encode, tone
from genrelens.errors import TeachError
from genrelens.taxonomy import GENRES
from genrelens.workflows.examples import read_examples

LABELS = [genre.id for genre in GENRES]
WAV = next(form for form in FORMATS if form.name == "wav 16 bit")


def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(tone(0.2), 44_100, WAV))
    return path


def test_a_folder_for_each_genre(tmp_path):
    put(tmp_path / "hip hop" / "a.wav")
    put(tmp_path / "hip hop" / "An Album" / "b.wav")
    put(tmp_path / "hip hop" / "An Album" / "c.wav")
    put(tmp_path / "Bossa Nova" / "d.wav")
    (tmp_path / "notes.txt").write_text("no audio")
    found = {example.path.stem: example for example in read_examples(tmp_path, LABELS)}
    assert [found[name].label for name in "abcd"] == ["Hip-Hop", "Hip-Hop", "Hip-Hop", "Bossa Nova"]
    assert found["b"].group == found["c"].group != found["a"].group
    assert [found[name].own_group for name in "abcd"] == [True, False, False, True]


@pytest.mark.parametrize("columns", ["path,label,artist", "File;Genre;Artist", "文件\t流派\t艺术家"])
def test_a_table_in_the_ways_that_people_write_one(tmp_path, columns):
    put(tmp_path / "songs" / "a.wav")
    separator = next(mark for mark in ",;\t" if mark in columns)
    rows = [
        columns,
        separator.join(["songs/a.wav", " 爵士 ", "Some  One"]),
        separator.join(["songs/b.wav", "Techno", ""]),
    ]
    (tmp_path / "mine.csv").write_text("\ufeff" + "\n".join(rows), encoding="utf-8")
    first, second = read_examples(tmp_path / "mine.csv", LABELS)
    assert (first.label, first.path, first.group) == ("Jazz", tmp_path / "songs" / "a.wav", "someone")
    assert (second.label, second.own_group) == ("Techno", True)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"name,mood\nx.wav,happy\n", "TEACH_TABLE_INVALID"),
        (b"path,label\n", "TEACH_NO_EXAMPLES"),
        (b"", "TEACH_TABLE_INVALID"),
        (b"path,label\n\xff\xfe,x\n", "TEACH_TABLE_INVALID"),
        (b'path,label\n"' + b"x" * 200_000 + b'",Jazz\n', "TEACH_TABLE_INVALID"),
    ],
)
def test_tables_that_say_nothing(tmp_path, content, code):
    (tmp_path / "mine.csv").write_bytes(content)
    with pytest.raises(TeachError) as caught:
        read_examples(tmp_path / "mine.csv", LABELS)
    assert caught.value.code == code


def test_nothing_there(tmp_path):
    for source in (tmp_path, tmp_path / "no-such"):
        with pytest.raises(TeachError) as caught:
            read_examples(source, LABELS)
        assert caught.value.code == "TEACH_NO_EXAMPLES"
