"""Many answers as one table: a row a file, what failed included, as CSV for a spreadsheet and as JSON lines.

The CSV opens well in every spreadsheet: UTF-8 with a byte order mark, and no cell that one would run. File names and
genre tags are strangers' texts: a cell that begins with `=`, `+`, `-` or `@` gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from genrelens.audio.sources import safe_text
from genrelens.catalogue.cells import cell
from genrelens.errors import GenreLensError
from genrelens.listening.analysis import Analysis
from genrelens.taxonomy import genres_named

__all__ = ["COLUMNS", "Agreement", "TableRow", "to_csv", "to_jsonl"]

COLUMNS: Final = (
    "file", "genre", "probability", "tier", "second_genre", "second_probability", "mix_index", "not_music",
    "genre_tag", "tag_agrees", "duration_s", "health", "error", "sha256", "model", "decision",
)  # fmt: skip
"""Of the CSV, in order."""

Agreement = Literal["yes", "no", ""]
"""Whether the file's own genre tag names the first genre; "" where one of the two is missing or is none of ours."""

_MESSAGE_CHARS: Final = 300


@dataclass(frozen=True, slots=True)
class TableRow:
    """One file of a batch: its harmless name, its answer or what went wrong, and what a person decided, if anything."""

    name: str
    answer: Analysis | GenreLensError
    decision: str = ""

    @property
    def agrees(self) -> Agreement:
        """Whether the answer is a genre that the file's own tag names."""
        if isinstance(self.answer, GenreLensError) or not self.answer.top or self.answer.tier == "not_music":
            return ""
        said = genres_named(self.answer.source.genre_tag)
        if not said:
            return ""
        return "yes" if self.answer.top[0].id in said else "no"

    def to_dict(self) -> dict[str, Any]:
        """The line of `genrelens classify --json`, and a `decision`: `path`, then the whole analysis or the `error`."""
        if isinstance(self.answer, GenreLensError):
            return {"path": self.name, "error": self.answer.to_dict()}
        decided = {"decision": self.decision} if self.decision else {}
        return {"path": self.name, **self.answer.to_dict(), **decided}

    def cells(self) -> dict[str, str]:
        """Column -> text; numbers with a point, missing ones empty."""
        answer = self.answer
        if isinstance(answer, GenreLensError):
            failure = f"{answer.code}: {safe_text(answer.message, _MESSAGE_CHARS)}"
            return dict.fromkeys(COLUMNS, "") | {"file": self.name, "error": failure}
        first, second = (*answer.top[:2], None, None)[:2]
        return {
            "file": self.name,
            "genre": first.id if first else "",
            "probability": f"{first.probability:.4f}" if first else "",
            "tier": answer.tier,
            "second_genre": second.id if second else "",
            "second_probability": f"{second.probability:.4f}" if second else "",
            "mix_index": f"{answer.mix_index:.1f}" if first else "",
            "not_music": "" if answer.not_music is None else f"{answer.not_music:.4f}",
            "genre_tag": answer.source.genre_tag,
            "tag_agrees": self.agrees,
            "duration_s": f"{answer.source.duration_s:.2f}",
            "health": " ".join(finding.code for finding in answer.health),
            "error": "",
            "sha256": answer.source.sha256,
            "model": f"{answer.model.name} {answer.model.version}",
            "decision": self.decision,
        }


def to_csv(rows: Iterable[TableRow]) -> bytes:
    """The table as CSV: UTF-8 with a byte order mark, comma, CRLF (RFC 4180); made harmless for spreadsheets."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        cells = row.cells()
        writer.writerow([cell(cells[column]) for column in COLUMNS])
    return text.getvalue().encode("utf-8-sig", "replace")


def to_jsonl(rows: Iterable[TableRow]) -> bytes:
    """The table as JSON lines: every analysis whole, in UTF-8."""
    lines = [json.dumps(row.to_dict(), ensure_ascii=False, allow_nan=False) + "\n" for row in rows]
    return "".join(lines).encode("utf-8", "replace")
