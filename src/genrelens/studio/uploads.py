"""Where strangers' songs lie while a page is open: one private folder a process, emptied early and often.

Promises: the folder can be read by its owner alone (0700); what a listener uploaded goes when the tab
closes, at the latest `MAX_AGE_S` after it came; everything goes when the process ends; what a killed
process left behind goes when the next one starts. Nothing outside the folder is ever opened for a listener.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from genrelens.errors import AudioError

__all__ = ["MAX_AGE_S", "MAX_BYTES", "Uploads"]

MAX_BYTES: Final = 200 * 1000 * 1000
"""Size of the largest file that is accepted."""
MAX_AGE_S: Final = 3600.0
"""Seconds after which an upload goes even though its tab is still open."""
_PREFIX: Final = "genrelens-page-"


class Uploads:
    """The private folder. May be used from many threads."""

    def __init__(self, parent: str | os.PathLike[str] | None = None) -> None:
        base = Path(parent or tempfile.gettempdir())
        _remove_orphans(base)
        # Not resolved by tempfile where TMPDIR is a link; uploads are compared by their real path.
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base)).resolve()
        self._owned: dict[str, set[Path]] = {}
        self._lock = threading.Lock()

    def claim(self, listener: str, path: str) -> Path:
        """Note that `path` belongs to a listener, and give it back resolved.

        Raises:
            AudioError: `AUDIO_NOT_FOUND`: it is not (or not any more) a file that was uploaded here.
        """
        try:
            real = Path(path).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            real = None
        if real is None or not real.is_relative_to(self.folder) or not real.is_file():
            raise AudioError("AUDIO_NOT_FOUND", "no such upload")
        with self._lock:
            self._owned.setdefault(listener, set()).add(real)
        return real

    def release(self, listener: str, path: Path) -> None:
        """The listener is done with one upload of its own: delete it now. Anything else is left alone."""
        with self._lock:
            owned = self._owned.get(listener, set())
            mine = path in owned
            owned.discard(path)
        if mine:
            path.unlink(missing_ok=True)
            _remove_empty(path.parent, self.folder)

    def drop(self, listener: str, path: str) -> None:
        """Delete an upload that nobody wants any more; what is none is left alone."""
        with contextlib.suppress(AudioError):
            self.release(listener, self.claim(listener, path))

    def leave(self, listener: str) -> None:
        """The listener's tab closed: delete what it uploaded."""
        with self._lock:
            paths = self._owned.pop(listener, set())
        for path in paths:
            path.unlink(missing_ok=True)
            _remove_empty(path.parent, self.folder)

    def sweep(self, max_age_s: float = MAX_AGE_S) -> int:
        """Delete every file older than `max_age_s`, whoever owns it; returns how many."""
        oldest, removed = time.time() - max_age_s, 0
        for path in [*self.folder.rglob("*")]:
            try:
                if path.is_file() and path.stat().st_mtime < oldest:
                    path.unlink()
                    removed += 1
                    _remove_empty(path.parent, self.folder)
            except FileNotFoundError:
                continue
        with self._lock:
            for listener, paths in list(self._owned.items()):
                self._owned[listener] = {path for path in paths if path.exists()}
                if not self._owned[listener]:
                    del self._owned[listener]
        return removed

    def remove(self) -> None:
        """Delete the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove_empty(folder: Path, root: Path) -> None:
    if folder != root:
        try:
            folder.rmdir()
        except OSError:
            return  # another listener's file is in it


def _remove_orphans(base: Path) -> None:
    for folder in base.glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not folder.is_symlink() and not _is_running(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    if os.name == "nt":  # os.kill(pid, 0) would end the process there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
