"""Proof that a copy with another genre differs from its file in nothing else. Reads for itself: no writer is asked.

Two readers look. This module lists, byte for byte, every frame, comment, atom, block and chunk that is not ours;
`audio.packets` hashes what FFmpeg would decode and compares every text and picture that it reads.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from genrelens.audio.packets import SoundPrint, sound_print
from genrelens.errors import TagError
from genrelens.workflows.tags import id3
from genrelens.workflows.tags.by_mutagen import FREEFORM, OURS
from genrelens.workflows.tags.chunks import read_chunks
from genrelens.workflows.tags.formats import Kind, is_our_frame, read_id3, v1_words

__all__ = ["others", "prove_same"]

_BLOCK: Final = 1 << 20
_MAX_ITEMS: Final = 100_000
_FLAC_COMMENTS, _FLAC_PADDING = 4, 1
_MP4_ROOMS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"meta", b"ilst"})
_MP4_PLACES: Final = frozenset({b"free", b"skip", b"stco", b"co64", b"tfhd", b"moof"})
"""Empty space, and numbers that say where the sound lies: they move with it, and FFmpeg's packets prove them."""
_MP4_TAGS: Final = b"/moov/udta/meta/ilst"
_MP4_GENRES: Final = frozenset({b"\xa9gen", b"gnre"})
_ROOM: Final = frozenset({"vendor", "behind the comments", str(b"/moov/udta/meta/hdlr")})
"""What comes with the first tag of FLAC and MP4."""
_OGG_HEAD: Final = 27
_OGG_UNENDED: Final = 255
"""The length of a piece of a packet that goes on."""
_OGG_MARKS: Final = {b"\x01vorbis": 7, b"OpusHead": 8, b"\x7fFLAC": 4}
"""How the first packet begins -> how many bytes stand before the comments in the second."""


def prove_same(path: Path, kind: Kind, copy: Path) -> None:
    """Whether sound, pictures and all tags but ours are the same.

    Raises:
        TagError: `TAGS_NOT_PROVEN`, with what differs; `TAGS_UNREADABLE`.
        AudioError: One of the two cannot be read.
        OSError: The same.
    """
    tag = read_id3(path, kind) if kind in ("mp3", "wav", "aiff") else None
    # A file with nothing but an old ID3v1 tag gets its words in the new tag, too.
    old_words = v1_words(path, tag) if tag is not None and kind == "mp3" else []
    before = others(path, kind) + Counter(("frame", frame) for frame in old_words)
    after = others(copy, kind)
    # A file without any tags gets room for some.
    room = _ROOM - {what for what, _ in before}
    if before - after or any(what not in room for what, _ in after - before):
        raise _differs("other tags or the sound")
    heard, told = sound_print(path), sound_print(copy)
    if heard.sound != told.sound:
        raise _differs("the packets of the sound")
    if tag is not None and tag.resynced:
        # FFmpeg loses its way in these old tags, and finds it in the new one.
        return
    if heard.pictures != told.pictures:
        raise _differs("the pictures")
    # FFmpeg knows the old words cut off, and in one alphabet; they were compared above.
    if not old_words and _foreign(heard) != _foreign(told):
        raise _differs("the texts")


def others(path: Path, kind: Kind) -> Counter[tuple[str, bytes]]:
    """Everything in a file that is neither its genre nor ours nor empty space: (what, its bytes or their sha256)."""
    with path.open("rb") as file:
        size = path.stat().st_size
        if kind in ("wav", "aiff"):
            return Counter([*_frames(path, kind), *_chunks(file, size, read_id3(path, kind).size)])
        if kind == "mp3":
            start = read_id3(path, kind).size
            return Counter([*_frames(path, kind), ("sound", _digest(file, start, size))])
        if kind == "mp4":
            return Counter(_atoms(file, 0, size, b""))
        if kind == "flac":
            return Counter(_blocks(file, size))
        return Counter(_ogg(file, size))


def _frames(path: Path, kind: Kind) -> Iterator[tuple[str, bytes]]:
    tag = read_id3(path, kind)
    for frame in tag.frames:
        if not is_our_frame(tag, frame):
            yield "frame", frame.raw


def _chunks(file: BinaryIO, size: int, tag_size: int) -> Iterator[tuple[str, bytes]]:
    """The chunks of WAV and AIFF, without the tag that is edited, and what lies behind them."""
    found = read_chunks(file, size)
    for chunk in found.chunks:
        if chunk is not found.id3:
            yield str(chunk.name), _digest(file, chunk.start, chunk.end)
    if found.id3 is not None:
        file.seek(found.id3.start + tag_size)
        if behind := file.read(max(0, found.id3.end - file.tell())).rstrip(b"\0"):
            yield "behind the tag", behind
    yield "behind the chunks", _digest(file, found.end, size)


