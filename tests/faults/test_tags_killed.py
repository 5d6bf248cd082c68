"""Tagging and undoing, killed or refused by the disk at every step: old or new, never mixed, and always undone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from genrelens.workflows.tags.formats import read_standing
from tests.faults.killed_tags import MADE, apply_all, at_step, check, fail, fresh_room, killed, undo_all, what_it_does
from tests.workflows.tagged import plan, wish

EVERY = 6
"""One step in so many; all of them take minutes: `pytest -m soak`, last run on 2026-11-28."""


@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])])
def test_killed_at_its_steps(tmp_path, every):
    command = [sys.executable, "-m", "tests.faults.killed_tags", str(tmp_path), str(every)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = {(work, name): int(number) for work, name, number in map(str.split, done.stdout.splitlines())}
    assert {name for _, name in steps} == set(MADE)
    assert all(number > (30 if work == "apply_all" else 10) for (work, _), number in steps.items()), steps


@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("work", [apply_all, undo_all])
@pytest.mark.parametrize("name", MADE)
def test_refused_by_the_disk_at_its_steps(tmp_path, name, work, every):
    room = tmp_path / "room"
    old, new = what_it_does(name, room)
    reached = [True]

    def refuse():
        reached.append(True)
        fail()

    number = 1 + list(MADE).index(name) % every
    while reached:
        reached.clear()
        fresh_room(room, [name])
        if work is undo_all:
            apply_all(room)
        at_step(number, refuse)
        try:
            work(room)
        finally:
            sys.setprofile(None)
        assert check(room, old, new) == "", number
        number += every
    assert number > 10


def test_after_a_kill_the_same_command_goes_on(tmp_path):
    room = tmp_path / "room"
    files = sorted(fresh_room(room))
    number = 60
    while killed(apply_all, room, number) and not read_standing(files[0]).genres:
        number += 5
    wishes = [wish(path, "Rock") for path in files]
    assert [done.action for done in plan(wishes)] == ["same", *["write"] * 4, "sidecar"]
    apply_all(room)
    assert {done.action for done in plan(wishes)} == {"same"}
