"""ID3v2 tags as bytes: find the frames, take ours out, put new ones in, and copy every other frame as it stands.

mutagen reads a tag into objects and writes these again, which merges frames that are there twice (two covers without
a description), drops what it cannot read and changes encodings. To leave a person's frames alone means to copy their
bytes, so this is done here; versions 2.2, 2.3 and 2.4 stay what they are.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from genrelens.errors import TagError

__all__ = [
    "CUSTOM",
    "GENRE",
    "HEADER_BYTES",
    "V1_BYTES",
    "Frame",
    "Id3Tag",
    "custom_texts",
    "parse_tag",
    "render_tag",
    "size_of",
    "text_frame",
    "texts_of",
    "v1_frames",
]

HEADER_BYTES: Final = 10
_UNSYNC, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10
_PADDING: Final = 1024
"""Left free behind the frames of a tag that had to grow, so that the next change moves no sound."""
V1_BYTES: Final = 128
_FRAME_COMPRESSED, _FRAME_ENCRYPTED, _FRAME_UNSYNC, _FRAME_LENGTH = 0x08, 0x04, 0x02, 0x01
_NAME: Final = {2: re.compile(rb"[A-Z0-9]{3}"), 3: re.compile(rb"[A-Z0-9]{4}"), 4: re.compile(rb"[A-Z0-9]{4}")}
GENRE: Final = {2: b"TCO", 3: b"TCON", 4: b"TCON"}
CUSTOM: Final = {2: b"TXX", 3: b"TXXX", 4: b"TXXX"}
_CODINGS: Final = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its name, its bytes with the frame's header, and its content."""

    name: bytes
    raw: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class Id3Tag:
    """A tag.

    Attributes:
        version: 2, 3 or 4.
        frames: In order.
        size: Bytes of the file that it takes, with padding; 0 where it is new.
        unsync: Whether frames carry bytes that keep players from taking them for sound (version 2.4).
        resynced: Whether the whole tag did; the frames here do not (versions before 2.4).
        plain_sizes: Whether a tag of version 2.4 writes sizes as 2.3 does.
    """

    version: int = 4
    frames: tuple[Frame, ...] = ()
    size: int = 0
    unsync: bool = False
    resynced: bool = False
    plain_sizes: bool = False


def parse_tag(data: bytes) -> Id3Tag | None:
    """The tag at the start of `data`; None where there is none.

    Raises:
        TagError: `TAGS_UNREADABLE`: there is one, but not every byte of it can be accounted for.
    """
    head = data[:HEADER_BYTES]
    if len(head) < HEADER_BYTES or not head.startswith(b"ID3"):
        return None
    version, flags = head[3], head[5]
    size = _syncsafe(head[6:10])
    if version not in _NAME or size is None or HEADER_BYTES + size > len(data):
        raise _broken("its header is damaged or of an unknown version")
    body = data[HEADER_BYTES : HEADER_BYTES + size]
    footer = HEADER_BYTES if version == 4 and flags & _FOOTER else 0
    unsync = bool(flags & _UNSYNC)
    if unsync and version < 4:
        body = _resynced(body)
    if version == 2 and flags & _EXTENDED:
        raise _broken("it is compressed as a whole")
    if flags & _EXTENDED:
        body = body[_extended_size(body, version) :]
    plain, frames = False, _walk(body, version, plain=False)
    if frames is None and version == 4:
        # iTunes once wrote sizes of version 2.3 into tags of version 2.4.
        plain, frames = True, _walk(body, version, plain=True)
    if frames is None:
        raise _broken("what follows its frames is neither a frame nor empty")
    later = version == 4
    return Id3Tag(
        version, tuple(frames), HEADER_BYTES + size + footer, unsync and later, unsync and not later, plain_sizes=plain
    )


def size_of(head: bytes) -> int:
    """How many bytes a tag says that it takes, header included; no more than the header where there is none."""
    size = _syncsafe(head[6:10]) if head.startswith(b"ID3") else None
    return HEADER_BYTES + (size or 0)


def render_tag(tag: Id3Tag, frames: Iterable[bytes]) -> bytes:
    """The bytes of a tag with these frames, of the same size where they fit."""
    body = b"".join(frames)
    room = tag.size - HEADER_BYTES
    if room < len(body):
        room = len(body) + _PADDING
    if room >= 1 << 28:
        raise _broken("it would grow over 256 MB")
    flags = _UNSYNC if tag.unsync else 0
    head = b"ID3" + bytes([tag.version, 0, flags]) + _to_syncsafe(room)
    return head + body + bytes(room - len(body))


def text_frame(tag: Id3Tag, values: Sequence[str], *, custom: str = "") -> bytes:
    """A genre frame, or a custom text frame of that description.

    Versions before 2.4 hold one value a frame: several are joined with "/", as Picard does.
    """
    text = "\0".join(values) if tag.version == 4 else "/".join(values)
    whole = f"{custom}\0{text}" if custom else text
    if tag.version == 4:
        content = b"\x03" + whole.encode("utf-8", "replace")
    elif whole.isascii():
        content = b"\x00" + whole.encode("ascii")
    else:
        parts = [part.encode("utf-16-le", "replace") for part in whole.split("\0")]
        content = b"\x01" + b"\0\0".join(b"\xff\xfe" + part for part in parts)
    return _frame(tag, (CUSTOM if custom else GENRE)[tag.version], content)


