"""The list that a teacher keeps: who handed in which file, what genre they claim, and why.

Spreadsheets write CSV in many ways (comma, semicolon or tab; UTF-8 with or without a mark, UTF-16, GBK), and columns
have Chinese or English names: what is plain is understood, and what is not is said with the columns that were found.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genrelens.audio.sources import safe_name, safe_text
from genrelens.errors import UsageError
from genrelens.workflows.foreign_text import decoded, is_workbook

__all__ = ["MAX_BYTES", "MAX_ROWS", "Entry", "open_roster", "read_roster"]

MAX_BYTES: Final = 1_000_000
"""Of a roster: five hundred students with a page of reasons each are less."""
MAX_ROWS: Final = 500
_MOST_NAME: Final = 120
_MOST_REASONS: Final = 2_000
_DELIMITERS: Final = (",", ";", "\t", "|", "，")
_COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "student": frozenset("student name pupil studentname learner 学生 姓名 学生姓名 名字 同学".split()),
    "file": frozenset(
        "file filename audio track piece song recording 文件 文件名 音频 音频文件 作品 曲目 歌曲 录音".split()
    ),
    "claimed": frozenset(
        "claimedgenre genre claimed claim style 风格 流派 曲风 类型 音乐风格 音乐流派 所选风格 所选流派 判断".split()
    ),
    "reasons": frozenset("reasons reason why because text comment explanation 理由 原因 说明 依据 解释".split()),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the roster; harmless texts.

    Attributes:
        line: Of the table, the header being 1.
        student: Who.
        file: As written; "" where none is.
        claimed: The genre as written; "" where none is.
        reasons: As written; "" where none are.
    """

    line: int
    student: str
    file: str
    claimed: str
    reasons: str


def open_roster(path: Path) -> tuple[Entry, ...]:
    """Read a roster from the disk.

    Raises:
        UsageError: `ROSTER_INVALID`, also where there is no such file.
    """
    try:
        with path.open("rb") as file:
            return read_roster(file.read(MAX_BYTES + 1))
    except OSError as error:
        reason = error.strerror or error
        raise UsageError("ROSTER_INVALID", f"{safe_name(path) or 'the roster'} cannot be read: {reason}") from None


def read_roster(content: bytes) -> tuple[Entry, ...]:
    """Read a roster.

    Args:
        content: Of the CSV file.

    Raises:
        UsageError: `ROSTER_INVALID` where it is too large, no table, has no column of students or no rows.
    """
    if len(content) > MAX_BYTES:
        raise UsageError("ROSTER_INVALID", f"the roster is larger than {MAX_BYTES // 1000} kB")
    if is_workbook(content):
        raise UsageError("ROSTER_INVALID", "the roster is an Excel workbook, not a CSV table")
    text = decoded(content)
    delimiter = max(_DELIMITERS, key=lambda mark: len(_places(_header(text, mark))))
    places = _places(_header(text, delimiter))
    if "student" not in places:
        found = ", ".join(safe_text(cell, 40) for cell in _header(text, delimiter)[:8]) or "nothing"
        raise UsageError("ROSTER_INVALID", f"no column of students; found: {found}")
    entries = [_entry(line, row, places) for line, row in enumerate(_rows(text, delimiter), 1) if line > 1]
    kept = tuple(entry for entry in entries if entry.student or entry.file)
    if not kept:
        raise UsageError("ROSTER_INVALID", "the roster has no rows")
    if len(kept) > MAX_ROWS:
        raise UsageError("ROSTER_INVALID", f"the roster has {len(kept)} rows, over {MAX_ROWS}")
    return kept


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UsageError("ROSTER_INVALID", f"the roster is no table: {error}") from None


def _header(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


def _places(header: Sequence[str]) -> dict[str, int]:
    """Column -> where it stands; the first of several that mean the same."""
    places: dict[str, int] = {}
    for index, cell in enumerate(header):
        plain = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", cell).casefold())
        for column, names in _COLUMNS.items():
            if plain in names:
                places.setdefault(column, index)
    return places


def _entry(line: int, row: Sequence[str], places: Mapping[str, int]) -> Entry:
    def cell(column: str, limit: int) -> str:
        place = places.get(column, len(row))
        return safe_text(row[place], limit) if place < len(row) else ""

    return Entry(
        line,
        cell("student", _MOST_NAME),
        cell("file", 255),
        cell("claimed", _MOST_NAME),
        cell("reasons", _MOST_REASONS),
    )
