"""Broken and hostile tags: one failed row each, the file as it was, and what is written can be undone."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from genrelens.errors import GenreLensError, TagError
from genrelens.workflows.tags.apply import apply_tags, entries_to_undo, undo_tags
from genrelens.workflows.tags.formats import read_id3, read_standing
from genrelens.workflows.tags.id3 import parse_tag
from genrelens.workflows.tags.journal import Journal
from genrelens.workflows.tags.labels import read_labels
from tests.workflows.tagged import (
    bare_mp3,
    chunk,
    id3_tag,
    plan,
    rich_chunks,
    rich_flac,
    rich_m4a,
    rich_mp3,
    rich_opus,
    rich_vorbis,
    sound,
    wish,
)

FILES = {
    "mp3": lambda: rich_mp3(3, [b"Indie"]),
    "flac": rich_flac,
    "ogg": rich_vorbis,
    "opus": lambda: rich_opus(True),
    "m4a": lambda: rich_m4a(False),
    "wav": lambda: rich_chunks("wav"),
    "aiff": lambda: rich_chunks("aiff"),
}


def broken(data, chance):
    """Cut, overwritten, swollen or doubled somewhere, most often where the tags are."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 3))):
        reach = chance.choice((64, 600, len(data), -600))
        first = len(data) - 600 if reach < 0 else 0
        at = first + chance.randrange(min(abs(reach), len(data)))
        kind = chance.randrange(5)
        if kind == 0:
            del data[max(2000, at) :]
        elif kind == 1:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            data[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
        elif kind == 3:
            del data[at : at + chance.randrange(1, 40)]
        else:
            data[at:at] = chance.randbytes(chance.randrange(1, 40))
    return bytes(data)


@pytest.mark.parametrize("kind", FILES)
def test_broken_files_fail_alone_or_are_written_and_undone(kind, tmp_path):
    chance = random.Random(kind)
    whole = FILES[kind]()
    folder = tmp_path / "files"
    folder.mkdir()
    files = {folder / f"{number}.{kind}": broken(whole, chance) for number in range(20)}
    for path, data in files.items():
        path.write_bytes(data)
    plans = plan([wish(path, "Rock") for path in files], "always", "replace")
    done = list(apply_tags(plans, Journal(tmp_path / "undo")))
    assert len(done) == len(files)
    for row in done:
        if row.error is not None:
            assert row.error.code != "INTERNAL", row.error.details
            assert row.target.read_bytes() == files[row.target]
        elif row.action == "write":
            assert read_standing(row.target).genres == ("Rock",)
    written = {row.action.value for row in done}
    assert "failed" in written
    assert {item.state for item in undo_tags(entries_to_undo(tmp_path / "undo"))} == {"undone"}
    assert {path: path.read_bytes() for path in files} == files
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in files)
    assert all(not isinstance(row.error, GenreLensError) or row.error.code for row in read_labels(files))


@pytest.mark.parametrize(
    "tag",
    [
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
        b"ID3\x04\x00\x00\xff\xff\xff\xff" + bytes(100),
        b"ID3\x09\x00\x00\x00\x00\x00\x0a" + bytes(10),
        b"ID3\x02\x00\x40\x00\x00\x00\x0a" + bytes(10),
        id3_tag([b"TIT2\x00\x00\x7f\x7f\x00\x00short"], 4),
        id3_tag([b"TIT2\x00\x00\x00\x02\x00\x00\x00xgarbage that is no frame"], 4),
        id3_tag([b"\x00\x00\x00\x00behind the padding"], 3),
    ],
)
def test_an_id3_tag_that_does_not_add_up_is_not_guessed_at(tag, tmp_path):
    with pytest.raises(TagError) as raised:
        parse_tag(tag)
    assert raised.value.code == "TAGS_UNREADABLE"
    path = tmp_path / "a.mp3"
    path.write_bytes(tag + bare_mp3())
    [row] = plan([wish(path)], "always")
    assert row.action == "failed"


def test_frames_in_thousands_and_a_picture_of_megabytes(tmp_path):
    path = tmp_path / "a.mp3"
    frames = [b"TXXX\x00\x00\x00\x05\x00\x00\x00k\x00vv"] * 20_000
    picture = b"APIC" + (3_000_000).to_bytes(4) + b"\0\0" + bytes(3_000_000)
    path.write_bytes(id3_tag([*frames, picture], 3) + bare_mp3())
    before = path.read_bytes()
    [row] = apply_tags(plan([wish(path, "Rock")]), Journal(tmp_path / "undo"))
    assert row.action == "write", row.error
    assert len(read_id3(path, "mp3").frames) == 20_000 + 8
    [entry] = entries_to_undo(tmp_path / "undo")
    assert entry.where.stat().st_size < 100_000
    assert [item.state for item in undo_tags([entry])] == ["undone"]
    assert path.read_bytes() == before


def test_comments_that_are_no_utf_8_are_not_made_worse(tmp_path):
    path = tmp_path / "a.flac"
    data = rich_flac()
    title = "TITLE=标题".encode()
    assert title in data
    path.write_bytes(data.replace(title, b"TITLE=\xb1\xea\xcc\xe2xx"))
    before = path.read_bytes()
    [row] = apply_tags(plan([wish(path, "Rock")]), Journal(tmp_path / "undo"))
    assert (row.action, row.error.code) == ("failed", "TAGS_NOT_PROVEN")
    assert path.read_bytes() == before


def test_an_empty_id3_chunk_and_chunks_that_lie(tmp_path):
    whole = sound("wav 16 bit")
    fine = whole[12:] + chunk(b"id3 ", b"no tag", "RIFF")
    for number, data in enumerate((b"RIFF" + (len(fine) + 4).to_bytes(4, "little") + b"WAVE" + fine, whole[:-50])):
        path = tmp_path / f"{number}.wav"
        path.write_bytes(data)
        [row] = plan([wish(path)], "always")
        assert (row.action, row.error.code) == ("failed", "TAGS_UNREADABLE")


def test_without_mutagen_what_needs_it_says_so(tmp_path):
    (tmp_path / "a.flac").write_bytes(rich_flac())
    (tmp_path / "b.mp3").write_bytes(bare_mp3())
    script = """
import sys
from pathlib import Path
sys.modules["mutagen"] = None
from genrelens.workflows.tags.plan import TagPolicy, TagWish, plan_tags
wishes = [TagWish(Path(name), ("Rock",), tier="sure") for name in sys.argv[1:]]
for row in plan_tags(wishes, TagPolicy.SURE):
    print(row.action.value, row.error.code if row.error else "", row.error.hint if row.error else "")
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "a.flac", tmp_path / "b.mp3"], capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("failed TAGS_NOT_INSTALLED"), done.stderr
    assert "pip install 'genrelens[tags]'" in lines[0]
    assert lines[1].startswith("write")
