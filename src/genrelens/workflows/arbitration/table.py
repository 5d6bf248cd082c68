"""A table of labels from several sources, as people have one: wide or long, whatever its encoding and separator.

Wide: a column of files and one column a source. Long: file, source, label, a row a label (also crowd-kit's
task, worker, label). The file is a stranger's: its size, its lines and its rows are capped before they are read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genrelens.audio.sources import safe_name, safe_text
from genrelens.errors import PolicyError
from genrelens.workflows.foreign_text import column_of, csv_rows, decoded, folded, is_workbook

__all__ = ["LabelTable", "read_label_table"]

_BYTES: Final = 64 * 2**20
_LINE_BYTES: Final = 2**20
_ROWS: Final = 1_000_000
_SOURCES: Final = 200
_NAME_CHARS: Final = 100
"""Most of a source's name that is shown."""

_FILE: Final = ("file", "filename", "path", "task", "song", "track", "item", "id", "文件", "文件名", "路径", "歌曲")
_SOURCE: Final = ("source", "worker", "annotator", "rater", "reviewer", "来源", "标注者", "标注人", "评审")
_LABEL: Final = ("label", "genre", "labels", "genres", "标签", "流派", "风格", "曲风")
_ASIDE: Final = frozenset(
    "title artist album year duration durations sha256 note notes comment 标题 歌名 歌手 艺术家 专辑 备注".split()
)
"""Columns of a wide table that nobody means as a source of genres."""


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Who wrote what of which file.

    Attributes:
        said: Source -> file -> cell as it was written, none empty; in the order in which they appear.
        files: All files in order, also those of which nobody said anything.
        aside: Columns that were left out because they are no labels (title, artist ...).
        repeated: Labels that a later one of the same source and file replaced, a differing one only.
    """

    said: Mapping[str, Mapping[str, str]]
    files: tuple[str, ...]
    aside: tuple[str, ...] = ()
    repeated: int = 0


def read_label_table(path: Path, name: str = "") -> LabelTable:
    """Read a CSV of labels.

    Args:
        path: In any encoding that `foreign_text.decoded` reads; comma, semicolon, tab or bar.
        name: What errors call it, where that is not the name of the file.

    Raises:
        PolicyError: `LABELS_TABLE_INVALID` or `LABELS_TABLE_TOO_LARGE`.
    """
    name = name or safe_name(path) or "the table"
    rows = _rows(_text(path, name), name)
    header = [cell.strip() for cell in next(rows, [])]
    names = [folded(cell) for cell in header]
    file_at = column_of(names, _FILE)
    if file_at is None:
        raise PolicyError(
            "LABELS_TABLE_INVALID",
            f"{name} has the columns {[safe_text(cell, 40) for cell in header[:20]]}, but no file",
        )
    source_at, label_at = column_of(names, _SOURCE), column_of(names, _LABEL)
    if source_at is not None and label_at is not None:
        return _long(rows, file_at, source_at, label_at)
    columns = {at: shown for at, cell in enumerate(header) if at != file_at and (shown := _source(cell))}
    aside = tuple(shown for at, shown in columns.items() if names[at] in _ASIDE)
    columns = {at: shown for at, shown in columns.items() if names[at] not in _ASIDE}
    if not columns:
        raise PolicyError("LABELS_TABLE_INVALID", f"{name} has a column of files, but none of labels")
    if len(columns) > _SOURCES or len(set(columns.values())) < len(columns):
        raise PolicyError(
            "LABELS_TABLE_INVALID", f"{name} has more than {_SOURCES} columns of labels, or two of one name"
        )
    return _wide(rows, file_at, columns, aside)


def _long(rows: Iterator[list[str]], file_at: int, source_at: int, label_at: int) -> LabelTable:
    said: dict[str, dict[str, str]] = {}
    files: dict[str, None] = {}
    repeated = 0
    for row in rows:
        file, source, label = (row[at].strip() if at < len(row) else "" for at in (file_at, source_at, label_at))
        if not file:
            continue
        files[file] = None
        if not label or not (source := _source(source)):
            continue
        mine = said.setdefault(source, {})
        repeated += mine.get(file, label) != label
        mine[file] = label
        if len(said) > _SOURCES:
            raise PolicyError("LABELS_TABLE_INVALID", f"there are more than {_SOURCES} sources")
    return LabelTable(said, tuple(files), repeated=repeated)


def _wide(rows: Iterator[list[str]], file_at: int, columns: Mapping[int, str], aside: tuple[str, ...]) -> LabelTable:
    said: dict[str, dict[str, str]] = {source: {} for source in columns.values()}
    files: dict[str, None] = {}
    repeated = 0
    for row in rows:
        file = row[file_at].strip() if file_at < len(row) else ""
        if not file:
            continue
        files[file] = None
        for at, source in columns.items():
            if label := row[at].strip() if at < len(row) else "":
                repeated += said[source].get(file, label) != label
                said[source][file] = label
    return LabelTable(said, tuple(files), aside, repeated)


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_BYTES + 1)
    except OSError as error:
        raise PolicyError("LABELS_TABLE_INVALID", f"{name} cannot be read: {error.strerror or error}") from None
    if len(data) > _BYTES:
        raise PolicyError("LABELS_TABLE_TOO_LARGE", f"{name} has more than {_BYTES >> 20} MB")
    if max(map(len, io.BytesIO(data)), default=0) > _LINE_BYTES:
        raise PolicyError("LABELS_TABLE_TOO_LARGE", f"{name} has a line of more than a megabyte: is it a table?")
    if is_workbook(data):
        raise PolicyError("LABELS_TABLE_INVALID", f"{name} is an Excel workbook, not a CSV table")
    return decoded(data)


def _rows(text: str, name: str) -> Iterator[list[str]]:
    rows = csv_rows(text)
    try:
        for count, row in enumerate(filter(any, rows)):
            if count > _ROWS:
                raise PolicyError("LABELS_TABLE_TOO_LARGE", f"{name} has more than {_ROWS} rows")
            yield row
    except csv.Error as error:
        raise PolicyError("LABELS_TABLE_INVALID", f"{name}, line {rows.line_num}: {error}") from None


def _source(text: str) -> str:
    return safe_text(text, _NAME_CHARS)
