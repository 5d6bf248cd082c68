"""One labeller at a time for a catalogue that is a file: the lock goes with its process, however that ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from genrelens.errors import CatalogueError

__all__ = ["labelling_lock"]


@contextlib.contextmanager
def labelling_lock(catalogue: Path | None) -> Iterator[None]:
    """Hold the lock of a catalogue's file; a server needs none, because claims keep its labellers apart.

    Args:
        catalogue: The SQLite file; None for a server.

    Raises:
        CatalogueError: `CATALOGUE_LOCKED` where another process holds it, `CATALOGUE_READ_ONLY`.
    """
    if catalogue is None:
        yield
        return
    place = catalogue.with_name(catalogue.name + ".lock")
    try:
        file = place.open("ab")
    except OSError as error:
        raise CatalogueError("CATALOGUE_READ_ONLY", f"{place} cannot be written: {error.strerror}") from None
    with file:
        # The file stays: who deletes it could take the lock away from one that has just opened it.
        if not _take(file):
            raise CatalogueError("CATALOGUE_LOCKED", f"another run is labelling into {catalogue}")
        yield


def _take(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
