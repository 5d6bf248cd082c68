"""Exports: what a catalogue holds as a table, rebuilt from it at any time, row by row so that memory stays flat.

CSV and JSON lines are the same bytes for the same content: nothing in them tells when a run was or in which order it
went. A `file` is the absolute path as `paths.to_text` writes it, so `paths.from_text` gives the file's real name back.
"""

from __future__ import annotations

import itertools
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, TypeAlias, get_args

from sqlalchemy import select

from genrelens.audio.sources import safe_text
from genrelens.catalogue.answering import packed_json
from genrelens.catalogue.csv_file import write_csv
from genrelens.catalogue.rows import CatalogueRow, RowFilter
from genrelens.catalogue.schema import answers
from genrelens.catalogue.store import Catalogue
from genrelens.errors import CatalogueError, UsageError
from genrelens.listening.analysis import ModelInfo
from genrelens.whole_files import whole_file

__all__ = ["COLUMNS", "FORMATS", "MAPPED", "SIMPLE_COLUMNS", "Format", "Line", "export_format", "line", "write_export"]

Format = Literal["csv", "jsonl", "parquet", "xlsx", "simple"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
"""`simple` is a CSV with the three columns that many scripts read."""

Line: TypeAlias = dict[str, "str | float | tuple[str, ...] | None"]
"""Column -> value: "" and None where there is nothing to say."""

_TOP: Final = tuple(name for place in range(1, 6) for name in (f"genre_{place}", f"probability_{place}"))
COLUMNS: Final = (
    "file", *_TOP, "tier", "mix_index", "not_music", "prediction_set", "health", "duration_s", "genre_tag",
    "tag_agrees", "triage", "decision", "decided_by", "decided_at", "copy_of", "error", "sha256", "model",
)  # fmt: skip
"""Of every table but `simple`, in order."""
MAPPED: Final = "mapped_genres"
"""One more column after `decided_at` where there is a mapping."""
SIMPLE_COLUMNS: Final = ("Filename", "Predicted Genre", "Confidence")

_DIGITS: Final = {"mix_index": 1, "duration_s": 2}
"""Decimals in a CSV; 4 for the others, which are probabilities."""
_MESSAGE_CHARS: Final = 300
_JSON_ROWS: Final = 100
"""Whole analyses that are held at a time."""

_Triage: TypeAlias = Callable[[CatalogueRow], str]
_Names: TypeAlias = Callable[[CatalogueRow], Sequence[str]]


def write_export(
    catalogue: Catalogue,
    model_id: int | None,
    out: Path,
    *,
    format: Format | None = None,
    policy: _Triage | None = None,
    mapping: _Names | None = None,
    only: RowFilter = RowFilter(),  # noqa: B008
) -> int:
    """Write what a catalogue holds, sorted by path; the file is replaced whole or stays as it was.

    Args:
        catalogue: What is written.
        model_id: Whose answers; None: files alone.
        out: The file.
        format: Its kind; by the end of its name when left out.
        policy: `accept`, `suggest` or `review` for a row, "" where there is no answer (`Policy.action`).
        mapping: The owner's own names for a row (`GenreMapping.of_row`).
        only: Which rows.

    Returns:
        How many rows were written.

    Raises:
        UsageError: `EXPORT_FORMAT` where the kind is not known, `PARQUET_NOT_INSTALLED`, `OUTPUT_FAILED`.
        CatalogueError: The catalogue cannot be read.
    """
    kind = export_format(out, format)
    names = _with_mapped(COLUMNS) if mapping is not None else COLUMNS
    rows = catalogue.rows(model_id, only)
    lines = (line(row, policy, mapping) for row in rows)
    if kind == "parquet":
        from genrelens.catalogue.parquet import check_installed, write_parquet

        check_installed()
        with whole_file(out) as stream:
            return write_parquet(stream, names, lines)
    if kind == "xlsx":
        from genrelens.catalogue.spreadsheet import write_spreadsheet

        with whole_file(out) as stream:
            return write_spreadsheet(stream, names, lines)
    with whole_file(out) as stream:
        if kind == "jsonl":
            return _write_json(stream, catalogue, model_id, rows, policy, mapping)
        if kind == "simple":
            return write_csv(stream, SIMPLE_COLUMNS, (_simple(row, mapping) for row in rows))
        return write_csv(stream, names, ([_text(said, name) for name in names] for said in lines))


def export_format(out: Path, asked: str | None) -> Format:
    """The kind of table that is asked for, or that the end of a file's name means.

    Raises:
        UsageError: `EXPORT_FORMAT`.
    """
    wanted = (asked or out.suffix.removeprefix(".")).casefold()
    for known in FORMATS:
        if wanted == known and (asked or known != "simple"):
            return known
    shown = safe_text(asked or out.name, 60)
    raise UsageError("EXPORT_FORMAT", f"{shown!r} does not say which kind of table is wanted")


def line(row: CatalogueRow, policy: _Triage | None = None, mapping: _Names | None = None) -> Line:
    """A row as the values of `COLUMNS` (and `MAPPED`)."""
    heard = bool(row.top)
    said: Line = {"file": row.path}
    for place in range(5):
        score = row.top[place] if place < len(row.top) else None
        said[f"genre_{place + 1}"] = score.id if score else ""
        said[f"probability_{place + 1}"] = score.probability if score else None
    decision = row.decision
    said |= {
        "tier": row.tier,
        "mix_index": row.mix_index if heard else None,
        "not_music": row.not_music,
        "prediction_set": row.prediction_set,
        "health": row.health,
        "duration_s": row.duration_s,
        "genre_tag": row.genre_tag,
        "tag_agrees": row.agrees,
        "triage": policy(row) if policy is not None else "",
        "decision": decision.verdict if decision else "",
        "decided_by": decision.person if decision else "",
        "decided_at": _time(decision.at) if decision else "",
        "copy_of": row.copy_of,
        "error": f"{row.error}: {safe_text(row.message, _MESSAGE_CHARS)}" if row.error else "",
        "sha256": row.sha256,
        "model": f"{row.model.name} {row.model.version}" if row.model else "",
    }
    if mapping is not None:
        said[MAPPED] = tuple(mapping(row))
    return said


def _with_mapped(names: Sequence[str]) -> tuple[str, ...]:
    place = names.index("decided_at") + 1
    return (*names[:place], MAPPED, *names[place:])


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(said: Line, column: str) -> str:
    value = said[column]
    if isinstance(value, float):
        return f"{value:.{_DIGITS.get(column, 4)}f}"
    if isinstance(value, tuple):
        # The owner's own names may hold spaces.
        return ("; " if column == MAPPED else " ").join(value)
    return value or ""


def _simple(row: CatalogueRow, mapping: _Names | None) -> list[str]:
    """Name without folder, what was heard (or why nothing was), and how sure: `0.93`, "" where nothing was heard."""
    name = os.path.basename(row.path)  # noqa: PTH119 - a backslash may be part of a name
    if row.error:
        return [name, f"Error: {row.error}", ""]
    if row.state != "done":
        return [name, "Not heard yet", ""]
    if row.tier == "not_music":
        mapped = "; ".join(mapping(row)) if mapping is not None else ""
        return [name, mapped or "Not music", "" if row.not_music is None else f"{row.not_music:.2f}"]
    named = "; ".join(mapping(row)) if mapping is not None else row.genre
    return [name, named, f"{row.probability:.2f}"]


def _write_json(
    stream: BinaryIO,
    catalogue: Catalogue,
    model_id: int | None,
    rows: Iterator[CatalogueRow],
    policy: _Triage | None,
    mapping: _Names | None,
) -> int:
    models = catalogue.models()
    count = 0
    while batch := list(itertools.islice(rows, _JSON_ROWS)):
        whole = _analyses(catalogue, model_id, {row.sha256 for row in batch if row.state == "done"})
        for row in batch:
            said = json.dumps(_object(row, models, policy, mapping), ensure_ascii=False, allow_nan=False)
            head = said.encode("utf-8", "replace")
            # The analysis is kept as JSON: it is put behind as it stands.
            rest = whole.get(row.sha256)
            stream.write(head + b"\n" if rest is None else head[:-1] + b", " + rest[1:] + b"\n")
        count += len(batch)
    return count


def _object(
    row: CatalogueRow, models: Mapping[int, ModelInfo], policy: _Triage | None, mapping: _Names | None
) -> dict[str, Any]:
    """What stands before the analysis in a line of JSON."""
    decision, looked_at = None, None
    if row.decision is not None:
        looked_at = models.get(row.decision.model)
        decision = {
            "verdict": row.decision.verdict,
            "kind": row.decision.kind,
            "by": row.decision.person,
            "at": _time(row.decision.at),
            "model": f"{looked_at.name} {looked_at.version}" if looked_at else "",
            "in_bulk": bool(row.decision.batch),
        }
    said: dict[str, Any] = {
        "path": row.path,
        "copy_of": row.copy_of,
        "state": row.state,
        "error": {"code": row.error, "message": row.message} if row.error else None,
        "decision": decision,
        "triage": policy(row) if policy is not None else "",
    }
    return said if mapping is None else said | {MAPPED: list(mapping(row))}


def _analyses(catalogue: Catalogue, model_id: int | None, contents: set[str]) -> dict[str, bytes]:
    """SHA-256 -> the whole analysis as a JSON object."""
    if model_id is None or not contents:
        return {}
    query = select(answers.c.sha256, answers.c.analysis)
    mine = query.where(answers.c.model == model_id, answers.c.sha256.in_(sorted(contents)))
    try:
        return {row.sha256: packed_json(row.analysis) for row in catalogue.database.fetch(mine) if row.analysis}
    except (zlib.error, ValueError) as error:
        raise CatalogueError("CATALOGUE_CORRUPT", f"an answer in the catalogue cannot be read: {error}") from None
