"""Which file is whose."""

from __future__ import annotations

import time
from pathlib import Path

from genrelens.workflows.classroom.handed_in import Handed
from genrelens.workflows.classroom.pairing import pair_up
from genrelens.workflows.classroom.roster import Entry


def paired(rows, names):
    """(file, how) of each row, and the names of what is left."""
    entries = [Entry(line, student, file, "", "") for line, (student, file) in enumerate(rows, 2)]
    pairs, extra = pair_up(entries, [Handed(name, Path(name)) for name in names])
    return [(pair.file and pair.file.name, pair.how) for pair in pairs], [file.name for file in extra]


def test_names_are_found_ever_more_loosely():
    rows = [
        ("a", "one.mp3"),
        ("b", "TWO.mp3"),
        ("c", "ｔｈｒｅｅ.mp3"),
        ("d", "four"),
        ("e", "five.wav"),
        ("f", "no.mp3"),
    ]
    names = ["one.mp3", "sub/two.MP3", "three.mp3", "four.ogg", "five.flac", "other.ogg"]
    found, extra = paired(rows, names)
    assert found == [
        ("one.mp3", "exact"),
        ("sub/two.MP3", "spelling"),
        ("three.mp3", "spelling"),
        ("four.ogg", "ending"),
        ("five.flac", "ending"),
        (None, "missing"),
    ]
    assert extra == ["other.ogg"]


def test_the_student_in_the_name_of_the_file():
    rows = [("Wang Fang", ""), ("王芳", ""), ("王芳芳", ""), ("Al", ""), ("X", ""), ("--", "")]
    names = ["fang_wang-disco.mp3", "七班王芳作业.mp3", "王芳芳.mp3", "Alice.mp3"]
    found, extra = paired(rows, names)
    assert found == [
        ("fang_wang-disco.mp3", "student"),
        ("七班王芳作业.mp3", "student"),
        ("王芳芳.mp3", "student"),
        *[(None, "missing")] * 3,
    ]
    assert extra == ["Alice.mp3"]


def test_what_is_ambiguous_is_nobodys_and_said():
    entries = [Entry(2, "Ann", "song.mp3", "", ""), Entry(3, "Bob", "", "", "")]
    files = [Handed(name, Path(name)) for name in ("a/song.mp3", "b/SONG.mp3", "bob1 bob.mp3", "bob.mp3")]
    pairs, _ = pair_up(entries, files)
    assert [(pair.file, pair.how) for pair in pairs] == [(None, "ambiguous")] * 1 + [(None, "ambiguous")]
    assert pairs[0].candidates == ("a/song.mp3", "b/SONG.mp3")


def test_a_path_as_written_wins_and_a_file_named_by_two_is_shared():
    found, extra = paired([("Ann", "a/song.mp3"), ("Bob", "a/song.mp3")], ["a/song.mp3", "b/song.mp3"])
    assert found == [("a/song.mp3", "exact")] * 2
    assert extra == ["b/song.mp3"]


def test_a_whole_school_is_paired_in_a_moment():
    rows = [(f"Ada Miller{n:03d}", "" if n % 2 else f"{n}.wav") for n in range(500)]
    names = [f"{n}.mp3" if n % 2 == 0 else f"miller{n:03d} ada.mp3" for n in range(2_000)]
    began = time.process_time()
    found, extra = paired(rows, names)
    assert time.process_time() - began < 10
    assert [how for _, how in found] == ["ending", "student"] * 250
    assert len(extra) == 1_500


def test_a_file_that_a_row_names_is_not_given_to_another_by_a_name_in_it():
    found, _ = paired([("Ann", "bob.mp3"), ("Bob", "")], ["bob.mp3"])
    assert found == [("bob.mp3", "exact"), (None, "missing")]
