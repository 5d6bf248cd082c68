"""`genrelens timeline` as a person runs it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genrelens.audio.codecs import FORMATS, encode
from genrelens.audio.song import read_song
from tests.cli.test_classify import genrelens


@pytest.fixture(scope="module")
def spliced(tmp_path_factory, examples):
    by_name = {path.stem: read_song(path).mono() for path in examples}
    sound = np.concatenate([by_name["metal_riff"][: 17 * 32_000], by_name["joplin_rag"][: 20 * 32_000]])
    path = tmp_path_factory.mktemp("timeline") / "spliced <b>.flac"
    path.write_bytes(encode(sound[None], 32_000, next(form for form in FORMATS if form.name == "flac")))
    return path


def test_sections_a_line_each(spliced):
    done = genrelens("timeline", spliced)
    assert done.returncode == 0, done.stderr
    name, first, second, advice = done.stdout.splitlines()
    assert name == "spliced <b>.flac  0:37"
    assert first.startswith("  0:00-0:17 Metal ")
    assert second.startswith("  0:17-0:37 Jazz ")
    assert "--start 0:17 --end 0:37" in advice


def test_json_of_a_part(spliced):
    done = genrelens("timeline", "--json", "--start", "20", "--end", "0:35", spliced)
    result = json.loads(done.stdout)
    assert (result["start_s"], result["end_s"]) == (20.0, 35.0)
    assert [section["genre"] for section in result["sections"]] == ["Jazz"]
    assert len(result["probabilities"]) == 15


def test_pictures(spliced, tmp_path):
    png, svg = tmp_path / "a.png", tmp_path / "a.svg"
    done = genrelens("timeline", spliced, "--lang", "zh", "--png", png, "--svg", svg)
    assert done.returncode == 0, done.stderr
    assert "金属" in done.stdout
    assert png.read_bytes().startswith(b"\x89PNG")
    assert "金属" in svg.read_text(encoding="utf-8")
    assert "<b>" not in svg.read_text(encoding="utf-8")


def test_a_picture_that_cannot_be_written(spliced, tmp_path):
    done = genrelens("timeline", spliced, "--png", tmp_path / "nowhere" / "a.png")
    assert done.returncode == 2
    assert "OUTPUT_FAILED" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_such_file():
    done = genrelens("timeline", "/no/such/song.mp3")
    assert done.returncode == 2
    assert "AUDIO_NOT_FOUND" in done.stderr
