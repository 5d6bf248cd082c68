"""A process that tags files and is killed at each step: `python -m tests.faults.killed_tags FOLDER`.

A step is a call of the C library that touches the disk; a profiler counts them, so that the code under test knows
nothing of it. For every step a child is forked which kills itself there; its parent then looks at what is left.
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
from tests.workflows.tagged import plan, rich_flac, rich_mp3, sound, wish

STEPS = frozenset(
    "write writelines flush fsync replace rename unlink remove open mkstemp mkdir utime chmod chown truncate ftruncate "
    "sendfile copy_file_range setxattr close".split()
)


@cache
def made_files() -> dict[str, bytes]:
    """A tag edited as bytes, one by mutagen, a sidecar."""
    return {"a.mp3": rich_mp3(4, padding=0), "b.flac": rich_flac(), "c.wma": sound("wma")}


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


def fresh_room(room: Path) -> dict[Path, bytes]:
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir()
    files = {room / name: data for name, data in made_files().items()}
    for path, data in files.items():
        path.write_bytes(data)
    return files


def apply_all(room: Path) -> None:
    wishes = [wish(path, "Rock") for path in sorted(room.glob("[abc].*"))]
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


def check(room: Path, old: dict[str, bytes], new: dict[str, bytes]) -> str:
    """Every file is the old one or the new one, and nothing else lies there; "" or what is wrong."""
    for name, data in content(room).items():
        if name.startswith(".genrelens-tags-"):
            continue
        if data not in (old.get(name), new.get(name)):
            return f"{name} is neither old nor new"
    missing = [name for name in old if not (room / name).is_file()]
    return f"{missing} are gone" if missing else ""


def main(folder: Path) -> None:
    room = folder / "room"
    fresh_room(room)
    old = content(room)
    apply_all(room)
    new = content(room)
    assert all(new[name] != old[name] for name in old if not name.endswith(".wma"))
    assert sorted(set(new) - set(old)) == ["c.wma.genrelens.json"]
    for name, before in (("apply", False), ("undo", True)):
        number = 0
        while True:
            number += 1
            fresh_room(room)
            if before:
                apply_all(room)
            ended = not killed(undo_all if before else apply_all, room, number)
            problem = check(room, old, new)
            states = undo_all(room)
            # What was killed in the middle can always be undone, to the byte.
            left = {name: data for name, data in content(room).items() if not name.startswith(".genrelens-tags-")}
            if not problem and ("failed" in states or left != old):
                problem = f"not undone: {states}"
            if problem:
                raise SystemExit(f"{name}, step {number}: {problem}")
            if ended:
                break
        print(name, number, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
