"""Tagging and undoing, killed or refused by the disk at every step: old or new, never mixed, and always undone."""

from __future__ import annotations

import contextlib
import subprocess
import sys

import pytest

from genrelens.errors import TagError
from genrelens.workflows.tags.formats import read_standing
from tests.faults.killed_tags import apply_all, at_step, check, content, fail, fresh_room, killed, undo_all
from tests.workflows.tagged import plan, wish


def test_killed_at_every_step(tmp_path):
    command = [sys.executable, "-m", "tests.faults.killed_tags", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = dict(line.split() for line in done.stdout.splitlines())
    assert int(steps["apply"]) > 100
    assert int(steps["undo"]) > 50


@pytest.mark.parametrize("undoing", [False, True])
def test_every_step_refused_by_the_disk(tmp_path, undoing):
    room = tmp_path / "room"
    fresh_room(room)
    old = content(room)
    apply_all(room)
    new = content(room)
    number, refused = 0, 0
    while True:
        number += 1
        fresh_room(room)
        if undoing:
            apply_all(room)
        reached = []

        def refuse(reached=reached):
            reached.append(True)
            fail()

        at_step(number, refuse)
        try:
            # Where the journal cannot be read nothing is begun.
            with contextlib.suppress(TagError):
                (undo_all if undoing else apply_all)(room)
        finally:
            sys.setprofile(None)
        assert check(room, old, new) == ""
        refused += bool(reached)
        undo_all(room)
        left = {name: data for name, data in content(room).items() if not name.startswith(".genrelens-tags-")}
        assert left == old, number
        if not reached:
            break
    assert refused > 50


def test_after_a_kill_the_same_command_goes_on(tmp_path):
    room = tmp_path / "room"
    files = sorted(fresh_room(room))
    number = 60
    while killed(apply_all, room, number) and not read_standing(files[0]).genres:
        number += 5
    wishes = [wish(path, "Rock") for path in files]
    assert [done.action for done in plan(wishes)] == ["same", "write", "sidecar"]
    apply_all(room)
    assert {done.action for done in plan(wishes)} == {"same"}
