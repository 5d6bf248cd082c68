"""XLSX of a table, written row by row: a frozen header, filters, numbers as numbers, and texts that never run."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final

if TYPE_CHECKING:
    from genrelens.catalogue.exports import Line

__all__ = ["write_spreadsheet"]

_MOST_ROWS: Final = 1_048_575
"""Of a sheet, without its header; what is more goes onto another sheet."""
_MOST_CHARS: Final = 32_767
"""Of a cell; a longer text would silently be left out."""
_NO_XML: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""Characters that XML cannot hold; control characters are written as `_x0007_`, as Excel does."""
_WIDTHS: Final = {"file": 60, "copy_of": 40, "error": 40, "health": 22, "prediction_set": 30, "sha256": 14, "model": 20}
_NUMBERS: Final = {"mix_index": "0.0", "duration_s": "0.00"}


def write_spreadsheet(
    stream: BinaryIO, names: Sequence[str], lines: Iterable[Line], *, most_rows: int = _MOST_ROWS
) -> int:
    """Write lines as XLSX.

    Args:
        stream: Where to.
        names: The columns.
        lines: Their values; lists are joined by spaces (mapped genres by semicolons).
        most_rows: Of a sheet.

    Returns:
        How many lines there were.

    Raises:
        OSError: The file, or the parts of it in the system's temporary folder, cannot be written.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    try:
        with xlsxwriter.Workbook(stream, options) as book:
            bold = book.add_format({"bold": True})
            formats = {name: book.add_format({"num_format": _NUMBERS.get(name, "0.0000")}) for name in names}
            rows, count = iter(lines), 0
            for number in itertools.count(1):
                page = itertools.islice(rows, most_rows)
                first = next(page, None)
                if first is None and number > 1:
                    return count
                sheet = book.add_worksheet("Tracks" if number == 1 else f"Tracks {number}")
                filled = 0
                _head(sheet, names, bold)
                for filled, said in enumerate(itertools.chain([first] if first is not None else [], page), 1):
                    _fill(sheet, filled, names, said, formats)
                sheet.autofilter(0, 0, filled, len(names) - 1)
                count += filled
            raise AssertionError
    except XlsxWriterException as error:
        raise OSError(str(error)) from error


def _head(sheet: Any, names: Sequence[str], bold: Any) -> None:
    sheet.freeze_panes(1, 1)
    for column, name in enumerate(names):
        sheet.set_column(column, column, _WIDTHS.get(name, max(10, len(name) + 3)))
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)


def _fill(sheet: Any, at: int, names: Sequence[str], said: Line, formats: dict[str, Any]) -> None:
    for column, name in enumerate(names):
        value = said[name]
        if isinstance(value, float):
            sheet.write_number(at, column, value, formats[name])
        elif value:
            joined = "; " if name == "mapped_genres" else " "
            text = value if isinstance(value, str) else joined.join(value)
            sheet.write_string(at, column, _NO_XML.sub("\ufffd", text)[:_MOST_CHARS])
