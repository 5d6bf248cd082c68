"""Files as they are saved: what `compare --watch` and `label --watch` wait for.

A bounce takes seconds to be written, and programs write in different ways: in place, or into another file that is then
renamed over the old one. A file counts as saved when its size, time and identity have stood still for a while; it is
looked at a few times a second, which works on every disk, also on one in a network.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genrelens.audio.files import find_audio
from genrelens.errors import AudioError

__all__ = ["saved_files"]

_EVERY_S: Final = 0.5
_STILL: Final = 3
"""Looks in a row at which a file must be the same: a second and a half without a byte."""


@dataclass(frozen=True, slots=True)
class _State:
    """What tells one content of a file from another without reading it."""

    size: int
    modified_ns: int
    inode: int


@dataclass(slots=True)
class _Seen:
    state: _State
    still: int
    told: bool


def saved_files(
    watched: Sequence[Path], *, ignore: Path | None = None, wait: Callable[[], None] | None = None
) -> Iterator[list[Path]]:
    """Give each file that is written or replaced from this call on, once a content; never ends by itself.

    Those that one look finds come together: an album that is copied is one piece of work.

    Args:
        watched: Files, which need not be there yet, and folders, searched for audio files.
        ignore: A file that is passed over: the reference.
        wait: Called between two looks; sleeps for half a second when left out.
    """
    passed = None if ignore is None else ignore.resolve()
    # The first look is taken now, not when the first file is asked for: what is saved in between is new.
    known = {path: _Seen(state, 0, told=True) for path, state in _look(watched, passed).items()}
    return _saved(watched, passed, known, wait)


def _saved(
    watched: Sequence[Path], passed: Path | None, known: dict[Path, _Seen], wait: Callable[[], None] | None
) -> Iterator[list[Path]]:
    while True:
        (wait or _sleep)()
        states = _look(watched, passed)
        for path in [path for path in known if path not in states]:
            # Gone, perhaps for the moment of a rename: what comes next under this name is new.
            del known[path]
        if saved := [path for path, state in states.items() if _settled(known, path, state)]:
            yield saved


def _settled(known: dict[Path, _Seen], path: Path, state: _State) -> bool:
    """Note a look at a file, and whether it has just become one to tell of."""
    seen = known.get(path)
    if seen is None or seen.state != state:
        known[path] = _Seen(state, 0, told=False)
        return False
    seen.still += 1
    if seen.told or seen.still < _STILL or not state.size:
        return False
    seen.told = True
    return True


def _look(watched: Sequence[Path], passed: Path | None) -> dict[Path, _State]:
    states = {}
    for path in _files(watched):
        try:
            found = path.stat()
            if path.resolve() != passed and path.is_file():
                states[path] = _State(found.st_size, found.st_mtime_ns, found.st_ino)
        except OSError:
            continue  # not there yet, or just being renamed
    return states


def _files(watched: Sequence[Path]) -> list[Path]:
    try:
        return find_audio(watched)
    except AudioError:
        return []  # a folder that is unmounted or being replaced: the next look may find it


def _sleep() -> None:
    time.sleep(_EVERY_S)
