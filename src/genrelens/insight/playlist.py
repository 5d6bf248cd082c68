"""A shortlist to take away: an M3U8 playlist for a player, a CSV table for a spreadsheet.

Names of files are a stranger's text: a line break in one must not become a line of the playlist, and a cell that begins
like a formula must not run in a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genrelens.audio.sources import safe_name
from genrelens.catalogue.cells import cell

__all__ = ["Entry", "csv_text", "playlist_text"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a playlist: where the file is, and how long it lasts, in seconds."""

    path: str
    duration_s: float | None = None


def playlist_text(entries: Iterable[Entry], folder: Path) -> str:
    """The playlist as text (M3U8: extended M3U in UTF-8).

    Args:
        entries: In their order.
        folder: Where the playlist will lie: paths are written relative to it where that is possible.
    """
    lines = ["#EXTM3U"]
    for entry in entries:
        seconds = -1 if entry.duration_s is None else round(entry.duration_s)
        lines += [f"#EXTINF:{seconds},{safe_name(entry.path)}", _location(entry.path, folder)]
    return "\n".join(lines) + "\n"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str | float | int | None]]) -> str:
    """A table as CSV with CRLF line ends (RFC 4180); text cells that a spreadsheet would run are quoted."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(header)
    for row in rows:
        writer.writerow([cell(value) if isinstance(value, str) else value for value in row])
    return file.getvalue()


def _location(path: str, folder: Path) -> str:
    """A path as a line of a playlist; as a `file:` address where the plain path would be no single, honest line."""
    # Not resolved: a playlist names the link that was named, not what it points to.
    absolute = Path.cwd() / path
    try:
        shown = os.path.relpath(absolute, Path.cwd() / folder)
    except ValueError:  # another drive
        shown = str(absolute)
    if not shown.isprintable() or shown != shown.strip():
        return absolute.as_uri()
    return f"./{shown}" if shown.startswith(("#", "-")) or ":" in shown.split("/")[0] else shown
