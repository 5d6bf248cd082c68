"""Tags of FLAC, Ogg and MP4 through mutagen (GPL, an extra that a person chooses). The only module that imports it.

mutagen on a broken file raises whatever comes to its mind; here all of it becomes one error of ours.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from genrelens.errors import GenreLensError, TagError

if TYPE_CHECKING:
    from mutagen import FileType

__all__ = ["FREEFORM", "OURS", "MutagenKind", "genre_names", "read_ape_genre", "read_values", "write_values"]

MutagenKind = Literal["flac", "ogg vorbis", "ogg opus", "ogg flac", "mp4"]
OURS: Final = "GENRELENS_"
"""What the names of our own tags begin with."""
FREEFORM: Final = "----:com.genrelens:"
_MP4_GENRE: Final = "\xa9gen"


def read_values(path: Path, kind: MutagenKind) -> dict[str, list[str]]:
    """`GENRE` and our own tags -> their values.

    Raises:
        TagError: `TAGS_NOT_INSTALLED`, `TAGS_UNREADABLE`.
    """
    with _expected():
        tags: Any = _opened(path, kind).tags
        if tags is None:
            return {}
        if kind == "mp4":
            found = {"GENRE": [str(value) for value in tags.get(_MP4_GENRE, [])]}
            for key, values in tags.items():
                if key.startswith(FREEFORM):
                    found[key.removeprefix(FREEFORM)] = [bytes(value).decode("utf-8", "replace") for value in values]
            return found
        named: dict[str, list[str]] = {}
        for key, value in tags:
            if _is_ours(key):
                named.setdefault(key.upper(), []).append(value)
        return named


def write_values(path: Path, kind: MutagenKind, genres: Sequence[str], facts: Mapping[str, Sequence[str]]) -> None:
    """Put genres and our own tags in the place of those that are there. Writes into the file: give a copy.

    Raises:
        TagError: `TAGS_NOT_INSTALLED`, `TAGS_UNREADABLE`.
        OSError: The copy cannot be written.
    """
    with _expected():
        file = _opened(path, kind)
        if file.tags is None:
            file.add_tags()
        tags: Any = file.tags
        if kind == "mp4":
            from mutagen import mp4

            freeform: Any = mp4.MP4FreeForm
            for key in [key for key in tags if key.startswith(FREEFORM)]:
                del tags[key]
            tags[_MP4_GENRE] = list(genres)
            for name, values in facts.items():
                tags[FREEFORM + name] = [freeform(value.encode("utf-8"), mp4.AtomDataType.UTF8) for value in values]
        else:
            others = [(key, value) for key, value in tags if not _is_ours(key)]
            genre = [("GENRE", value) for value in genres]
            tags[:] = [*others, *genre, *((name, value) for name, values in facts.items() for value in values)]
        file.save()


def read_ape_genre(path: Path) -> list[str]:
    """The genres of an APEv2 tag, which some mp3 files have at their end; none where it cannot be read."""
    try:
        from mutagen import apev2

        reader: Any = apev2.APEv2
        return [str(value) for value in reader(path).get("Genre", [])]
    except Exception:
        return []


def genre_names(text: str) -> list[str]:
    """The names in an ID3 genre, which may be a number of ID3v1's list: `17`, `(17)`, `(17)Indie`."""
    if text[:1] != "(" and not text.isdecimal():
        return [text]
    try:
        from mutagen import id3

        reader: Any = id3.TCON
        names = [str(name) for name in reader(encoding=3, text=[text]).genres]
    except Exception:
        return [text]
    return names if names and "Unknown" not in names else [text]


def _is_ours(key: str) -> bool:
    return key.upper() == "GENRE" or key.upper().startswith(OURS)


def _opened(path: Path, kind: MutagenKind) -> FileType:
    from mutagen.flac import FLAC
    from mutagen.mp4 import MP4
    from mutagen.oggflac import OggFLAC
    from mutagen.oggopus import OggOpus
    from mutagen.oggvorbis import OggVorbis

    kinds: dict[MutagenKind, type[FileType]] = {
        "flac": FLAC,
        "ogg vorbis": OggVorbis,
        "ogg opus": OggOpus,
        "ogg flac": OggFLAC,
        "mp4": MP4,
    }
    return kinds[kind](path)


@contextlib.contextmanager
def _expected() -> Iterator[None]:
    try:
        yield
    except GenreLensError:
        raise
    except ImportError:
        raise TagError("TAGS_NOT_INSTALLED", "mutagen is not installed") from None
    except OSError:
        raise
    except Exception as error:
        # mutagen wraps what the disk says.
        if error.args and isinstance(error.args[0], OSError):
            raise error.args[0] from None
        words = " ".join(str(error).split())[:200]
        raise TagError("TAGS_UNREADABLE", f"the tags cannot be read: {type(error).__name__} {words}".strip()) from None
