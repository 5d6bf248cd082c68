"""A lesson sheet on paper and in Word: every piece with its notes, picture and questions, in both languages."""

from __future__ import annotations

import io
import re
import zipfile
from itertools import pairwise

import pytest

from genrelens.sentences.lesson_sheet import note_texts, overview_row, part_texts, piece_title, verdict_texts
from genrelens.sentences.questions import question_texts
from genrelens.sheets.lesson_docx import lesson_docx
from genrelens.sheets.lesson_html import lesson_html
from genrelens.words import LANGUAGES
from genrelens.words.cards import card
from tests.sheets.test_homework_sheets import check_page
from tests.workflows.heard import HOSTILE, heard_sheet


def wanted(language):
    """Everything that must stand on a sheet."""
    sheet = heard_sheet()
    for one in sheet.pieces:
        yield piece_title(one)
        yield from verdict_texts(one, language)
        yield from question_texts(one.questions, language)
        yield from (value for _, value in note_texts(one, language))
        yield from part_texts(one, language)
        yield from overview_row(one, language)
    for group in sheet.groups:
        if group.genre is not None:
            known = card(group.genre, language)
            yield from (known.what, known.origin, *(text for _, text in known.listen))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_printable_page(language):
    html = lesson_html(heard_sheet(), language)
    text = check_page(html, language)
    assert [said for said in wanted(language) if said not in text] == []
    heard = [one for one in heard_sheet().pieces if one.piece.genre is not None]
    assert html.count("<figure>") == html.count("<svg") == len(heard) == 6
    assert HOSTILE not in html
    assert HOSTILE in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_for_word(language):
    from docx import Document
    from docx.oxml.ns import qn

    content = lesson_docx(heard_sheet(), language)
    document = Document(io.BytesIO(content))
    texts = [paragraph.text for paragraph in document.paragraphs]
    texts += [cell.text for row in document.tables[0].rows for cell in row.cells]
    text = "\n".join(texts)
    # LibreOffice goes by the columns, Word by the cells.
    first = document.tables[0].rows[0].cells
    assert [column.width for column in document.tables[0].columns] == [cell.width for cell in first]
    assert [said for said in wanted(language) if said not in text] == []
    assert len(document.inline_shapes) == 6
    page = document.sections[0]
    assert (round(page.page_width.cm, 1), round(page.page_height.cm, 1)) == (21.0, 29.7)
    assert all(shape.width < page.page_width - page.left_margin - page.right_margin for shape in document.inline_shapes)
    levels = [int(name[-1]) for p in document.paragraphs if (name := p.style.name).startswith("Heading")]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == "Microsoft YaHei"
        assert fonts.get(qn("w:eastAsiaTheme")) is None
    assert document.core_properties.title == HOSTILE
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        body = archive.read("word/document.xml").decode()
        pictures = [name for name in archive.namelist() if name.startswith("word/media/")]
        assert all(archive.read(name).startswith(b"\x89PNG") for name in pictures)
    assert len(pictures) == 6
    assert "<w:tblHeader" in body
    assert len(re.findall(r'descr="[^"]+"', body)) == 6


def test_hostile_names_and_controls_do_not_break_a_document():
    from dataclasses import replace

    from docx import Document

    sheet = replace(heard_sheet(), title="a\u0000\u0007\ud800]]>&\u202e", groups=())
    assert Document(io.BytesIO(lesson_docx(sheet, "en"))).paragraphs[0].text
    assert check_page(lesson_html(sheet, "en"), "en")