def texts_of(frame: Frame) -> list[str]:
    """The texts of a text frame; what cannot be decoded is replaced."""
    coding = _CODINGS.get(frame.content[0]) if frame.content else None
    if coding is None:
        return []
    values, bom = [], b""
    for part in _split(frame.content[1:], wide=coding.startswith("utf-16")):
        if coding == "utf-16":
            # Later values may come without a byte order mark of their own.
            bom = part[:2] if part[:2] in (b"\xff\xfe", b"\xfe\xff") else bom
            rest = part[2:] if part[:2] == bom else part
            values.append(rest.decode("utf-16-be" if bom == b"\xfe\xff" else "utf-16-le", "replace"))
        else:
            values.append(part.decode(coding, "replace"))
    while values and not values[-1]:
        values.pop()
    return values


def v1_frames(tag: Id3Tag, data: bytes) -> list[bytes]:
    """What an ID3v1 trailer says, as frames: a player that finds a newer tag does not look at the old one any more.

    The genre is left out: it is the caller's business.
    """
    trailer = data[-V1_BYTES:]
    if len(trailer) < V1_BYTES or not trailer.startswith(b"TAG"):
        return []
    fields = {b"TIT2": trailer[3:33], b"TPE1": trailer[33:63], b"TALB": trailer[63:93], b"TDRC": trailer[93:97]}
    comment = trailer[97:127]
    if comment[28] == 0 and comment[29]:
        fields[b"TRCK"] = str(comment[29]).encode()
        comment = comment[:28]
    contents = {name: b"\x00" + _v1_text(value) for name, value in fields.items() if _v1_text(value)}
    if _v1_text(comment):
        contents[b"COMM"] = b"\x00XXX\x00" + _v1_text(comment)
    return [_frame(tag, name, content) for name, content in contents.items()]


def custom_texts(tag: Id3Tag) -> Mapping[str, list[str]]:
    """Description -> values of the custom text frames."""
    found = {}
    for frame in tag.frames:
        if frame.name == CUSTOM[tag.version] and (texts := texts_of(frame)):
            found[texts[0]] = texts[1:]
    return found


def _v1_text(value: bytes) -> bytes:
    return value.split(b"\0", 1)[0].rstrip(b" ")


def _walk(body: bytes, version: int, *, plain: bool) -> list[Frame] | None:
    """The frames up to the padding; None where something else stands there."""
    frames, at = [], 0
    head = 6 if version == 2 else HEADER_BYTES
    while at + head <= len(body) and body[at]:
        name = body[at : at + (3 if version == 2 else 4)]
        sizes = body[at + len(name) : at + 2 * len(name)]
        size = _syncsafe(sizes) if version == 4 and not plain else int.from_bytes(sizes)
        if not _NAME[version].fullmatch(name) or size is None or at + head + size > len(body):
            return None
        flags = 0 if version == 2 else body[at + 9]
        content = body[at + head : at + head + size]
        frames.append(Frame(name, body[at : at + head + size], _content(content, version, flags)))
        at += head + size
    return frames if not any(body[at:]) else None


def _content(content: bytes, version: int, flags: int) -> bytes:
    """Without the frame's own packing; as it stands where that cannot be undone."""
    if version == 4:
        if flags & _FRAME_ENCRYPTED:
            return content
        if flags & _FRAME_LENGTH:
            content = content[4:]
        if flags & _FRAME_UNSYNC:
            content = _resynced(content)
        packed = flags & _FRAME_COMPRESSED
    else:
        packed = version == 3 and flags & 0x80
        content = content[4:] if packed else content
    if not packed:
        return content
    try:
        return zlib.decompressobj().decompress(content, 1 << 20)
    except zlib.error:
        return content


def _frame(tag: Id3Tag, name: bytes, content: bytes) -> bytes:
    if tag.version == 2:
        return name + len(content).to_bytes(3) + content
    small = tag.version == 3 or tag.plain_sizes
    return name + (len(content).to_bytes(4) if small else _to_syncsafe(len(content))) + b"\0\0" + content


def _extended_size(body: bytes, version: int) -> int:
    if _NAME[version].fullmatch(body[:4]):
        # Some writers set the flag and write no such header.
        return 0
    if version == 3:
        return 4 + int.from_bytes(body[:4])
    return _syncsafe(body[:4]) or 0


def _resynced(data: bytes) -> bytes:
    return data.replace(b"\xff\x00", b"\xff")


def _syncsafe(data: bytes) -> int | None:
    if len(data) != 4 or any(byte & 0x80 for byte in data):
        return None
    return data[0] << 21 | data[1] << 14 | data[2] << 7 | data[3]


def _to_syncsafe(value: int) -> bytes:
    return bytes([value >> 21 & 0x7F, value >> 14 & 0x7F, value >> 7 & 0x7F, value & 0x7F])


def _split(data: bytes, *, wide: bool) -> list[bytes]:
    if not wide:
        return data.split(b"\0")
    parts, start = [], 0
    for at in range(0, len(data) - 1, 2):
        if data[at : at + 2] == b"\0\0":
            parts.append(data[start:at])
            start = at + 2
    return [*parts, data[start:]]


def _broken(what: str) -> TagError:
    return TagError("TAGS_UNREADABLE", f"the ID3 tag cannot be trusted: {what}")
