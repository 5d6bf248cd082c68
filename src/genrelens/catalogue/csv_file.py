"""CSV that every spreadsheet opens and none runs, written row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from genrelens.catalogue.cells import cell

__all__ = ["write_csv"]


def write_csv(stream: BinaryIO, names: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a header and rows: UTF-8 with a byte order mark, comma, CRLF (RFC 4180).

    Returns:
        How many rows there were.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    try:
        writer = csv.writer(text)
        writer.writerow(names)
        count = 0
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last count is the answer
            writer.writerow([cell(value) for value in row])
        text.flush()
        return count
    finally:
        text.detach()  # else it would close the stream
