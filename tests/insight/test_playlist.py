"""Playlists and tables that a hostile file name cannot break out of."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from genrelens.insight.playlist import Entry, csv_text, playlist_text


def test_paths_are_relative_to_the_playlist(tmp_path):
    text = playlist_text([Entry(str(tmp_path / "music" / "歌.mp3"), 181.6), Entry(str(tmp_path / "x.ogg"))], tmp_path)
    assert text.splitlines() == [
        "#EXTM3U",
        "#EXTINF:182,歌.mp3",
        str(Path("music", "歌.mp3")),
        "#EXTINF:-1,x.ogg",
        "x.ogg",
    ]


@pytest.mark.parametrize("name", ["new\nline.mp3", "car\rriage.mp3", "\u2028sep.mp3", " led.mp3", "a\u202eb.mp3"])
def test_a_name_that_is_no_line_becomes_an_address(tmp_path, name):
    lines = playlist_text([Entry(str(tmp_path / name))], tmp_path).splitlines()
    assert len(lines) == 3
    assert unquote(urlparse(lines[2]).path) == str(tmp_path / name)


@pytest.mark.parametrize("name", ["#EXT.mp3", "-rf.mp3", "http:x.mp3"])
def test_a_name_that_looks_like_something_else_stays_a_path(tmp_path, name):
    line = playlist_text([Entry(str(tmp_path / name))], tmp_path).splitlines()[2]
    assert line == f"./{name}"


def test_a_name_that_is_not_utf8(tmp_path):
    text = playlist_text([Entry(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mp3"))], tmp_path)
    assert text.encode("utf-8").decode("utf-8").splitlines()[2].endswith("%FF.mp3")


def test_other_cells_and_numbers_stay():
    rows = list(csv.reader(io.StringIO(csv_text(["a", "b", "c"], [['x, "y"\nz', -0.5, None], ["=cmd", 3, "ok"]]))))
    assert rows == [["a", "b", "c"], ['x, "y"\nz', "-0.5", ""], ["'=cmd", "3", "ok"]]
