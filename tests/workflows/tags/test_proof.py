"""The proof finds whatever a bad writer would do beside writing the genre."""

from __future__ import annotations

import shutil

import pytest
from mutagen import flac, id3, mp4, oggvorbis

from genrelens.errors import TagError
from genrelens.workflows.tags.formats import kind_of, write_copy
from genrelens.workflows.tags.proof import others, prove_same
from tests.workflows.tagged import every_kind, rich_chunks, rich_flac, rich_m4a, rich_mp3, rich_vorbis, sound


def lose_title(path):
    tags = id3.ID3(path)
    tags.delall("TIT2")
    tags.save(path)


def lose_picture(path):
    file = flac.FLAC(path)
    file.clear_pictures()
    file.save()


def change_comment(path):
    file = oggvorbis.OggVorbis(path)
    file["artist"] = ["Ann", "Bob"]
    file.save()


def lose_cover(path):
    file = mp4.MP4(path)
    del file.tags["covr"]
    file.save()


def change_sound(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def lose_the_end(path):
    path.write_bytes(path.read_bytes()[:-40])


@pytest.mark.parametrize(
    ("name", "data", "harm"),
    [
        ("a.mp3", lambda: rich_mp3(4), lose_title),
        ("a.mp3", lambda: rich_mp3(4), change_sound),
        ("a.mp3", lambda: rich_mp3(3), lose_the_end),
        ("a.flac", rich_flac, lose_picture),
        ("a.flac", rich_flac, change_sound),
        ("a.ogg", rich_vorbis, change_comment),
        ("a.ogg", rich_vorbis, change_sound),
        ("a.m4a", lambda: rich_m4a(False), lose_cover),
        ("a.wav", lambda: rich_chunks("wav"), change_sound),
        ("a.aiff", lambda: rich_chunks("aiff"), change_sound),
    ],
)
def test_every_harm_is_found(tmp_path, name, data, harm):
    path, copy = tmp_path / name, tmp_path / f"copy-{name}"
    path.write_bytes(data())
    kind, _ = kind_of(path)
    write_copy(path, kind, copy, ["Rock"], {"GENRE": ["Rock"]})
    prove_same(path, kind, copy)
    harm(copy)
    with pytest.raises(TagError) as raised:
        prove_same(path, kind, copy)
    assert raised.value.code in ("TAGS_NOT_PROVEN", "TAGS_UNREADABLE")


def test_what_is_listed_is_all_but_the_genre(tmp_path):
    files = every_kind(tmp_path)
    for name, needle in (
        ("v24.mp3", b"eng\x00second"),
        ("rich.flac", "TITLE=标题".encode()),
        ("pages.opus", b"QUJDQUJD"),
    ):
        path = tmp_path / name
        path.write_bytes(files[name])
        listed = [content for _, content in others(path, kind_of(path)[0]).elements()]
        assert any(needle in content for content in listed)
        assert not any(b"GENRE" in content for content in listed)


def test_a_copy_alike_is_the_same(tmp_path):
    path = tmp_path / "a.m4a"
    path.write_bytes(sound("m4a aac"))
    prove_same(path, "mp4", shutil.copy(path, tmp_path / "b.m4a"))
