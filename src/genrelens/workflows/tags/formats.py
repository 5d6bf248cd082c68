"""Where the genre of a file stands, whose word it is, and how a copy with another genre is made: for each kind of file.

ID3 (mp3, wav, aiff) is edited as bytes (`id3.py`), FLAC, Ogg and MP4 through mutagen (`by_mutagen.py`); anything
else gets a sidecar `NAME.genrelens.json`. Beside the genre we write `GENRELENS_...` tags, so that our own word is known
again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, cast

from genrelens.audio.packets import Container, container_of
from genrelens.errors import TagError
from genrelens.workflows.tags import id3
from genrelens.workflows.tags.by_mutagen import (
    OURS,
    MutagenKind,
    genre_names,
    read_ape_genre,
    read_values,
    write_values,
)
from genrelens.workflows.tags.chunks import read_chunks
from genrelens.workflows.tags.files import lone_file

__all__ = [
    "SIDECAR_SUFFIX",
    "Kind",
    "Standing",
    "is_our_frame",
    "kind_of",
    "read_id3",
    "read_standing",
    "sidecar_of",
    "v1_words",
    "write_copy",
]

Kind = Literal["mp3", "wav", "aiff", "flac", "ogg vorbis", "ogg opus", "ogg flac", "mp4", "sidecar"]
SIDECAR_SUFFIX: Final = ".genrelens.json"
SIDECAR_FORMAT: Final = 1
_MAX_SIDECAR_BYTES: Final = 1 << 20
_OGG: Final[Mapping[str, Kind]] = {"vorbis": "ogg vorbis", "opus": "ogg opus", "flac": "ogg flac"}
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Standing:
    """What a file says.

    Attributes:
        kind: How it is written.
        place: The same for people: `ID3v2.3`, `Vorbis comment`, `MP4`, `sidecar`.
        sha256: Of the file's bytes.
        genres: That stand there, in order.
        facts: Our own tags, name without `GENRELENS_` -> values; empty where we never wrote.
    """

    kind: Kind
    place: str
    sha256: str
    genres: tuple[str, ...] = ()
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def ours(self) -> tuple[str, ...]:
        """The genres that we wrote and nobody touched since."""
        return self._fact("GENRE") if self._untouched else ()

    @property
    def persons(self) -> tuple[str, ...]:
        """The genres that a person, or another program, wrote."""
        return self._fact("KEPT") if self._untouched else self.genres

    @property
    def _untouched(self) -> bool:
        # Joined, because versions of ID3 before 2.4 hold one text.
        written = self._fact("KEPT") + self._fact("GENRE")
        return bool(self._fact("GENRE")) and "/".join(written) == "/".join(self.genres)

    def _fact(self, name: str) -> tuple[str, ...]:
        return self.facts.get(name, ())


def sidecar_of(path: Path) -> Path:
    """Where the genre of a file goes that cannot hold it."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def kind_of(path: Path) -> tuple[Kind, Container]:
    """How a file's tags are written, and what FFmpeg says of it.

    Raises:
        AudioError: It cannot be opened as audio.
    """
    container = container_of(path)
    with path.open("rb") as file:
        head = file.read(12)
    names = container.format.split(",")
    kind: Kind = "sidecar"
    if names == ["mp3"]:
        kind = "mp3"
    elif (names == ["wav"] and head[:4] == b"RIFF") or names == ["aiff"]:
        kind = cast(Kind, names[0])
    elif names == ["flac"]:
        kind = "flac"
    elif names == ["ogg"]:
        kind = _OGG.get(container.codec, "sidecar")
    elif "mp4" in names and head[4:8] == b"ftyp" and head[8:12] != b"qt  ":
        kind = "mp4"
    return kind, container


def read_standing(path: Path) -> Standing:
    """What a file says its genre is, and whose word that is.

    Raises:
        AudioError: It cannot be opened as audio.
        TagError: Its tags cannot be read.
        OSError: The file cannot be read.
    """
    kind, container = kind_of(path)
    if kind == "sidecar":
        place, values = "sidecar", _sidecar_values(_read_sidecar(sidecar_of(path)))
    elif kind in ("mp3", "wav", "aiff"):
        tag = read_id3(path, kind)
        place, values = f"ID3v2.{tag.version}", _id3_values(tag)
    else:
        place = "MP4" if kind == "mp4" else "Vorbis comment"
        values = read_values(path, cast(MutagenKind, kind))
    genres = _clean(values.get("GENRE", []))
    if not genres:
        # Where we do not write: a RIFF list, an ID3v1 or APE tag, a container that gets a sidecar.
        others = read_ape_genre(path) if kind == "mp3" else []
        genres = _clean([container.genre] if container.genre else others)
    facts = {name.removeprefix(OURS): _clean(texts) for name, texts in values.items() if name.startswith(OURS)}
    return Standing(kind, place, container.sha256, genres, facts)


