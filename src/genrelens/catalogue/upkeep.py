"""Is a catalogue whole? Every row looked at, every answer unpacked, and the database's own check."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
from sqlalchemy import Connection, and_, exists, func, inspect, select, tuple_

from genrelens.catalogue.answering import embedding_of, unpacked
from genrelens.catalogue.database import Database
from genrelens.catalogue.inventory import count_rows
from genrelens.catalogue.schema import answers, decisions, files, metadata, models
from genrelens.catalogue.store import Catalogue

__all__ = ["Checked", "Problem", "ProblemKind", "check"]

_PAGE: Final = 500
_MOST_SHOWN: Final = 5
"""Examples of a problem."""

ProblemKind = Literal["file", "columns", "no_answer", "no_model", "unreadable", "mismatch", "half", "decision"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be.

    Attributes:
        kind: `file`: the database itself is damaged; `columns`: a table lacks some; `no_answer`: contents of files
            that no model was asked about; `no_model`: answers or decisions of a model that is not there;
            `unreadable`: answers that cannot be unpacked; `mismatch`: answers whose short form does not fit the long
            one; `half`: answers called done that hold none; `decision`: decisions about bytes that no file ever had.
        count: How many.
        examples: Of them, a few.
        harm: Whether something is lost or wrong; else it is only worth knowing.
    """

    kind: ProblemKind
    count: int
    examples: tuple[str, ...]
    harm: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and what was found."""

    files: int
    answers: int
    decisions: int
    problems: tuple[Problem, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is lost or wrong."""
        return not any(problem.harm for problem in self.problems)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"whole": self.whole, **asdict(self)}


def check(catalogue: Catalogue) -> Checked:
    """Look at every row of a catalogue, and at the file itself.

    Raises:
        CatalogueError: It cannot be read at all.
    """
    database = catalogue.database
    problems = list(_of_file(database))
    if not any(problem.kind in ("file", "columns") for problem in problems):
        problems += _dangling(database)
        problems += _answers(database)
    return Checked(
        files=count_rows(database, files),
        answers=count_rows(database, answers),
        decisions=count_rows(database, decisions),
        problems=tuple(problems),
    )


def _of_file(database: Database) -> Iterator[Problem]:
    if database.dialect == "sqlite":
        said = database.read(
            lambda connection: [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(20)")]
        )
        if said != ["ok"]:
            yield Problem("file", len(said), tuple(said[:_MOST_SHOWN]))
    lacking = database.read(_lacking)
    if lacking:
        yield Problem("columns", len(lacking), tuple(lacking[:_MOST_SHOWN]))


def _lacking(connection: Connection) -> list[str]:
    there = inspect(connection)
    tables = set(there.get_table_names())
    lacking = [name for name in metadata.tables if name not in tables]
    for name in sorted(set(metadata.tables) & tables):
        columns = {column["name"] for column in there.get_columns(name)}
        lacking += [f"{name}.{column.name}" for column in metadata.tables[name].columns if column.name not in columns]
    return lacking


def _dangling(database: Database) -> Iterator[Problem]:
    # Not NOT IN: PostgreSQL would go through one table for every row of the other.
    unanswered = and_(files.c.sha256.is_not(None), ~exists().where(answers.c.sha256 == files.c.sha256))
    yield from _found(database, "no_answer", select(files.c.path).where(unanswered), harm=False)
    for table in (answers, decisions):
        no_model = ~exists().where(models.c.id == table.c.model)
        yield from _found(database, "no_model", select(table.c.sha256).where(no_model))
    lost = and_(*(~exists().where(table.c.sha256 == decisions.c.sha256) for table in (answers, files)))
    yield from _found(database, "decision", select(decisions.c.sha256).where(lost), harm=False)
    half = and_(answers.c.state == "done", answers.c.analysis.is_(None) | answers.c.brief.is_(None))
    yield from _found(database, "half", select(answers.c.sha256).where(half))


def _found(database: Database, kind: ProblemKind, query: Any, *, harm: bool = True) -> Iterator[Problem]:
    count = database.read(
        lambda connection: connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    )
    if count:
        shown = database.fetch(query.limit(_MOST_SHOWN))
        yield Problem(kind, count, tuple(str(row[0]) for row in shown), harm)


def _answers(database: Database) -> Iterator[Problem]:
    """Every answer unpacked, a page at a time."""
    found: dict[ProblemKind, list[str]] = {"unreadable": [], "mismatch": []}
    columns = (
        answers.c.sha256,
        answers.c.model,
        answers.c.genre,
        answers.c.tier,
        answers.c.brief,
        answers.c.analysis,
        answers.c.embedding,
    )
    query = select(*columns).where(answers.c.state == "done", answers.c.analysis.is_not(None))
    key = tuple_(answers.c.sha256, answers.c.model)  # as the table is sorted, so that a page is found at once
    query = query.order_by(*key).limit(_PAGE)
    page = query
    while rows := database.fetch(page):
        for row in rows:
            kind = _wrong(row)
            if kind is not None:
                found[kind].append(row.sha256)
        page = query.where(key > (rows[-1].sha256, rows[-1].model))
    for kind, contents in found.items():
        if contents:
            yield Problem(kind, len(contents), tuple(contents[:_MOST_SHOWN]))


def _wrong(row: Any) -> ProblemKind | None:
    try:
        whole = unpacked(row.analysis)
        brief = json.loads(row.brief or "")
        top = [[score["id"], score["probability"]] for score in whole["top"]]
        vector = embedding_of(row.embedding)
        if vector is not None and not np.isfinite(vector).all():
            return "unreadable"
        same = top == brief["top"] and whole["tier"] == row.tier and (top[0][0] if top else None) == row.genre
    except (zlib.error, ValueError, KeyError, TypeError):
        return "unreadable"
    return None if same else "mismatch"
