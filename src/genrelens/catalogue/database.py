"""A database by path or address: SQLite in WAL mode, or PostgreSQL; transactions that are whole, or tried again.

Every piece of work is a function of a connection that may be called twice: where the server goes in the middle (a
restart), it is rolled back and called again once the server is back.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, Row, Select, create_engine, event, insert, inspect, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import QueuePool

from genrelens.catalogue.schema import SCHEMA_VERSION, metadata, properties
from genrelens.errors import CatalogueError

__all__ = ["Database", "open_database"]

_Result = TypeVar("_Result")

_PATIENCE_S: Final = 60.0
"""How long a server that went is waited for."""
_FIRST_PATIENCE_S: Final = 3.0
"""How long one is waited for that has never answered: a wrong address is said soon."""
_BUSY_S: Final = 30
"""How long a SQLite file that another process writes is waited for."""
_GONE_STATES: Final = ("57P01", "57P02", "57P03", "08000", "08001", "08003", "08006", "40001", "40P01")
"""SQLSTATE of PostgreSQL: shutting down, starting, connection lost; serialisation and deadlock, to be tried again."""


class Database:
    """One open database; may be used from many threads.

    Attributes:
        shown: Its address for people, without a password.
        path: Of the SQLite file; None for a server.
    """

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self._engine = engine
        self.path = path
        self._patience_s = _FIRST_PATIENCE_S
        self.shown = str(path) if path is not None else engine.url.render_as_string(hide_password=True)

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self._engine.dialect.name

    def read(self, work: Callable[[Connection], _Result]) -> _Result:
        """Call `work` with a connection that sees one state of the database.

        Raises:
            CatalogueError: As `write`.
        """
        if self.dialect == "sqlite":
            return self._patiently(work, begin="BEGIN")
        return self._patiently(work, isolation_level="REPEATABLE READ")

    def fetch(self, query: Select[Any]) -> Sequence[Row[Any]]:
        """Every row of a query.

        Raises:
            CatalogueError: As `write`.
        """
        return self.read(lambda connection: connection.execute(query).all())

    def write(self, work: Callable[[Connection], _Result]) -> _Result:
        """Call `work` in a transaction: all of it is kept, or nothing. It may be called again after a lost connection.

        Raises:
            CatalogueError: `CATALOGUE_BUSY`, `CATALOGUE_DISK_FULL`, `CATALOGUE_READ_ONLY`, `CATALOGUE_CORRUPT`,
                `CATALOGUE_UNREACHABLE` or `CATALOGUE_FAILED`.
        """
        return self._patiently(work)

    def _patiently(self, work: Callable[[Connection], _Result], **options: Any) -> _Result:
        deadline = time.monotonic() + self._patience_s
        pause_s = 0.1
        while True:
            try:
                with self._engine.connect().execution_options(**options) as connection, connection.begin():
                    result = work(connection)
                self._patience_s = _PATIENCE_S
                return result
            except DBAPIError as error:
                if not _may_pass(error) or time.monotonic() > deadline:
                    raise _explained(error, self.shown) from None
            time.sleep(pause_s)
            pause_s = min(2.0, pause_s * 2)

    def raw(self) -> Any:
        """The driver's own connection, to be closed by who asked."""
        return self._engine.raw_connection()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def open_database(where: str | Path, *, create: bool = True) -> Database:
    """Open a catalogue's database, and make its tables where it is new.

    Args:
        where: Path of a SQLite file, or `postgresql://user:password@host/name`.
        create: Whether it may be new.

    Raises:
        CatalogueError: `CATALOGUE_NOT_FOUND`, `CATALOGUE_CORRUPT`, `CATALOGUE_NEWER`, or as `Database.write`.
    """
    text = str(where)
    path = None if "://" in text else Path(where)
    if path is not None and not create and not path.is_file():
        raise CatalogueError("CATALOGUE_NOT_FOUND", f"there is no catalogue {text}")
    database = Database(_engine(text, path), path)
    try:
        database.write(lambda connection: _prepare(connection, database.shown, create))
        if path is not None:
            database.close()  # the next connections find a catalogue, and use its log
    except BaseException:
        database.close()
        raise
    return database


