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
from genrelens.workflows.tags.formats import Kind, is_our_frame, read_id3

__all__ = ["others", "prove_same"]

_BLOCK: Final = 1 << 20
_MAX_ITEMS: Final = 100_000
_FLAC_COMMENTS, _FLAC_PADDING = 4, 1
_MP4_ROOMS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"meta", b"ilst"})
_MP4_PLACES: Final = frozenset({b"free", b"skip", b"stco", b"co64", b"tfhd", b"moof"})
"""Empty space, and numbers that say where the sound lies: they move with it, and FFmpeg's packets prove them."""
_MP4_GENRES: Final = frozenset({b"\xa9gen", b"gnre"})
_OGG_HEAD: Final = 27
_OGG_MARKS: Final = {b"\x01vorbis": 7, b"OpusHead": 8, b"\x7fFLAC": 4}
"""How the first packet begins -> how many bytes stand before the comments in the second."""


def prove_same(path: Path, kind: Kind, copy: Path) -> None:
    """Whether sound, pictures and all tags but ours are the same.

    Raises:
        TagError: `TAGS_NOT_PROVEN`, with what differs; `TAGS_UNREADABLE`.
        AudioError: One of the two cannot be read.
        OSError: The same.
    """
    before, after = others(path, kind), others(copy, kind)
    # A file with nothing but an old ID3v1 tag gets its words in the new tag, too.
    tag = read_id3(path, kind) if kind in ("mp3", "wav", "aiff") else None
    fresh = kind == "mp3" and tag is not None and not tag.size
    missing, more = before - after, after - before
    if missing or (more and not fresh):
        raise _differs("other tags or the sound")
    heard, told = sound_print(path), sound_print(copy)
    if heard.sound != told.sound:
        raise _differs("the packets of the sound")
    if tag is not None and tag.resynced:
        # FFmpeg loses its way in these old tags, and finds it in the new one.
        return
    if heard.pictures != told.pictures:
        raise _differs("the pictures")
    if not fresh and _foreign(heard) != _foreign(told):
        raise _differs("the texts")


def others(path: Path, kind: Kind) -> Counter[tuple[str, bytes]]:
    """Everything in a file that is neither its genre nor ours nor empty space: (what, its bytes or their sha256)."""
    with path.open("rb") as file:
        size = path.stat().st_size
        if kind in ("wav", "aiff"):
            chunks = [chunk for chunk in read_chunks(file, size).chunks if not chunk.is_id3]
            return Counter([*_frames(path, kind), *((str(c.name), _digest(file, c.start, c.end)) for c in chunks)])
        if kind == "mp3":
            start = read_id3(path, kind).size
            return Counter([*_frames(path, kind), ("sound", _digest(file, start, size))])
        if kind == "mp4":
            return Counter(_atoms(file, 0, size, b""))
        if kind == "flac":
            return Counter(_blocks(file, size))
        return Counter(_ogg_comments(file))


def _frames(path: Path, kind: Kind) -> Iterator[tuple[str, bytes]]:
    tag = read_id3(path, kind)
    for frame in tag.frames:
        if not is_our_frame(tag, frame):
            yield "frame", frame.raw


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


def _ogg_comments(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """The comments of the first track, from the second packet of its stream."""
    packets: list[bytearray] = []
    serial, offset, whole = b"", 0, True
    while len(packets) < 2 or not whole:
        head = file.read(_OGG_HEAD)
        if len(head) < _OGG_HEAD or head[:4] != b"OggS":
            raise _unreadable("Ogg")
        lacing = file.read(head[26])
        body = file.read(sum(lacing))
        if not serial:
            found = [length for mark, length in _OGG_MARKS.items() if body.startswith(mark)]
            if not found:
                continue
            serial, offset = head[14:18], found[0]
        if head[14:18] != serial:
            continue
        at = 0
        for size in lacing:
            if whole:
                if len(packets) == 2:
                    break
                packets.append(bytearray())
            packets[-1] += body[at : at + size]
            at += size
            whole = size < 255
    yield from _comments(bytes(packets[1][offset:]))


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
        if room.endswith(b"/ilst") and _is_our_atom(file, name, inside, at + size):
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
    """Texts by key, without the genre and ours; the key of a track's text begins with its number."""
    bare = {key: key.split(":", 1)[-1] for key in print_.texts}
    return {
        key: value
        for key, value in print_.texts.items()
        if bare[key] != "genre" and not bare[key].startswith(OURS.lower())
    }


def _differs(what: str) -> TagError:
    return TagError("TAGS_NOT_PROVEN", f"a copy with the new genre would differ in more: {what}")


def _unreadable(what: str) -> TagError:
    return TagError("TAGS_UNREADABLE", f"the {what} structure of the file cannot be followed")
