"""Artist, album and genre as a file's tags tell them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from genrelens.audio.opening import open_container
from genrelens.audio.sources import Limits, open_source, safe_text
from genrelens.errors import AudioError

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = ["GENRE_TAG_CHARS", "Tags", "genre_tag", "read_tags"]

GENRE_TAG_CHARS: Final = 100
"""Most of a genre tag that is kept: real ones are shorter, hostile ones have megabytes."""


@dataclass(frozen=True, slots=True)
class Tags:
    """Without double spaces, "" where the file does not say; not made harmless: for comparing, not for showing."""

    artist: str = ""
    album: str = ""


def read_tags(path: str | os.PathLike[str]) -> Tags:
    """The tags of a file; empty where it has none or cannot be opened."""
    try:
        with open_source(path, Limits()) as source, open_container(source) as container:
            found = _said(container)
    except AudioError:
        return Tags()
    artist = found.get("album_artist") or found.get("artist") or ""
    return Tags(" ".join(artist.split()), " ".join(found.get("album", "").split()))


def genre_tag(container: InputContainer) -> str:
    """What an open file says its genre is, made harmless, at most `GENRE_TAG_CHARS`; "" where it does not say."""
    return safe_text(_said(container).get("genre"), GENRE_TAG_CHARS)


def _said(container: InputContainer) -> dict[str, str]:
    """All tags, lower-case; those of the audio track (where Ogg keeps them) before those of the file."""
    found = {key.lower(): value for key, value in container.metadata.items()}
    for stream in container.streams.audio:
        found.update({key.lower(): value for key, value in stream.metadata.items()})
    return found
