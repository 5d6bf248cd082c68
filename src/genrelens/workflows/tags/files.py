"""A file replaced by another, whole or not at all, and only if nobody else wrote it meanwhile."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genrelens.audio.sources import safe_name
from genrelens.errors import TagError

__all__ = ["Stamp", "beside", "check_replaceable", "fsync_folder", "lone_file", "put", "stamp_of", "sweep"]

_PREFIX: Final = ".genrelens-tags-"
_STALE_S: Final = 3600.0
"""A copy takes seconds; one that is this old was left by a process that was killed."""
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file's bytes and what the system says of it; None of all where it is not there.

    Attributes:
        sha256: Of the bytes, in hex; "" where there is no file.
        size: In bytes.
        mtime_ns: When it was written last, in nanoseconds since 1970.
        inode: Its number on the disk.
    """

    sha256: str = ""
    size: int = 0
    mtime_ns: int = 0
    inode: int = 0


def lone_file(path: Path) -> os.stat_result:
    """What the system says of a file itself: a link would be parted from its file, a pipe would wait for ever.

    Raises:
        TagError: `TAGS_WRITE_FAILED`: it is no regular file.
        OSError: There is no such file.
    """
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode):
        raise TagError("TAGS_WRITE_FAILED", f"{safe_name(path)} is a link or no regular file")
    return facts


def stamp_of(path: Path) -> Stamp:
    """The stamp of a file; an empty one where there is none.

    Raises:
        TagError: `TAGS_FILE_CHANGED`: it was written while it was read; `TAGS_WRITE_FAILED`: it is no regular file.
        OSError: It cannot be read.
    """
    try:
        first = lone_file(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        last = lone_file(path)
    except FileNotFoundError:
        return Stamp()
    stamp = Stamp(digest, first.st_size, first.st_mtime_ns, first.st_ino)
    if stamp != Stamp(digest, last.st_size, last.st_mtime_ns, last.st_ino):
        raise _changed()
    return stamp


def check_replaceable(path: Path) -> None:
    """Whether a file may be replaced at all; asked before work is done for nothing.

    Raises:
        TagError: `TAGS_LINKED`, `TAGS_WRITE_FAILED`.
        OSError: There is no such file.
    """
    facts = lone_file(path)
    if facts.st_nlink > 1:
        raise TagError("TAGS_LINKED", f"the file has {facts.st_nlink} names (hard links)")
    # The second question is for the administrator, whom nothing stops.
    if not os.access(path, os.W_OK) or not facts.st_mode & 0o222:
        raise TagError("TAGS_WRITE_FAILED", "the file is read-only")


@contextlib.contextmanager
def beside(path: Path) -> Iterator[Path]:
    """An empty file in the folder of another; gone afterwards unless it was put somewhere.

    Raises:
        OSError: The folder cannot be written.
    """
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=path.suffix[:16], dir=path.parent)
    os.close(handle)
    made = Path(name)
    try:
        yield made
    finally:
        made.unlink(missing_ok=True)


def put(fresh: Path, path: Path, expected: Stamp, *, like: Path | None = None, mtime_ns: int | None = None) -> None:
    """Put a finished file in the place of another, with its rights and attributes.

    Args:
        fresh: The finished file, in the same folder; it is seen onto the disk first.
        path: Where it goes.
        expected: What must stand there until the last moment.
        like: The file whose owner and rights it gets where nothing stands at `path`.
        mtime_ns: When it shall say that it was written; now when left out.

    Raises:
        TagError: `TAGS_FILE_CHANGED`; `TAGS_WRITE_FAILED`: it would change its owner.
        OSError: It cannot be put there.
    """
    facts, mine = (path if like is None or expected.sha256 else like).stat(), fresh.stat()
    if (facts.st_uid, facts.st_gid) != (mine.st_uid, mine.st_gid):
        # Only the administrator can give files away.
        with contextlib.suppress(PermissionError):
            os.chown(fresh, facts.st_uid, facts.st_gid)
        if expected.sha256 and fresh.stat().st_uid != facts.st_uid:
            raise TagError("TAGS_WRITE_FAILED", "the file belongs to somebody else, and would be yours afterwards")
    if expected.sha256:
        shutil.copystat(path, fresh)
    else:
        fresh.chmod(facts.st_mode & 0o666 | stat.S_IWUSR)
    if mtime_ns is None:
        os.utime(fresh)
    else:
        os.utime(fresh, ns=(time.time_ns(), mtime_ns))
    _fsync(fresh)
    if stamp_of(path) != expected:
        raise _changed()
    os.replace(fresh, path)  # noqa: PTH105
    fsync_folder(path.parent)


def fsync_folder(folder: Path) -> None:
    """Let the names of a folder survive a power cut, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path, swept: set[Path]) -> None:
    """Remove what a killed process left in a folder, unless it was `swept` already."""
    if folder in swept:
        return
    swept.add(folder)
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{_PREFIX}*"):
            if time.time() - path.lstat().st_ctime > _STALE_S:
                path.unlink()


def _changed() -> TagError:
    return TagError("TAGS_FILE_CHANGED", "the file was written by somebody else meanwhile")


def _fsync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
