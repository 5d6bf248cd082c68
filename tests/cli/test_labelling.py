"""How far a labelling run is, in lines for a log."""

from __future__ import annotations

import time

from genrelens.cli.labelling import shown_progress
from genrelens.workflows.label import Progress


def test_lines_tell_the_rate_since_the_hearing_began(capsys, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    now = Progress(found=100)
    with shown_progress() as tell:
        tell(now)
        clock[0] += 5  # files are looked at
        now.looking, now.to_do, now.known, now.failed = False, 60, 30, 10
        tell(now)
        for done in range(1, 51):
            clock[0] += 0.5
            now.done = done
            tell(now)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "20/60, 2.0/s, 20 s left; 10 done, 10 failed, 30 known before, 0 to review",
        "40/60, 2.0/s, 10 s left; 30 done, 10 failed, 30 known before, 0 to review",
        "60/60, 2.0/s, 0 s left; 50 done, 10 failed, 30 known before, 0 to review",
    ]
