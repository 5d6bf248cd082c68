"""The workbook and the printable page of a class: all of it there, nothing that runs, in both languages."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser

import pytest

from genrelens.sentences.homework import agreement_text, heard_text
from genrelens.sheets.homework_html import homework_html
from genrelens.sheets.homework_xlsx import homework_xlsx
from genrelens.words import LANGUAGES
from genrelens.words.forms import short_name
from tests.workflows.heard import HOSTILE, heard_class


class Reader(HTMLParser):
    """Text, tags and addresses of a page; every element that is opened must be closed."""

    VOID = ("meta", "br", "hr", "img", "input", "link")

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.texts, self.attributes = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def check_page(html, language):
    """Whole, quiet, and of one language; gives its text."""
    page = Reader(html)
    assert page.open == []
    assert {"script", "img", "link", "iframe", "object", "form"} & set(page.tags) == set()
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    addresses = [value for name, value in page.attributes if name in ("src", "href", "xlink:href")]
    assert all(value.startswith("data:image/png;base64,") for value in addresses)
    assert not re.search(r"url\((?!#hatch)", html)
    assert "default-src 'none'" in html
    assert ("lang", "zh-CN" if language == "zh" else "en") in page.attributes
    for wanted in ("@page", "@media print", "break-before: page", "size: A4"):
        assert wanted in html
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    return " ".join(page.texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_printable_page_has_everybody_and_runs_nothing(language):
    found = heard_class()
    html = homework_html(found, language)
    text = check_page(html, language)
    assert html.count('class="page student"') == len(found.feedback)
    for one in found.feedback:
        assert short_name(one.entry.student) in text
        assert agreement_text(one, language) in text
        assert one.entry.reasons in text
    assert HOSTILE not in html
    assert ("评分" if language == "zh" else "not a grade") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_has_a_row_each_and_no_formula(language):
    import openpyxl

    found = heard_class()
    content = homework_xlsx(found, language)
    book = openpyxl.load_workbook(io.BytesIO(content))
    summary, rows = book.worksheets
    assert rows.max_row == len(found.feedback) + 1
    assert rows.freeze_panes == "B2"
    for row, one in zip(rows.iter_rows(min_row=2), found.feedback, strict=True):
        cells = [cell.value or "" for cell in row]
        assert cells[0] == short_name(one.entry.student)
        assert cells[4] == heard_text(one, language)
        assert cells[5] == agreement_text(one, language)
        assert all(cell.data_type != "f" for cell in row)
        assert all(cell.alignment.wrap_text for cell in row)
    hostile = next(row for row in rows.iter_rows(min_row=2, values_only=True) if row[0] == HOSTILE)
    assert hostile[2] == "'=cmd|' /C calc'!A0"
    assert hostile[6].startswith("'=HYPERLINK")
    # A text beside a long one would hide its end.
    for label, beside in summary.iter_rows(min_row=2, max_col=2):
        assert label.value is None or len(label.value) < 18 or beside.value is None
    numbers = [
        cell.value for (cell,) in summary.iter_rows(min_col=2, max_col=2) if isinstance(cell.value, (int, float))
    ]
    assert numbers == list(found.counts.values())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels")))
    assert "<f>" not in xml
    assert "<hyperlink" not in xml
