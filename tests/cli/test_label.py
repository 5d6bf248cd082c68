"""`genrelens label` as a process: exit codes, streams, signals."""

import csv
import io
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from genrelens.catalogue.store import open_catalogue
from genrelens.errors import CatalogueError

COMMAND = [sys.executable, "-m", "genrelens", "label"]


@pytest.fixture
def music(tmp_path, examples):
    folder = tmp_path / "music"
    folder.mkdir()
    for example in examples[:3]:
        shutil.copy(example, folder)
    return folder


def run(*arguments, cwd, stdin=b""):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=cwd, input=stdin, capture_output=True, timeout=120, check=False
    )


def genres(catalogue):
    with open_catalogue(catalogue) as opened:
        return {row.path.rsplit("/", 1)[1]: row.genre or row.error for row in opened.rows(opened.latest_model())}


def answers_so_far(catalogue):
    """`genres` of a catalogue that another process is about to make: the file is there before its tables are."""
    try:
        return genres(catalogue)
    except CatalogueError as error:
        if error.code != "CATALOGUE_NOT_FOUND":
            raise
        return {}


def test_all_answered_some_failed_none_answered(tmp_path, music):
    done = run(music, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    assert "3 files: 3 heard, 0 known before, 0 copies, 0 failed" in done.stderr.decode()
    assert genres(tmp_path / "genrelens.db")["bossa_nova.ogg"] == "Jazz"
    (music / "bad.mp3").write_text("no sound")
    assert run(music, cwd=tmp_path).returncode == 1
    assert run(music / "bad.mp3", "-c", "other.db", cwd=tmp_path).returncode == 2
    nothing = run(tmp_path / "gone", cwd=tmp_path)
    assert nothing.returncode == 2


def test_paths_from_stdin_and_lists_and_names_that_are_not_utf8(tmp_path, music):
    strange = os.fsencode(music) + b"/\xe9 \n.ogg"
    shutil.copy(music / "bossa_nova.ogg", strange)
    (tmp_path / "list.txt").write_text(f"{music / 'bach_prelude.ogg'}\n")
    done = run("-", "--list", "list.txt", "-c", "my.db", cwd=tmp_path, stdin=strange + b"\0")
    assert done.returncode == 0, done.stderr
    assert genres(tmp_path / "my.db") == {"\\xe9 \n.ogg": "Jazz", "bach_prelude.ogg": "Classical"}


def test_pretend_makes_no_catalogue(tmp_path, music):
    done = run(music, "--pretend", "--ext", "ogg", "--exclude", "*bach*", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.decode().split() == [str(music / "bossa_nova.ogg"), str(music / "four_on_the_floor.ogg")]
    assert list(tmp_path.iterdir()) == [music]


@pytest.mark.parametrize(
    "arguments", [["--since", "yesterday"], ["--workers", "0"], ["-c", "mysql://x"], ["--list", "no"]]
)
def test_what_makes_no_sense(tmp_path, music, arguments):
    done = run(music, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert len(done.stderr) > 20


def test_ctrl_c_ends_in_order_and_the_same_command_goes_on(tmp_path, music, examples):
    for number in range(60):
        (music / f"{number:03}.ogg").write_bytes(examples[number % 10].read_bytes() + bytes(number + 1))
    process = subprocess.Popen([*COMMAND, str(music)], cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + 60
    while not any(answers_so_far(tmp_path / "genrelens.db").values()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everything in the foreground
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130, said
    assert "Stopping" in said
    assert "the same command goes on" in said
    before = [genre for genre in genres(tmp_path / "genrelens.db").values() if genre]
    assert 0 < len(before) < 63
    assert not {"AUDIO_DECODER_CRASHED", "INTERNAL"} & set(before)
    assert run(music, cwd=tmp_path).returncode == 0
    assert all(genres(tmp_path / "genrelens.db").values())


def test_watching_labels_what_arrives(tmp_path, music, examples):
    table = tmp_path / "report.csv"
    command = [*COMMAND, str(music), "--watch", "-o", str(table)]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE)
    try:
        lines = iter(process.stderr.readline, b"")
        assert any(b"Watching" in line for line in lines)
        shutil.copy(examples[4], music / "new.ogg")
        deadline = time.monotonic() + 60
        while b"new.ogg" not in table.read_bytes():
            assert time.monotonic() < deadline
            time.sleep(0.3)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        process.stderr.close()
    assert genres(tmp_path / "genrelens.db")["new.ogg"]


def test_help_says_what_it_is_for(tmp_path):
    text = run("--help", cwd=tmp_path).stdout.decode()
    for word in ("--catalogue", "--retry-failed", "--watch", "postgresql", "Exit code"):
        assert word in text


def test_the_table_follows_policy_and_mapping_and_is_the_same_again(tmp_path, music):
    (music / "=cmd.mp3").write_text("no sound")
    (tmp_path / "policy.yaml").write_text("accept_above: 0.99\nsuggest_from: 0.5\n")
    (tmp_path / "mapping.yaml").write_text("genres:\n  Jazz: 爵士乐\n")
    asked = (music, "-o", "report.csv", "--policy", "policy.yaml", "--mapping", "mapping.yaml")
    assert run(*asked, cwd=tmp_path).returncode == 1
    first = (tmp_path / "report.csv").read_bytes()
    rows = {row["file"].rsplit("/", 1)[1]: row for row in csv.DictReader(io.StringIO(first.decode("utf-8-sig")))}
    assert rows["bossa_nova.ogg"]["triage"] == "suggest"
    assert rows["bossa_nova.ogg"]["mapped_genres"] == "爵士乐"
    assert rows["=cmd.mp3"]["error"].startswith("AUDIO_UNREADABLE")
    (tmp_path / "report.csv").unlink()
    assert run(*asked, cwd=tmp_path).returncode == 1
    assert (tmp_path / "report.csv").read_bytes() == first


def test_a_table_of_no_kind_is_said_before_anything_is_heard(tmp_path, music):
    done = run(music, "-o", "report.doc", cwd=tmp_path)
    assert done.returncode == 2
    assert b"EXPORT_FORMAT" in done.stderr
    assert not (tmp_path / "genrelens.db").exists()