def write_copy(path: Path, kind: Kind, copy: Path, genres: Sequence[str], facts: Mapping[str, Sequence[str]]) -> None:
    """A copy of a file with these genres and our tags in the place of those that stand there.

    Args:
        path: Of the file; it is only read.
        kind: Of the file.
        copy: An empty file; for a sidecar it becomes that.
        genres: In order.
        facts: Our tags, name without `GENRELENS_` -> values.

    Raises:
        TagError: The tags cannot be read.
        OSError: The copy cannot be written.
    """
    named = {OURS + name: values for name, values in facts.items()}
    if kind == "sidecar":
        standing = _read_sidecar(sidecar_of(path))
        content = {name: value for name, value in standing.items() if not name.startswith(OURS)}
        content.update(format=SIDECAR_FORMAT, file=path.name, GENRE=list(genres), **named)
        copy.write_text(json.dumps(content, indent=1, ensure_ascii=True) + "\n", encoding="ascii")
        return
    if kind not in ("mp3", "wav", "aiff"):
        shutil.copyfile(path, copy)
        write_values(copy, cast(MutagenKind, kind), genres, named)
        return
    tag = read_id3(path, kind)
    frames = [frame.raw for frame in tag.frames if not is_our_frame(tag, frame)]
    if kind == "mp3":
        frames += v1_words(path, tag)
    with path.open("rb") as file:
        frames.append(id3.text_frame(tag, genres))
        frames += [id3.text_frame(tag, values, custom=name) for name, values in named.items()]
        rendered = id3.render_tag(tag, frames)
        whole = [(0, tag.size, rendered)]
        edits = whole if kind == "mp3" else read_chunks(file, path.stat().st_size).edits(rendered)
        with copy.open("wb") as target:
            _splice(file, target, edits)


def read_id3(path: Path, kind: Kind) -> id3.Id3Tag:
    """The ID3v2 tag of an mp3, WAV or AIFF file; an empty one of version 2.4 where it has none.

    Raises:
        TagError: `TAGS_UNREADABLE`.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        start, end = 0, path.stat().st_size
        if kind != "mp3":
            chunk = read_chunks(file, end).id3
            if chunk is None:
                return id3.Id3Tag()
            start, end = chunk.start, chunk.end
        file.seek(start)
        size = id3.size_of(file.read(id3.HEADER_BYTES))
        file.seek(start)
        tag = id3.parse_tag(file.read(min(size, end - start)))
        if tag is None and kind != "mp3":
            raise TagError("TAGS_UNREADABLE", "the chunk for an ID3 tag holds none")
        return tag or id3.Id3Tag()


def v1_words(path: Path, tag: id3.Id3Tag) -> list[bytes]:
    """The words of an mp3's old ID3v1 tag as frames for `tag`, where that is new and would hide them.

    Raises:
        OSError: The file cannot be read.
    """
    if tag.size:
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - id3.V1_BYTES))
        return id3.v1_frames(tag, file.read(id3.V1_BYTES))


def _id3_values(tag: id3.Id3Tag) -> dict[str, list[str]]:
    values = {name: texts for name, texts in id3.custom_texts(tag).items() if name.startswith(OURS)}
    genres = [frame for frame in tag.frames if frame.name == id3.GENRE[tag.version]]
    return {
        **values,
        "GENRE": [name for frame in genres for text in id3.texts_of(frame) for name in genre_names(text)],
    }


def is_our_frame(tag: id3.Id3Tag, frame: id3.Frame) -> bool:
    """Whether a frame is the genre or one of our own."""
    if frame.name == id3.GENRE[tag.version]:
        return True
    return frame.name == id3.CUSTOM[tag.version] and "".join(id3.texts_of(frame)[:1]).startswith(OURS)


def _splice(file: BinaryIO, target: BinaryIO, edits: Sequence[tuple[int, int, bytes]]) -> None:
    """Copy a file with (start, end, new bytes) in their places, ascending."""
    at = 0
    for start, end, new in edits:
        file.seek(at)
        left = start - at
        while left and (block := file.read(min(left, _BLOCK))):
            left -= len(block)
            target.write(block)
        target.write(new)
        at = end
    file.seek(at)
    shutil.copyfileobj(file, target, _BLOCK)


def _read_sidecar(path: Path) -> dict[str, Any]:
    """What a sidecar of ours holds, and whatever a person added to it; nothing where there is none."""
    try:
        lone_file(path)
        with path.open("rb") as file:
            content = json.loads(file.read(_MAX_SIDECAR_BYTES))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or content.get("format") != SIDECAR_FORMAT:
        raise TagError("TAGS_UNREADABLE", f"{path.name} is there and is no sidecar of ours")
    return content


def _sidecar_values(content: Mapping[str, Any]) -> dict[str, list[str]]:
    lists = {name: [value] if isinstance(value, str) else value for name, value in content.items()}
    return {name: [str(value) for value in values] for name, values in lists.items() if isinstance(values, list)}


def _clean(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(value for value in values if value.strip())
