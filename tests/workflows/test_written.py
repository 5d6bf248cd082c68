"""What is said of a file that is no YAML at all, or not there."""

from __future__ import annotations

import pytest

from genrelens.workflows.written import read_written
from tests.workflows.by_hand import by_hand, complaint


def read(file):
    return read_written(file, "MAPPING_INVALID")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "says nothing"),
        (b"# only a comment\n", "says nothing"),
        (b"genres: \xff\xfe\n", "no UTF-8 text"),
        (b"a: b" * 400_000, "larger than 1 MB"),
        (b"[" * 100_000, ""),
        (b"\x00", ""),
    ],
)
def test_what_is_no_yaml(text, said, tmp_path):
    assert said in complaint(read, by_hand(tmp_path / "a.yaml", text), "MAPPING_INVALID")


def test_a_file_that_is_not_there(tmp_path):
    assert "none.yaml cannot be read: No such file" in complaint(read, tmp_path / "none.yaml", "MAPPING_INVALID")


def test_it_stays_as_it_is_written(tmp_path):
    part = read(by_hand(tmp_path / "a.yaml", "\ufeffno: [off, 1.0, '~']\nYES: ~\n"))
    found = part.mapping()
    assert list(found) == ["no", "YES"]
    assert found["no"].texts() == ("off", "1.0", "~")
    assert (found["YES"].is_nothing(), found["YES"].line) == (True, 2)
