"""What the looks of the tab "catalogue" have in common: a song's name and place, a genre, a command to copy.

Names of files and folders are strangers': everything is escaped here.
"""

from __future__ import annotations

from html import escape
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from genrelens.audio.sources import safe_name
from genrelens.catalogue.paths import from_text
from genrelens.sentences.longtail import genre_text
from genrelens.studio.names import dot
from genrelens.words import LANGUAGES, both, each
from genrelens.words.forms import short_name

__all__ = ["command_html", "file_text", "genre_html", "place_html", "play_html"]

_MOST_CHARS: Final = 90


def play_html(sha: str, start_s: float, path: str) -> str:
    """A button that plays a song from `start_s` on."""
    name = both("cat.play_name", name=file_text(path))
    return (
        f'<button type="button" class="cat-play" aria-pressed="false" data-sha="{escape(sha)}" '
        f'data-start="{start_s:.2f}"><span class="sr">{name}</span></button>'
    )


def place_html(path: str, *, folder: bool = True) -> str:
    """A file's name, and the folder it lies in."""
    name = f'<span class="song-file"><bdi>{escape(file_text(path))}</bdi></span>'
    return f'{name}<span class="dim where"><bdi>{escape(_folder(path))}</bdi></span>' if folder else name


def genre_html(genre: str) -> str:
    """A genre with its dot, no music and silence included."""
    return dot(genre) + each({language: genre_text(genre, language) for language in LANGUAGES})


def command_html(command: str) -> str:
    """A command in one line, with a button that copies it."""
    return (
        f'<div class="command"><code>{escape(command)}</code>'
        f'<button type="button" class="button small copy">{both("looks.copy")}</button>'
        f'<span class="copied dim" role="status" hidden>{both("looks.copied")}</span></div>'
    )


def file_text(path: str) -> str:
    """The name of a file of the catalogue."""
    return short_name(safe_name(from_text(path)) or "?", _MOST_CHARS)


def _folder(path: str) -> str:
    # The catalogue may have been made on the other kind of system.
    pure = PureWindowsPath(path) if "\\" in path and "/" not in path else PurePosixPath(path)
    return short_name(str(pure.parent), _MOST_CHARS)
