"""Tables as other people's programs save them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.workflows.foreign_text import column_of, csv_rows, decoded, folded, is_workbook


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_of_chinese_tables(encoding):
    assert decoded("文件,流派\n月亮.mp3,爵士\n".encode(encoding)) == "文件,流派\n月亮.mp3,爵士\n"


def test_big_endian_and_western_europe():
    assert decoded(b"\xfe\xff" + "café".encode("utf-16-be")) == "café"
    assert decoded("café, Größe".encode("cp1252")) == "café, Größe"


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_text(data):
    assert isinstance(decoded(data), str)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a;b,c;d\n1;2;3", [["a", "b,c", "d"], ["1", "2", "3"]]),
        ("a\tb\r\n1\t2\r\n", [["a", "b"], ["1", "2"]]),
        ('\n"a|b"|c\n', [[], ["a|b", "c"]]),
        ("alone\n1,2\n", [["alone"], ["1", "2"]]),
        ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
    ],
)
def test_the_separator_is_that_of_the_first_line(text, rows):
    assert list(csv_rows(text)) == rows


def test_headers():
    header = [folded(name) for name in ("No.", "Predicted Genre", "FILE_name")]
    assert (column_of(header, ("path", "filename")), column_of(header, ("label",))) == (2, None)


def test_workbooks_are_known_by_their_first_bytes():
    assert is_workbook(b"PK\x03\x04..")
    assert is_workbook(b"\xd0\xcf\x11\xe0..")
    assert not is_workbook(b"file,PK")
