"""Files that are written whole or not at all: beside their place, onto the disk, then put there in one step."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from genrelens.errors import UsageError

__all__ = ["whole_file", "write_bytes", "write_text"]


@contextlib.contextmanager
def whole_file(file: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes become `file` when the block ends well; else what was there stays as it was.

    A link stays one: what it points to is replaced. A device or a pipe (`/dev/stdout`) is written into.

    Raises:
        UsageError: `OUTPUT_FAILED` where it cannot be written.
    """
    fresh: Path | None = None
    try:
        place = Path(os.path.realpath(file))
        if place.exists() and not place.is_file():
            with place.open("wb") as out:
                yield out
            return
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name[:40]}.")
        fresh = Path(name)
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        fresh.chmod(0o666 & ~_umask())
        fresh.replace(place)
    except OSError as error:
        shown = ascii(file.name) if not file.name.isprintable() else repr(file.name)
        raise UsageError("OUTPUT_FAILED", f"{shown} cannot be written: {error.strerror or error}") from error
    finally:
        if fresh is not None:
            fresh.unlink(missing_ok=True)


def write_bytes(file: Path, data: bytes) -> None:
    """Write a file whole; raises as `whole_file`."""
    with whole_file(file) as out:
        out.write(data)


def write_text(file: Path, text: str, *, mark: bool = False) -> None:
    """Write a text file in UTF-8; line ends are kept. Raises as `whole_file`.

    Args:
        file: Replaced where it is there.
        text: What it holds.
        mark: Begin with a byte order mark, without which Excel does not read a CSV as UTF-8.
    """
    write_bytes(file, text.encode("utf-8-sig" if mark else "utf-8"))


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
