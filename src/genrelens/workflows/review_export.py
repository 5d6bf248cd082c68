"""Decisions as a table that `teach` learns from: a row a content, what was predicted and what a person decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from genrelens.catalogue.csv_file import write_csv
from genrelens.catalogue.decisions import Decisions
from genrelens.catalogue.rows import CatalogueRow, RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.whole_files import whole_file
from genrelens.workflows.review import answer_of

__all__ = ["COLUMNS", "decision_rows", "export_decisions"]

COLUMNS: Final = ("path", "predicted", "probability", "decision", "kind", "person", "decided_at", "sha256", "model")
_CHUNK: Final = 500


def export_decisions(catalogue: Catalogue, out: Path, *, model_id: int | None = None, bulk: bool = False) -> int:
    """Write the decisions as CSV, and say how many there are; `decision_rows` explains the rest.

    Raises:
        UsageError: `OUTPUT_FAILED`.
    """
    with whole_file(out) as stream:
        return write_csv(stream, COLUMNS, decision_rows(catalogue, model_id=model_id, bulk=bulk))


def decision_rows(
    catalogue: Catalogue, *, model_id: int | None = None, bulk: bool = False
) -> Iterator[tuple[str, ...]]:
    """The decisions that stand, in `COLUMNS`, sorted by path; then what was only skipped, its decision being `skip`.

    Args:
        catalogue: Which.
        model_id: Whose predictions stand beside them; the model that answered last when left out.
        bulk: Whether answers that were accepted in bulk are there too: nobody listened to them.
    """
    asked = catalogue.latest_model() if model_id is None else model_id
    for row in catalogue.rows(asked, RowFilter(decided=True, first_copies=True)):
        if row.decision is not None and (bulk or not row.decision.batch):
            said = row.decision
            when = datetime.fromtimestamp(said.at, UTC).isoformat(timespec="seconds")
            yield _cells(row, said.verdict, said.kind, said.person, when)
    skipped = Decisions(catalogue.database).skipped()
    for first in range(0, len(skipped), _CHUNK):
        some = tuple(skipped[first : first + _CHUNK])
        for row in catalogue.rows(asked, RowFilter(sha256s=some, first_copies=True)):
            yield _cells(row, "skip", "skip", "", "")


def _cells(row: CatalogueRow, decision: str, kind: str, person: str, when: str) -> tuple[str, ...]:
    probability = f"{row.probability:.4f}" if row.top else ""
    model = "" if row.model is None else f"{row.model.name} {row.model.version}"
    return (row.path, answer_of(row), probability, decision, kind, person, when, row.sha256, model)
