"""Zips that want out, lie, explode or carry names of another age: sound comes in, the rest is said, nothing stays."""

from __future__ import annotations

import os
import stat
import struct
import tempfile
import zipfile

import pytest

from genrelens.errors import UsageError
from genrelens.workflows.classroom import handed_in
from genrelens.workflows.classroom.handed_in import open_handed_in

SOUND = b"OggS" + bytes(range(256)) * 40


@pytest.fixture
def private(tmp_path, monkeypatch):
    """Where archives are unpacked: nothing may be left there."""
    folder = tmp_path / "private"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def zipped(path, entries, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def taken(path):
    """Names of the files, and (name, cause) of what was left out."""
    with open_handed_in(path) as found:
        assert all(file.path.is_file() and file.path.name.endswith(".song") for file in found.files)
        return [file.name for file in found.files], [(one.name, one.cause) for one in found.left_out]


def link(name, target):
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry, target


def test_no_name_leads_out_and_no_link_is_made(tmp_path, private):
    outside = ["../evil.mp3", "/etc/evil.mp3", "a/../../evil.mp3", "..\\evil.mp3", "C:\\evil.mp3", "C:evil.mp3"]
    path = zipped(
        tmp_path / "z.zip", [*((name, SOUND) for name in outside), link("l.mp3", "/etc/passwd"), ("ok.mp3", SOUND)]
    )
    before = sorted(tmp_path.rglob("*"))
    names, left_out = taken(path)
    assert names == ["ok.mp3"]
    assert [cause for _, cause in left_out] == ["path"] * 6 + ["link"]
    assert sorted(tmp_path.rglob("*")) == before


def test_the_place_is_private_and_goes_even_after_an_error(tmp_path, private):
    path = zipped(tmp_path / "z.zip", [("a/b/ok.ogg", SOUND)])

    def use():
        with open_handed_in(path) as found:
            file = found.files[0]
            assert (file.name, file.path.read_bytes()) == ("a/b/ok.ogg", SOUND)
            assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
            assert file.path.parent.parent == private
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use()


def test_archives_inside_and_what_is_no_sound_are_left_out_and_said(tmp_path, private):
    entries = [("in.zip", b"PK"), ("x.RAR", b"Rar"), ("notes.docx", b"x"), ("plain", b"x"), ("ok.flac", SOUND)]
    quiet = [("__MACOSX/._ok.flac", b"x"), ("._ok.flac", b"x"), (".DS_Store", b"x"), ("a/Thumbs.db", b"x"), ("a/", b"")]
    names, left_out = taken(zipped(tmp_path / "z.zip", [*entries, *quiet]))
    assert names == ["ok.flac"]
    assert left_out == [
        ("in.zip", "archive"),
        ("x.RAR", "archive"),
        ("notes.docx", "not_sound"),
        ("plain", "not_sound"),
    ]


def test_a_bomb_is_stopped_by_its_ratio(tmp_path, private):
    path = zipped(
        tmp_path / "z.zip", [("bomb.wav", bytes(40_000_000)), ("quiet.wav", bytes(5_000_000)), ("ok.mp3", SOUND)]
    )
    assert path.stat().st_size < 100_000
    assert taken(path) == (["quiet.wav", "ok.mp3"], [("bomb.wav", "too_large")])


def test_sizes_of_one_and_of_all(tmp_path, private, monkeypatch):
    from genrelens.audio.sources import Limits

    data = os.urandom(5000)
    path = zipped(tmp_path / "z.zip", [(f"{n}.mp3", data) for n in range(4)])
    with open_handed_in(path, limits=Limits(max_bytes=5000)) as found:
        assert len(found.files) == 4
    with pytest.raises(UsageError, match="no sound file"), open_handed_in(path, limits=Limits(max_bytes=4999)):
        pass
    monkeypatch.setattr(handed_in, "MAX_TOTAL_BYTES", 10_000)
    with pytest.raises(UsageError) as error, open_handed_in(path):
        pass
    assert error.value.code == "ZIP_REFUSED"
    monkeypatch.setattr(handed_in, "MAX_ENTRIES", 3)
    with pytest.raises(UsageError, match="4 files"), open_handed_in(path):
        pass


def test_a_size_that_lies_is_not_believed(tmp_path, private):
    path = zipped(tmp_path / "z.zip", [("liar.wav", bytes(30_000_000)), ("ok.mp3", SOUND)])
    content = path.read_bytes()
    true, false = struct.pack("<I", 30_000_000), struct.pack("<I", 1000)
    assert content.count(true) == 2
    path.write_bytes(content.replace(true, false))
    names, left_out = taken(path)
    assert names == ["ok.mp3"]
    assert left_out == [("liar.wav", "damaged")]


def test_names_of_chinese_windows_and_of_macs(tmp_path, private):
    path = tmp_path / "z.zip"
    wanted = {"gbk": "七班/王芳 作业.mp3", "utf-8": "李明-爵士.mp3"}
    marks = {encoding: f"{'x' * len(name.encode(encoding))}" for encoding, name in wanted.items()}
    zipped(path, [(marks["gbk"], SOUND), (marks["utf-8"], SOUND), ("é.mp3", SOUND)])
    content = path.read_bytes()
    # The longer mark first: the shorter one is a part of it.
    for encoding in sorted(marks, key=lambda key: -len(marks[key])):
        content = content.replace(marks[encoding].encode(), wanted[encoding].encode(encoding))
    path.write_bytes(content)
    assert taken(path)[0] == [wanted["gbk"], wanted["utf-8"], "é.mp3"]


def test_damage_and_passwords(tmp_path, private):
    path = zipped(tmp_path / "z.zip", [("a.mp3", SOUND * 3), ("ok.mp3", SOUND)])
    content = bytearray(path.read_bytes())
    content[60:80] = bytes(20)
    path.write_bytes(content)
    assert taken(path) == (["ok.mp3"], [("a.mp3", "damaged")])
    locked = zipped(tmp_path / "l.zip", [("a.mp3", SOUND), ("ok.mp3", SOUND)])
    content = bytearray(locked.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    locked.write_bytes(content)
    assert taken(locked) == (["ok.mp3"], [("a.mp3", "encrypted")])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all" * 100, b"PK\x05\x06" + bytes(18)])
def test_what_is_no_zip_is_one_clear_error(tmp_path, private, content):
    path = tmp_path / "z.zip"
    path.write_bytes(content)
    with pytest.raises(UsageError) as error, open_handed_in(path):
        pass
    assert error.value.code in ("ZIP_REFUSED", "NO_INPUT")
    with pytest.raises(UsageError) as missing, open_handed_in(tmp_path / "none.zip"):
        pass
    assert missing.value.code == "ZIP_REFUSED"


def test_a_list_of_files_that_would_fill_the_memory_is_refused_unread(tmp_path, private):
    path = zipped(tmp_path / "z.zip", [(f"{n}{'x' * 60_000}.mp3", b"") for n in range(40)])
    with pytest.raises(UsageError, match="list of files is too long"), open_handed_in(path):
        pass


def test_packings_that_ask_for_memory_are_left_out(tmp_path, private):
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.mp3", SOUND, zipfile.ZIP_LZMA)
        archive.writestr("b.mp3", SOUND, zipfile.ZIP_BZIP2)
        archive.writestr("ok.mp3", SOUND, zipfile.ZIP_STORED)
    assert taken(path) == (["ok.mp3"], [("a.mp3", "method"), ("b.mp3", "method")])


def test_unpacking_can_be_called_off(tmp_path, private):
    path = zipped(tmp_path / "z.zip", [(f"{n}.mp3", SOUND) for n in range(5)])

    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), open_handed_in(path, step=stop):
        pass


def test_a_folder_is_taken_as_it_is(tmp_path, private):
    (tmp_path / "class" / "七班").mkdir(parents=True)
    (tmp_path / "class" / "七班" / "王芳.mp3").write_bytes(SOUND)
    (tmp_path / "class" / "x.txt").write_bytes(b"x")
    with open_handed_in(tmp_path / "class") as found:
        assert [file.name for file in found.files] == ["七班/王芳.mp3"]
