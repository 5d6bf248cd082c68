import os
import sys
import threading
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


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "latest.csv"
    link.symlink_to("elsewhere/report.csv")
    for text in ("new", "newer"):
        write_text(link, text)
        assert (link.is_symlink(), link.read_text()) == (True, text)
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["report.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_pipe_is_written_into(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_text(pipe, "all of it")
    reader.join(30)
    assert got == [b"all of it"]
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]
