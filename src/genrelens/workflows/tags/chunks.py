"""WAV and AIFF as chunks: where the ID3 tag stands, or where one can be put. Every other chunk is left as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

from genrelens.errors import TagError

__all__ = ["Chunk", "Chunks", "read_chunks"]

_HEAD: Final = 8
_FORM: Final = 12
_MAX_CHUNKS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: its name, and where its content begins and ends in the file."""

    name: bytes
    start: int
    end: int

    @property
    def is_id3(self) -> bool:
        """Whether it holds an ID3 tag."""
        return self.name.lower() == b"id3 "


@dataclass(frozen=True, slots=True)
class Chunks:
    """The chunks of a file, where they end, and how numbers are written."""

    order: Literal["little", "big"]
    chunks: tuple[Chunk, ...]
    end: int

    @property
    def id3(self) -> Chunk | None:
        """The first chunk that holds an ID3 tag."""
        return next((chunk for chunk in self.chunks if chunk.is_id3), None)

    def edits(self, tag: bytes) -> list[tuple[int, int, bytes]]:
        """(start, end, new bytes) that put an ID3 tag into the file."""
        name = b"id3 " if self.order == "little" else b"ID3 "
        fresh = tag + bytes(len(tag) % 2)
        found = self.id3
        if found is None:
            pad = bytes(self.end % 2)
            start = end = self.end
            new = pad + name + len(tag).to_bytes(4, self.order) + fresh
        else:
            start, end = found.start - _HEAD, min(found.end + (found.end - found.start) % 2, self.end)
            new = found.name + len(tag).to_bytes(4, self.order) + fresh
        size = self.end - _HEAD + len(new) - (end - start)
        if size >= 1 << 32:
            raise _broken("it would grow over 4 GB")
        return [(4, 8, size.to_bytes(4, self.order)), (start, end, new)]


def read_chunks(handle: BinaryIO, size: int) -> Chunks:
    """The chunks of an open file of `size` bytes.

    Raises:
        TagError: `TAGS_UNREADABLE` where the chunks do not add up: a length that lies, or a file that was cut off.
    """
    handle.seek(0)
    head = handle.read(_FORM)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        order: Literal["little", "big"] = "little"
    elif head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        order = "big"
    else:
        raise _broken("it begins like no WAV or AIFF file")
    end = int.from_bytes(head[4:8], order) + _HEAD
    if end > size:
        raise _broken("it is shorter than it says")
    chunks: list[Chunk] = []
    at = _FORM
    while at + _HEAD <= end:
        handle.seek(at)
        name, length = handle.read(4), int.from_bytes(handle.read(4), order)
        start = at + _HEAD
        if start + length > end or len(chunks) >= _MAX_CHUNKS:
            raise _broken(f"the chunk {name!r} is longer than the file")
        chunks.append(Chunk(name, start, start + length))
        at = start + length + length % 2
    return Chunks(order, tuple(chunks), end)


def _broken(what: str) -> TagError:
    return TagError("TAGS_UNREADABLE", f"the file's chunks cannot be trusted: {what}")
