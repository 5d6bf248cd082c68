"""Answers of "many songs" that the policy accepts, accepted together, and taken back: in the table, and in a catalogue
that knows them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from genrelens.catalogue.answering import row_of
from genrelens.errors import GenreLensError
from genrelens.insight.table import TableRow
from genrelens.studio.given import text_of, whole_of
from genrelens.studio.room import Room
from genrelens.studio.tables import MAX_ROWS, Table
from genrelens.workflows.policy import Policy

if TYPE_CHECKING:
    from genrelens.catalogue.store import Catalogue

__all__ = ["accept", "decided_rows"]


def accept(data: Any, listener: str, room: Room) -> str:
    """Accept the answers of rows as far as the policy does, or take a batch back.

    Args:
        data: `table` as the browser numbers it; `batch` names what is done; `ids` of rows, or `undo`; `person`, who
            decides, for the catalogue.
        listener: The session that asks.
        room: The page's tools.

    Returns:
        JSON, {"table", "batch", "decided": {id: label}, "kept": how many decisions the catalogue kept, or took back};
        "" where the table has been cleared. Never raises.
    """
    table = room.tables.open(listener, whole_of(data, "table"))
    batch = text_of(data, "batch", 40)
    if table is None or not batch:
        return ""
    kept = 0
    if isinstance(data, dict) and data.get("undo") is True:
        room.tables.undo(table, batch)
        kept = _undone(room.catalogue, text_of(data, "person", 200), batch)
    else:
        done = room.tables.decided(table)
        wanted = _ids(data) - set(done)
        rows = {number: row for number, row in room.tables.rows(table) if number in wanted}
        verdicts = {number: verdict for number, row in rows.items() if (verdict := _verdict(row, room.policy))}
        room.tables.decide(table, verdicts, batch)
        if room.catalogue is not None:
            shas = {_sha(rows[number]): verdict for number, verdict in verdicts.items()}
            kept = _kept(room.catalogue, text_of(data, "person", 200), batch, shas)
    told = {"table": table.number, "batch": batch, "decided": room.tables.decided(table), "kept": kept}
    return json.dumps(told, ensure_ascii=False)


def decided_rows(room: Room, table: Table[TableRow]) -> Iterable[TableRow]:
    """The rows with what was decided on them."""
    decided = room.tables.decided(table)
    for number, row in room.tables.rows(table):
        yield TableRow(row.name, row.answer, decided.get(number, ""))


def _verdict(row: TableRow, policy: Policy) -> str:
    if isinstance(row.answer, GenreLensError):
        return ""
    heard = row_of(row.answer)
    return heard.counts_as if policy.action(heard) == "accept" else ""


def _sha(row: TableRow) -> str:
    return "" if isinstance(row.answer, GenreLensError) else row.answer.source.sha256


def _kept(catalogue: Catalogue, person: str, batch: str, shas: dict[str, str]) -> int:
    """Decide on what the catalogue knows too; what it cannot keep stays in the table alone."""
    from genrelens.catalogue.decisions import Decisions, Desk
    from genrelens.catalogue.rows import RowFilter
    from genrelens.workflows.review import person_named, verdict_of

    try:
        model_id = catalogue.latest_model()
        if model_id is None:
            return 0
        labels = catalogue.labels(model_id)
        rows = catalogue.rows(model_id, RowFilter(sha256s=tuple(shas), states=("done",)))
        known = {row.sha256: row for row in rows}
        verdicts = [verdict_of(row, shas[sha], labels) for sha, row in known.items() if shas[sha] in labels]
        return Decisions(catalogue.database).decide_all(Desk(person_named(person), batch), verdicts, batch=batch)
    except GenreLensError:
        return 0


def _undone(catalogue: Catalogue | None, person: str, batch: str) -> int:
    if catalogue is None:
        return 0
    from genrelens.catalogue.decisions import Decisions
    from genrelens.workflows.review import person_named

    try:
        return len(Decisions(catalogue.database).undo(person_named(person), batch=batch))
    except GenreLensError:
        return 0


def _ids(data: Any) -> set[int]:
    given = data.get("ids") if isinstance(data, dict) else None
    return {number for number in given[:MAX_ROWS] if isinstance(number, int)} if isinstance(given, list) else set()
