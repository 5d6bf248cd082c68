"""Labelled sounds as people keep them."""

from __future__ import annotations

import pytest

from genrelens.audio.codecs import FORMATS, encode, tone
from genrelens.errors import TeachError
from genrelens.taxonomy import GENRES
from genrelens.workflows.teaching.examples import group_of, read_examples

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
    found = {example.path.stem: example for example in read_examples(tmp_path, LABELS).songs}
    assert [found[name].label for name in "abcd"] == ["Hip-Hop", "Hip-Hop", "Hip-Hop", "Bossa Nova"]
    assert group_of(found["b"]) == group_of(found["c"]) != ""
    assert [group_of(found[name]) for name in "ad"] == ["", ""]


@pytest.mark.parametrize("columns", ["path,label,artist", "File;Genre;Artist", "文件\t流派\t艺术家"])
def test_a_table_in_the_ways_that_people_write_one(tmp_path, columns):
    put(tmp_path / "songs" / "a.wav")
    separator = next(mark for mark in ",;\t" if mark in columns)
    rows = [
        columns,
        separator.join(["songs/a.wav", " 爵士 ", "Some  One"]),
        separator.join(["songs/b.wav", "Techno", ""]),
    ]
    (tmp_path / "mine.csv").write_text("\n".join(rows), encoding="gbk")
    first, second = read_examples(tmp_path / "mine.csv", LABELS).songs
    assert (first.label, first.path, group_of(first)) == ("Jazz", tmp_path / "songs" / "a.wav", "someone")
    assert (second.label, second.group) == ("Techno", "")


def test_what_a_person_decided_counts_not_what_the_model_said(tmp_path):
    """As a list of corrections has it: rows that nobody decided are passed over, spellings of one genre are one."""
    rows = [
        "Filename,Predicted Genre,decision,Artist,Album",
        "a.mp3,Rock,metal,,Paranoid",
        "b.mp3,Rock,,Someone,",
        "c.mp3,Pop,Bossa Nova,Various Artists,",
        "d.mp3,Pop,bossa-nova,,",
        "e.mp3,Pop,\u202ebad\x1b[31m,,",
    ]
    (tmp_path / "queue.csv").write_text("\n".join(rows), encoding="utf-8")
    found = read_examples(tmp_path / "queue.csv", LABELS).songs
    assert [(item.path.name, item.label, item.group) for item in found] == [
        ("a.mp3", "Metal", "paranoid"),
        ("c.mp3", "Bossa Nova", ""),
        ("d.mp3", "Bossa Nova", ""),
        ("e.mp3", "bad [31m", ""),
    ]


@pytest.mark.parametrize("more", ["", ",reviewer,decided_at"])
def test_decisions_of_a_review(tmp_path, more):
    """Skipped and undecided rows and what is no music are no examples; an alias of a genre is that genre."""
    decisions = ("hip hop", "skip", "not-music", "Rock", "", "Not Music", "流行", "Skipped")
    tail = ",ann,2026-11-25T10:00:00Z" if more else ""
    rows = [f"path,predicted,decision{more}", *(f"{n}.mp3,Jazz,{said}{tail}" for n, said in enumerate(decisions))]
    (tmp_path / "queue.csv").write_text("\n".join(rows), encoding="utf-8")
    found = read_examples(tmp_path / "queue.csv", LABELS)
    assert [(item.path.name, item.label) for item in found.songs] == [
        ("0.mp3", "Hip-Hop"),
        ("3.mp3", "Rock"),
        ("6.mp3", "Pop"),
    ]
    assert (found.skipped, found.not_music) == (2, 2)


def test_skip_is_a_word_of_reviews_alone(tmp_path):
    """A genre may be called so where the column is one of labels."""
    (tmp_path / "mine.csv").write_text("path,label\na.mp3,Skip\nb.mp3,not-music")
    found = read_examples(tmp_path / "mine.csv", LABELS)
    assert [item.label for item in found.songs] == ["Skip"]
    assert (found.skipped, found.not_music) == (0, 1)


def test_a_folder_of_what_is_no_music(tmp_path):
    put(tmp_path / "not-music" / "a.wav")
    put(tmp_path / "Jazz" / "b.wav")
    found = read_examples(tmp_path, LABELS)
    assert [item.label for item in found.songs] == ["Jazz"]
    assert found.not_music == 1


def test_a_review_that_decided_nothing_says_so(tmp_path):
    (tmp_path / "queue.csv").write_text("path,predicted,decision\na.mp3,Rock,skip\nb.mp3,Rock,not-music")
    with pytest.raises(TeachError, match="1 skipped, 1 not music") as caught:
        read_examples(tmp_path / "queue.csv", LABELS)
    assert caught.value.code == "TEACH_NO_EXAMPLES"


@pytest.mark.parametrize(("folders", "albums"), [(("x", "y"), True), (("x", "x"), False)])
def test_folders_of_a_table_are_albums_where_no_genre_is_one_folder(tmp_path, folders, albums):
    lines = ["path,label", *(f"{genre}/{folder}/{n}.mp3,{genre}" for genre in "ab" for n, folder in enumerate(folders))]
    (tmp_path / "mine.csv").write_text("\n".join(lines))
    assert [bool(group_of(item)) for item in read_examples(tmp_path / "mine.csv", LABELS).songs] == [albums] * 4


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"name,mood\nx.wav,happy\n", "TEACH_TABLE_INVALID"),
        (b"path,label\n", "TEACH_NO_EXAMPLES"),
        (b"", "TEACH_TABLE_INVALID"),
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
