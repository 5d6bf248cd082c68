"""Which files of a folder are worth opening."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from genrelens.errors import AudioError

__all__ = ["AUDIO_SUFFIXES", "find_audio"]

AUDIO_SUFFIXES: Final = frozenset(
    f".{ending}"
    for ending in (
        "mp3 mp2 wav wave flac ogg oga opus m4a m4b aac alac wma asf aiff aif aifc au snd webm mka mp4 m4v mkv mov"
    ).split(" ")
)
"""Endings that a folder is searched for. A file that is named itself is tried whatever it ends in."""


def find_audio(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The files to open for what a person named: files as they are, folders searched to the bottom, sorted.

    Hidden files and folders inside a named folder are passed over, links to folders are not followed, and
    a file that is reached twice is listed once.

    Raises:
        AudioError: `AUDIO_NOT_FOUND` where a folder cannot be read.
    """
    found: dict[Path, None] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            found.update(dict.fromkeys(_search(path)))
        else:
            found[path] = None
    return list(found)


def _search(folder: Path) -> list[Path]:
    def refuse(error: OSError) -> None:
        raise AudioError("AUDIO_NOT_FOUND", f"the folder {error.filename!r} cannot be read: {error.strerror}")

    files: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files += [
            Path(parent, name)
            for name in sorted(names)
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in AUDIO_SUFFIXES  # noqa: PTH122
        ]
    return files
