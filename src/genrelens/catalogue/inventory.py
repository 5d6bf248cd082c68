"""What a catalogue holds, counted; and its models by the names that people give them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import Table, and_, func, select

from genrelens.catalogue.database import Database
from genrelens.catalogue.reading import latest_decisions
from genrelens.catalogue.schema import answers, files
from genrelens.catalogue.store import Catalogue, Counts
from genrelens.errors import UsageError
from genrelens.listening.analysis import ModelInfo

__all__ = ["Info", "ModelCounts", "count_rows", "info", "model_named"]

_LEAST_PREFIX: Final = 4
"""Characters of a SHA-256 that name a model."""


@dataclass(frozen=True, slots=True)
class ModelCounts:
    """A model of the catalogue: how far it is, and its answers by tier and by first genre."""

    id: int
    model: ModelInfo
    counts: Counts
    tiers: dict[str, int]
    genres: dict[str, int]


@dataclass(frozen=True, slots=True)
class Info:
    """What a catalogue holds.

    Attributes:
        shown: Its address, without a password.
        bytes: Of the file with its journal; of the database on a server.
        files: That are there.
        gone: That were there once.
        contents: Different contents of the files that are there.
        unreadable: Files that could not be read.
        models: In the order in which they came.
        decisions: Kind -> how many stand, one a content.
        people: Who -> how many of the decisions that stand.
    """

    shown: str
    bytes: int
    files: int
    gone: int
    contents: int
    unreadable: int
    models: tuple[ModelCounts, ...]
    decisions: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def info(catalogue: Catalogue) -> Info:
    """What a catalogue holds, counted."""
    database = catalogue.database
    there = files.c.gone.is_(False)
    counted: Any = select(
        func.count().label("all"),
        func.count(files.c.sha256.distinct()).label("contents"),
        func.count(files.c.error).label("unreadable"),
    ).where(there)
    total = database.fetch(counted)[0]
    decided = latest_decisions()
    kinds = select(decided.c.kind, func.count()).group_by(decided.c.kind).order_by(decided.c.kind)
    people = select(decided.c.person, func.count()).group_by(decided.c.person).order_by(decided.c.person)
    return Info(
        shown=database.shown,
        bytes=_size(database),
        files=total.all,
        gone=count_rows(database, files) - total.all,
        contents=total.contents,
        unreadable=total.unreadable,
        models=tuple(_model_counts(catalogue, number, model) for number, model in catalogue.models().items()),
        decisions=_pairs(database, kinds),
        people=_pairs(database, people),
    )


def _model_counts(catalogue: Catalogue, model_id: int, model: ModelInfo) -> ModelCounts:
    there = select(files.c.sha256).where(files.c.gone.is_(False), files.c.sha256.is_not(None))
    done = and_(answers.c.model == model_id, answers.c.state == "done", answers.c.sha256.in_(there))
    by: dict[str, dict[str, int]] = {}
    for name in ("tier", "genre"):
        column = answers.c[name]
        query: Any = select(column, func.count()).where(done, column.is_not(None)).group_by(column)
        by[name] = _pairs(catalogue.database, query.order_by(func.count().desc(), column))
    return ModelCounts(model_id, model, catalogue.counts(model_id), by["tier"], by["genre"])


def _pairs(database: Database, query: Any) -> dict[str, int]:
    return {str(name): int(count) for name, count in map(tuple, database.fetch(query))}


def _size(database: Database) -> int:
    if database.path is None:
        return database.read(
            lambda connection: int(
                connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
            )
        )
    parts = (database.path, database.path.with_name(database.path.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def model_named(catalogue: Catalogue, asked: str | None) -> int | None:
    """The id of a model that somebody named: by id, `name version`, name, version, or the beginning of its SHA-256.

    Args:
        catalogue: That holds it.
        asked: The name; None: the model that answered last.

    Returns:
        None where `asked` is None and no model answered yet.

    Raises:
        UsageError: `MODEL_UNKNOWN` where none or several are meant.
    """
    if asked is None:
        return catalogue.latest_model()
    there = catalogue.models()
    wanted = asked.strip().casefold()
    for number in there:
        if wanted == str(number):
            return number
    found = [number for number, model in there.items() if wanted in _names(model)]
    if not found and len(wanted) >= _LEAST_PREFIX:
        found = [number for number, model in there.items() if model.sha256.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    known = "; ".join(f"{number}: {model.name} {model.version} {model.sha256[:8]}" for number, model in there.items())
    what = "no model" if not found else "more than one model"
    raise UsageError("MODEL_UNKNOWN", f"{what} of this catalogue is called {asked!a} (there are {known or 'none'})")


def _names(model: ModelInfo) -> tuple[str, ...]:
    return tuple(name.casefold() for name in (f"{model.name} {model.version}", model.name, model.version, model.sha256))


def count_rows(database: Database, table: Table) -> int:
    """How many rows a table has."""
    return database.read(
        lambda connection: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
    )
