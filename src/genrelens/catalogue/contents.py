"""What a review may be about: contents that a model answered, without what only a look at one needs.

A queue of a hundred thousand is one query and one small value each; the rest of an answer is read when its turn comes.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import and_, func, select

from genrelens.catalogue.answering import read_brief, readable
from genrelens.catalogue.database import Database
from genrelens.catalogue.reading import conditions
from genrelens.catalogue.rows import CatalogueRow, RowFilter
from genrelens.catalogue.schema import answers, files
from genrelens.listening.analysis import GenreScore

__all__ = ["answered", "contents"]

_COLUMNS: Final = ("genre", "probability", "tier", "not_music", "genre_tag")


def contents(database: Database, model_id: int, only: RowFilter, *, findings: bool = False) -> list[CatalogueRow]:
    """The files that a model answered, in no order, as far as a policy and an order need them.

    Args:
        database: Of the catalogue.
        model_id: Of the model.
        only: Which are wanted.
        findings: Whether `health` is wanted, which costs as much as all else.

    Returns:
        Rows with the first genre alone; no copies named, no model, no decision.
    """
    asked = [files.c.path, files.c.sha256, files.c.size, *(answers.c[name] for name in _COLUMNS)]
    mine = and_(answers.c.sha256 == files.c.sha256, answers.c.model == model_id, answers.c.state == "done")
    query = select(*asked, *([answers.c.brief] if findings else [])).select_from(files.join(answers, mine))
    found = database.fetch(query.where(files.c.gone.is_(False), *conditions(only)))
    return [_row(row, model_id, _findings(row.brief) if findings else ()) for row in found]


def answered(database: Database, model_id: int) -> int:
    """How many contents a model answered, by an index alone: whether something came is asked often."""
    query = select(func.count()).where(answers.c.model == model_id, answers.c.state == "done")
    return int(database.read(lambda connection: connection.execute(query).scalar_one()))


def _row(row: Any, model_id: int, health: tuple[str, ...]) -> CatalogueRow:
    return CatalogueRow(
        path=row.path,
        sha256=row.sha256,
        size=row.size,
        copy_of="",
        state="done",
        error="",
        message="",
        model=None,
        model_id=model_id,
        top=() if row.genre is None else (GenreScore(row.genre, row.probability),),
        tier=row.tier,
        not_music=row.not_music,
        health=health,
        genre_tag=row.genre_tag or "",
    )


def _findings(brief: str | None) -> tuple[str, ...]:
    with readable():
        return tuple(read_brief(brief)["health"])
