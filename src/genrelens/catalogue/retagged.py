"""Answers and decisions belong to the bytes of a file; when only its tags were written anew, they go along.

Called with what a journal of tags says, as often as one likes: it goes forwards after tagging, backwards after undoing.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, and_, insert, select, update

from genrelens.catalogue.answering import readable, unpacked
from genrelens.catalogue.database import Database
from genrelens.catalogue.paths import from_text
from genrelens.catalogue.schema import answers, decisions, files

__all__ = ["follow"]

_ROOT_CHARS: Final = 20
_SETTLED: Final = ("done", "failed")


def follow(database: Database, target: Path, old: str, new: str, *, size: int, mtime_ns: int) -> bool:
    """Let a file that has new tags keep what is known of it.

    Args:
        database: Of the catalogue.
        target: The file itself; rows that name it through a link follow, too.
        old: sha256 that it had.
        new: sha256 that it has.
        size: In bytes, now.
        mtime_ns: When it was written, now.

    Returns:
        Whether the catalogue knew the file by its old bytes.

    Raises:
        CatalogueError: It cannot be written, or what it knows of the file cannot be read; nothing was changed.
    """

    def work(connection: Connection) -> bool:
        rows = connection.execute(select(files.c.path).where(files.c.sha256 == old)).all()
        paths = [row.path for row in rows if os.path.realpath(from_text(row.path)) == str(target)]
        if not paths:
            return False
        here = and_(files.c.path.in_(paths), files.c.sha256 == old)
        connection.execute(update(files).where(here).values(sha256=new, size=size, mtime_ns=mtime_ns, gone=False))
        _copy_answers(connection, old, new)
        _copy_decisions(connection, old, new)
        return True

    return database.write(work)


def _copy_answers(connection: Connection, old: str, new: str) -> None:
    known = {row.model: row.state for row in connection.execute(select(answers).where(answers.c.sha256 == new))}
    for row in connection.execute(select(answers).where(answers.c.sha256 == old, answers.c.state.in_(_SETTLED))).all():
        if known.get(row.model) in _SETTLED:
            continue
        values: dict[str, Any] = {**row._mapping, "sha256": new}
        if row.analysis is not None:
            with readable():
                whole = unpacked(row.analysis)
                whole["source"]["sha256"] = new
            values["analysis"] = zlib.compress(json.dumps(whole, ensure_ascii=False, allow_nan=False).encode(), 6)
        mine = and_(answers.c.sha256 == new, answers.c.model == row.model)
        connection.execute(
            update(answers).where(mine).values(values) if row.model in known else insert(answers).values(values)
        )


def _copy_decisions(connection: Connection, old: str, new: str) -> None:
    """Each decision once for the new bytes, and taken back there, too, where it was taken back."""
    there = connection.execute(select(decisions).where(decisions.c.sha256 == new)).all()
    known = {_root(row.token): row.id for row in there}
    query = select(decisions).where(decisions.c.sha256 == old).order_by(decisions.c.id)
    for row in connection.execute(query).all():
        root = _root(row.token)
        if root in known:
            same = decisions.c.id == known[root]
            connection.execute(update(decisions).where(same).values(undone_at=row.undone_at))
        else:
            values = {name: value for name, value in row._mapping.items() if name != "id"}
            values.update(sha256=new, token=f"{root}~{new[: 39 - _ROOT_CHARS]}")
            connection.execute(insert(decisions).values(values))


def _root(token: str) -> str:
    """What a decision and its copies have in common."""
    first, mark, _ = token.partition("~")
    return first if mark else hashlib.sha256(token.encode()).hexdigest()[:_ROOT_CHARS]
