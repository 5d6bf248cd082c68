"""The catalogue of labelling: files are planned, claimed by one labeller, answered, and kept for good.

A claim is a lease: who dies loses what it had claimed when the lease ends, and somebody else does it. An answer is
kept only by who still holds the claim, so that nothing is done twice or lost.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from genrelens.catalogue.answering import columns_of, front_end_of, readable, unpacked
from genrelens.catalogue.database import Database, open_database
from genrelens.catalogue.reading import count_of, rows_of, under
from genrelens.catalogue.rows import CatalogueRow, RowFilter
from genrelens.catalogue.schema import answers, files, models
from genrelens.errors import GenreLensError
from genrelens.listening.analysis import Analysis, ModelInfo
from genrelens.listening.bundle import Bundle

__all__ = ["Catalogue", "Counts", "FileRecord", "open_catalogue"]

_CHUNK: Final = 500
"""Rows of a statement: SQLite takes 32 766 values."""
_MOST_ATTEMPTS: Final = 5
_SUSPECT_AFTER: Final = 2
"""Claims that ended without an answer after which a file is a suspect: it may be what ended them."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was seen: where, how large, when changed, its SHA-256 - or why it could not be read."""

    path: str
    size: int
    mtime_ns: int
    sha256: str | None
    error: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many contents are in which state for a model."""

    waiting: int
    done: int
    failed: int


class Catalogue:
    """One open catalogue; may be used from many threads. Close it, or use it in a `with`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # models

    def model_id(self, bundle: Bundle, *, add: bool = True) -> int:
        """The id of a model and its front-end; one that is not known is added, or has 0, which none has."""
        values = {
            "name": bundle.name,
            "version": bundle.version,
            "sha256": bundle.model_sha256,
            "front_end": front_end_of(bundle),
            "calibrated": bundle.calibration.calibrated,
            "labels": json.dumps(bundle.labels, ensure_ascii=False),
        }

        same = and_(models.c.sha256 == values["sha256"], models.c.front_end == values["front_end"])

        def work(connection: Connection) -> int:
            if add:
                connection.execute(_insert_new(connection, models), [values])
            return int(connection.execute(select(models.c.id).where(same)).scalar() or 0)

        return self.database.write(work) if add else self.database.read(work)

    def models(self) -> dict[int, ModelInfo]:
        """Id -> model, in the order in which they came."""
        query = select(models).order_by(models.c.id)
        found = self.database.fetch(query)
        return {row.id: ModelInfo(row.name, row.version, row.sha256, row.calibrated) for row in found}

    def labels(self, model_id: int) -> tuple[str, ...]:
        """The labels of a model, in its order."""
        query = select(models.c.labels).where(models.c.id == model_id)
        return tuple(json.loads(self.database.read(lambda connection: connection.execute(query).scalar_one())))

    # labelling

    def known_files(self, paths: Sequence[str]) -> dict[str, FileRecord]:
        """Path -> what is known of it, for those of `paths` that are known."""
        found = [self.database.read(_reading_files(chunk)) for chunk in _chunks(paths)]
        return {record.path: record for records in found for record in records}

    def plan(self, model_id: int, records: Sequence[FileRecord], *, retry_failed: bool = False) -> None:
        """Put files into the catalogue, and what they hold onto the list of what a model has to answer.

        What failed by a fault of ours, which may be the machine's (no memory, no process), gets a second try.

        Args:
            model_id: Of the model.
            records: The files as they are now.
            retry_failed: Whether whatever failed before is to be tried again.
        """
        again = {"state": "planned", "error": None, "message": None} | ({"attempts": 0} if retry_failed else {})

        def work(connection: Connection) -> None:
            for chunk in _chunks(records):
                known = set(_reading_files([record.path for record in chunk])(connection))
                changed = [asdict(record) | {"gone": False} for record in chunk if record not in known]
                if changed:
                    connection.execute(_upsert(connection, files, "path"), changed)
                contents = sorted({record.sha256 for record in chunk if record.sha256})
                mine = and_(answers.c.model == model_id, answers.c.sha256.in_(contents))
                asked = {row.sha256 for row in connection.execute(select(answers.c.sha256).where(mine))}
                if new := [sha for sha in contents if sha not in asked]:
                    connection.execute(
                        _insert_new(connection, answers),
                        [{"sha256": sha, "model": model_id, "state": "planned", "attempts": 0} for sha in new],
                    )
                connection.execute(update(answers).where(mine, _tried_again(retry_failed)).values(again))

        self.database.write(work)

    def mark_gone(self, paths: Sequence[str]) -> None:
        """Files that are no longer there: their answers stay, for the day they come back elsewhere."""

        def work(connection: Connection) -> None:
            for chunk in _chunks(paths):
                connection.execute(update(files).where(files.c.path.in_(chunk)).values(gone=True))

        self.database.write(work)

    def paths_under(self, folder: str) -> list[str]:
        """Paths of the catalogue inside a folder, sorted."""
        query = select(files.c.path).where(under(folder), files.c.gone.is_(False)).order_by(files.c.path)
        return [row.path for row in self.database.fetch(query)]

    def release_claims(self, model_id: int) -> None:
        """Free every claim: for who knows that nobody else labels (it holds the lock of the file)."""
        claimed = and_(answers.c.model == model_id, answers.c.state == "claimed")
        query = update(answers).where(claimed).values(state="planned", owner=None, lease_until=None)
        self.database.write(lambda connection: connection.execute(query))

    def claim(
        self, model_id: int, owner: str, contents: Sequence[str], *, lease_s: float = 120.0, suspects: bool = False
    ) -> list[str]:
        """Claim what is still to be answered of some contents. What the owner holds of them already is its own again.

        Args:
            model_id: Of the model.
            owner: Names the labeller, different for each.
            contents: SHA-256s, in the order in which they are wanted; the first 500 are looked at.
            lease_s: How long nobody else gets them.
            suspects: Whether to claim one of those that were in the hands of several labellers that died, the least
                tried first; else all of the others.

        Returns:
            Those that the owner now holds, in the same order. What was held by too many that died is given up: a
            failure, `LABEL_GAVE_UP`.
        """
        wanted = list(dict.fromkeys(contents))[:_CHUNK]

        def work(connection: Connection) -> list[str]:
            now = _now(connection)
            claimed, own = answers.c.state == "claimed", answers.c.owner == owner
            # A lease that reaches too far was given before the clock was set back.
            over = or_(answers.c.lease_until < now, answers.c.lease_until > now + 2 * lease_s)
            # Own: this very call may be the second one, after a connection that was lost when the first had succeeded.
            free = or_(answers.c.state == "planned", and_(claimed, or_(own, over)))
            mine = and_(answers.c.model == model_id, answers.c.sha256.in_(wanted))
            tried = answers.c.attempts - case((and_(claimed, own), 1), else_=0)
            query = select(answers.c.sha256, tried.label("tried")).where(mine, free).with_for_update(skip_locked=True)
            found = {row.sha256: row.tried for row in connection.execute(query)}
            hopeless = [sha for sha, attempts in found.items() if attempts >= _MOST_ATTEMPTS]
            if hopeless:
                message = f"the program ended {_MOST_ATTEMPTS} times while it heard this file"
                connection.execute(
                    update(answers)
                    .where(mine, answers.c.sha256.in_(hopeless))
                    .values(state="failed", error="LABEL_GAVE_UP", message=message, owner=None, answered_at=now)
                )
            span = range(_SUSPECT_AFTER, _MOST_ATTEMPTS) if suspects else range(_SUSPECT_AFTER)
            got = [sha for sha in wanted if found.get(sha) in span]
            if suspects:
                got = sorted(got, key=lambda sha: found[sha])[:1]
            if got:
                connection.execute(
                    update(answers)
                    .where(mine, answers.c.sha256.in_(got))
                    .values(state="claimed", owner=owner, lease_until=now + lease_s, attempts=tried + 1)
                )
            return got

        return self.database.write(work) if wanted else []

    def renew(self, owner: str, *, lease_s: float = 120.0) -> None:
        """Hold the owner's claims for longer."""
        held = and_(answers.c.owner == owner, answers.c.state == "claimed")
        query = update(answers).where(held)
        self.database.write(lambda connection: connection.execute(query.values(lease_until=_now(connection) + lease_s)))

    def give_back(self, owner: str) -> None:
        """Free the owner's claims as if they had never been made: for a labeller that ends in order."""
        held = and_(answers.c.owner == owner, answers.c.state == "claimed")
        fewer = case((answers.c.attempts > 0, answers.c.attempts - 1), else_=0)
        query = update(answers).where(held).values(state="planned", owner=None, lease_until=None, attempts=fewer)
        self.database.write(lambda connection: connection.execute(query))

    def commit(self, model_id: int, owner: str, answered: Iterable[tuple[str, Analysis | GenreLensError]]) -> int:
        """Keep answers, and failures, of contents that the owner still holds; the others have been done elsewhere.

        Returns:
            How many were kept.
        """
        now = time.time()
        values = [(sha, _outcome(answer) | {"answered_at": now}) for sha, answer in answered]

        def work(connection: Connection) -> int:
            kept = 0
            for sha, columns in values:
                held = and_(answers.c.sha256 == sha, answers.c.model == model_id)
                query = update(answers).where(held, answers.c.state == "claimed", answers.c.owner == owner)
                kept += connection.execute(query.values(owner=None, lease_until=None, **columns)).rowcount
            return kept

        return self.database.write(work) if values else 0

    def unanswered(self, model_id: int, contents: Sequence[str]) -> list[str]:
        """Those of some contents for which a model has neither answer nor failure, in the same order."""
        found = set(self._where(model_id, contents, answers.c.state.in_(("done", "failed"))))
        return [sha for sha in contents if sha not in found]

    def would_plan(self, model_id: int, contents: Sequence[str], *, retry_failed: bool = False) -> list[str]:
        """Those of some contents that would be unanswered after `plan`, in the same order."""
        failed = and_(answers.c.state == "failed", ~_tried_again(retry_failed))
        found = set(self._where(model_id, contents, or_(answers.c.state == "done", failed)))
        return [sha for sha in contents if sha not in found]

    def failures(self, model_id: int, contents: Sequence[str]) -> int:
        """How many of some contents failed."""
        return len(self._where(model_id, contents, answers.c.state == "failed"))

    def _where(self, model_id: int, contents: Sequence[str], condition: ColumnElement[bool]) -> list[str]:
        query = select(answers.c.sha256).where(answers.c.model == model_id, condition)
        chunks = (query.where(answers.c.sha256.in_(chunk)) for chunk in _chunks(contents))
        return [row.sha256 for chunk in chunks for row in self.database.fetch(chunk)]

    def counts(self, model_id: int) -> Counts:
        """How far a model is with the files that are there."""
        there = select(files.c.sha256).where(files.c.gone.is_(False), files.c.sha256.is_not(None))
        query = (
            select(answers.c.state, func.count())
            .where(answers.c.model == model_id, answers.c.sha256.in_(there))
            .group_by(answers.c.state)
        )
        found = dict(tuple(row) for row in self.database.fetch(query))
        waiting = found.get("planned", 0) + found.get("claimed", 0)
        return Counts(waiting, found.get("done", 0), found.get("failed", 0))

    # reading

    def latest_model(self) -> int | None:
        """The id of the model that answered last; None where none has."""
        query = select(answers.c.model).where(answers.c.answered_at.is_not(None))
        query = query.order_by(answers.c.answered_at.desc()).limit(1)
        return self.database.read(lambda connection: connection.execute(query).scalar())

    def rows(self, model_id: int | None, only: RowFilter = RowFilter()) -> Iterator[CatalogueRow]:  # noqa: B008
        """The files as a model heard them, sorted by path; a page at a time, so that memory stays flat.

        Args:
            model_id: Of the model; None: files without answers.
            only: Which are wanted.
        """
        return rows_of(self.database, self.models(), model_id, only)

    def count(self, model_id: int | None, only: RowFilter = RowFilter()) -> int:  # noqa: B008
        """How many rows `rows` gives."""
        return count_of(self.database, model_id, only)

    def analysis(self, sha256: str, model_id: int) -> dict[str, Any] | None:
        """The whole analysis (`Analysis.to_dict()` without timings and file name); None where there is none."""
        mine = and_(answers.c.sha256 == sha256, answers.c.model == model_id)
        query = select(answers.c.analysis).where(mine)
        data = self.database.read(lambda connection: connection.execute(query).scalar())
        with readable():
            return None if data is None else unpacked(data)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_catalogue(where: str | Path, *, create: bool = False) -> Catalogue:
    """Open a catalogue: the path of a SQLite file, or `postgresql://user:password@host/name`.

    Args:
        where: Which.
        create: Whether it may be new.

    Raises:
        CatalogueError: It cannot be opened; the code says why.
    """
    return Catalogue(open_database(where, create=create))


