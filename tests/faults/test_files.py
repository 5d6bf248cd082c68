"""Files that do harm, change, move, vanish, or have names that hardly are names, while a collection is labelled."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from genrelens.audio.sandbox import DecodePool
from genrelens.audio.windows import listen
from genrelens.catalogue.paths import from_text, to_text
from genrelens.catalogue.store import open_catalogue
from genrelens.workflows.label import LabelOptions, label
from tests.audio.sounds import song, wav_bytes
from tests.faults.running import RATE, Engine, genrelens, labelled, sounds, table

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals, limits and names of POSIX")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "music"
    sounds(folder, 5)
    return folder


@pytest.fixture
def catalogue(tmp_path):
    with open_catalogue(tmp_path / "my.db", create=True) as opened:
        yield opened


def rows(catalogue):
    """File name -> its row."""
    return {from_text(row.path).name: row for row in catalogue.rows(catalogue.latest_model())}


# -- poisoned files --------------------------------------------------------------------------------------------------


def poisoned(pool, name, harm):
    """Decodes in a child to which harm is done while it has the file of that name."""

    def decode(source, **options):
        if Path(source).name != name:
            return pool.listen(source, **options)
        [child] = pool._alive
        # Held still first, so that the file is surely in its hands.
        os.kill(child._process.pid, signal.SIGSTOP)
        timer = threading.Timer(0.2, lambda: harm(child._process.pid))
        timer.start()
        try:
            return pool.listen(source, **options)
        finally:
            timer.join()

    return decode


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda pid: os.kill(pid, signal.SIGKILL), "AUDIO_DECODER_CRASHED"),
        (lambda pid: None, "AUDIO_DECODER_TIMEOUT"),
    ],
    ids=["crash", "hang"],
)
def test_a_poisoned_file_is_a_row_and_not_tried_again(folder, catalogue, model, harm, code):
    with DecodePool(1, wall_s=2.0) as pool:
        pool.listen(folder / "000.wav")  # ready
        engine = Engine(model, poisoned(pool, "002.wav", harm))
        done = label(catalogue, engine, [folder])
        assert (done.progress.done, done.failed) == (4, 1)
        assert {name: row.error for name, row in rows(catalogue).items() if row.error} == {"002.wav": code}
        again = label(catalogue, engine, [folder])
        assert (again.progress.done, again.progress.failed, again.progress.known, again.failed) == (0, 0, 5, 1)
        healed = label(catalogue, Engine(model, pool.listen), [folder], LabelOptions(retry_failed=True))
        assert (healed.progress.done, healed.failed) == (1, 0)
        assert rows(catalogue)["002.wav"].state == "done"


def test_what_the_machine_may_have_failed_at_is_tried_once_more(folder, catalogue, model):
    tried = []

    def decode(source, **options):
        tried.append(Path(source).name)
        if Path(source).name == "002.wav" and (len(tried) < 6 or broken):
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        return listen(source, **options)

    broken = False
    done = label(catalogue, Engine(model, decode), [folder])
    assert (done.progress.done, done.failed, rows(catalogue)["002.wav"].error) == (4, 1, "INTERNAL")
    looked = label(catalogue, Engine(model, decode), [folder], LabelOptions(pretend=True))
    assert looked.would_do == (to_text(folder / "002.wav"),)
    again = label(catalogue, Engine(model, decode), [folder])
    assert (again.progress.done, again.failed) == (1, 0)
    # What fails time and again is our own fault, or the file's: not for ever.
    broken = True
    edit(folder / "002.wav")
    assert [label(catalogue, Engine(model, decode), [folder]).progress.to_do for _ in range(4)] == [1, 1, 0, 0]
    assert label(catalogue, Engine(model, decode), [folder], LabelOptions(retry_failed=True)).progress.to_do == 1


def test_a_file_that_takes_too_much_memory(folder, catalogue, model):
    size = 120 << 20
    big = folder / "002.wav"
    big.write_bytes(wav_bytes(np.zeros((1, 0), np.float32), data_size=size))
    os.truncate(big, big.stat().st_size + size)
    decoded_whole = {"window_s": 1000.0, "count": 1}
    with DecodePool(1, memory_bytes=320 << 20) as pool:

        def decode(source, **options):
            return pool.listen(source, **(options | decoded_whole if Path(source).name == big.name else options))

        done = label(catalogue, Engine(model, decode), [folder])
    assert (done.progress.done, done.failed) == (4, 1)
    assert rows(catalogue)["002.wav"].error == "AUDIO_DECODER_CRASHED"


def test_files_that_are_no_sound(folder, tmp_path):
    (folder / "empty.mp3").touch()
    (folder / "text.mp3").write_text("not a sound " * 1000)
    (folder / "cut.flac").write_bytes(b"fLaC" + bytes(100))
    os.mkfifo(folder / "pipe.wav")
    (folder / "broken.ogg").symlink_to(tmp_path / "nowhere")
    (folder / "loop.ogg").symlink_to(folder / "loop.ogg")
    done = genrelens("label", folder, "-c", tmp_path / "my.db")
    assert done.returncode == 1
    assert labelled(done.stderr) == (11, 5, 0, 0, 6)
    with open_catalogue(tmp_path / "my.db") as catalogue:
        codes = {name: row.error for name, row in rows(catalogue).items() if row.error}
    assert codes == {
        "empty.mp3": "AUDIO_EMPTY",
        "text.mp3": "AUDIO_UNREADABLE",
        "cut.flac": "AUDIO_UNREADABLE",
        "pipe.wav": "AUDIO_UNREADABLE",
        "broken.ogg": "AUDIO_NOT_FOUND",
        "loop.ogg": "AUDIO_NOT_FOUND",
    }


# -- files that do not stay as they are ------------------------------------------------------------------------------


def meddling(name, meddle):
    """Decodes; before the file of that name, somebody does something."""

    def decode(source, **options):
        if Path(source).name == name:
            meddle(Path(source))
        return listen(source, **options)

    return decode


def edit(path):
    path.write_bytes(wav_bytes(song(3.0, rate=RATE, channels=1, seed=99), RATE))


def test_a_file_edited_while_it_waits_is_heard_next_time(folder, catalogue, model, tmp_path):
    done = label(catalogue, Engine(model, meddling("002.wav", edit)), [folder])
    assert (done.progress.done, done.failed) == (4, 1)
    assert rows(catalogue)["002.wav"].error == "FILE_CHANGED"
    again = label(catalogue, Engine(model, listen), [folder])
    assert (again.progress.done, again.progress.known, again.failed) == (1, 4, 0)
    with open_catalogue(tmp_path / "other.db", create=True) as other:
        label(other, Engine(model, listen), [folder])
        assert table(other) == table(catalogue)


def test_a_copy_of_a_file_that_was_edited_is_heard(folder, catalogue, model):
    shutil.copy(folder / "002.wav", folder / "copy.wav")
    first = label(catalogue, Engine(model, meddling("002.wav", edit)), [folder])
    assert (first.progress.found, first.progress.done, first.progress.copies, first.failed) == (6, 5, 0, 1)
    assert (rows(catalogue)["002.wav"].error, rows(catalogue)["copy.wav"].state) == ("FILE_CHANGED", "done")
    done = label(catalogue, Engine(model, listen), [folder])
    assert (done.progress.done, done.failed) == (1, 0)
    assert {row.state for row in rows(catalogue).values()} == {"done"}


def test_a_copy_of_a_file_that_went_away_is_heard(folder, catalogue, model):
    for name in ("copy.wav", "third.wav"):
        shutil.copy(folder / "002.wav", folder / name)

    def decode(source, **options):
        if Path(source).name in ("002.wav", "copy.wav"):
            Path(source).unlink()
        return listen(source, **options)

    done = label(catalogue, Engine(model, decode), [folder])
    assert (done.progress.found, done.progress.done, done.progress.copies, done.failed) == (5, 5, 0, 0)
    assert {name: row.state for name, row in rows(catalogue).items()} == dict.fromkeys(
        ("000.wav", "001.wav", "003.wav", "004.wav", "third.wav"), "done"
    )


def test_a_file_deleted_while_it_waits(folder, catalogue, model):
    done = label(catalogue, Engine(model, meddling("002.wav", Path.unlink)), [folder])
    assert (done.progress.done, done.failed) == (4, 1)
    assert rows(catalogue)["002.wav"].error == "AUDIO_NOT_FOUND"
    again = label(catalogue, Engine(model, listen), [folder])
    assert (again.progress.done, again.failed) == (0, 0)
    assert "002.wav" not in rows(catalogue)


def test_moved_copied_and_deleted_files_cost_nothing(folder, tmp_path):
    place = tmp_path / "my.db"
    assert labelled(genrelens("label", folder, "-c", place).stderr) == (5, 5, 0, 0, 0)
    (folder / "000.wav").rename(folder / "moved.wav")
    (folder / "deep").mkdir()
    (folder / "001.wav").rename(folder / "deep" / "001.wav")
    shutil.copy(folder / "002.wav", folder / "a copy.wav")
    os.link(folder / "002.wav", folder / "a link.wav")
    (folder / "003.wav").unlink()
    done = genrelens("label", folder, "-c", place)
    assert labelled(done.stderr) == (6, 0, 4, 2, 0)
    with open_catalogue(place) as catalogue:
        found = rows(catalogue)
        assert set(found) == {"moved.wav", "001.wav", "002.wav", "a copy.wav", "a link.wav", "004.wav"}
        assert {row.state for row in found.values()} == {"done"}
        first = str(folder / "002.wav")
        assert [found[name].copy_of for name in ("002.wav", "a copy.wav", "a link.wav")] == ["", first, first]


# -- names -----------------------------------------------------------------------------------------------------------

NAMES = [
    b"caf\xe9.wav",
    b"\xff\xfe\x80.wav",
    b"two\nlines\r\n.wav",
    b"\x1b[31mred\x07.wav",
    b"-rf.wav",
    b"=cmd|'!A0.wav",
    rb"back\x41slash\xe9.wav",
    b"' or 1=1 --.wav",
    b"100%_*?[x].wav",
    "\u202egnp.wav".encode(),
    "名前🎵.wav".encode(),
    b"x" * 251 + b".wav",
    "é".encode() * 125 + b"x.wav",
]


def test_names_that_hardly_are_names(tmp_path):
    folder = tmp_path / "music"
    folder.mkdir()
    made = set()
    for number, name in enumerate(NAMES):
        path = folder / os.fsdecode(name)
        try:
            path.write_bytes(wav_bytes(song(1.0, rate=RATE, channels=1, seed=number), RATE))
        except OSError as error:
            if error.errno != errno.EILSEQ:  # a file system that keeps to UTF-8
                raise
            continue
        made.add(path)
    place = tmp_path / "my.db"
    done = genrelens("label", folder, "-c", place)
    assert labelled(done.stderr) == (len(made), len(made), 0, 0, 0)
    with open_catalogue(place) as catalogue:
        assert {from_text(row.path) for row in catalogue.rows(catalogue.latest_model()) if row.state == "done"} == made
    listed = b"\0".join(os.fsencode(path) for path in sorted(made))
    (tmp_path / "list").write_bytes(listed)
    again = genrelens("label", "--list", tmp_path / "list", "-c", place)
    assert labelled(again.stderr) == (len(made), 0, len(made), 0, 0)


# -- clocks ----------------------------------------------------------------------------------------------------------


def test_a_clock_that_is_set_back_loses_nothing(folder, catalogue, model, monkeypatch):
    model_id = catalogue.model_id(model.bundle)
    now = time.time()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now + 10 * 365 * 86_400)
        label(catalogue, Engine(model, listen), [folder / "000.wav"])
        waiting = [record.sha256 for record in catalogue.known_files([to_text(folder / "000.wav")]).values()]
        with sqlite3.connect(catalogue.database.path) as connection:
            connection.execute("UPDATE answers SET state = 'planned', attempts = 0")
        connection.close()
        assert catalogue.claim(model_id, "whoever died", waiting) == waiting
    assert catalogue.claim(model_id, "me", waiting) == waiting
    catalogue.give_back("me")
    assert label(catalogue, Engine(model, listen), [folder]).progress.done == 5
