"""`genrelens classify` as a person runs it: a process, its output, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from genrelens.audio.codecs import FORMATS, encode, tone

ENGLISH = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}


def genrelens(*arguments, **options):
    command = [sys.executable, "-m", "genrelens", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=250, env=ENGLISH, **options
    )


def test_one_song(examples):
    done = genrelens("classify", examples[0])
    assert done.returncode == 0, done.stderr
    assert examples[0].name in done.stdout
    assert done.stdout.count("%") >= 5
    assert "What was listened to: 0:0" in done.stdout
    assert done.stderr == ""


def test_one_song_in_chinese(examples):
    done = genrelens("classify", examples[0], "--lang", "zh")
    assert "听了哪些部分" in done.stdout


def test_json_is_the_whole_analysis(examples):
    done = genrelens("classify", "--json", examples[0], examples[1])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["path"] for row in rows] == [str(examples[0]), str(examples[1])]
    assert {"schema_version", "source", "listened", "top", "tier", "health", "model", "timing_ms"} <= set(rows[0])
    assert len(rows[0]["top"]) == 16


def test_a_part(examples):
    done = genrelens("classify", "--json", "--start", "0:02", "--end", "13.5", examples[0])
    listened = json.loads(done.stdout)["listened"]
    assert listened[0][0] >= 2
    assert listened[-1][1] <= 13.5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/no/such/song.mp3"], "AUDIO_NOT_FOUND"),
        (["--start", "soon", "x.mp3"], "is not a time"),
        (["--device", "abacus", "x.mp3"], "abacus"),
        (["--lang", "tlh", "x.mp3"], "tlh"),
        (["--bundle", "/no/such/bundle", "x.mp3"], "BUNDLE_NOT_FOUND"),
        (["--bundle", "weights.pt", "x.mp3"], "BUNDLE_NEEDS_IMPORT"),
        ([], "Missing argument"),
    ],
)
def test_what_cannot_be_done_says_why_and_exits_2(arguments, words):
    done = genrelens("classify", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_folder(tmp_path):
    done = genrelens("classify", tmp_path)
    assert (done.returncode, "NO_INPUT" in done.stderr) == (2, True)


def test_two_hundred_files_with_twenty_broken_ones(tmp_path, examples):
    """180 answers, 20 error rows, exit code 1: the bar of the first issue."""
    good = examples[0].read_bytes()
    mp3 = encode(tone(1.0), 44_100, next(form for form in FORMATS if form.name == "mp3"))
    broken = [b"", b"\0", b"ffconcat version 1.0\nfile /etc/passwd\n", b"ID3\x04\0\0\0\0\0\0", mp3[:60], good[:300],
              b"RIFF\xff\xff\xff\xffWAVE", b"<html>", os.urandom(5000), b"fLaC" + bytes(100)]  # fmt: skip
    folder = tmp_path / "many"
    (folder / "deep").mkdir(parents=True)
    for number in range(200):
        name = folder / ("deep" if number % 2 else ".") / f"{number:03d}.mp3"
        name.write_bytes(broken[number // 10 % 10] if number % 10 == 3 else good)
    done = genrelens("classify", "--json", folder)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert len(rows) == 200
    errors = {row["path"]: row["error"]["code"] for row in rows if "error" in row}
    assert len(errors) == 20
    assert all(path.endswith("3.mp3") and code.startswith("AUDIO_") for path, code in errors.items())
    assert "Traceback" not in done.stderr


HOSTILE_NAMES = [
    "a'b\"c.wav",
    "new\nline.wav",
    "😀.wav",
    "\u202egpj.wav",
    "<script>alert(1)<",
    "-rf.wav",
    "\x1b[31mred.wav",
    "a" * 250 + ".wav",
]


@pytest.mark.skipif(os.name != "posix", reason="other systems forbid such names")
def test_hostile_file_names(tmp_path):
    sound = encode(tone(6.0), 44_100, next(form for form in FORMATS if form.name == "wav 16 bit"))
    for name in HOSTILE_NAMES:
        (tmp_path / name).write_bytes(sound)
    (tmp_path / os.fsdecode(b"not-utf8-\xff.wav")).write_bytes(sound)
    paths = [f"./{name}" for name in sorted(path.name for path in tmp_path.iterdir())]
    done = genrelens("classify", "--json", *paths, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(HOSTILE_NAMES) + 1
    shown = genrelens("classify", *paths, cwd=tmp_path)
    assert shown.returncode == 0
    assert not set("\x1b\u202e") & set(shown.stdout + shown.stderr)
