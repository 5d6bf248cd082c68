"""A roster as spreadsheets write it, in two languages and many encodings."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.errors import UsageError
from genrelens.workflows.classroom.roster import MAX_ROWS, Entry, open_roster, read_roster

ENGLISH = 'student,file,claimed genre,reasons\nLi Wei,a.mp3,Disco,"four on the floor, ""125"" BPM"\n,,,\nAnna,b.mp3,,\n'
CHINESE = "姓名;文件名;流派;理由\n王芳;a.mp3;爵士;切分节奏，钢琴\n"
EXPECTED = Entry(2, "王芳", "a.mp3", "爵士", "切分节奏，钢琴")


def test_columns_quotes_and_empty_rows():
    assert read_roster(ENGLISH.encode()) == (
        Entry(2, "Li Wei", "a.mp3", "Disco", 'four on the floor, "125" BPM'),
        Entry(4, "Anna", "b.mp3", "", ""),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_of_excel(encoding):
    assert read_roster(CHINESE.encode(encoding)) == (EXPECTED,)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter):
    assert read_roster(CHINESE.replace(";", delimiter).encode()) == (EXPECTED,)


def test_order_case_width_and_further_columns_do_not_matter():
    table = "No.,Why?,CLAIMED_GENRE,Ｓｔｕｄｅｎｔ\n1,because,Rock,Eva\n"
    assert read_roster(table.encode()) == (Entry(2, "Eva", "", "Rock", "because"),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no column of students"),
        (b"a,b\n1,2\n", "found: a, b"),
        (b"student,file\n", "no rows"),
        (b"PK\x03\x04" + b"x" * 40, "Excel workbook"),
        (b"student,file\n" + b"x,y\n" * (MAX_ROWS + 1), f"over {MAX_ROWS}"),
        (b"student\n" + b"x" * 1_000_001, "larger than"),
        (b"student\n" + b"x" * 200_000, "no table"),
    ],
)
def test_what_is_no_roster_is_said(content, said):
    with pytest.raises(UsageError, match=said) as error:
        read_roster(content)
    assert error.value.code == "ROSTER_INVALID"


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(UsageError, match="cannot be read") as error:
        open_roster(tmp_path / "none.csv")
    assert error.value.code == "ROSTER_INVALID"


def test_hostile_texts_are_made_harmless():
    found = read_roster("student,reasons\nEve\u202e\u0007,a\u200bb\n".encode())
    assert found == (Entry(2, "Eve", "", "", "ab"),)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_whatever_comes_gives_rows_or_the_one_error(content):
    with contextlib.suppress(UsageError):
        assert all(row.student or row.file for row in read_roster(b"student,file\n" + content))
