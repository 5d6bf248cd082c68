"""A file that has new tags keeps its answers and decisions, forwards and backwards, on both databases."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import update

from genrelens.catalogue.decisions import Decisions, Desk, Verdict
from genrelens.catalogue.paths import to_text
from genrelens.catalogue.retagged import follow
from genrelens.catalogue.rows import RowFilter
from genrelens.catalogue.schema import answers
from genrelens.catalogue.store import open_catalogue
from genrelens.errors import CatalogueError
from tests.catalogue.reviewable import fill

ANN = Desk("ann")


@pytest.fixture
def catalogue(where):
    with open_catalogue(where, create=True) as opened:
        yield opened


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "song.mp3"
    path.write_bytes(b"without a tag")
    return path


def retag(catalogue, path, data):
    """Write other bytes into a file, and tell the catalogue."""
    old, new = (hashlib.sha256(bytes_).hexdigest() for bytes_ in (path.read_bytes(), data))
    path.write_bytes(data)
    state = path.stat()
    return follow(catalogue.database, path, old, new, size=state.st_size, mtime_ns=state.st_mtime_ns), new


def decide(catalogue, sha, verdict, token):
    Decisions(catalogue.database).decide(ANN, Verdict(sha, 1, "other", verdict), token=token, seen=10**6)


def rows(catalogue):
    return {row.path: row for row in catalogue.rows(1)}


def test_what_is_known_goes_along_and_comes_back(catalogue, model, song, tmp_path):
    link, copy = tmp_path / "link.mp3", tmp_path / "copy.mp3"
    link.symlink_to(song)
    copy.write_bytes(song.read_bytes())
    plain = song.read_bytes()
    shas = fill(catalogue, model, [(path, "unsure") for path in (song, link, copy)])
    old = shas[to_text(song)]
    before = rows(catalogue)
    decide(catalogue, old, "Blues", "first")
    known, new = retag(catalogue, song, b"TAG Blues " + plain)
    assert known
    after = rows(catalogue)
    assert {path: row.sha256 for path, row in after.items()} == {
        to_text(song): new, to_text(link): new, to_text(copy): old,
    }  # fmt: skip
    for path, row in after.items():
        assert (row.state, row.top, row.decision.verdict) == ("done", before[path].top, "Blues")
    assert catalogue.analysis(new, 1)["source"]["sha256"] == new
    assert catalogue.analysis(old, 1)["source"]["sha256"] == old
    state = catalogue.known_files([to_text(song)])[to_text(song)]
    assert (state.size, state.mtime_ns) == (song.stat().st_size, song.stat().st_mtime_ns)
    # Another opinion while it has its tags, the first one taken back: both go back with the bytes.
    decide(catalogue, new, "Jazz", "second")
    assert retag(catalogue, song, plain) == (True, old)
    assert {row.decision.verdict for row in rows(catalogue).values()} == {"Jazz"}
    work = Decisions(catalogue.database)
    assert [each.verdict for each in work.history(old)] == ["Blues", "Jazz"]
    assert [each.verdict for each in work.history(new)] == ["Blues", "Jazz"]


def test_told_as_often_as_one_likes(catalogue, model, song):
    [old] = fill(catalogue, model, [(song, "unsure")]).values()
    decide(catalogue, old, "Blues", "first")
    data = b"TAG " + song.read_bytes()
    assert retag(catalogue, song, data)[0]
    new = hashlib.sha256(data).hexdigest()
    assert follow(catalogue.database, song, old, new, size=1, mtime_ns=1) is False
    for _ in range(2):
        assert follow(catalogue.database, song, new, old, size=1, mtime_ns=1)
        assert follow(catalogue.database, song, old, new, size=1, mtime_ns=1)
    work = Decisions(catalogue.database)
    assert [len(work.history(sha)) for sha in (old, new)] == [1, 1]
    # Taken back for one, it is taken back for the other when the bytes change again.
    Decisions(catalogue.database).undo("ann")
    assert follow(catalogue.database, song, new, old, size=1, mtime_ns=1)
    assert sum(len(work.history(sha)) for sha in (old, new)) == 0


def test_a_file_that_the_catalogue_does_not_know(catalogue, model, song, tmp_path):
    fill(catalogue, model, [(tmp_path / "other.mp3", "unsure")])
    assert retag(catalogue, song, b"TAG")[0] is False
    assert list(rows(catalogue)) == [to_text(tmp_path / "other.mp3")]


def test_a_damaged_answer_is_told_and_nothing_changes(catalogue, model, song):
    [old] = fill(catalogue, model, [(song, "unsure")]).values()
    catalogue.database.write(lambda connection: connection.execute(update(answers).values(analysis=b"not packed")))
    with pytest.raises(CatalogueError) as caught:
        retag(catalogue, song, b"TAG")
    assert caught.value.code == "CATALOGUE_CORRUPT"
    assert [row.sha256 for row in catalogue.rows(1, RowFilter(states=("done",)))] == [old]
