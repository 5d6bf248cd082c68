"""What is found after the first answer: timeline, then evidence, then notes, each kept in its `Result`.

The tabs ask here and render; what is found is computed in `insight`. Each thing is found once a result: a second asking
(a permalink, a download) gets what was kept.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from genrelens.errors import GenreLensError
from genrelens.studio.jobs import Job
from genrelens.studio.results import Result
from genrelens.studio.room import Room

if TYPE_CHECKING:
    from genrelens.insight.evidence import Evidence
    from genrelens.insight.notes import Notes
    from genrelens.insight.timeline import Timeline

__all__ = ["find_evidence", "find_notes", "find_timeline", "notes_aside", "result_of"]

_NOTERS: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="notes")
"""Notes need one core for a second; the timeline has the other meanwhile."""


def result_of(room: Room, token: str) -> Result:
    """The result that a token names.

    Raises:
        GenreLensError: `RESULT_NOT_FOUND`.
    """
    result = room.results.get(token)
    if result is None:
        raise GenreLensError("RESULT_NOT_FOUND", "this result is not kept (any more)")
    return result


def find_timeline(room: Room, result: Result, step: Callable[[float], None] | None = None) -> Timeline:
    """Genre over time of a result."""
    if result.timeline is None:
        from genrelens.insight.timeline import timeline

        result.timeline = timeline(room.model(), room.song(result), step=step)
    return result.timeline


def find_evidence(room: Room, result: Result, *, start_s: float | None = None, label: str | None = None) -> Evidence:
    """What spoke for a genre in one window.

    Args:
        room: The page's tools.
        result: Whose song.
        start_s: Where the window begins in the source, seconds; where the genre is strongest when left out.
        label: The genre; the result's first when left out.
    """
    from genrelens.insight.evidence import evidence, strongest_start

    kept = result.evidence
    if kept is not None and start_s is None and label in (None, kept.label):
        return kept
    model, song = room.model(), room.song(result)
    label = label if label in model.bundle.labels else result.analysis.top[0].id
    if start_s is None:
        start_s = strongest_start(result.analysis, label)
    rhythm = None if result.notes is None else result.notes.rhythm
    beats = None if rhythm is None else rhythm.beats_s
    result.evidence = evidence(model, song, start_s=start_s, label=label, beats_s=beats)
    return result.evidence


def notes_aside(room: Room, result: Result, job: Job) -> Future[Notes]:
    """`find_notes`, in a thread of its own."""
    return _NOTERS.submit(find_notes, room, result, job.step)


def find_notes(room: Room, result: Result, step: Callable[[float], None] | None = None) -> Notes:
    """Tempo, metre, key, loudness and the rest of a result."""
    if result.notes is None:
        from genrelens.insight.notes import listening_notes

        result.notes = listening_notes(room.song(result), analysis=result.analysis, step=step)
    return result.notes
