"""What brings a tagged file back to its exact bytes, kept before the file is touched.

A folder with a folder for each run, in it an entry for each file: one line of JSON, then the part of the old file that
is not in the new one, compressed. Where the sound did not move that is a few hundred bytes, else it may be the file. An entry is
finished and on the disk before its file is replaced, so a killed run leaves nothing that cannot be undone.
"""

from __future__ import annotations

import json
import os
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from genrelens.errors import TagError
from genrelens.workflows.tag_files import Stamp, fsync_folder

__all__ = ["Entry", "Journal", "entries_of", "mark_undone", "read_entry", "restore", "runs_of"]

_FORMAT: Final = 1
_WAITING, _UNDONE = ".entry", ".undone"
_BLOCK: Final = 1 << 20
_MAX_LINE: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One replaced file.

    Attributes:
        where: The entry itself.
        path: The file, absolute.
        before: What it was; empty where there was none.
        after: What it became (its time and number on the disk are not known).
        prefix: Bytes at the start that both have in common.
        suffix: The same at the end.
        undone: Whether it was undone.
    """

    where: Path
    path: Path
    before: Stamp
    after: Stamp
    prefix: int
    suffix: int
    undone: bool = False


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
            for parent in (self._folder.parent, self._folder.parent.parent):
                fsync_folder(parent)
        prefix, suffix = _common(path, fresh) if before.sha256 else (0, 0)
        line = {
            "format": _FORMAT, "path": str(path), "before": asdict(before), "after": asdict(after),
            "prefix": prefix, "suffix": suffix,
        }  # fmt: skip
        place = self._folder / f"{self.count + 1:06d}{_WAITING}"
        unfinished = place.with_suffix(".part")
        with unfinished.open("wb") as entry:
            entry.write(json.dumps(line, ensure_ascii=True).encode("ascii") + b"\n")
            if before.sha256:
                with path.open("rb") as file:
                    _pack(file, entry, prefix, before.size - suffix)
            entry.flush()
            os.fsync(entry.fileno())
        os.replace(unfinished, place)  # noqa: PTH105
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


def entries_of(folder: Path, run: str) -> list[Entry]:
    """The entries of a run, in the order in which they were written.

    Raises:
        TagError: `TAGS_UNDO_FAILED`: there is no such run, or an entry cannot be read.
    """
    if run not in runs_of(folder):
        raise TagError("TAGS_UNDO_FAILED", f"there is no run {run!r} in {folder}")
    return [read_entry(path) for path in sorted(_files(folder / run))]


def read_entry(path: Path) -> Entry:
    """An entry as it stands on the disk.

    Raises:
        TagError: `TAGS_UNDO_FAILED`.
    """
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
            prefix=int(line["prefix"]),
            suffix=int(line["suffix"]),
            undone=path.suffix == _UNDONE,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TagError("TAGS_UNDO_FAILED", f"the entry {path} cannot be read: {error}") from None


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
    _copy(file, target, 0, entry.prefix)
    unpacker = zlib.decompressobj()
    with entry.where.open("rb") as packed:
        packed.readline(_MAX_LINE)
        try:
            while block := packed.read(_BLOCK):
                while block:
                    target.write(unpacker.decompress(block, _BLOCK))
                    block = unpacker.unconsumed_tail
            target.write(unpacker.flush())
        except zlib.error as error:
            raise TagError("TAGS_UNDO_FAILED", f"the entry {entry.where} is damaged: {error}") from None
    _copy(file, target, entry.after.size - entry.suffix, entry.after.size)


def mark_undone(entry: Entry) -> None:
    """Keep an entry, but not among those that wait to be undone.

    Raises:
        OSError: It cannot be renamed.
    """
    os.replace(entry.where, entry.where.with_suffix(_UNDONE))  # noqa: PTH105
    fsync_folder(entry.where.parent)


def _files(run: Path) -> Iterator[Path]:
    return (path for path in run.iterdir() if path.suffix in (_WAITING, _UNDONE))


def _pack(file: BinaryIO, entry: BinaryIO, start: int, end: int) -> None:
    packer = zlib.compressobj(6)
    file.seek(start)
    left = end - start
    while left and (block := file.read(min(left, _BLOCK))):
        left -= len(block)
        entry.write(packer.compress(block))
    entry.write(packer.flush())


def _copy(file: BinaryIO, target: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    left = end - start
    while left and (block := file.read(min(left, _BLOCK))):
        left -= len(block)
        target.write(block)


def _common(old: Path, new: Path) -> tuple[int, int]:
    """How many bytes two files have in common at the start, and at the end behind these."""
    with old.open("rb") as first, new.open("rb") as second:
        most = min(old.stat().st_size, new.stat().st_size)
        prefix = _run(first, second, most, from_end=False)
        return prefix, _run(first, second, most - prefix, from_end=True)


def _run(first: BinaryIO, second: BinaryIO, most: int, *, from_end: bool) -> int:
    done = 0
    while done < most:
        size = min(_BLOCK, most - done)
        blocks = []
        for file in (first, second):
            file.seek(-(done + size) if from_end else done, os.SEEK_END if from_end else os.SEEK_SET)
            blocks.append(file.read(size)[::-1] if from_end else file.read(size))
        if blocks[0] != blocks[1]:
            return done + _first_difference(*blocks)
        done += size
    return done


def _first_difference(first: bytes, second: bytes) -> int:
    low, high = 0, len(first)
    while low < high:
        middle = (low + high) // 2
        if first[low : middle + 1] == second[low : middle + 1]:
            low = middle + 1
        else:
            high = middle
    return low
