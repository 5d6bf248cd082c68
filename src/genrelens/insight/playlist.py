"""A shortlist to take away: an M3U8 playlist for a player, a CSV table for a spreadsheet.

Names of files are a stranger's text: a line break in one must not become a line of the playlist, and a cell that begins
like a formula must not run in a spreadsheet.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genrelens.audio.sources import safe_name
from genrelens.errors import UsageError

__all__ = ["Entry", "csv_text", "playlist_text", "safe_cell", "write_text"]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, or strips before it looks for one."""


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
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return file.getvalue()


def safe_cell(text: str) -> str:
    """Text that a spreadsheet shows and does not run: one that begins like a formula gets a leading apostrophe."""
    known = text.encode("utf-8", "replace").decode("utf-8")
    return f"'{known}" if known.lstrip(" ").startswith(_FORMULA) or known.startswith(_FORMULA) else known


def write_text(file: Path, text: str, *, mark: bool = False) -> None:
    """Write a text file in UTF-8, whole or not at all.

    Args:
        file: Replaced where it is there.
        text: Line ends are kept.
        mark: Begin with a byte order mark, without which Excel does not read a CSV as UTF-8.

    Raises:
        UsageError: `OUTPUT_FAILED` where it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:40]}.")
    except OSError as error:
        raise _failed(file, error) from error
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text.encode("utf-8-sig" if mark else "utf-8"))
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise _failed(file, error) from error


def _failed(file: Path, error: OSError) -> UsageError:
    return UsageError("OUTPUT_FAILED", f"{safe_name(file)!r} cannot be written: {error.strerror or error}")


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current


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
