from pathlib import Path

import pytest

from genrelens.errors import UsageError
from genrelens.whole_files import whole_file, write_text


def test_writing_replaces_whole_and_leaves_nothing_behind(tmp_path):
    file = tmp_path / "list.m3u8"
    file.write_text("old")
    write_text(file, "新\r\n", mark=True)
    assert file.read_bytes() == "\ufeff新\r\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["list.m3u8"]


@pytest.mark.parametrize("place", ["no/such/folder/list.csv", "."])
def test_what_cannot_be_written_says_so(tmp_path, place):
    with pytest.raises(UsageError) as caught:
        write_text(Path(tmp_path, place), "x")
    assert caught.value.code == "OUTPUT_FAILED"


def test_what_breaks_off_leaves_the_old_file(tmp_path):
    file = tmp_path / "report.csv"
    file.write_text("old")
    with pytest.raises(TypeError), whole_file(file) as out:
        out.writelines([b"half", None])
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.csv"]
