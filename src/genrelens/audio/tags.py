"""Artist and album as a file's tags tell them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from genrelens.audio.opening import open_container
from genrelens.audio.sources import Limits, open_source
from genrelens.errors import AudioError

__all__ = ["Tags", "read_tags"]


@dataclass(frozen=True, slots=True)
class Tags:
    """Without double spaces, "" where the file does not say; not made harmless: for comparing, not for showing."""

    artist: str = ""
    album: str = ""


def read_tags(path: str | os.PathLike[str]) -> Tags:
    """The tags of a file; empty where it has none or cannot be opened."""
    try:
        with open_source(path, Limits()) as source, open_container(source) as container:
            found = {key.lower(): value for key, value in container.metadata.items()}
            for stream in container.streams.audio:
                found.update({key.lower(): value for key, value in stream.metadata.items()})
    except AudioError:
        return Tags()
    artist = found.get("album_artist") or found.get("artist") or ""
    return Tags(" ".join(artist.split()), " ".join(found.get("album", "").split()))