def _engine(text: str, path: Path | None) -> Engine:
    if path is not None:
        engine = create_engine(
            URL.create("sqlite", database=str(path)),  # a name may hold "?" and "%"
            poolclass=QueuePool,
            connect_args={"timeout": _BUSY_S, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    address = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", text)
    if not address.startswith("postgresql+psycopg://"):
        raise CatalogueError("CATALOGUE_ADDRESS", f"{text.split('://')[0]}:// is no address of a catalogue")
    try:
        return create_engine(address, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    except ImportError:
        raise CatalogueError("POSTGRES_NOT_INSTALLED", "the driver for PostgreSQL is not installed") from None
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise CatalogueError("CATALOGUE_ADDRESS", "the address of the catalogue cannot be read") from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transactions begin too late for us; see _begin_sqlite.
    connection.isolation_level = None
    if {row[1] for row in connection.execute("PRAGMA table_info(properties)")} == set(properties.c.keys()):
        connection.execute("PRAGMA journal_mode=WAL")  # written into the file: into none but ours
    connection.execute("PRAGMA synchronous=FULL")  # what is committed survives a power cut
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: a transaction that reads first and writes then would fail where another writes meanwhile.
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN IMMEDIATE"))


def _prepare(connection: Connection, shown: str, create: bool) -> None:
    found = inspect(connection)
    tables = set(found.get_table_names())
    if "properties" in tables:
        ours = {column["name"] for column in found.get_columns("properties")} == set(properties.c.keys())
    else:
        # A server's database may hold other programs' tables beside ours; a file with any is theirs.
        ours = not (tables if connection.dialect.name == "sqlite" else tables & set(metadata.tables))
    if not ours:
        raise CatalogueError("CATALOGUE_CORRUPT", f"{shown} is a database, but no catalogue of GenreLens")
    if "properties" not in tables:
        if not create:
            raise CatalogueError("CATALOGUE_NOT_FOUND", f"{shown} holds no catalogue")
        if connection.dialect.name == "postgresql":
            # Two that make the same tables at once would hinder each other.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7361662)")
        metadata.create_all(connection)
        if connection.execute(select(properties.c.value)).first() is None:
            connection.execute(insert(properties).values(name="schema_version", value=str(SCHEMA_VERSION)))
    version = connection.execute(select(properties.c.value).where(properties.c.name == "schema_version")).scalar()
    if version is None or not version.isdigit():
        raise CatalogueError("CATALOGUE_CORRUPT", f"{shown} does not say which version its tables have")
    if int(version) > SCHEMA_VERSION:
        raise CatalogueError(
            "CATALOGUE_NEWER", f"{shown} has tables of version {version}, this program knows {SCHEMA_VERSION}"
        )


def _may_pass(error: DBAPIError) -> bool:
    """Whether the same work may succeed in a while."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _GONE_STATES
    # A connection that psycopg could not make has no state.
    return isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error)


def _explained(error: DBAPIError, shown: str) -> CatalogueError:
    said = str(error.orig).strip().splitlines()[0][:200] if str(error.orig).strip() else type(error.orig).__name__
    if isinstance(error.orig, sqlite3.Error):
        name = getattr(error.orig, "sqlite_errorname", "") or ""
        code = next((code for start, code in _SQLITE_CODES.items() if name.startswith(start)), "CATALOGUE_FAILED")
        return CatalogueError(code, f"{shown}: {said}", details={"sqlite": name})
    state = getattr(error.orig, "sqlstate", None)
    other = "CATALOGUE_UNREACHABLE" if isinstance(error, OperationalError) else "CATALOGUE_FAILED"
    return CatalogueError(_SERVER_CODES.get(str(state), other), f"{shown}: {said}", details={"sqlstate": state})


_SERVER_CODES: Final = {"53100": "CATALOGUE_DISK_FULL", "25006": "CATALOGUE_READ_ONLY", "42501": "CATALOGUE_READ_ONLY"}
_SQLITE_CODES: Final = {
    "SQLITE_BUSY": "CATALOGUE_BUSY",
    "SQLITE_LOCKED": "CATALOGUE_BUSY",
    "SQLITE_FULL": "CATALOGUE_DISK_FULL",
    "SQLITE_READONLY": "CATALOGUE_READ_ONLY",
    "SQLITE_CANTOPEN": "CATALOGUE_READ_ONLY",
    "SQLITE_PERM": "CATALOGUE_READ_ONLY",
    "SQLITE_CORRUPT": "CATALOGUE_CORRUPT",
    "SQLITE_NOTADB": "CATALOGUE_CORRUPT",
    "SQLITE_IOERR": "CATALOGUE_DISK_FULL",
}
