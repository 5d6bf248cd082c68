"""A file's sound without its tags: proof that writing tags changed nothing that is heard.

What is hashed is what a decoder would be given: the compressed packets with their times, and the codec's own header.
Titles and pictures are kept apart, so that a writer of tags can be held to those, too. Nothing is decoded.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from genrelens.audio.opening import decoder_errors, open_container
from genrelens.audio.sources import Limits, open_source
from genrelens.audio.tags import genre_tag
from genrelens.errors import AudioError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream

__all__ = ["Container", "SoundPrint", "container_of", "sound_print"]

_PATIENCE_PACKETS: Final = 10_000
_XIPH_HEADERS: Final = 3


@dataclass(frozen=True, slots=True)
class Container:
    """What a file is, in FFmpeg's words, the genre that it says it has ("" where it does not say), and its sha256."""

    format: str
    codec: str
    genre: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SoundPrint:
    """What must not change.

    Attributes:
        sound: sha256 of the packets of every track, with their times.
        pictures: sha256 of the attached pictures.
        texts: Every text that FFmpeg reads of file and tracks, by lower-case key.
    """

    sound: str
    pictures: str
    texts: Mapping[str, str]


def container_of(path: str | os.PathLike[str]) -> Container:
    """What a file is.

    Raises:
        AudioError: It cannot be opened or has no audio track.
    """
    with open_source(path, Limits()) as source, open_container(source) as container:
        if not container.streams.audio:
            raise AudioError("AUDIO_NO_TRACK", f"{source.name} has no audio track")
        context = container.streams.audio[0].codec_context
        # Streams that were cut off in their headers may come without a decoder, whatever the type stub says.
        codec = "" if context is None else context.codec.canonical_name
        return Container(container.format.name, codec, genre_tag(container), source.sha256)


def sound_print(path: str | os.PathLike[str]) -> SoundPrint:
    """The print of a file.

    Raises:
        AudioError: It cannot be opened, or its packets cannot be read.
    """
    with open_source(path, Limits()) as source, open_container(source) as container:
        sound, pictures = hashlib.sha256(), hashlib.sha256()
        for stream in container.streams:
            if not _is_picture(stream):
                sound.update(_header(stream))
        try:
            for number, packet in enumerate(container.demux()):
                if number % _PATIENCE_PACKETS == 0:
                    source.be_patient()
                if _is_picture(packet.stream):
                    pictures.update(bytes(packet))
                else:
                    facts = (packet.stream_index, packet.pts, packet.dts, packet.duration, packet.size)
                    sound.update(repr(facts).encode())
                    sound.update(bytes(packet))
        except decoder_errors() as error:
            raise AudioError("AUDIO_UNREADABLE", f"the packets of {source.name} cannot be read: {error}") from None
        return SoundPrint(sound.hexdigest(), pictures.hexdigest(), _texts(container))


def _is_picture(stream: Stream) -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)


def _header(stream: Stream) -> bytes:
    context = stream.codec_context
    extra = (getattr(context, "extradata", None) or b"") if context is not None else b""
    name = "" if context is None else context.name
    if "vorbis" in name:
        extra = _without_comments(extra)
    return repr((stream.type, name, stream.time_base, getattr(stream, "rate", None))).encode() + extra


def _without_comments(extra: bytes) -> bytes:
    """Vorbis keeps its tags in the second of the three headers that FFmpeg hands to the decoder."""
    if not extra.startswith(bytes([_XIPH_HEADERS - 1])):
        return extra
    at, sizes = 1, []
    for _ in range(_XIPH_HEADERS - 1):
        size = 0
        while extra[at : at + 1] == b"\xff":
            size, at = size + 255, at + 1
        size += int.from_bytes(extra[at : at + 1])
        at += 1
        sizes.append(size)
    first, comments = sizes
    return extra[at : at + first] + extra[at + first + comments :]


def _texts(container: InputContainer) -> dict[str, str]:
    texts = {key.lower(): value for key, value in container.metadata.items()}
    for stream in container.streams:
        texts.update({f"{stream.index}:{key.lower()}": value for key, value in stream.metadata.items()})
    return texts
