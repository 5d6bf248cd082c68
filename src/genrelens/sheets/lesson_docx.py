"""A lesson sheet for Word: what `lesson_html` shows, in styles that a teacher can change, with the pictures as PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from genrelens.pictures.evidence import evidence_svg
from genrelens.pictures.png import to_png
from genrelens.sentences import lesson_sheet as words
from genrelens.sentences.questions import question_texts
from genrelens.words import TAGS, say
from genrelens.words.cards import card
from genrelens.workflows.classroom.lesson_sheet import Group, LessonPiece, LessonSheet

__all__ = ["lesson_docx"]

_LATIN: Final = "Calibri"
_CHINESE: Final = "Microsoft YaHei"
_INK: Final = "16191C"
_ACCENT: Final = "0B6E69"
_WIDTHS_CM: Final = (1.0, 3.2, 2.0, 3.4, 1.5, 1.3, 1.9, 1.9, 1.3)
"""Of the overview's columns; together the width of the text, 17.5 cm."""
_PICTURE_CM: Final = 15.0
_PICTURE_PX: Final = 820.0
_SCALE: Final = 1.25
"""Pixels for each px: 160 dots an inch on paper; twice as many would make fifty pictures 30 MB."""


def lesson_docx(sheet: LessonSheet, language: str) -> bytes:
    """The document in one language."""
    from docx import Document

    document = Document()
    _set_up(document, sheet, language)
    document.add_heading(words.sheet_title(sheet, language), 0)
    for line in words.about_texts(sheet, language):
        document.add_paragraph(line, style="Caption")
    document.add_heading(say("lesson.overview", language), 1)
    _overview(document, sheet, language)
    if sheet.comparisons:
        document.add_heading(say("lesson.compare", language), 1)
        _numbered(document, [words.comparison_text(some, language) for some in sheet.comparisons])
    for group in sheet.groups:
        _group(document, group, language)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _set_up(document: Any, sheet: LessonSheet, language: str) -> None:
    from docx.shared import Cm, Pt, RGBColor

    page = document.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm(1.75)
    page.top_margin, page.bottom_margin = Cm(1.8), Cm(1.8)
    facts = document.core_properties
    facts.title, facts.author, facts.comments = words.sheet_title(sheet, language), "GenreLens", ""
    facts.language = TAGS[language]
    facts.created = facts.modified = datetime.now(UTC).replace(tzinfo=None)
    sizes = {"Normal": 10.5, "Title": 24, "Heading 1": 16, "Heading 2": 12.5, "Heading 3": 10.5, "Caption": 9}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.size, style.font.italic = Pt(size), False
        style.font.bold = name not in ("Normal", "Caption")
        style.font.color.rgb = RGBColor.from_string(_ACCENT if name == "Heading 3" else _INK)
        _font(style, language)
    for name in ("List Number", "List Bullet"):
        document.styles[name].paragraph_format.space_after = Pt(3)
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    document.styles["Caption"].paragraph_format.space_after = Pt(2)
    document.styles["Heading 1"].paragraph_format.space_before = Pt(16)
    document.styles["Heading 2"].paragraph_format.space_before = Pt(14)
    document.styles["Heading 3"].paragraph_format.space_before = Pt(6)
    _page_numbers(page)


def _font(style: Any, language: str) -> None:
    """One font for letters and one for Chinese; the theme's fonts, which headings name, would win otherwise."""
    from docx.oxml.ns import qn

    style.font.name = _LATIN
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for kind, font in (("ascii", _LATIN), ("hAnsi", _LATIN), ("cs", _LATIN), ("eastAsia", _CHINESE)):
        fonts.set(qn(f"w:{kind}"), font)
    properties = style.element.get_or_add_rPr()
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    spoken = properties.makeelement(qn("w:lang"), {qn("w:val"): "en-US", qn("w:eastAsia"): "zh-CN"})
    properties.append(spoken)


def _page_numbers(page: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    line = page.footer.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    line._p.append(field)


def _overview(document: Any, sheet: LessonSheet, language: str) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    table = document.add_table(rows=1, cols=len(words.COLUMNS))
    table.style = document.styles["Table Grid"]
    table.autofit = False
    _fill(table.rows[0], [say(f"lesson.{column}", language) for column in words.COLUMNS], bold=True, shade="E7F1F0")
    # Repeated on every page that the table reaches.
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for group in sheet.groups:
        for one in group.pieces:
            _fill(table.add_row(), words.overview_row(one, language))
    # Word reads the widths of cells, LibreOffice those of columns.
    for column, width in zip(table.columns, _WIDTHS_CM, strict=True):
        column.width = Cm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, _WIDTHS_CM, strict=True):
            cell.width = Cm(width)


def _fill(row: Any, texts: Sequence[str], *, bold: bool = False, shade: str = "") -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    for cell, text in zip(row.cells, texts, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(0)
        run = paragraph.add_run(text)
        run.font.size, run.bold = Pt(8.5), bold
        if shade:
            ground = OxmlElement("w:shd")
            for name, value in (("val", "clear"), ("color", "auto"), ("fill", shade)):
                ground.set(qn(f"w:{name}"), value)
            cell._tc.get_or_add_tcPr().append(ground)


def _group(document: Any, group: Group, language: str) -> None:
    heading = document.add_heading(words.genre_title(group.genre, language), 1)
    heading.paragraph_format.page_break_before = True
    known = card(group.genre, language) if group.genre is not None else None
    if known is not None:
        document.add_paragraph(known.what)
        _pairs(document, known.listen, language)
        _pairs(document, [(say("lesson.origin", language), known.origin)], language)
    for one in group.pieces:
        _piece(document, one, language)


def _piece(document: Any, one: LessonPiece, language: str) -> None:
    document.add_heading(words.piece_title(one), 2)
    for line in words.verdict_texts(one, language):
        paragraph = document.add_paragraph()
        paragraph.add_run(line).bold = True
    if questions := question_texts(one.questions, language):
        document.add_heading(say("lesson.questions", language), 3)
        _numbered(document, questions)
    if notes := words.note_texts(one, language):
        document.add_heading(say("lesson.notes", language), 3)
        _pairs(document, notes, language)
        for line in words.part_texts(one, language):
            document.add_paragraph(line, style="Caption")
    if sections := words.section_texts(one, language):
        document.add_heading(say("lesson.sections", language), 3)
        for line in sections:
            document.add_paragraph(line, style="List Bullet")
    _picture(document, one, language)


def _pairs(document: Any, pairs: Sequence[tuple[str, str]], language: str) -> None:
    from docx.shared import Pt

    for label, value in pairs:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(1)
        paragraph.add_run(say("homework.value", language, label=label, value="")).bold = True
        paragraph.add_run(value)


def _numbered(document: Any, lines: Sequence[str]) -> None:
    """Numbers as text: a list style would count on from the list before."""
    from docx.shared import Cm

    for number, line in enumerate(lines, 1):
        paragraph = document.add_paragraph(f"{number}.\t{line}")
        paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Cm(0.7), Cm(-0.7)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(0.7))


def _picture(document: Any, one: LessonPiece, language: str) -> None:
    from docx.shared import Cm

    seen = one.piece.evidence
    if seen is None:
        return
    svg = evidence_svg(seen, language, width=_PICTURE_PX, sentences=words.evidence_texts(one, language))
    shape = document.add_picture(io.BytesIO(to_png(svg, _SCALE)), width=Cm(_PICTURE_CM))
    # What a screen reader says.
    shape._inline.docPr.set("descr", f"{words.genre_title(seen.label, language)}: {words.piece_title(one)}")
