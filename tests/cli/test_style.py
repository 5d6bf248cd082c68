"""`genrelens style` as a person runs it."""

from __future__ import annotations

import json

import pytest

from tests.cli.test_classify import genrelens


def test_a_check_in_words(examples):
    song = next(path for path in examples if path.stem == "hip_hop_beat")
    piano = next(path for path in examples if path.stem == "bach_prelude")
    done = genrelens("style", song, "--from", "classical", "--to", "嘻哈", "--original", piano)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Done: Classical is gone, at")
    assert "Hip-Hop is now the first genre" in done.stdout


def test_sections_and_registers_in_chinese(examples):
    piano = next(path for path in examples if path.stem == "bach_prelude")
    done = genrelens("style", piano, "--from", "Classical", "--to", "Hip-Hop", "--lang", "zh")
    assert "古典" in done.stdout
    assert "还听得出旧风格的段落" in done.stdout
    assert "0:00-0:38：古典" in done.stdout


def test_json_has_the_numbers_of_classify(examples):
    found = json.loads(genrelens("style", examples[0], "--from", "Jazz", "--to", "Rap", "--json").stdout)
    top = json.loads(genrelens("classify", "--json", examples[0]).stdout)["top"]
    told = {score["id"]: score["probability"] for score in top}
    assert found["old_probability"] == pytest.approx(told["Jazz"], abs=1e-9)
    assert found["new_probability"] == pytest.approx(told["Rap"], abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "Polka", "--to", "Rap"], "Reggae"),
        (["--from", "Rap", "--to", "rap"], "Name two different styles"),
        (["--from", "Rap"], "Missing option"),
    ],
)
def test_what_cannot_be_done_says_why(examples, arguments, words):
    done = genrelens("style", examples[0], *arguments)
    assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (2, True, False)
