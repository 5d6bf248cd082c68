"""A labelling run that ends before it is done - killed, interrupted, by a file - and the one that goes on."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import sys
import time

import pytest

from genrelens.catalogue.store import open_catalogue
from tests.faults.running import finished, genrelens, labelled, script, sounds, start, table, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

FILES = 24
IN_HAND = 2 * 16 + 2 * 2
"""Answers not yet kept, the claims of the next ones, and what is being decoded for two workers."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed") / "music"
    sounds(folder, FILES)
    return folder


@pytest.fixture(scope="module")
def undisturbed(folder):
    """The table of a run that nobody disturbed, and how long it took."""
    catalogue = folder.parent / "undisturbed.db"
    began = time.monotonic()
    done = genrelens("label", folder, "-c", catalogue, "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert labelled(done.stderr) == (FILES, FILES, 0, 0, 0)
    return table(catalogue), time.monotonic() - began


def asked(catalogue, query):
    """Rows of the catalogue, read as anybody else would read the file; none where it has no tables yet."""
    if not catalogue.exists():
        return []
    with contextlib.closing(sqlite3.connect(catalogue)) as connection, contextlib.suppress(sqlite3.OperationalError):
        return connection.execute(query).fetchall()
    return []


def states(catalogue):
    """State -> how many contents."""
    return dict(asked(catalogue, "SELECT state, count(*) FROM answers GROUP BY state"))


def most_tried(catalogue):
    """How many labellers a content that is not answered has had."""
    return max(
        (tried for (tried,) in asked(catalogue, "SELECT attempts FROM answers WHERE state != 'done'")), default=0
    )


def test_killed_twenty_times_at_random(folder, undisturbed, tmp_path):
    whole, took_s = undisturbed
    moments = random.Random(11)
    killed, catalogue = 0, tmp_path / "0.db"
    while killed < 20:
        before = states(catalogue).get("done", 0)
        process = start("label", folder, "-c", catalogue, "--workers", "2")
        if most_tried(catalogue) < 4:
            time.sleep(moments.uniform(0.0, 0.8 * took_s))
            os.killpg(process.pid, signal.SIGKILL)
        # Else it may end: chance has it that the fifth run would end with the same file in hand, which is then blamed.
        said = finished(process, None)
        if process.returncode == 0:
            # Nothing was left to disturb: it is compared, and another catalogue is begun.
            assert labelled(said) == (FILES, FILES - before, before, 0, 0)
            assert table(catalogue) == whole
            catalogue = tmp_path / f"{killed}.db"
            continue
        assert process.returncode == -signal.SIGKILL
        killed += 1
        now = states(catalogue)
        assert now.get("done", 0) >= before
        assert now.get("claimed", 0) <= IN_HAND
        assert now.get("failed", 0) == 0
    before = states(catalogue).get("done", 0)
    done = genrelens("label", folder, "-c", catalogue, "--workers", "2")
    assert labelled(done.stderr) == (FILES, FILES - before, before, 0, 0)
    assert table(catalogue) == whole


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_ends_in_order(folder, undisturbed, tmp_path, number):
    catalogue = tmp_path / "my.db"
    process = start("label", folder, "-c", catalogue, "--workers", "2")
    wait_until(lambda: states(catalogue).get("claimed"))
    os.killpg(process.pid, number)
    said = finished(process, 130)
    assert "Stopping" in said
    left = states(catalogue)
    assert "claimed" not in left
    assert left.get("done", 0) == labelled(said)[1] < FILES
    assert most_tried(catalogue) == 0
    done = genrelens("label", folder, "-c", catalogue)
    assert labelled(done.stderr) == (FILES, FILES - left.get("done", 0), left.get("done", 0), 0, 0)
    assert table(catalogue) == undisturbed[0]


def test_interrupted_twice_it_ends_at_once(folder, undisturbed, tmp_path):
    catalogue = tmp_path / "my.db"
    process = start("label", folder, "-c", catalogue, "--workers", "2")
    wait_until(lambda: states(catalogue).get("claimed"))
    os.killpg(process.pid, signal.SIGINT)
    os.killpg(process.pid, signal.SIGINT)
    finished(process, 130)
    assert genrelens("label", folder, "-c", catalogue).returncode == 0
    assert table(catalogue) == undisturbed[0]


KILLER = """
import os, sys
from pathlib import Path
from genrelens import load_model
from genrelens.audio.windows import listen
from genrelens.catalogue.store import open_catalogue
from genrelens.workflows.label import label
from tests.faults.running import Engine

def deadly(source, **options):
    if Path(source).name == "007.wav":
        os._exit(9)
    return listen(source, **options)

with open_catalogue(sys.argv[2], create=True) as catalogue:
    done = label(catalogue, Engine(load_model(device="cpu"), deadly), [Path(sys.argv[1])])
    print(done.progress.done, done.failed)
"""
"""A labeller that one file ends, as a fault in a library would."""


def test_a_file_that_ends_the_program_is_given_up(folder, undisturbed, tmp_path):
    catalogue = tmp_path / "my.db"
    # The first two runs end before it is clear which of those in hand it was.
    for run in range(5):
        finished(script(KILLER, folder, catalogue), 9)
        assert run < 2 or states(catalogue).get("done", 0) >= FILES - IN_HAND
    assert finished(script(KILLER, folder, catalogue)).split()[-1] == "1"
    assert states(catalogue) == {"done": FILES - 1, "failed": 1}
    with open_catalogue(catalogue) as opened:
        [row] = [row for row in opened.rows(opened.latest_model()) if row.state == "failed"]
        assert (row.path, row.error) == (str(folder / "007.wav"), "LABEL_GAVE_UP")
    assert labelled(genrelens("label", folder, "-c", catalogue).stderr) == (FILES, 0, FILES, 0, 1)
    assert labelled(genrelens("label", folder, "-c", catalogue, "--retry-failed").stderr) == (FILES, 1, FILES - 1, 0, 0)
    assert table(catalogue) == undisturbed[0]


def test_a_second_run_on_one_file_is_refused(folder, undisturbed, tmp_path):
    catalogue = tmp_path / "my.db"
    first = start("label", folder, "-c", catalogue, "--workers", "2")
    wait_until(lambda: states(catalogue).get("claimed"))
    os.killpg(first.pid, signal.SIGSTOP)  # or it might be done before the second has begun
    second = genrelens("label", folder, "-c", catalogue)
    os.killpg(first.pid, signal.SIGCONT)
    assert second.returncode == 2
    assert second.stderr.startswith("CATALOGUE_LOCKED"), second.stderr
    assert labelled(finished(first)) == (FILES, FILES, 0, 0, 0)
    assert table(catalogue) == undisturbed[0]


def test_the_lock_goes_with_its_process(folder, tmp_path):
    catalogue = tmp_path / "my.db"
    first = start("label", folder, "-c", catalogue)
    wait_until(lambda: states(catalogue).get("claimed"))
    os.killpg(first.pid, signal.SIGKILL)
    finished(first, -signal.SIGKILL)
    assert genrelens("label", folder, "-c", catalogue).returncode == 0
