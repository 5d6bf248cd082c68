"""Labelling into PostgreSQL: a server that restarts or stays away, and several labellers at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import Counter

import pytest

from genrelens import analyze
from genrelens.audio.windows import listen
from genrelens.catalogue import database
from genrelens.catalogue.store import FileRecord, open_catalogue
from genrelens.errors import CatalogueError
from genrelens.workflows.label import label
from tests.faults.running import Engine, finished, genrelens, labelled, script, sounds, start, table, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

FILES = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server") / "music"
    sounds(folder, FILES)
    return folder


@pytest.fixture(scope="module")
def undisturbed(folder):
    """The table of the same files in a catalogue that is a file, and that nobody disturbed."""
    place = folder.parent / "undisturbed.db"
    assert genrelens("label", folder, "-c", place).returncode == 0
    return table(place)


@pytest.fixture
def url(postgres):
    return postgres.url(f"faults_{time.time_ns()}")


@pytest.fixture
def watched(url):
    """The catalogue as an onlooker sees it, with its tables made."""
    with open_catalogue(url, create=True) as catalogue:
        yield catalogue


def counts(watched, model):
    return watched.counts(watched.model_id(model.bundle))


def test_the_server_restarts_in_the_middle(folder, undisturbed, postgres, url, watched, model):
    process = start("label", folder, "-c", url)
    wait_until(lambda: counts(watched, model).done)
    for mode in ("fast", "immediate"):
        postgres.stop(mode)
        time.sleep(0.5)
        postgres.start()
    assert labelled(finished(process)) == (FILES, FILES, 0, 0, 0)
    assert table(url) == undisturbed


def test_a_server_that_stays_away_ends_the_run_and_nothing_is_lost(
    folder, undisturbed, postgres, url, watched, model, monkeypatch
):
    monkeypatch.setattr(database, "_PATIENCE_S", 1.0)

    def stop_the_server(source, **options):
        if source.name == "030.wav":
            postgres.stop("immediate")
        return listen(source, **options)

    try:
        with pytest.raises(CatalogueError) as caught:
            label(watched, Engine(model, stop_the_server), [folder])
        assert caught.value.code == "CATALOGUE_UNREACHABLE"
        done = genrelens("label", folder, "-c", "postgresql://tester@127.0.0.1:1/away")
        assert done.returncode == 2
        assert "CATALOGUE_UNREACHABLE" in done.stderr
    finally:
        postgres.start()
    kept = counts(watched, model).done
    assert 0 < kept < FILES  # answers are kept by number or by time, so a slow machine keeps fewer at a time
    free_claims(watched, model)
    assert labelled(genrelens("label", folder, "-c", url).stderr) == (FILES, FILES - kept, kept, 0, 0)
    assert table(url) == undisturbed


def free_claims(watched, model):
    """As if the leases of whoever is gone were over."""
    watched.release_claims(watched.model_id(model.bundle))


LABELLER = """
import os, sys, time
from pathlib import Path
from genrelens import load_model
from genrelens import analyze
from genrelens.audio.windows import listen
from genrelens.catalogue.store import FileRecord, open_catalogue
from genrelens.workflows import label as workflow
from tests.faults.running import Engine

workflow._LEASE_S = 4.0
workflow._WAIT_S = 0.2

def told(source, **options):
    print(Path(source).name, flush=True)
    return listen(source, **options)

with open_catalogue(sys.argv[2], create=True) as catalogue:
    engine = Engine(load_model(device="cpu"), told)
    if len(sys.argv) > 3:
        Path(sys.argv[3], str(os.getpid())).touch()
        while len(list(Path(sys.argv[3]).iterdir())) < 2:
            time.sleep(0.01)
    done = workflow.label(catalogue, engine, [Path(sys.argv[1])])
    assert done.failed == 0 and not done.stopped, done
"""
"""A labeller with short leases, which tells what it hears; given a folder, it begins when another is there, too."""


def test_two_labellers_share_the_work(folder, undisturbed, url, tmp_path):
    (tmp_path / "here").mkdir()
    pair = [script(LABELLER, folder, url, tmp_path / "here") for _ in range(2)]
    heard = [finished(process).split() for process in pair]
    assert Counter(heard[0] + heard[1]) == Counter(path.name for path in folder.iterdir())
    assert all(heard), "one did it all"
    assert table(url) == undisturbed


def test_what_a_killed_labeller_had_is_taken_over(folder, undisturbed, url, watched, model):
    first = script(LABELLER, folder, url)
    wait_until(lambda: counts(watched, model).done)
    second = script(LABELLER, folder, url)
    os.killpg(first.pid, signal.SIGKILL)
    said = finished(first, -signal.SIGKILL).split()
    taken_over = finished(second).split()
    assert table(url) == undisturbed
    twice = set(said) & set(taken_over)
    assert set(said) | set(taken_over) == {path.name for path in folder.iterdir()}
    assert len(twice) <= 2 * 16 + 4
    assert max(Counter(taken_over).values()) == 1


def test_many_that_claim_at_once_never_get_the_same(folder, url, watched, model):
    """As fast as the server can: threads that claim, drop the connection in between, and answer."""
    model_id = watched.model_id(model.bundle)
    answer = analyze(model, folder / "000.wav")
    shas = [f"{number:064x}" for number in range(300)]
    watched.plan(model_id, [FileRecord(f"/{sha}", 1, 1, sha) for sha in shas])
    got, kept = [], []

    def work(owner):
        with open_catalogue(url) as catalogue:
            for first in [*range(0, 300, 10), *range(0, 300, 10)]:
                claimed = catalogue.claim(model_id, owner, shas[first : first + 30])
                got.extend(claimed)
                kept.append(catalogue.commit(model_id, owner, [(sha, answer) for sha in claimed]))

    threads = [threading.Thread(target=work, args=(f"labeller {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(got) == Counter(shas)
    assert sum(kept) == 300


def test_the_clock_of_a_labeller_means_nothing(folder, url, watched, model, monkeypatch):
    """Leases go by the server's clock: a machine whose clock is wrong takes nothing and holds nothing for ever."""
    model_id = watched.model_id(model.bundle)
    sha = "0" * 64
    watched.plan(model_id, [FileRecord("/one", 1, 1, sha)])
    assert watched.claim(model_id, "right", [sha]) == [sha]
    real = time.time
    for wrong in (-(10**8), 10**8):
        monkeypatch.setattr(time, "time", lambda wrong=wrong: real() + wrong)
        assert watched.claim(model_id, "wrong", [sha]) == []
    monkeypatch.undo()
    watched.give_back("right")
    assert watched.claim(model_id, "next", [sha]) == [sha]
