"""`genrelens compare` as a person runs it, and its watch with real files written in two steps."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading

import pytest

from tests.cli.test_classify import ENGLISH, genrelens


def test_two_pieces(examples):
    done = genrelens("compare", examples[0], examples[3])
    assert done.returncode == 0, done.stderr
    assert "B against A: the model hears a difference" in done.stdout
    assert "counts (floor" in done.stdout
    assert done.stderr == ""


def test_the_same_piece_in_chinese(examples):
    done = genrelens("compare", examples[0], examples[0], "--lang", "zh")
    assert "模型听不出差别" in done.stdout
    assert "没有明显变化" in done.stdout


def test_json_has_the_numbers_of_classify_and_pictures_are_written(examples, tmp_path):
    png, svg = tmp_path / "c.png", tmp_path / "c.svg"
    done = genrelens("compare", "--json", *examples[:3], "--png", png, "--svg", svg)
    found = json.loads(done.stdout)
    rows = [json.loads(line) for line in genrelens("classify", "--json", *examples[:3]).stdout.splitlines()]
    for version, row in zip(found["versions"], rows, strict=True):
        expected = {score["id"]: pytest.approx(score["probability"], abs=1e-6) for score in row["top"]}
        assert version["probabilities"] == expected
    assert png.read_bytes().startswith(b"\x89PNG")
    assert svg.read_text("utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["one.wav"], "NO_INPUT"), (["no.wav", "such.wav"], "AUDIO_NOT_FOUND"), ([], "Missing argument")],
)
def test_what_cannot_be_done_says_why(arguments, words):
    done = genrelens("compare", *arguments)
    assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (2, True, False)


class Watch:
    """A running `compare --watch --json`, its lines as they come."""

    def __init__(self, *arguments):
        command = [sys.executable, "-m", "genrelens", "compare", "--watch", "--json", *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=ENGLISH
        )
        self.out, self.err = queue.Queue(), queue.Queue()
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            threading.Thread(target=self._read, args=(stream, lines), daemon=True).start()

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.put(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def test_watch_compares_what_is_saved_and_ends_with_ctrl_c(examples, tmp_path):
    bounces = tmp_path / "bounces"
    bounces.mkdir()
    with Watch(examples[0], bounces) as watch:
        assert "Waiting for new versions" in watch.err.get(timeout=120)
        data = examples[3].read_bytes()
        with (bounces / "mix.ogg").open("wb") as file:
            file.write(data[:1000])
            file.flush()
            file.write(data[1000:])
        first = json.loads(watch.out.get(timeout=120))
        assert first["versions"][0]["source"]["name"] == examples[0].name
        assert first["versions"][1]["source"]["name"] == "mix.ogg"
        assert first["difference"]
        # A bounce that breaks is reported; the next one, renamed over it, is compared all the same.
        (bounces / "mix.ogg").write_bytes(b"not a song")
        assert "AUDIO_UNREADABLE" in watch.err.get(timeout=120)
        (bounces / "mix.tmp").write_bytes(examples[0].read_bytes())
        (bounces / "mix.tmp").replace(bounces / "mix.ogg")
        second = json.loads(watch.out.get(timeout=120))
        assert second["difference"] is False
        watch.process.send_signal(signal.SIGINT)
        assert watch.process.wait(timeout=60) == 0
        assert watch.out.empty()
