"""`genrelens notes` as a person runs it."""

from __future__ import annotations

import json

import pytest

from genrelens.audio.song import read_song
from genrelens.insight.notes import listening_notes
from genrelens.listening.analyze import analyze
from tests.cli.test_classify import genrelens


@pytest.fixture(scope="module")
def beat(examples):
    return next(path for path in examples if path.stem == "hip_hop_beat")


def test_for_people(beat):
    done = genrelens("notes", beat)
    assert done.returncode == 0, done.stderr
    assert beat.name in done.stdout
    assert "Key: D minor (Camelot 7A)" in done.stdout
    assert "LUFS" in done.stdout
    assert done.stderr == ""


def test_in_chinese(beat):
    assert "调性：D小调（Camelot 轮 7A）" in genrelens("notes", beat, "--lang", "zh").stdout


def test_json_is_what_the_function_says(model, beat):
    done = genrelens("notes", "--json", beat, "--device", "cpu")
    assert json.loads(done.stdout) == listening_notes(read_song(beat), analysis=analyze(model, beat)).to_dict()


def test_a_part(beat):
    done = genrelens("notes", "--json", "--start", "0:05", "--end", "15", beat)
    told = json.loads(done.stdout)
    assert (told["start_s"], told["end_s"]) == (5.0, pytest.approx(15.0, abs=0.01))
    assert all(5 <= at <= 15 for at in told["beats_s"])
    assert "Part: 0:05 to 0:15" in genrelens("notes", "--start", "5", "--end", "15", beat).stdout


@pytest.mark.parametrize(("arguments", "words"), [(["/no/such/song.mp3"], "AUDIO_NOT_FOUND"),
                                                   (["--start", "soon", "x.mp3"], "is not a time"),
                                                   ([], "Missing argument")])  # fmt: skip
def test_what_cannot_be_done_says_why(arguments, words):
    done = genrelens("notes", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
