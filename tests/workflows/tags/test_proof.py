"""The proof finds whatever a bad writer would do beside writing the genre."""

from __future__ import annotations

import io
import shutil

import mutagen
import pytest
from mutagen.ogg import OggPage

from genrelens.errors import TagError
from genrelens.workflows.tags.chunks import read_chunks
from genrelens.workflows.tags.formats import kind_of, write_copy
from genrelens.workflows.tags.id3 import parse_tag, render_tag
from genrelens.workflows.tags.proof import others, prove_same
from tests.workflows.tagged import (
    PNG,
    bare_mp3,
    chunk,
    every_kind,
    frame,
    id3_tag,
    rich_chunks,
    rich_flac,
    rich_m4a,
    rich_mp3,
    rich_ogg_flac,
    rich_opus,
    rich_vorbis,
    sound,
    v1_trailer,
)


def lose_frame(name, nth=0):
    """Byte for byte, as no library would: the other frames stay as they are."""

    def harm(path):
        data = path.read_bytes()
        start = data.lower().find(b"id3 ") + 8 if data[:3] != b"ID3" else 0
        tag = parse_tag(data[start:])
        raws = [frame.raw for frame in tag.frames]
        lost = [frame.raw for frame in tag.frames if frame.name == name][nth]
        raws.remove(lost)
        path.write_bytes(data[:start] + render_tag(tag, raws) + data[start + tag.size :])

    return harm


def add_frame(path):
    data = path.read_bytes()
    tag = parse_tag(data)
    more = [*(frame.raw for frame in tag.frames), frame(b"TMOO", b"\x00sad", 4)]
    path.write_bytes(render_tag(tag, more) + data[tag.size :])


def edited(change):
    def harm(path):
        file = mutagen.File(path)
        change(file)
        file.save()

    return harm


def lose_comment(key, nth=0):
    def change(file):
        file.tags.remove([pair for pair in file.tags if pair[0] == key][nth])

    return edited(change)


def swap(old, new):
    """The last place where these bytes stand."""

    def harm(path):
        head, tail = path.read_bytes().rsplit(old, 1)
        path.write_bytes(head + new + tail)

    return harm


