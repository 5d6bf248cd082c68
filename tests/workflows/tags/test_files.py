"""Replacing a file: never through a link or a pipe, never over what somebody writes, never given away."""

from __future__ import annotations

import hashlib
import os
import time

import pytest

from genrelens.errors import TagError
from genrelens.workflows.tags import files as tag_files
from genrelens.workflows.tags.apply import entries_to_undo, undo_tags
from genrelens.workflows.tags.files import Stamp, stamp_of
from genrelens.workflows.tags.formats import read_standing, sidecar_of
from tests.audio.sounds import made
from tests.workflows.tagged import bare_mp3, put_back, tagged, wish


def test_a_stamp_is_of_a_file_that_held_still(tmp_path, monkeypatch):
    path = tmp_path / "a.mp3"
    assert stamp_of(path) == Stamp()
    path.write_bytes(b"old")

    def written_meanwhile(file, name):
        digest = hashlib.file_digest(file, name)
        path.write_bytes(b"new and longer")
        return digest

    monkeypatch.setattr(tag_files, "hashlib", type("Hashing", (), {"file_digest": staticmethod(written_meanwhile)}))
    with pytest.raises(TagError) as raised:
        stamp_of(path)
    assert raised.value.code == "TAGS_FILE_CHANGED"


def test_a_sidecar_that_is_a_link_or_a_pipe_is_left_alone(tmp_path):
    path, elsewhere = tmp_path / "a.wma", tmp_path / "elsewhere.json"
    path.write_bytes(made("wma", 1.0))
    sidecar = sidecar_of(path)
    elsewhere.write_text('{"format": 1, "GENRE": []}', encoding="utf-8")
    for make in (
        lambda: sidecar.symlink_to(elsewhere),
        lambda: sidecar.symlink_to("nowhere"),
        lambda: os.mkfifo(sidecar),
    ):
        make()
        [failed] = tagged(tmp_path, [wish(path, "Rock")])
        assert failed.error.code == "TAGS_WRITE_FAILED"
        assert not sidecar.is_file() or sidecar.is_symlink()
        sidecar.unlink()
    assert elsewhere.read_text(encoding="utf-8") == '{"format": 1, "GENRE": []}'


def test_the_sidecar_of_a_file_that_may_not_be_written_can_be_renewed(tmp_path):
    path = tmp_path / "a.wma"
    path.write_bytes(made("wma", 1.0))
    path.chmod(0o440)
    for genre in ("Rock", "Jazz"):
        assert tagged(tmp_path, [wish(path, genre)])[0].action == "sidecar"
    assert sidecar_of(path).stat().st_mode & 0o777 == 0o640


def tagged_by_nobody(folder, path):
    for parent in (folder, *folder.parents):
        if not parent.stat().st_mode & 0o001:  # pytest's folders are closed to others
            parent.chmod(0o777)
    os.seteuid(65534)
    try:
        return tagged(folder, [wish(path, "Rock")])
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can become somebody else")
def test_a_file_that_belongs_to_somebody_else_keeps_its_owner(tmp_path):
    room = tmp_path / "room"
    room.mkdir()
    path = room / "a.mp3"
    path.write_bytes(bare_mp3())
    path.chmod(0o666)
    room.chmod(0o777)
    [refused] = tagged_by_nobody(tmp_path, path)
    assert (refused.error.code, "somebody else" in refused.error.message) == ("TAGS_WRITE_FAILED", True)
    assert (path.read_bytes(), path.stat().st_uid) == (bare_mp3(), 0)
    assert [item.name for item in room.iterdir()] == ["a.mp3"]
    os.chown(path, 1234, 5678)
    assert tagged(tmp_path, [wish(path, "Rock")])[0].action == "write"
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 5678)


def test_time_rights_and_attributes_stay(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(bare_mp3())
    path.chmod(0o640)
    os.utime(path, ns=(10**18, 10**18))
    try:
        os.setxattr(path, "user.rating", b"5")
    except OSError:
        attributes = None
    else:
        attributes = b"5"
    tagged(tmp_path, [wish(path, "Rock")])
    assert (path.stat().st_mode & 0o777, path.stat().st_mtime_ns) == (0o640, 10**18)
    assert attributes is None or os.getxattr(path, "user.rating") == attributes
    tagged(tmp_path, [wish(path, "Jazz")], touch=True)
    assert time.time() - path.stat().st_mtime < 60
    put_back(tmp_path)
    put_back(tmp_path)
    assert (path.stat().st_mode & 0o777, path.stat().st_mtime_ns) == (0o640, 10**18)


def test_links(tmp_path):
    path, soft, hard = tmp_path / "a.mp3", tmp_path / "soft.mp3", tmp_path / "hard.mp3"
    path.write_bytes(bare_mp3())
    soft.symlink_to(path)
    [done, twice] = tagged(tmp_path, [wish(soft, "Rock"), wish(path, "Jazz")])
    assert (done.action, done.target, twice.reason) == ("write", path, "twice")
    assert soft.is_symlink()
    assert read_standing(path).genres == ("Rock",)
    hard.hardlink_to(path)
    before = path.read_bytes()
    [refused] = tagged(tmp_path, [wish(hard, "Jazz")])
    assert refused.error.code == "TAGS_LINKED"
    assert hard.read_bytes() == path.read_bytes() == before
    [refused] = list(undo_tags(entries_to_undo(tmp_path / "undo")))
    assert refused.error.code == "TAGS_LINKED"


def test_what_may_not_be_written_stays(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(bare_mp3())
    path.chmod(0o444)
    [refused] = tagged(tmp_path, [wish(path, "Rock")])
    assert (refused.error.code, refused.after) == ("TAGS_WRITE_FAILED", ())
    path.chmod(0o666)
    assert path.read_bytes() == bare_mp3()
    assert not (tmp_path / "undo").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only the administrator can become somebody else")
def test_a_folder_that_may_not_be_written(tmp_path):
    room = tmp_path / "room"
    room.mkdir()
    path = room / "a.mp3"
    path.write_bytes(bare_mp3())
    path.chmod(0o666)
    [refused] = tagged_by_nobody(tmp_path, path)
    assert refused.error.code == "TAGS_WRITE_FAILED"
    assert path.read_bytes() == bare_mp3()


def test_what_a_killed_run_left_in_a_folder_goes_in_time(tmp_path, monkeypatch):
    path, left = tmp_path / "a.mp3", tmp_path / ".genrelens-tags-left.mp3"
    path.write_bytes(bare_mp3())
    left.write_bytes(b"half")
    tagged(tmp_path, [wish(path, "Rock")])
    # It may be the copy of somebody who tags beside us.
    assert left.exists()
    monkeypatch.setattr(tag_files, "_STALE_S", -1.0)
    tagged(tmp_path, [wish(path, "Jazz")])
    assert not left.exists()
