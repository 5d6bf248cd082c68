"""`genrelens evidence` as a person runs it."""

from __future__ import annotations

import json

import pytest

from genrelens.cli.app import run


def test_for_people(examples, tmp_path, capsys):
    song = next(path for path in examples if path.stem == "metal_riff")
    picture = tmp_path / "why.svg"
    drawn = tmp_path / "why.png"
    assert run(["evidence", str(song), "--lang", "zh", "--svg", str(picture), "--png", str(drawn)]) == 0
    told = capsys.readouterr().out
    assert "金属" in told
    assert told.count(" Hz ") >= 8
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert drawn.read_bytes().startswith(b"\x89PNG")


def test_as_json_with_a_genre_and_a_time(examples, capsys):
    assert run(["evidence", str(examples[0]), "--json", "--at", "0:03", "--genre", "jazz"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["label"], told["start_s"], told["kind"]) == ("Jazz", 3.0, "exact")
    assert sum(patch["score"] for patch in told["patches"]) / 128 + told["bias"] == pytest.approx(
        told["logit"], abs=1e-4
    )
    assert isinstance(told["claims"], list)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--genre", "Polka", "--at", "0"], "GENRE_UNKNOWN"),
        (["--genre", "Jazz", "--at", "9:00"], "AUDIO_PART_INVALID"),
        (["--genre", "Jazz", "--at", "0", "--svg", "/no/such/folder/x.svg"], "OUTPUT_FAILED"),
    ],
)
def test_mistakes_are_said(examples, capsys, arguments, words):
    assert run(["evidence", str(examples[0]), *arguments]) == 2
    assert words in capsys.readouterr().err
