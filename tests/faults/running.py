"""What the tests of faults share: the labeller as a process of its own, sounds to label, a catalogue as one table."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from genrelens.catalogue.exports import write_export
from genrelens.catalogue.store import Catalogue, open_catalogue
from genrelens.errors import GenreLensError
from genrelens.listening.analysis import Analysis
from genrelens.listening.analyze import Decoder, analyze_many
from genrelens.listening.model import Model
from tests.audio.sounds import song, wav_bytes

__all__ = [
    "ENVIRONMENT", "Engine", "finished", "genrelens", "labelled", "script", "sounds", "start", "table", "wait_until"
]  # fmt: skip

SOURCE = Path(__file__).resolve().parents[2] / "src"
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(SOURCE)}
RATE = 16_000


class Engine:
    """The shipped model with a decoder of the test's choice."""

    def __init__(self, model: Model, decoder: Decoder, workers: int = 1) -> None:
        self.model, self._decoder, self._workers = model, decoder, workers

    def hear(self, paths: Iterable[Path]) -> Iterator[Analysis | GenreLensError]:
        return analyze_many(self.model, paths, decoder=self._decoder, workers=self._workers)


def sounds(folder: Path, count: int, seconds: float = 3.0) -> list[Path]:
    """Files of different content in a new folder."""
    folder.mkdir()
    paths = [folder / f"{number:03d}.wav" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(wav_bytes(song(seconds, rate=RATE, channels=1, seed=number), RATE))
    return paths


def genrelens(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    """A whole run of the command; whatever it does, a traceback is never among it."""
    command = [sys.executable, "-m", "genrelens", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=ENVIRONMENT, **options)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def start(*arguments: object) -> subprocess.Popen[str]:
    """The command in a process group of its own."""
    command = [sys.executable, "-m", "genrelens", *map(str, arguments)]
    return _started(command)


def script(text: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python program in a process group of its own."""
    return _started([sys.executable, "-c", text, *map(str, arguments)])


def finished(process: subprocess.Popen[str], code: int | None = 0) -> str:
    """What a process said, once it has ended with this code."""
    with process:
        said = process.communicate(timeout=120)[0]
    assert code is None or process.returncode == code, said
    assert "Traceback" not in said, said
    return said


def labelled(said: str) -> tuple[int, ...]:
    """Files, heard, known before, copies and failed, as the last line of a run tells them."""
    found = re.findall(r"^(\d+) files: (\d+) heard, (\d+) known before, (\d+) copies, (\d+) failed", said, re.MULTILINE)
    assert found, said
    return tuple(map(int, found[-1]))


def table(catalogue: str | Path | Catalogue) -> bytes:
    """Everything that a catalogue says of its files: its exports as CSV and as lines of JSON, byte for byte."""
    if not isinstance(catalogue, Catalogue):
        with open_catalogue(catalogue) as opened:
            return table(opened)
    with tempfile.TemporaryDirectory() as folder:
        outs = [Path(folder, f"all.{kind}") for kind in ("csv", "jsonl")]
        for out in outs:
            write_export(catalogue, catalogue.latest_model(), out)
        return b"".join(out.read_bytes() for out in outs)


def wait_until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is so; fails where it never is."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


def _started(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=ENVIRONMENT | {"PYTHONPATH": os.pathsep.join([str(SOURCE), str(SOURCE.parent)])},
    )
