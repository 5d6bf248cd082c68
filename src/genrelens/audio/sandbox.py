"""Decoding of strangers' files in child processes with limits: a decoder that crashes or hangs is an error of one file.

Plain children that are started once and fed one file after the other (starting one costs a third of a second). Not
`multiprocessing`: its spawn imports the caller's main module again, its fork copies threads in mid-air, and its pickle
would hand the parent to a child that a file has taken over. The parent's clock kills what exceeds the wall time;
memory, processor time and file writes the child has limited itself, where the platform can.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio import wire
from genrelens.audio.song import Song, read_song
from genrelens.audio.sources import Limits, PathOrBytes, read_capped, safe_name
from genrelens.audio.windows import Excerpt, ListenOptions, listen
from genrelens.errors import AudioError, GenreLensError, InternalError

__all__ = ["DecodePool"]

_MEMORY_BYTES: Final = 1 << 30
"""Address space of a child: Python with NumPy and the codecs maps 0.24 GB; the rest is for an upload and windows."""

_CPU_S: Final = 60
"""Processor time for one file: decoding six hours whole takes about 45 s."""

_WALL_S: Final = 90.0
"""Time for one file; longer than `_CPU_S`, because a busy machine gives a child only its share."""

_KEPT_ENVIRONMENT: Final = (
    *("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONUSERBASE"),
    *("APPDATA", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR"),
)
"""All that a child inherits: passwords and keys in the environment are none of its business."""


class DecodePool:
    """Child processes that decode. Usable from many threads; close it, or use it in a `with`.

    Args:
        workers: Files decoded at the same time.
        memory_bytes: Address space of one child.
        cpu_s: Processor time for one file, in seconds.
        wall_s: Time for one file, in seconds.
    """

    def __init__(
        self, workers: int = 2, *, memory_bytes: int = _MEMORY_BYTES, cpu_s: int = _CPU_S, wall_s: float = _WALL_S
    ) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self._memory_bytes, self._cpu_s, self._wall_s = memory_bytes, cpu_s, wall_s
        self._lock = threading.Lock()
        self._closed = False
        self._alive: set[_Child] = set()
        self._free: queue.LifoQueue[_Child] = queue.LifoQueue()
        for _ in range(workers):
            self._free.put(self._start())

    def listen(
        self,
        source: PathOrBytes | NDArray[Any],
        *,
        sample_rate: int = 32_000,
        window_s: float = 10.0,
        count: int | None = 6,
        start_s: float | None = None,
        end_s: float | None = None,
        source_rate: int | None = None,
        limits: Limits | None = None,
    ) -> Excerpt:
        """`audio.windows.listen` in a child, waiting for a free one. Samples need no decoder and stay in this process.

        Raises:
            AudioError: As `listen`, and `AUDIO_DECODER_CRASHED` or `AUDIO_DECODER_TIMEOUT` for this file alone.
            InternalError: A bug in the child.
            RuntimeError: The pool is closed.
        """
        limits = limits or Limits()
        options = ListenOptions(sample_rate, window_s, count, start_s, end_s, limits)
        if isinstance(source, np.ndarray) or source_rate is not None:
            return listen(
                source,
                sample_rate=sample_rate,
                window_s=window_s,
                count=count,
                start_s=start_s,
                end_s=end_s,
                source_rate=source_rate,
                limits=limits,
            )
        excerpt = self._ask(source, options, whole=False)
        assert isinstance(excerpt, Excerpt)
        return excerpt

    def read_song(
        self,
        source: PathOrBytes | NDArray[Any],
        *,
        sample_rate: int = 32_000,
        start_s: float | None = None,
        end_s: float | None = None,
        source_rate: int | None = None,
        limits: Limits | None = None,
    ) -> Song:
        """`audio.song.read_song` in a child, as `listen`.

        Raises:
            AudioError: As `read_song`, and `AUDIO_DECODER_CRASHED` or `AUDIO_DECODER_TIMEOUT` for this file alone.
            InternalError: A bug in the child.
            RuntimeError: The pool is closed.
        """
        limits = limits or Limits()
        options = ListenOptions(sample_rate, 1.0, 1, start_s, end_s, limits)
        if isinstance(source, np.ndarray) or source_rate is not None:
            return read_song(
                source, sample_rate=sample_rate, start_s=start_s, end_s=end_s, source_rate=source_rate, limits=limits
            )
        song = self._ask(source, options, whole=True)
        assert isinstance(song, Song)
        return song

    def _ask(self, source: PathOrBytes, options: ListenOptions, *, whole: bool) -> Excerpt | Song:
        if isinstance(source, (str, os.PathLike)):
            # The child started in another folder, perhaps.
            path, data = os.path.abspath(os.fspath(source)), b""  # noqa: PTH100 - pathlib would drop a trailing slash
            name = safe_name(source)
        else:
            path, data = None, read_capped(source, options.limits)
            name = safe_name(getattr(source, "name", ""))
        with self._child() as child:
            began = time.perf_counter()
            header = wire.request_header(options, path, len(data), whole=whole)
            answer = child.ask(header, data, options, name, self._wall_s)
            return replace(answer, decode_s=time.perf_counter() - began)

    def close(self) -> None:
        """End all children, also those at work: whoever waits for one gets `AUDIO_DECODER_CRASHED`."""
        with self._lock:
            self._closed = True
            children = list(self._alive)
        for child in children:
            child.kill()
        idle: list[_Child] = []
        with contextlib.suppress(queue.Empty):
            while True:
                idle.append(self._free.get_nowait())
        for child in idle:
            child.dispose()
            # Back again: whoever waits in `listen` finds it unfit, and the pool closed.
            self._free.put(child)

    def __enter__(self) -> DecodePool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def _child(self) -> Iterator[_Child]:
        """A free child for one file; one that is no longer fit is replaced at once."""
        child = self._free.get()
        try:
            if not child.fit:
                # Ended while idle (the system's memory killer, say): not this file's doing.
                child = self._renew(child)
            yield child
        finally:
            if not child.fit:
                # Where no new one can be started now, the next file tries again.
                with contextlib.suppress(InternalError, RuntimeError):
                    child = self._renew(child)
            self._free.put(child)

    def _renew(self, child: _Child) -> _Child:
        child.dispose()
        with self._lock:
            self._alive.discard(child)
        return self._start()

    def _start(self) -> _Child:
        with self._lock:
            if self._closed:
                raise RuntimeError("the pool is closed")
            try:
                child = _Child(self._memory_bytes, self._cpu_s)
            except OSError as error:
                raise InternalError("INTERNAL", f"no decoding process can be started: {error.strerror}") from None
            self._alive.add(child)
        return child


class _Child:
    """One decoding process and the pipes to it."""

    def __init__(self, memory_bytes: int, cpu_s: int) -> None:
        root = Path(__file__).resolve().parents[2]
        # In front of the standard library, so never a folder that holds other packages; there it is found anyway.
        own = [] if root.name in ("site-packages", "dist-packages") else [str(root)]
        environment = {key: os.environ[key] for key in _KEPT_ENVIRONMENT if key in os.environ}
        environment |= {
            "PYTHONPATH": os.pathsep.join([*own, *filter(None, [os.environ.get("PYTHONPATH")])]),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(
            # -P: the folder it is started in is no place to import from.
            [sys.executable, "-P", "-m", "genrelens.audio.worker", str(memory_bytes), str(cpu_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        self._broken = False

    @property
    def fit(self) -> bool:
        """Whether it may be given another file."""
        return not self._broken and self._process.poll() is None

    def ask(
        self, header: dict[str, Any], body: bytes, options: ListenOptions, name: str, wall_s: float
    ) -> Excerpt | Song:
        """One request, one answer; the child is killed when the time is over."""
        overdue = threading.Event()

        def end() -> None:
            overdue.set()
            self.kill()

        clock = threading.Timer(wall_s, end)
        clock.daemon = True
        clock.start()
        try:
            return self._exchange(header, body, options, name)
        except GenreLensError:
            raise
        except (OSError, wire.ProtocolError):
            self._broken = True
            self.kill()
            raise self._obituary(overdue.is_set(), wall_s) from None
        except BaseException:
            # Interrupted in mid-answer: what comes next on the pipe belongs to nobody.
            self._broken = True
            raise
        finally:
            clock.cancel()

    def kill(self) -> None:
        """End it now, with whatever it may have started."""
        if self._process.poll() is None:
            with contextlib.suppress(OSError):
                if hasattr(os, "killpg"):
                    os.killpg(self._process.pid, signal.SIGKILL)
                else:
                    self._process.kill()
        self._process.wait()

    def dispose(self) -> None:
        """Kill it and close the pipes; only by the thread that holds it."""
        self.kill()
        for pipe in self._pipes():
            with contextlib.suppress(OSError):
                pipe.close()

    def _exchange(self, header: dict[str, Any], body: bytes, options: ListenOptions, name: str) -> Excerpt | Song:
        requests, answers = self._pipes()
        wire.write_message(requests, header, body)
        answer = wire.read_message(answers)
        if answer is None:
            raise wire.ProtocolError("no answer")
        if "error" in answer:
            error = wire.to_error(answer["error"])
            # A child that ran out of memory ends after saying so: the next file must not be given to it meanwhile.
            self._broken = error.code == "AUDIO_DECODER_CRASHED"
            raise error
        if "bug" in answer:
            self._broken = True
            raise InternalError("INTERNAL", f"the decoding process failed: {answer['bug']}"[:300])
        read = wire.read_song if header["whole"] else wire.read_excerpt
        return read(answer, answers, options, name)

    def _pipes(self) -> tuple[BinaryIO, BinaryIO]:
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        return requests, answers  # type: ignore[return-value]

    def _obituary(self, overdue: bool, wall_s: float) -> AudioError:
        status = self._process.returncode
        if overdue:
            return AudioError("AUDIO_DECODER_TIMEOUT", f"decoding was stopped after {wall_s:g} s")
        if status == -getattr(signal, "SIGXCPU", -1):
            return AudioError("AUDIO_DECODER_TIMEOUT", "decoding took more processor time than one file may")
        return AudioError("AUDIO_DECODER_CRASHED", "the decoder broke on this file", details={"status": status})
