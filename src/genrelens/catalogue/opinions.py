"""What several people say of the same contents: each one's opinion, and where they differ.

An opinion is a person's last standing decision on a content. What was accepted in bulk is none: nobody listened. Who
has all the opinions before them and decides, settles it (kind `settle`): what was said before counts no more, and
only an opinion after that can open it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, select

from genrelens.catalogue.reading import STANDS
from genrelens.catalogue.rows import Decision
from genrelens.catalogue.schema import decisions

__all__ = ["Judgement", "decision_of", "disputes", "judgements"]

_SINGLE: Final = (*STANDS, decisions.c.batch.is_(None))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one person says of one file's bytes."""

    sha256: str
    person: str
    verdict: str


def judgements(connection: Connection) -> list[Judgement]:
    """The opinion of each person on each content; what settled a dispute is left out, as it was not blind. Sorted."""
    single = (*_SINGLE, decisions.c.kind != "settle")
    newest = select(func.max(decisions.c.id)).where(*single).group_by(decisions.c.sha256, decisions.c.person)
    query = select(decisions).where(decisions.c.id.in_(newest)).order_by(decisions.c.sha256, decisions.c.person)
    return [Judgement(row.sha256, row.person, row.verdict) for row in connection.execute(query)]


def disputes(
    connection: Connection, contents: Sequence[str] | None = None, *, person: str = ""
) -> dict[str, tuple[Decision, ...]]:
    """Content -> the opinions that stand against each other, the first one first.

    Args:
        connection: To the catalogue.
        contents: Only of these.
        person: Leaves out what this person has skipped since the last opinion.
    """
    several = select(decisions.c.sha256).where(*_SINGLE).group_by(decisions.c.sha256)
    if contents is not None:
        several = several.where(decisions.c.sha256.in_(contents))
    several = several.having(func.count(decisions.c.person.distinct()) > 1)
    query = select(decisions).where(decisions.c.undone_at.is_(None), decisions.c.batch.is_(None))
    opinions: dict[str, dict[str, Decision]] = {}
    skipped: set[str] = set()
    for row in connection.execute(query.where(decisions.c.sha256.in_(several)).order_by(decisions.c.id)):
        said = opinions.setdefault(row.sha256, {})
        if row.kind == "skip":
            if row.person == person:
                skipped.add(row.sha256)
            continue
        skipped.discard(row.sha256)
        if row.kind == "settle":
            said.clear()
        said.pop(row.person, None)
        said[row.person] = decision_of(row)
    return {
        sha: tuple(said.values())
        for sha, said in opinions.items()
        if sha not in skipped and len({decision.verdict for decision in said.values()}) > 1
    }


def decision_of(row: Any) -> Decision:
    """A row of the table as a value."""
    return Decision(
        row.id, row.sha256, row.person, row.at, row.kind, row.verdict, row.model, row.batch or "", row.undone_at
    )