def _blocks(file: BinaryIO, size: int) -> Iterator[tuple[str, bytes]]:
    """The metadata blocks of FLAC, then its sound."""
    lead = id3.size_of(file.read(id3.HEADER_BYTES))
    file.seek(0)
    tag = id3.parse_tag(file.read(lead))
    at = tag.size if tag else 0
    yield "before", _digest(file, 0, at)
    file.seek(at)
    if file.read(4) != b"fLaC":
        raise _unreadable("FLAC")
    at, last = at + 4, False
    while not last:
        file.seek(at)
        head = file.read(4)
        length = int.from_bytes(head[1:4])
        if len(head) < 4 or at + 4 + length > size:
            raise _unreadable("FLAC")
        last, block = bool(head[0] & 0x80), head[0] & 0x7F
        if block == _FLAC_COMMENTS:
            yield from _comments(file.read(length))
        elif block != _FLAC_PADDING:
            yield f"block {block}", _digest(file, at + 4, at + 4 + length)
        at += 4 + length
    yield "sound", _digest(file, at, size)


def _comments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Vorbis comments that are not ours; lengths that lie are an error."""
    vendor = int.from_bytes(data[:4], "little")
    yield "vendor", data[4 : 4 + vendor]
    at = 4 + vendor
    count = int.from_bytes(data[at : at + 4], "little")
    at += 4
    if count > _MAX_ITEMS:
        raise _unreadable("Vorbis comment")
    for _ in range(count):
        length = int.from_bytes(data[at : at + 4], "little")
        entry = data[at + 4 : at + 4 + length]
        if len(entry) < length:
            raise _unreadable("Vorbis comment")
        key = entry.split(b"=", 1)[0].upper()
        if key != b"GENRE" and not key.startswith(OURS.encode()):
            yield "comment", entry
        at += 4 + length
    # Zeros are room for more; anything else is some program's own.
    yield "behind the comments", data[at:].rstrip(b"\0")


def _ogg(file: BinaryIO, size: int) -> Iterator[tuple[str, bytes]]:
    """The comments of the first track (the second packet of its stream), all of its other packets, all other pages."""
    serial, offset, number = b"", 0, 0
    comments, rest = bytearray(), hashlib.sha256()
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(_OGG_HEAD)
        if len(head) < _OGG_HEAD or head[:4] != b"OggS":
            break
        lacing = file.read(head[26])
        body = file.read(sum(lacing))
        at += len(head) + len(lacing) + len(body)
        if not serial:
            found = [length for mark, length in _OGG_MARKS.items() if body.startswith(mark)]
            serial, offset = (head[14:18], found[0]) if found else (b"", 0)
        if head[14:18] != serial:
            rest.update(head + lacing + body)
            continue
        if any(head[6:14]):
            # When it sounds. Pages of headers say 0, and may be more or fewer; numbers and checksums differ with them.
            rest.update(head[6:14])
        start = 0
        for length in lacing:
            if number == 1:
                comments += body[start : start + length]
            else:
                rest.update(bytes([length]) + body[start : start + length])
            start += length
            number += length < _OGG_UNENDED
    if number < 2:
        raise _unreadable("Ogg")
    yield from _comments(bytes(comments[offset:]))
    yield "packets", rest.digest()
    yield "behind the pages", _digest(file, at, size)


def _atoms(file: BinaryIO, start: int, end: int, room: bytes) -> Iterator[tuple[str, bytes]]:
    """Atoms of MP4 to the bottom: (path, sha256 of the content), without ours, empty space and offsets."""
    at = start
    while at + 8 <= end:
        file.seek(at)
        size, name, head = int.from_bytes(file.read(4)), file.read(4), 8
        if size == 1:
            size, head = int.from_bytes(file.read(8)), 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            raise _unreadable("MP4")
        inside, path = at + head, room + b"/" + name
        if room == _MP4_TAGS and _is_our_atom(file, name, inside, at + size):
            pass
        elif name in _MP4_ROOMS and path.count(b"/") <= len(_MP4_ROOMS):
            # "meta" has a version and flags before its atoms; QuickTime leaves them out.
            file.seek(inside)
            skip = 4 if name == b"meta" and file.read(8)[4:] != b"hdlr" else 0
            yield from _atoms(file, inside + skip, at + size, path)
        elif name not in _MP4_PLACES:
            yield str(path), _digest(file, inside, at + size)
        at += size


def _is_our_atom(file: BinaryIO, name: bytes, start: int, end: int) -> bool:
    if name != b"----":
        return name in _MP4_GENRES
    file.seek(start)
    content = file.read(min(end - start, 1024))
    mean = int.from_bytes(content[:4])
    return content[12:mean] == FREEFORM.split(":")[1].encode()


def _digest(file: BinaryIO, start: int, end: int) -> bytes:
    digest, left = hashlib.sha256(), end - start
    file.seek(start)
    while left and (block := file.read(min(left, _BLOCK))):
        left -= len(block)
        digest.update(block)
    return digest.digest()


def _foreign(print_: SoundPrint) -> dict[str, str]:
    """Texts by key, without the genre and ours."""

    def foreign(key: str) -> bool:
        # The key of a track's text begins with its number.
        bare = key.split(":", 1)[-1]
        return bare != "genre" and not bare.startswith(OURS.lower())

    return {key: value for key, value in print_.texts.items() if foreign(key)}


def _differs(what: str) -> TagError:
    return TagError("TAGS_NOT_PROVEN", f"a copy with the new genre would differ in more: {what}")


def _unreadable(what: str) -> TagError:
    return TagError("TAGS_UNREADABLE", f"the {what} structure of the file cannot be followed")
