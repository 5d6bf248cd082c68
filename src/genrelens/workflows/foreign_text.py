"""Tables as other people's programs save them: in an unknown encoding, with an unknown separator, under any header.

Excel alone writes UTF-8 with a mark, UTF-16, or whatever its country has always written. Nothing is refused for its
encoding: what was guessed wrong shows in the names that nobody knows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _csv import Reader

__all__ = ["column_of", "csv_rows", "decoded", "folded", "is_workbook"]

_SEPARATORS: Final = ",;\t|"


def is_workbook(data: bytes) -> bool:
    """Whether these are the first bytes of an Excel workbook, which many take for a table of text."""
    return data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def decoded(data: bytes) -> str:
    """The text: UTF-16 where it says so, else UTF-8, else GBK, else that of western Windows, which fits any bytes."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", "replace")


def csv_rows(text: str) -> Reader:
    """A `csv.reader` with the separator that stands most often in the first line."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return csv.reader(io.StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=first.count))


def folded(text: str) -> str:
    """A name without case, spaces, hyphens and underscores."""
    return "".join(text.casefold().split()).replace("-", "").replace("_", "")


def column_of(header: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Where the first of the wanted columns that is there stands, both `folded`."""
    return next((header.index(name) for name in wanted if name in header), None)
