"""What a listener's many files have given so far: rows in the order of their answers, to look at and to take away.

One table a listener. The browser numbers its tables (a cleared one is followed by the next number) and its runs
(calling off ends one): an answer that comes too late belongs to neither and is dropped.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

__all__ = ["MAX_AGE_S", "MAX_ROWS", "Table", "Tables"]

MAX_AGE_S: Final = 3600.0
"""Seconds after its last row at which a table is forgotten."""
MAX_ROWS: Final = 2000
"""Files a table takes: more are for the command line."""


Row = TypeVar("Row")
"""What is kept of a file: the tab "Batch" keeps a `TableRow`, the tab "Match" a `Candidate`."""


@dataclass(slots=True, eq=False)
class Table(Generic[Row]):
    """One listener's table.

    Attributes:
        token: Names it in addresses; nobody can guess it.
        listener: The session that fills it.
        number: Which of the listener's tables this is.
        rows: (id that the browser gave, row), in the order of the answers.
        ended_run: Runs up to this one have been called off.
        decided: Id of a row -> what was decided on it, and in which batch.
    """

    token: str
    listener: str
    number: int
    rows: list[tuple[int, Row]] = field(default_factory=list)
    ended_run: int = -1
    decided: dict[int, tuple[str, str]] = field(default_factory=dict)
    touched_at: float = field(default_factory=time.monotonic)


class Tables(Generic[Row]):
    """All tables. May be used from many threads."""

    def __init__(self) -> None:
        self._by_listener: dict[str, Table[Row]] = {}
        self._lock = threading.Lock()

    def open(self, listener: str, number: int) -> Table[Row] | None:
        """The listener's table of that number, new where it is the next one; None where it has been cleared."""
        with self._lock:
            table = self._by_listener.get(listener)
            if table is None or table.number < number:
                table = Table(secrets.token_urlsafe(16), listener, number)
                self._by_listener[listener] = table
            return table if table.number == number else None

    def wanted(self, table: Table[Row], run: int) -> bool:
        """Whether an answer of that run would still be added."""
        with self._lock:
            return self._lives(table) and run > table.ended_run and len(table.rows) < MAX_ROWS

    def add(self, table: Table[Row], run: int, number: int, row: Row) -> bool:
        """Put a row at the end, unless its run was called off; False where it was not added."""
        with self._lock:
            if not self._lives(table) or run <= table.ended_run or len(table.rows) >= MAX_ROWS:
                return False
            table.rows.append((number, row))
            table.touched_at = time.monotonic()
            return True

    def end_run(self, table: Table[Row], run: int) -> None:
        """Call a run off, and those before it."""
        with self._lock:
            table.ended_run = max(table.ended_run, run)

    def rows(self, table: Table[Row], first: int = 0) -> list[tuple[int, Row]]:
        """The rows from the `first`-th on."""
        with self._lock:
            return table.rows[max(0, first) :]

    def decide(self, table: Table[Row], verdicts: Mapping[int, str], batch: str) -> None:
        """Keep verdicts on rows that have none."""
        with self._lock:
            for number, verdict in verdicts.items():
                table.decided.setdefault(number, (verdict, batch))
            table.touched_at = time.monotonic()

    def undo(self, table: Table[Row], batch: str) -> None:
        """Forget the verdicts of a batch."""
        with self._lock:
            for number in [number for number, (_, mine) in table.decided.items() if mine == batch]:
                del table.decided[number]

    def decided(self, table: Table[Row]) -> dict[int, str]:
        """Id of a row -> what was decided on it."""
        with self._lock:
            return {number: verdict for number, (verdict, _) in table.decided.items()}

    def get(self, token: str) -> Table[Row] | None:
        """The table of a token; None where there is none (any more)."""
        with self._lock:
            for table in self._by_listener.values():
                if secrets.compare_digest(table.token.encode(), token.encode("utf-8", "replace")):
                    return table
        return None

    def leave(self, listener: str) -> None:
        """The listener's tab closed: forget its table."""
        with self._lock:
            self._by_listener.pop(listener, None)

    def sweep(self) -> None:
        """Forget what is too old."""
        oldest = time.monotonic() - MAX_AGE_S
        with self._lock:
            for listener in [key for key, kept in self._by_listener.items() if kept.touched_at < oldest]:
                del self._by_listener[listener]

    def _lives(self, table: Table[Row]) -> bool:
        return self._by_listener.get(table.listener) is table
