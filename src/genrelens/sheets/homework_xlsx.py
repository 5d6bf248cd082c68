"""Feedback on homework as a workbook: a sheet of the class, and a row for each student.

Everything that students wrote is text: no formula, no link, no number is made of it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

from genrelens.catalogue.cells import cell
from genrelens.sentences import homework as words
from genrelens.sentences.questions import question_texts
from genrelens.words import say
from genrelens.words.forms import short_name
from genrelens.workflows.classroom.homework import AGREEMENTS, ClassFeedback, Feedback

__all__ = ["homework_xlsx"]

_COLUMNS: Final[tuple[tuple[str, int], ...]] = (
    ("student", 14), ("file", 22), ("claimed", 13), ("agreement", 11), ("heard", 34), ("note", 34),
    ("reasons_column", 34), ("evidence", 52), ("questions", 48),
)  # fmt: skip
"""Of the sheet of students, with their widths in characters."""
_SHADES: Final = {"agrees": "#d5ebe8", "possible": "#eaf4f3", "differs": "#f6e7d7", "open": "#eeeeee"}
_MOST: Final = 32_000
"""Characters that Excel takes in a cell are a few more."""


def homework_xlsx(found: ClassFeedback, language: str) -> bytes:
    """The workbook in one language."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": say("homework.title", language), "author": "GenreLens"})
        font = "Microsoft YaHei" if language == "zh" else "Calibri"
        formats = {
            name: book.add_format({"font_name": font, "font_size": 11, "valign": "top", "text_wrap": True, **more})
            for name, more in _formats().items()
        }
        _class(book.add_worksheet(say("homework.sheet_class", language)), found, formats, language)
        _students(book.add_worksheet(say("homework.sheet_feedback", language)), found, formats, language)
    return out.getvalue()


def _formats() -> dict[str, dict[str, Any]]:
    plain: dict[str, dict[str, Any]] = {
        "text": {},
        "count": {"align": "left"},
        "title": {"bold": True, "font_size": 16, "text_wrap": False},
        "heading": {"bold": True, "font_size": 12, "text_wrap": False, "top": 1, "top_color": "#b0b6ba"},
        "head": {"bold": True, "bg_color": "#0b6e69", "font_color": "#ffffff", "valign": "vcenter"},
    }
    return plain | {name: {"bg_color": shade, "bold": True} for name, shade in _SHADES.items()}


def _class(sheet: Any, found: ClassFeedback, formats: dict[str, Any], language: str) -> None:
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 90)
    sheet.hide_gridlines(2)
    sheet.set_portrait()
    _paper(sheet)
    sheet.write_string(0, 0, say("homework.title", language), formats["title"])
    sheet.set_row(0, 26)
    row = 1
    for line in words.about_texts(found, language):
        _across(sheet, row, line, formats["text"])
        row += 1
    row += 1
    _heading(sheet, row, say("homework.counts_title", language), formats)
    for agreement in AGREEMENTS:
        row += 1
        sheet.write_string(row, 0, say(f"homework.{agreement}", language), formats[agreement])
        sheet.write_number(row, 1, found.counts[agreement], formats["count"])
        sheet.set_row(row, 18)
    row += 2
    for title, lines in words.class_sections(found, language):
        _heading(sheet, row, title, formats)
        for line in lines:
            row += 1
            _across(sheet, row, line, formats["text"])
        row += 2


def _heading(sheet: Any, row: int, text: str, formats: dict[str, Any]) -> None:
    """A heading over both columns; the second is empty, or it would hide the heading's end."""
    sheet.write_string(row, 0, text, formats["heading"])
    sheet.write_blank(row, 1, None, formats["heading"])


def _across(sheet: Any, row: int, text: str, form: Any) -> None:
    """A line over both columns; Excel does not fit the height of merged cells, so it is estimated."""
    shown = cell(text)[:_MOST]
    sheet.merge_range(row, 0, row, 1, "", form)
    sheet.write_string(row, 0, shown, form)
    sheet.set_row(row, 16.0 * _lines(shown, 104))


def _students(sheet: Any, found: ClassFeedback, formats: dict[str, Any], language: str) -> None:
    for column, (name, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, say(f"homework.{name}", language), formats["head"])
    sheet.set_row(0, 24)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(found.feedback), len(_COLUMNS) - 1)
    sheet.set_landscape()
    _paper(sheet)
    sheet.repeat_rows(0)
    for row, one in enumerate(found.feedback, 1):
        texts = _texts(one, language)
        for column, text in enumerate(texts):
            form = formats[one.agreement] if _COLUMNS[column][0] == "agreement" else formats["text"]
            sheet.write_string(row, column, text[:_MOST], form)
        tallest = max(_lines(text, width) for text, (_, width) in zip(texts, _COLUMNS, strict=True))
        sheet.set_row(row, min(400.0, 16.0 * tallest + 4))


def _paper(sheet: Any) -> None:
    sheet.set_paper(9)  # A4
    sheet.set_margins(0.5, 0.5, 0.6, 0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P / &N")


def _texts(one: Feedback, language: str) -> tuple[str, ...]:
    values: Sequence[str] = (
        short_name(one.entry.student) or say("homework.nobody", language),
        words.file_text(one, language),
        words.claim_text(one, language),
        say(f"homework.{one.agreement}", language),
        words.heard_text(one, language),
        words.agreement_text(one, language),
        one.entry.reasons,
        "\n".join(words.evidence_texts(one, language)),
        "\n".join(f"{i}. {text}" for i, text in enumerate(question_texts(one.questions, language), 1)),
    )
    return tuple(cell(value) for value in values)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column; a Chinese character is as wide as two others."""
    return sum(
        1 + max(0, sum(2 if ord(character) > 0x2E7F else 1 for character in line) - 1) // max(width - 1, 1)
        for line in text.split("\n")
    )
