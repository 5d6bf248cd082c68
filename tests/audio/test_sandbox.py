"""Decoding in children: the same answers, the same errors, and a parent that outlives whatever happens to a child."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from genrelens.audio.sandbox import DecodePool
from genrelens.audio.sources import Limits
from genrelens.audio.windows import listen
from genrelens.errors import AudioError
from tests.audio.sounds import RATE, file_bytes, made, song, wav_bytes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")

SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture(scope="module")
def pool():
    with DecodePool(workers=1) as shared:
        yield shared


@pytest.fixture(scope="module")
def mp3():
    return made("mp3", 40.0, 1)


def pids(pool):
    return sorted(child._process.pid for child in pool._alive)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def wait_until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


# -- the same as in this process -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["path", "bytes", "file", "samples"])
def test_the_same_excerpt(pool, mp3, tmp_path, kind):
    path = tmp_path / "a song.mp3"
    path.write_bytes(mp3)
    sources = {"path": path, "bytes": mp3, "file": None, "samples": song(12.0)}
    options = {"count": 3, "start_s": 2.0, "end_s": 39.0} if kind != "samples" else {"source_rate": RATE}
    if kind == "file":
        with path.open("rb") as one, path.open("rb") as other:
            there, here = pool.listen(one, **options), listen(other, **options)
    else:
        there, here = pool.listen(sources[kind], **options), listen(sources[kind], **options)
    for field in ("source", "sample_rate", "starts_s", "listened", "repeated", "health"):
        assert getattr(there, field) == getattr(here, field), field
    assert np.array_equal(there.windows, here.windows)
    assert there.decode_s > 0


def test_findings_cross_with_their_advice(pool):
    sound = np.zeros((2, 12 * RATE), np.float32)
    sound[:, 5 * RATE : 7 * RATE] = song(2.0) * 0.01
    there, here = pool.listen(wav_bytes(sound)), listen(wav_bytes(sound))
    assert [finding.code for finding in there.health] == ["LOW_LEVEL", "MOSTLY_SILENT"]
    assert there.health == here.health


def test_silence_crosses(pool):
    assert pool.listen(wav_bytes(np.zeros((1, 12 * RATE), np.float32))).windows.shape == (0, 320_000)


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        ("nowhere.mp3", {}, "AUDIO_NOT_FOUND"),
        (b"", {}, "AUDIO_EMPTY"),
        (b"text " * 1000, {}, "AUDIO_UNREADABLE"),
        (wav_bytes(song(1.0), declared_rate=1), {}, "AUDIO_RATE_REFUSED"),
        (wav_bytes(song(1.0)), {"start_s": 5.0}, "AUDIO_PART_INVALID"),
        (wav_bytes(song(1.0)), {"start_s": float("nan")}, "AUDIO_PART_INVALID"),
        (wav_bytes(song(3.0)), {"limits": Limits(max_duration_s=2.0)}, "AUDIO_TOO_LONG"),
        (wav_bytes(song(3.0)), {"limits": Limits(max_bytes=1000)}, "AUDIO_TOO_LARGE"),
        (np.zeros(1000, np.int16), {"source_rate": RATE}, "AUDIO_SAMPLES_INVALID"),
    ],
)
def test_the_same_errors(pool, source, options, code):
    before = pids(pool)
    with pytest.raises(AudioError) as there:
        pool.listen(source, **options)
    with pytest.raises(AudioError) as here:
        listen(source, **options)
    assert there.value.code == here.value.code == code
    assert there.value.message == here.value.message
    assert there.value.hint == here.value.hint
    assert pids(pool) == before


def test_a_relative_path_means_the_parents_folder(pool, tmp_path, monkeypatch):
    (tmp_path / "-x.wav").write_bytes(wav_bytes(song(1.0)))
    monkeypatch.chdir(tmp_path)
    assert pool.listen("-x.wav").source.name == "-x.wav"


def test_a_path_need_not_be_text(pool, tmp_path):
    path = os.fsencode(tmp_path) + b"/\xe9\xff\n.wav"
    Path(os.fsdecode(path)).write_bytes(wav_bytes(song(1.0)))
    assert pool.listen(os.fsdecode(path)).source.name.endswith(".wav")


def test_sources_of_another_kind(pool):
    for source in (None, 5, io.StringIO("x")):
        with pytest.raises(TypeError):
            pool.listen(source)


def test_many_threads_share_few_children(mp3):
    with DecodePool(workers=2) as pool, ThreadPoolExecutor(6) as threads:
        sources = [mp3, wav_bytes(song(11.0)), b"broken", mp3] * 3
        before = pids(pool)

        def attempt(source):
            try:
                return len(pool.listen(source).windows)
            except AudioError as error:
                return error.code

        assert list(threads.map(attempt, sources)) == [4, 1, "AUDIO_UNREADABLE", 4] * 3
        assert pids(pool) == before


# -- what may happen to a child --------------------------------------------------------------------------------------


def stopped(pool):
    """Stop the child like a decoder that hangs; it has to be idle and ready."""
    pool.listen(wav_bytes(song(0.1)))
    [pid] = pids(pool)
    os.kill(pid, signal.SIGSTOP)
    return pid


def test_killed_while_decoding(mp3):
    with DecodePool(workers=1) as pool, ThreadPoolExecutor(1) as threads:
        pid = stopped(pool)
        answer = threads.submit(pool.listen, mp3)
        time.sleep(0.2)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(AudioError) as caught:
            answer.result(timeout=20)
        assert caught.value.code == "AUDIO_DECODER_CRASHED"
        assert len(pool.listen(mp3).windows) == 4
        assert pids(pool) != [pid]


def test_killed_while_idle_costs_nobody_a_file(mp3):
    with DecodePool(workers=1) as pool:
        pool.listen(mp3)
        [pid] = pids(pool)
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not alive(pid))
        assert len(pool.listen(mp3).windows) == 4


def test_a_decoder_that_hangs_is_stopped(mp3):
    with DecodePool(workers=1, wall_s=0.7) as pool:
        pool._wall_s = 30.0
        pid = stopped(pool)
        pool._wall_s = 0.7
        began = time.monotonic()
        with pytest.raises(AudioError) as caught:
            pool.listen(mp3)
        assert caught.value.code == "AUDIO_DECODER_TIMEOUT"
        assert time.monotonic() - began < 5
        assert not alive(pid)
        pool._wall_s = 30.0
        assert len(pool.listen(mp3).windows) == 4


def test_processor_time_is_limited():
    # An hour of unknown length has to be decoded whole; a limit of 0 is used up within a second.
    rate, hours = 8_000, 5.9
    data = bytearray(file_bytes("flac", np.tile(song(60.0, rate=rate, channels=1), (1, round(hours * 6))), rate))
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    with DecodePool(workers=1, cpu_s=0, wall_s=60) as pool:
        pool.listen(wav_bytes(song(0.1)))
        outcome = "done"
        try:
            # Asked for a window at every second, in one part: minutes of work.
            pool.listen(bytes(data), count=None, window_s=0.05, limits=Limits(max_listened_s=7200.0))
        except AudioError as error:
            outcome = error.code
        assert outcome == "AUDIO_DECODER_TIMEOUT"
        assert len(pool.listen(wav_bytes(song(1.0))).windows) == 1


def test_memory_is_limited():
    size = 120 << 20
    big = wav_bytes(np.zeros((1, 0), np.float32), data_size=size) + bytes(size)
    with DecodePool(workers=1, memory_bytes=320 << 20) as pool:
        assert len(pool.listen(wav_bytes(song(1.0))).windows) == 1
        [pid] = pids(pool)
        with pytest.raises(AudioError) as caught:
            pool.listen(big)
        assert caught.value.code == "AUDIO_DECODER_CRASHED"
        assert len(pool.listen(wav_bytes(song(1.0))).windows) == 1
        assert pids(pool) != [pid]


def test_a_child_cannot_write_files(pool, tmp_path):
    pool.listen(wav_bytes(song(0.1)))
    [pid] = pids(pool)
    limits = Path(f"/proc/{pid}/limits").read_text()
    rows = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()}
    assert rows["Max file size"] == ["0", "0"]
    assert rows["Max core file size"] == ["0", "0"]
    assert rows["Max address space"][0].isdigit()
    assert rows["Max cpu time"][0].isdigit()


def test_a_child_knows_no_secrets(monkeypatch):
    monkeypatch.setenv("GENRELENS_PASSWORD", "hunter2")
    with DecodePool(workers=1) as pool:
        [pid] = pids(pool)
        assert wait_until(lambda: b"OMP_NUM_THREADS" in Path(f"/proc/{pid}/environ").read_bytes())
        assert b"hunter2" not in Path(f"/proc/{pid}/environ").read_bytes()


# -- the end ---------------------------------------------------------------------------------------------------------


def test_closing_ends_all_children_and_refuses_more(mp3):
    pool = DecodePool(workers=2)
    children = pids(pool)
    pool.listen(mp3)
    pool.close()
    pool.close()
    assert not any(alive(pid) for pid in children)
    with pytest.raises(RuntimeError, match="closed"):
        pool.listen(mp3)


def test_closing_while_decoding(mp3):
    pool = DecodePool(workers=1)
    stopped(pool)
    outcomes = []

    def attempt():
        try:
            pool.listen(mp3)
        except (AudioError, RuntimeError) as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=attempt) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    pool.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert sorted(outcomes, key=str) == sorted([AudioError, RuntimeError, RuntimeError], key=str)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_no_child_outlives_its_parent(end):
    script = textwrap.dedent(
        """
        import time
        from genrelens.audio.sandbox import DecodePool
        pool = DecodePool(workers=2)
        print(*[child._process.pid for child in pool._alive], flush=True)
        time.sleep(60)
        """
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(SOURCE)}
    )
    assert parent.stdout is not None
    with parent:
        children = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(children) == 2
        parent.send_signal(end)
    assert wait_until(lambda: not any(alive(pid) for pid in children))


def test_the_callers_main_module_is_not_run_again(tmp_path):
    (tmp_path / "song.wav").write_bytes(wav_bytes(song(1.0)))
    script = tmp_path / "main.py"
    script.write_text(
        "print('main')\nfrom genrelens.audio.sandbox import DecodePool\n"
        "with DecodePool(workers=1) as pool:\n    print(len(pool.listen('song.wav').windows))\n"
    )
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the current folder')")
    done = subprocess.run(
        [sys.executable, "-P", str(script)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        check=True,
    )
    assert done.stdout.split() == ["main", "1"]
