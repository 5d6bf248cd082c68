"""A copy of a catalogue, made while others use it, checked before it gets its name."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, select

from genrelens.catalogue.database import Database, open_database
from genrelens.catalogue.schema import metadata
from genrelens.catalogue.store import Catalogue
from genrelens.catalogue.upkeep import Checked, check
from genrelens.errors import CatalogueError, UsageError

__all__ = ["back_up"]

_PAGE: Final = 500


def back_up(catalogue: Catalogue, out: Path, *, force: bool = False) -> Checked:
    """Copy a catalogue, while others may use it, into a SQLite file; it is checked before it gets its name.

    Args:
        catalogue: SQLite or a server.
        out: The copy.
        force: Whether a file of that name may be replaced.

    Returns:
        What the check of the copy found.

    Raises:
        UsageError: `BACKUP_EXISTS`, also where that file is open; or `OUTPUT_FAILED`.
        CatalogueError: The catalogue cannot be read; or the copy is not whole, and was not kept.
    """
    path = catalogue.database.path
    if out.exists() and (not force or (path is not None and out.samefile(path))):
        raise UsageError("BACKUP_EXISTS", f"{out.name!a} is there already")
    if out.with_name(out.name + "-wal").exists():
        # SQLite would take it for the journal of the copy.
        raise UsageError("BACKUP_EXISTS", f"{out.name!a} is open in another program, or was not closed in order")
    fresh: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name[:40]}.")
        os.close(handle)
        fresh = Path(name)
        if path is not None:
            _copy_file(catalogue.database, fresh)
        else:
            _copy_rows(catalogue.database, fresh)
        checked = _check_copy(fresh)
        _settle(fresh)
        fresh.replace(out)
        return checked
    except OSError as error:
        raise UsageError("OUTPUT_FAILED", f"{out.name!a} cannot be written: {error.strerror or error}") from error
    finally:
        if fresh is not None:
            for end in ("", "-wal", "-shm", "-journal"):
                fresh.with_name(fresh.name + end).unlink(missing_ok=True)


def _copy_file(database: Database, fresh: Path) -> None:
    """SQLite's own online copy: a state that is whole, whoever writes meanwhile."""
    raw = database.raw()
    try:
        with contextlib.closing(sqlite3.connect(fresh)) as copy:
            raw.driver_connection.backup(copy)
    except sqlite3.Error as error:
        raise _failed(database, error) from None
    finally:
        raw.close()


def _failed(database: Database, error: sqlite3.Error) -> CatalogueError:
    name = getattr(error, "sqlite_errorname", "") or ""
    damaged = name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
    full = name.startswith(("SQLITE_FULL", "SQLITE_IOERR"))
    code = "CATALOGUE_CORRUPT" if damaged else "CATALOGUE_DISK_FULL" if full else "CATALOGUE_FAILED"
    return CatalogueError(code, f"{database.shown} cannot be copied: {error}")


def _copy_rows(database: Database, fresh: Path) -> None:
    """All rows of all tables, as one state of the server."""
    copy = open_database(fresh)
    try:

        def work(source: Connection) -> None:
            copy.write(_empty)  # this may be called twice
            for table in metadata.sorted_tables:
                found = source.execute(select(table), execution_options={"yield_per": _PAGE})
                for part in found.partitions():
                    copy.write(_inserting(table, [dict(row._mapping) for row in part]))

        database.read(work)
    finally:
        copy.close()


def _empty(connection: Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        connection.execute(table.delete())


def _inserting(table: Table, rows: list[dict[str, Any]]) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        connection.execute(insert(table), rows)

    return work


def _check_copy(fresh: Path) -> Checked:
    copy = Catalogue(open_database(fresh, create=False))
    try:
        checked = check(copy)
    finally:
        copy.close()
    if any(problem.kind in ("file", "columns") for problem in checked.problems):
        raise CatalogueError("CATALOGUE_CORRUPT", "the copy is damaged and was not kept")
    return checked


def _settle(fresh: Path) -> None:
    """Fold the journal into the file, so that the copy is one file, and bring it onto the disk."""
    with contextlib.closing(sqlite3.connect(fresh)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
    with fresh.open("rb+") as stream:
        os.fsync(stream.fileno())
