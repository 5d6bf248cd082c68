"""Rows of a catalogue, page by page: each file with its answer by one model and the decision that stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from genrelens.catalogue.answering import read_brief, readable
from genrelens.catalogue.database import Database
from genrelens.catalogue.rows import CatalogueRow, Decision, RowFilter, State
from genrelens.catalogue.schema import answers, decisions, files
from genrelens.listening.analysis import ModelInfo

__all__ = ["STANDS", "conditions", "count_of", "latest_decisions", "rows_of", "under"]

STANDS: Final = (decisions.c.undone_at.is_(None), decisions.c.kind != "skip")
"""The conditions of a decision that counts."""

_PAGE: Final = 1000


def rows_of(
    database: Database, models: Mapping[int, ModelInfo], model_id: int | None, only: RowFilter
) -> Iterator[CatalogueRow]:
    """The rows that `only` asks for, sorted by path; a page at a time, so that memory stays flat."""
    query = _query(model_id, only).order_by(files.c.path).limit(_PAGE)
    last: str | None = None
    while True:
        page = query if last is None else query.where(files.c.path > last)
        found = database.fetch(page)
        for row in found:
            yield _row(row, models, model_id)
        if len(found) < _PAGE:
            return
        last = found[-1].path


def count_of(database: Database, model_id: int | None, only: RowFilter) -> int:
    """How many rows `only` asks for."""
    query = select(func.count()).select_from(_query(model_id, only).subquery())
    return int(database.read(lambda connection: connection.execute(query).scalar_one()))


def latest_decisions() -> Any:
    """The decision that stands for each content: the latest that was neither undone nor a skip."""
    newest = select(func.max(decisions.c.id)).where(*STANDS).group_by(decisions.c.sha256)
    return select(decisions).where(decisions.c.id.in_(newest)).subquery("decided")


def under(folder: str) -> ColumnElement[bool]:
    """The condition that a file lies in a folder (as `to_text` writes it), at any depth."""
    start = folder.rstrip("/\\")
    inside = (files.c.path.startswith(start + separator, autoescape=True) for separator in "/\\")
    return or_(*inside)


def _query(model_id: int | None, only: RowFilter) -> Select[Any]:
    decided = decisions.alias("decided")
    # Looked up for each row: `latest_decisions` would go through all of them for every page.
    newest = select(func.max(decisions.c.id)).where(decisions.c.sha256 == files.c.sha256, *STANDS)
    standing = decided.c.id == newest.correlate(files).scalar_subquery()
    mine = and_(answers.c.sha256 == files.c.sha256, answers.c.model == (-1 if model_id is None else model_id))
    query = (
        select(
            files.c.path,
            files.c.sha256,
            files.c.size,
            files.c.error.label("file_error"),
            files.c.message.label("file_message"),
            _first_copy().label("first_copy"),
            *(answers.c[name] for name in _ANSWER_COLUMNS),
            *(decided.c[name].label(f"decided_{name}") for name in _DECISION_COLUMNS),
        )
        .select_from(files.outerjoin(answers, mine).outerjoin(decided, standing))
        .where(files.c.gone.is_(False))
    )
    return query.where(*conditions(only))


def _first_copy() -> Any:
    others = files.alias("others")
    same = select(func.min(others.c.path)).where(others.c.sha256 == files.c.sha256, others.c.gone.is_(False))
    return same.correlate(files).scalar_subquery()


_ANSWER_COLUMNS: Final = (
    "state", "error", "message", "tier", "mix_index", "not_music", "duration_s", "genre_tag", "brief", "answered_at",
)  # fmt: skip
_DECISION_COLUMNS: Final = ("id", "person", "at", "kind", "verdict", "model", "batch")


def conditions(only: RowFilter) -> Iterator[ColumnElement[bool]]:
    """What a filter asks of `files` joined with `answers`."""
    if only.tiers:
        yield answers.c.tier.in_(only.tiers)
    if only.genres:
        yield answers.c.genre.in_(only.genres)
    if only.states:
        yield or_(*(_in_state(state) for state in only.states))
    if only.under:
        yield under(only.under)
    if only.text:
        yield or_(
            files.c.path.icontains(only.text, autoescape=True),
            answers.c.genre_tag.icontains(only.text, autoescape=True),
        )
    if only.decided is not None:
        same = decisions.c.sha256 == files.c.sha256
        decided = select(decisions.c.id).where(same, *STANDS).correlate(files).exists()
        yield decided if only.decided else ~decided
    if only.not_by:
        theirs = (decisions.c.person == only.not_by, decisions.c.undone_at.is_(None))
        yield ~exists().where(decisions.c.sha256 == files.c.sha256, *theirs)
    if only.answered_since is not None:
        yield answers.c.answered_at >= only.answered_since
    if only.probability is not None:
        yield answers.c.probability.between(*only.probability)
    if only.sha256s is not None:
        yield files.c.sha256.in_(only.sha256s)
    if only.first_copies:
        yield files.c.path == _first_copy()


def _in_state(state: State) -> ColumnElement[bool]:
    if state == "failed":
        return or_(files.c.error.is_not(None), answers.c.state == "failed")
    if state == "done":
        return answers.c.state == "done"
    return and_(files.c.error.is_(None), or_(answers.c.state.is_(None), answers.c.state.in_(("planned", "claimed"))))


def _row(row: Any, models: Mapping[int, ModelInfo], model_id: int | None) -> CatalogueRow:
    done = row.state == "done"
    failed = row.file_error is not None or row.state == "failed"
    decision = None
    if row.decided_id is not None:
        decision = Decision(
            row.decided_id,
            row.sha256,
            row.decided_person,
            row.decided_at,
            row.decided_kind,
            row.decided_verdict,
            row.decided_model,
            row.decided_batch or "",
        )
    with readable():
        brief = read_brief(row.brief)
    return CatalogueRow(
        path=row.path,
        sha256=row.sha256 or "",
        size=row.size,
        copy_of=row.first_copy if row.first_copy not in (None, row.path) else "",
        state="failed" if failed else "done" if done else "waiting",
        error=row.file_error or row.error or "",
        message=row.file_message or row.message or "",
        model=models.get(model_id) if model_id is not None and row.state is not None else None,
        model_id=model_id if row.state is not None else None,
        tier=row.tier or "",
        mix_index=row.mix_index,
        not_music=row.not_music,
        duration_s=row.duration_s,
        genre_tag=row.genre_tag or "",
        answered_at=row.answered_at,
        decision=decision,
        **brief,
    )
