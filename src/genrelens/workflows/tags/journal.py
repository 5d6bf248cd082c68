"""What brings a tagged file back to its exact bytes, kept before the file is touched.

A folder with a folder for each run, in it an entry for each file: one line of JSON, then those blocks of the old file,
compressed, that the new one has neither at the same place nor moved by as much as it grew: a few thousand bytes for a
song. An entry is finished and on the disk before its file is replaced, so a killed run leaves nothing that cannot be
undone.
"""

from __future__ import annotations

import json
import os
import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from genrelens.errors import TagError
from genrelens.workflows.tags.files import Stamp, fsync_folder

__all__ = ["Entry", "Journal", "counts_of", "entries_of", "mark_undone", "restore", "runs_of"]

_FORMAT: Final = 1
_WAITING, _UNDONE = ".entry", ".undone"
_BLOCK: Final = 1 << 20
_PIECE: Final = 4096
"""Bytes that are compared at once."""
_MAX_LINE: Final = 1 << 23
_NO_FILE: Final = Stamp()
_KEPT, _SAME, _MOVED = 0, 1, 2
"""Where a run of blocks of the old file is found: in the entry, at its place in the new file, or moved."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One replaced file.

    Attributes:
        where: The entry itself.
        path: The file, absolute.
        before: What it was; empty where there was none.
        after: What it became (its time and number on the disk are not known).
        runs: Where the old file's bytes are found, in order: (0 here, 1 in the new file, 2 there but moved; how many).
        undone: Whether it was undone.
        error: Why it cannot be read; then nothing else is known, and `path` is the entry's own.
    """

    where: Path
    path: Path
    before: Stamp = _NO_FILE
    after: Stamp = _NO_FILE
    runs: tuple[tuple[int, int], ...] = ()
    undone: bool = False
    error: TagError | None = None


class Journal:
    """The entries of one run; its folder is made with the first."""

    def __init__(self, folder: Path) -> None:
        self.run = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}"
        self._folder = folder / self.run
        self.count = 0

    def keep(self, path: Path, before: Stamp, fresh: Path, after: Stamp) -> Path:
        """Write what turns `fresh` back into the file at `path`, and see it on the disk.

        Args:
            path: Of the file that will be replaced; where `before` is empty there is none.
            before: Its stamp.
            fresh: What will replace it.
            after: The stamp of that.

        Returns:
            The entry.

        Raises:
            OSError: It cannot be written: then the file must not be replaced.
        """
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True)
            for parent in self._folder.absolute().parents:
                fsync_folder(parent)
        runs = _compare(path, fresh, before.size, after.size) if before.sha256 else []
        line = {"format": _FORMAT, "path": str(path), "before": asdict(before), "after": asdict(after), "runs": runs}
        place = self._folder / f"{self.count + 1:06d}{_WAITING}"
        unfinished = place.with_suffix(".part")
        try:
            with unfinished.open("wb") as entry:
                entry.write(json.dumps(line, ensure_ascii=True).encode("ascii") + b"\n")
                if before.sha256:
                    with path.open("rb") as file:
                        _pack(file, entry, runs)
                entry.flush()
                os.fsync(entry.fileno())
            os.replace(unfinished, place)  # noqa: PTH105
        finally:
            unfinished.unlink(missing_ok=True)
        fsync_folder(self._folder)
        self.count += 1
        return place

    def forget(self, entry: Path) -> None:
        """Take back the last entry: its file was not replaced after all.

        Raises:
            OSError: It cannot be removed.
        """
        entry.unlink()
        self.count -= 1


def runs_of(folder: Path) -> list[str]:
    """The runs in a folder, the oldest first."""
    if not folder.is_dir():
        return []
    return sorted(run.name for run in folder.iterdir() if run.is_dir() and any(_files(run)))


def counts_of(folder: Path, run: str) -> tuple[int, int]:
    """How many files a run wrote, and how many of these were undone; no entry is read."""
    states = [path.suffix for path in _files(folder / run)]
    return len(states), states.count(_UNDONE)


def entries_of(folder: Path, run: str) -> list[Entry]:
    """The entries of a run, in the order in which they were written.

    Raises:
        TagError: `TAGS_UNDO_FAILED`: there is no such run.
        OSError: The folder cannot be read.
    """
    if run not in runs_of(folder):
        raise TagError("TAGS_UNDO_FAILED", f"there is no run {run!r} in {folder}")
    return [_read_entry(path) for path in sorted(_files(folder / run))]


