"""Which files a labelling run is about: found, filtered, and hashed where they are new."""

from __future__ import annotations

import fnmatch
import glob
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genrelens.audio.files import find_audio
from genrelens.audio.sources import Limits
from genrelens.catalogue.paths import to_text
from genrelens.catalogue.store import FileRecord
from genrelens.errors import UsageError

__all__ = ["Wanted", "find_wanted", "paths_of_list", "records_of"]

_HASHED_TOGETHER: Final = 200
_HASH_THREADS: Final = 4
"""Hashing waits for the disk; it gives way to other threads while it computes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the files found are wanted.

    Attributes:
        extensions: Only these endings, with or without the dot; empty: every audio ending.
        exclude: Patterns of names or paths that are passed over, as a shell writes them: `*live*`, `*/demos/*`.
        since: Only files changed at or after this time, seconds since 1970 (UTC).
    """

    extensions: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    since: float | None = None

    def takes(self, path: Path) -> bool:
        """Whether a path is wanted."""
        name = path.name.lower()
        if self.extensions and not name.endswith(tuple(f".{end.lower().lstrip('.')}" for end in self.extensions)):
            return False
        whole = str(path).lower()
        if any(fnmatch.fnmatchcase(name, p) or fnmatch.fnmatchcase(whole, p) for p in map(str.lower, self.exclude)):
            return False
        if self.since is None:
            return True
        try:
            return path.stat().st_mtime >= self.since
        except OSError:
            return True  # what is wrong with it is said later


def find_wanted(paths: Iterable[Path], wanted: Wanted = Wanted()) -> list[Path]:
    """The files that are meant, each once: files as they are, folders searched, patterns (`*.mp3`) expanded.

    Raises:
        AudioError: `AUDIO_NOT_FOUND` where a folder cannot be read.
    """
    return [path for path in find_audio(_expanded(paths)) if wanted.takes(path)]


def paths_of_list(data: bytes) -> list[Path]:
    """The paths of a list: one a line, or separated by NUL as `find -print0` writes them; bytes that need not be UTF-8.

    Raises:
        UsageError: `NO_INPUT` where there is none.
    """
    lines = data.split(b"\0") if b"\0" in data else data.splitlines()
    found = [Path(os.fsdecode(line)) for line in lines if line.strip()]
    if not found:
        raise UsageError("NO_INPUT", "the list names no file")
    return found


def records_of(
    paths: Sequence[Path], known: Callable[[Sequence[str]], Mapping[str, FileRecord]]
) -> Iterator[list[FileRecord]]:
    """What the files are, some hundred at a time: those that look unchanged as they are known, the others hashed.

    Args:
        paths: The files.
        known: `Catalogue.known_files`.
    """
    with ThreadPoolExecutor(_HASH_THREADS, thread_name_prefix="hash") as threads:
        for chunk in _batched(paths, _HASHED_TOGETHER):
            before = known([to_text(path) for path in chunk])
            yield list(threads.map(lambda path, before=before: _record(path, before), chunk))


def _batched(paths: Sequence[Path], size: int) -> Iterator[Sequence[Path]]:
    for first in range(0, len(paths), size):
        yield paths[first : first + size]


def _expanded(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        text = str(path)
        if glob.has_magic(text) and not os.path.lexists(path):
            yield from (Path(found) for found in sorted(glob.glob(text, recursive=True)))  # noqa: PTH207 - absolute too
        else:
            yield path


def _record(path: Path, before: Mapping[str, FileRecord]) -> FileRecord:
    text = to_text(path)
    try:
        state = path.stat()
        old = before.get(text)
        if old is not None and old.sha256 and (old.size, old.mtime_ns) == (state.st_size, state.st_mtime_ns):
            return old
        if state.st_size > Limits().max_bytes:
            message = f"{state.st_size / 2**20:.0f} MB"
            return FileRecord(text, state.st_size, state.st_mtime_ns, None, "AUDIO_TOO_LARGE", message)
        if not path.is_file():
            return FileRecord(text, 0, state.st_mtime_ns, None, "AUDIO_UNREADABLE", "this is no plain file")
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return FileRecord(text, state.st_size, state.st_mtime_ns, digest)
    except OSError as error:
        return FileRecord(text, 0, 0, None, "AUDIO_NOT_FOUND", f"it cannot be opened: {error.strerror}")
