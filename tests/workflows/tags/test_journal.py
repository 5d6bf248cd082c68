"""The journal: on the disk before a file is replaced, and what is damaged in it harms nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genrelens.workflows.tags.apply import entries_to_undo, undo_tags
from genrelens.workflows.tags.formats import sidecar_of
from genrelens.workflows.tags.journal import entries_of, runs_of
from tests.audio.sounds import made
from tests.workflows.tagged import bare_mp3, put_back, rich_flac, tagged, wish


def test_a_damaged_entry_is_said_and_nothing_is_written(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(rich_flac())
    tagged(tmp_path, [wish(path, "Rock")])
    written = path.read_bytes()
    [entry] = entries_to_undo(tmp_path / "undo")
    whole = entry.where.read_bytes()
    head = whole.index(b"\n") + 1
    for damaged in (whole[:-20], whole[:head], whole[: head + 8] + bytes(30), whole[:head] + whole[head:][::-1], b"no"):
        entry.where.write_bytes(damaged)
        [undone] = undo_tags(entries_to_undo(tmp_path / "undo"))
        assert (undone.state, undone.error.code) == ("failed", "TAGS_UNDO_FAILED")
        assert path.read_bytes() == written


def test_one_damaged_entry_leaves_the_others(tmp_path):
    files = [tmp_path / name for name in ("a.mp3", "b.mp3", "c.mp3")]
    for path in files:
        path.write_bytes(bare_mp3())
    tagged(tmp_path, [wish(path, "Rock") for path in files])
    damaged = entries_to_undo(tmp_path / "undo", file=files[1])[0].where
    damaged.write_bytes(b"nothing of the kind")
    assert put_back(tmp_path, file=files[0]) == ["undone"]
    assert put_back(tmp_path) == ["undone", "failed"]
    assert [path.read_bytes() == bare_mp3() for path in files] == [True, False, True]
    [run] = runs_of(tmp_path / "undo")
    assert [entry.undone for entry in entries_of(tmp_path / "undo", run)] == [True, False, True]


@pytest.fixture
def seen(monkeypatch):
    """What is seen onto the disk, renamed and removed, in order: by the real functions."""
    done = []

    def spy(name, shown):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *given, **more: (done.append((name, shown(*given))), real(*given, **more)))

    spy("fsync", lambda handle: Path(f"/proc/self/fd/{handle}").readlink().suffix or "folder")
    spy("replace", lambda source, target: Path(target).suffix)
    monkeypatch.setattr(Path, "unlink", spied_unlink(done, Path.unlink))
    return done


def spied_unlink(done, real):
    def unlink(path, missing_ok=False):
        if path.exists():
            done.append(("unlink", path.suffix))
        real(path, missing_ok)

    return unlink


def test_what_brings_a_file_back_is_on_the_disk_before_the_new_one(tmp_path, seen):
    """What the power may interrupt: an entry, then the file; and back, the file, then the mark at its entry."""
    path = tmp_path / "a.mp3"
    path.write_bytes(bare_mp3())
    tagged(tmp_path, [wish(path, "Rock")])
    made_folders = seen.index(("fsync", ".part"))
    assert set(seen[:made_folders]) == {("fsync", "folder")}
    assert made_folders == len((tmp_path / "undo" / "run").parents)
    put = [("fsync", ".mp3"), ("replace", ".mp3"), ("fsync", "folder")]
    assert seen[made_folders:] == [("fsync", ".part"), ("replace", ".entry"), ("fsync", "folder"), *put]
    seen.clear()
    assert put_back(tmp_path) == ["undone"]
    assert seen == [*put, ("replace", ".undone"), ("fsync", "folder")]


def test_a_sidecar_is_gone_from_the_disk_before_its_entry_says_so(tmp_path, seen):
    path = tmp_path / "a.wma"
    path.write_bytes(made("wma", 1.0))
    tagged(tmp_path, [wish(path, "Rock")])
    seen.clear()
    assert put_back(tmp_path) == ["undone"]
    assert not sidecar_of(path).exists()
    assert seen == [("unlink", ".json"), ("fsync", "folder"), ("replace", ".undone"), ("fsync", "folder")]