def change_sound(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def move_sound(path):
    """The table of offsets says that the sound lies one byte further."""
    data = bytearray(path.read_bytes())
    at = data.index(b"stco") + 15
    data[at] ^= 1
    path.write_bytes(data)


def lose_the_end(path):
    path.write_bytes(path.read_bytes()[:-40])


def lose_chunk(name):
    def harm(path):
        data = bytearray(path.read_bytes())
        with path.open("rb") as file:
            found = read_chunks(file, len(data))
        chunk = next(chunk for chunk in found.chunks if chunk.name == name)
        length = chunk.end - chunk.start
        del data[chunk.start - 8 : chunk.end + length % 2]
        data[4:8] = (found.end - 8 - 8 - length - length % 2).to_bytes(4, found.order)
        path.write_bytes(data)

    return harm


def with_second_id3(kind):
    """Another program's tag behind the one that is edited, in a chunk of its own."""
    data = rich_chunks(kind)
    order, name = ("RIFF", b"ID3 ") if kind == "wav" else ("FORM", b"id3 ")
    data += chunk(name, id3_tag([frame(b"TIT2", b"\x00Second", 3)], 3), order)
    return data[:4] + (len(data) - 8).to_bytes(4, "little" if kind == "wav" else "big") + data[8:]


def opus_with_a_programs_own():
    """RFC 7845: where the first byte behind the comments is odd, all that follows must be kept."""
    page = OggPage.from_packets
    data = rich_opus(False)
    pages, file = [], io.BytesIO(data)
    while file.tell() < len(data):
        pages.append(OggPage(file))
    [comments] = OggPage.to_packets([pages[1]])
    pages[1] = page([comments.rstrip(b"\0") + b"\x01someone's own"], sequence=1)[0]
    pages[1].serial = pages[0].serial
    return b"".join(page.write() for page in pages)


def two_songs_in_one():
    """A chained Ogg file, as radio streams are: the second song has comments of its own."""
    data = rich_vorbis()
    second, file = b"", io.BytesIO(data)
    while file.tell() < len(data):
        page = OggPage(file)
        page.serial += 1
        second += page.write()
    return data + second


MP3, FLAC, OGG, OPUS, M4A = (
    ("a.mp3", lambda: rich_mp3(4)), ("a.flac", rich_flac), ("a.ogg", rich_vorbis), ("a.opus", lambda: rich_opus(False)),
    ("a.m4a", lambda: rich_m4a(False)),
)  # fmt: skip
PAGES = ("a.opus", lambda: rich_opus(True))
OGG_FLAC = ("a.oga", rich_ogg_flac)
WAV, AIFF = ("a.wav", lambda: rich_chunks("wav")), ("a.aiff", lambda: rich_chunks("aiff"))


@pytest.mark.parametrize(
    ("file", "harm"),
    [
        (MP3, change_sound),
        (MP3, lose_the_end),
        (MP3, lose_frame(b"TIT2")),
        (MP3, lose_frame(b"APIC", 1)),
        (MP3, lose_frame(b"CHAP")),
        (MP3, swap(b"second, same", b"another same")),
        (MP3, swap(b"Old title", b"New title")),
        (("a.mp3", lambda: bare_mp3() + v1_trailer()), add_frame),
        (("a.mp3", lambda: bare_mp3() + v1_trailer()), lose_frame(b"TALB")),
        (FLAC, change_sound),
        (FLAC, edited(lambda file: file.clear_pictures())),
        (FLAC, swap(PNG[-30:], PNG[-31:-1])),
        (FLAC, lose_comment("ARTIST", 1)),
        (FLAC, lose_comment("CHAPTER001")),
        (FLAC, swap(b"ourapp", b"theirs")),
        (OGG, change_sound),
        (OGG, lose_comment("artist")),
        (OGG, lose_comment("CHAPTER001NAME")),
        (OGG, swap(b"MOOD=", b"MOOT=")),
        (OGG, lose_the_end),
        (("a.ogg", two_songs_in_one), swap(b"CHAPTER001NAME=One", b"CHAPTER001NAME=Two")),
        (("a.ogg", lambda: rich_vorbis() + b"behind"), swap(b"behind", b"")),
        (OPUS, change_sound),
        (OPUS, lose_comment("TITLE")),
        (OPUS, lose_comment("CHAPTER001")),
        (PAGES, lose_comment("METADATA_BLOCK_PICTURE")),
        (PAGES, swap(b"QUJDQUJD", b"QUJDQUJE")),
        (("a.opus", opus_with_a_programs_own), swap(b"someone's", b"anybody's")),
        (OGG_FLAC, change_sound),
        (OGG_FLAC, lose_comment("TITLE")),
        (OGG_FLAC, lose_comment("METADATA_BLOCK_PICTURE")),
        (M4A, change_sound),
        (M4A, move_sound),
        (M4A, edited(lambda file: file.tags.pop("covr"))),
        (M4A, swap(PNG[-30:], PNG[-31:-1])),
        (M4A, edited(lambda file: file.tags.update({"\xa9ART": ["Ann"]}))),
        (M4A, edited(lambda file: file.tags.pop("----:com.apple.iTunes:MOOD"))),
        (M4A, swap(b"chpl", b"free")),
        (M4A, swap(b"\x03One", b"\x03Two")),
        (WAV, change_sound),
        (WAV, lose_chunk(b"LIST")),
        (WAV, lose_chunk(b"cue ")),
        (WAV, lose_frame(b"APIC")),
        (WAV, lose_frame(b"CHAP")),
        (("a.wav", lambda: rich_chunks("wav") + b"behind"), swap(b"behind", b"")),
        (("a.wav", lambda: with_second_id3("wav")), lose_chunk(b"ID3 ")),
        (AIFF, change_sound),
        (AIFF, lose_chunk(b"NAME")),
        (AIFF, lose_chunk(b"MARK")),
        (AIFF, lose_frame(b"APIC", 1)),
        (("a.aiff", lambda: with_second_id3("aiff")), lose_chunk(b"id3 ")),
    ],
)
def test_every_harm_is_found(tmp_path, file, harm):
    name, data = file
    path, copy = tmp_path / name, tmp_path / f"copy-{name}"
    path.write_bytes(data())
    kind, _ = kind_of(path)
    write_copy(path, kind, copy, ["Rock"], {"GENRE": ["Rock"]})
    prove_same(path, kind, copy)
    before = copy.read_bytes()
    harm(copy)
    assert copy.read_bytes() != before
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
