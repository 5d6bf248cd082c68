"""The n-th write, sync and rename fail, for every n: an error with a code, nothing lost, and the next run completes."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import sqlite3
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from genrelens import analyze
from genrelens.catalogue.store import open_catalogue
from genrelens.errors import CatalogueError, UsageError
from genrelens.listening.analysis import Analysis
from genrelens.listening.model import Model
from genrelens.whole_files import write_bytes
from genrelens.workflows.label import label
from tests.faults.running import finished, genrelens, labelled, script, sounds, table
from tests.faults.sqlite_faults import failing

FILES = 3


class Replayed:
    """Answers that the model gave once, given again: thousands of runs need not hear."""

    def __init__(self, model: Model, paths: Iterable[Path]) -> None:
        self.model = model
        self._answers = {path: analyze(model, path) for path in paths}
        self.heard: list[Path] = []

    def hear(self, paths: Iterable[Path]) -> Iterator[Analysis]:
        for path in paths:
            self.heard.append(path)
            yield self._answers[path]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("writes") / "music"
    sounds(folder, FILES)
    return folder


@pytest.fixture(scope="module")
def engine(folder, model):
    return Replayed(model, sorted(folder.iterdir()))


@pytest.fixture(scope="module")
def undisturbed(folder, engine):
    with open_catalogue(folder.parent / "undisturbed.db", create=True) as catalogue:
        assert label(catalogue, engine, [folder]).progress.done == FILES
    return table(folder.parent / "undisturbed.db")


def attempt(place, engine, folder):
    """A run; the error that ended it, if one did."""
    try:
        with open_catalogue(place, create=True) as catalogue:
            label(catalogue, engine, [folder])
    except CatalogueError as error:
        return error
    return None


def answered(place):
    """Contents that have an answer, after a look at every page of the file."""
    if not place.exists():
        return set()
    with sqlite3.connect(place) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'answers'").fetchone():
            return set()
        return {sha for (sha,) in connection.execute("SELECT sha256 FROM answers WHERE state = 'done'")}


@pytest.mark.parametrize("operation", ["write", "sync", "delete"])
def test_the_nth_operation_of_a_new_catalogue_fails(folder, engine, undisturbed, tmp_path, operation):
    failed = 0
    for number in itertools.count(1):
        place = tmp_path / f"{number}.db"
        with failing(operation, number) as faults:
            error = attempt(place, engine, folder)
        kept = answered(place)
        if error is not None:
            assert error.code == "CATALOGUE_DISK_FULL", error
            assert str(place) in error.message
            failed += 1
        else:
            # What fails at the very end, when the log is put into the file, can wait for the next opening.
            assert len(kept) == FILES
        engine.heard.clear()
        assert attempt(place, engine, folder) is None
        assert len(engine.heard) == FILES - len(kept)
        assert table(place) == undisturbed
        if not faults.happened:
            break
        for path in tmp_path.glob(f"{number}.db*"):
            path.unlink()
    assert failed >= (1 if operation == "delete" else 5), f"{failed} of {number}"


@pytest.mark.parametrize(("operation", "full"), [("write", True), ("sync", False)])
def test_the_nth_operation_of_a_catalogue_that_is_there_fails(folder, engine, undisturbed, tmp_path, operation, full):
    half = sorted(folder.iterdir())[: FILES // 2]
    with open_catalogue(tmp_path / "half.db", create=True) as catalogue:
        label(catalogue, engine, half)
    before = answered(tmp_path / "half.db")
    assert len(before) == len(half)
    for number in itertools.count(1):
        place = tmp_path / f"{number}.db"
        shutil.copy(tmp_path / "half.db", place)
        with failing(operation, number, full=full) as faults:
            error = attempt(place, engine, folder)
        assert error is None or error.code == "CATALOGUE_DISK_FULL"
        assert answered(place) >= before
        assert attempt(place, engine, folder) is None
        assert table(place) == undisturbed
        if not faults.happened:
            break
    assert number > 5


@pytest.mark.parametrize("function", ["fsync", "replace", "open"])
def test_a_file_of_ours_is_whole_or_as_before(tmp_path, monkeypatch, function):
    place = tmp_path / "report.csv"
    place.write_bytes(b"before")
    real = getattr(os, function)

    def refuse(*given, **options):
        if function == "open" and not given[1] & os.O_CREAT:
            return real(*given, **options)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, function, refuse)
        with pytest.raises(UsageError) as caught:
            write_bytes(place, b"after" * 1000)
    assert caught.value.code == "OUTPUT_FAILED"
    assert "report.csv" in caught.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["report.csv"]
    assert place.read_bytes() == b"before"


SMALL_FILES = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    from genrelens.errors import UsageError
    from genrelens.whole_files import whole_file

    place, data = Path(sys.argv[1]), bytes(range(256)) * 80
    for most in range(0, len(data), 512):
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        try:
            with whole_file(place) as out:
                for first in range(0, len(data), 100):
                    out.write(data[first : first + 100])
            sys.exit(f"{most} bytes were enough")
        except UsageError as error:
            assert error.code == "OUTPUT_FAILED", error
        assert place.read_bytes() == b"before"
        assert len(list(place.parent.iterdir())) == 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(data), resource.RLIM_INFINITY))
    with whole_file(place) as out:
        out.write(data)
    assert place.read_bytes() == data
    print("all")
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_disk_that_is_full_anywhere_in_a_file(tmp_path):
    place = tmp_path / "report.csv"
    place.write_bytes(b"before")
    assert finished(script(SMALL_FILES, place)).strip() == "all"


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("kib", [0, 40, 60])
def test_the_command_when_the_disk_is_full(folder, undisturbed, tmp_path, kib):
    import resource

    place = tmp_path / "my.db"

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (kib << 10, resource.RLIM_INFINITY))

    done = genrelens("label", folder, "-c", place, preexec_fn=small)
    assert done.returncode == 2
    assert "CATALOGUE_DISK_FULL" in done.stderr
    kept = len(answered(place))
    again = genrelens("label", folder, "-c", place)
    assert labelled(again.stderr) == (FILES, FILES - kept, kept, 0, 0)
    assert table(place) == undisturbed
