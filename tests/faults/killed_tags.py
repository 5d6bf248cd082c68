"""A process that tags files and is killed at its steps: `python -m tests.faults.killed_tags FOLDER EVERY`.

A step is a call of the C library that touches the disk; a profiler counts them, so that the code under test knows
nothing of it. For every step, or for one in EVERY, a child is forked which kills itself there; its parent then looks at
what is left. Each kind of file begins at a step of its own, so that together they see all steps that they share.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
from functools import cache
from pathlib import Path

from genrelens.workflows.tags.apply import apply_tags, entries_to_undo, undo_tags
from genrelens.workflows.tags.journal import Journal
from tests.workflows.tagged import plan, rich_flac, rich_m4a, rich_mp3, rich_opus, rich_vorbis, sound, wish

STEPS = frozenset(
    "write writelines flush fsync replace rename unlink remove open mkstemp mkdir utime chmod chown truncate ftruncate "
    "sendfile copy_file_range setxattr close".split()
)


MADE = {
    "a.mp3": lambda: rich_mp3(4, padding=0),
    "b.flac": rich_flac,
    "c.ogg": rich_vorbis,
    "d.opus": lambda: rich_opus(False),
    "e.m4a": lambda: rich_m4a(False),
    "f.wma": lambda: sound("wma"),
}
"""A tag edited as bytes, four by mutagen, a sidecar."""


@cache
def made_file(name: str) -> bytes:
    return MADE[name]()


def at_step(number: int, act) -> None:
    """Call `act` instead of the `number`-th step from here on."""
    left = number

    def count(_frame, event, function):
        nonlocal left
        if event == "c_call" and getattr(function, "__name__", "") in STEPS:
            left -= 1
            if left == 0:
                sys.setprofile(None)
                act()

    sys.setprofile(count)


def fail() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fresh_room(room: Path, names=MADE) -> dict[Path, bytes]:
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir()
    files = {room / name: made_file(name) for name in names}
    for path, data in files.items():
        path.write_bytes(data)
    return files


def apply_all(room: Path) -> None:
    wishes = [wish(room / name, "Rock") for name in MADE if (room / name).exists()]
    for _ in apply_tags(plan(wishes), Journal(room / "undo")):
        pass


def undo_all(room: Path) -> list[str]:
    if not any((room / "undo").glob("*/*.entry")):
        return []
    return [done.state for done in undo_tags(entries_to_undo(room / "undo"))]


def killed(work, room: Path, number: int) -> bool:
    """Whether a child that does `work` came to its `number`-th step and died there."""
    child = os.fork()
    if child == 0:
        at_step(number, die)
        try:
            work(room)
        finally:
            sys.setprofile(None)
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def content(room: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in room.iterdir() if path.is_file()}


def what_it_does(name: str, room: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """What lies in the room before and after a file is tagged."""
    fresh_room(room, [name])
    old = content(room)
    apply_all(room)
    new = content(room)
    assert new != old, name
    return old, new


def check(room: Path, old: dict[str, bytes], new: dict[str, bytes]) -> str:
    """Every file is the old one or the new one, nothing else lies there, and undone all is old; "" or what is wrong."""
    for name, data in kept(room).items():
        if data not in (old.get(name), new.get(name)):
            return f"{name} is neither old nor new"
    states = undo_all(room)
    return "" if "failed" not in states and kept(room) == old else f"not undone: {states}"


def kept(room: Path) -> dict[str, bytes]:
    """Without the copy that a killed process was at."""
    return {name: data for name, data in content(room).items() if not name.startswith(".genrelens-tags-")}


def main(folder: Path, every: int) -> None:
    room = folder / "room"
    for first, name in enumerate(MADE):
        old, new = what_it_does(name, room)
        for work in (apply_all, undo_all):
            number = 1 + first % every
            while True:
                fresh_room(room, [name])
                if work is undo_all:
                    apply_all(room)
                reached = killed(work, room, number)
                if problem := check(room, old, new):
                    raise SystemExit(f"{work.__name__} of {name}, step {number}: {problem}")
                if not reached:
                    break
                number += every
            print(work.__name__, name, number, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