def _read_entry(path: Path) -> Entry:
    """An entry as it stands on the disk; one that is damaged must not keep others from being undone."""
    try:
        with path.open("rb") as file:
            line: dict[str, Any] = json.loads(file.readline(_MAX_LINE))
        if line["format"] != _FORMAT:
            raise ValueError("of another version")
        return Entry(
            where=path,
            path=Path(line["path"]),
            before=Stamp(**line["before"]),
            after=Stamp(**line["after"]),
            runs=tuple((int(kind), int(length)) for kind, length in line["runs"]),
            undone=path.suffix == _UNDONE,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = TagError("TAGS_UNDO_FAILED", f"the entry {path} cannot be read: {error}")
        return Entry(path, path, undone=path.suffix == _UNDONE, error=problem)


def restore(entry: Entry, file: BinaryIO, target: BinaryIO) -> None:
    """Write the old file, made of the new one and the entry.

    Args:
        entry: Of the file.
        file: The new file.
        target: Gets the old one.

    Raises:
        TagError: `TAGS_UNDO_FAILED`: the entry is damaged.
        OSError: Something cannot be read or written.
    """
    at, grown = 0, entry.after.size - entry.before.size
    with entry.where.open("rb") as packed:
        packed.readline(_MAX_LINE)
        kept = _unpacked(packed, entry)
        for kind, length in entry.runs:
            if kind == _KEPT:
                target.write(kept(length))
            else:
                file.seek(at + (grown if kind == _MOVED else 0))
                _copy(file, target, length)
            at += length


def mark_undone(entry: Entry) -> None:
    """Keep an entry, but not among those that wait to be undone.

    Raises:
        OSError: It cannot be renamed.
    """
    os.replace(entry.where, entry.where.with_suffix(_UNDONE))  # noqa: PTH105
    fsync_folder(entry.where.parent)


def _files(run: Path) -> Iterator[Path]:
    return (path for path in run.iterdir() if path.suffix in (_WAITING, _UNDONE))


def _pack(file: BinaryIO, entry: BinaryIO, runs: Iterable[tuple[int, int]]) -> None:
    packer = zlib.compressobj(6)
    at = 0
    for kind, length in runs:
        if kind == _KEPT:
            file.seek(at)
            entry.write(packer.compress(file.read(length)))
        at += length
    entry.write(packer.flush())


def _unpacked(packed: BinaryIO, entry: Entry) -> Callable[[int], bytes]:
    """A function that gives the next bytes that the entry keeps."""
    unpacker = zlib.decompressobj()

    def read(length: int) -> bytes:
        found = bytearray()
        try:
            while len(found) < length:
                block = unpacker.unconsumed_tail or packed.read(_BLOCK)
                fresh = unpacker.decompress(block, length - len(found))
                if not block and not fresh:
                    raise TagError("TAGS_UNDO_FAILED", f"the entry {entry.where} is cut off")
                found += fresh
        except zlib.error as error:
            raise TagError("TAGS_UNDO_FAILED", f"the entry {entry.where} is damaged: {error}") from None
        return bytes(found)

    return read


def _copy(file: BinaryIO, target: BinaryIO, length: int) -> None:
    while length and (block := file.read(min(length, _BLOCK))):
        length -= len(block)
        target.write(block)


def _compare(old: Path, new: Path, old_size: int, new_size: int) -> list[tuple[int, int]]:
    """Where each run of the old file's bytes is found; runs in the entry are short enough to be read at once."""
    runs: list[tuple[int, int]] = []
    grown = new_size - old_size
    with old.open("rb") as first, new.open("rb") as second:
        for at in range(0, old_size, _PIECE):
            piece = first.read(_PIECE)
            kind = next(
                (kind for kind, moved in ((_SAME, 0), (_MOVED, grown)) if _stands(second, at + moved, piece)), _KEPT
            )
            if runs and runs[-1][0] == kind and (kind != _KEPT or runs[-1][1] < _BLOCK):
                runs[-1] = (kind, runs[-1][1] + len(piece))
            else:
                runs.append((kind, len(piece)))
    return runs


def _stands(file: BinaryIO, at: int, piece: bytes) -> bool:
    if at < 0:
        return False
    file.seek(at)
    return file.read(len(piece)) == piece
