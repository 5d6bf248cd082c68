"""The script of a newcomer, run as he would: over the example pieces, with a broken file among them."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genrelens.errors import HINTS
from genrelens.taxonomy import GENRES

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCRIPT = EXAMPLES / "batch_to_csv.py"
PIECES = sorted(path.name for path in EXAMPLES.glob("*.ogg"))


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=240)


def read(table: Path) -> list[list[str]]:
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_every_piece_gets_a_row_in_order(tmp_path):
    done = run(EXAMPLES, "out.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    header, *rows = read(tmp_path / "out.csv")
    assert header == ["Filename", "Predicted Genre", "Confidence"]
    assert [row[0] for row in rows] == PIECES
    assert len(rows) == 10
    names = {genre.id for genre in GENRES}
    for _, genre, confidence in rows:
        assert genre in names
        assert 1 / len(GENRES) <= float(confidence) <= 1


def test_a_broken_file_is_a_row_with_its_code_and_stops_nothing(tmp_path):
    songs = tmp_path / "songs"
    songs.mkdir()
    shutil.copy(EXAMPLES / PIECES[0], songs / 'a 好歌, "quoted".ogg')
    (songs / "b broken.mp3").write_bytes(b"this is not a song\n" * 100)
    (songs / "c empty.wav").touch()
    shutil.copy(EXAMPLES / PIECES[1], songs / "d.OGG")
    (songs / "notes.txt").write_text("no song, not listed")
    done = run(songs, cwd=tmp_path)
    assert done.returncode == 1
    _, first, broken, empty, last = read(tmp_path / "genres.csv")
    assert first[0] == 'a 好歌, "quoted".ogg'
    assert 0 < float(first[2]) <= 1
    assert 0 < float(last[2]) <= 1
    for row, name in ((broken, "b broken.mp3"), (empty, "c empty.wav")):
        assert row[0] == name
        assert row[1] in HINTS
        assert row[2] == ""
        assert name in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [(), ("no such folder",), ("a", "b", "c")])
def test_wrong_arguments_print_the_usage(tmp_path, arguments):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("usage: ")