def _outcome(answer: Analysis | GenreLensError) -> dict[str, Any]:
    if isinstance(answer, GenreLensError):
        return {"state": "failed", "error": answer.code, "message": answer.message[:500].replace("\0", "")}
    return {"state": "done", "error": None, "message": None, **columns_of(answer)}


def _tried_again(retry_failed: bool) -> ColumnElement[bool]:
    """Failures that a run is to try again."""
    failed = answers.c.state == "failed"
    once = and_(answers.c.error == "INTERNAL", answers.c.attempts < _SUSPECT_AFTER)
    return failed if retry_failed else and_(failed, once)


def _reading_files(paths: Sequence[str]) -> Callable[[Connection], list[FileRecord]]:
    """Reads what is known of those of some paths where a file is."""
    columns = [files.c[field.name] for field in fields(FileRecord)]
    query = select(*columns).where(files.c.path.in_(paths), files.c.gone.is_(False))
    return lambda connection: [FileRecord(*row) for row in connection.execute(query)]


def _insert_new(connection: Connection, table: Any) -> Any:
    """An INSERT that leaves alone what is there."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return make(table).on_conflict_do_nothing()


def _upsert(connection: Connection, table: Any, key: str) -> Any:
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(table)
    others = {column.name: statement.excluded[column.name] for column in table.c if column.name != key}
    return statement.on_conflict_do_update(index_elements=[key], set_=others)


def _now(connection: Connection) -> float:
    """Seconds since 1970 by the clock that all labellers of the catalogue share."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())


def _chunks(items: Sequence[Any]) -> Iterator[list[Any]]:
    for first in range(0, len(items), _CHUNK):
        yield list(items[first : first + _CHUNK])
