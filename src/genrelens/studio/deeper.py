"""Below the first answer: timeline, evidence, notes, put on the page one after the other as they are found."""

# No postponed annotations here: Gradio reads those of the event handlers at run time.

import logging
from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING, Any, Final

from genrelens.errors import as_expected
from genrelens.studio.evidence_view import render_evidence
from genrelens.studio.failures import render_error
from genrelens.studio.findings import find_evidence, find_timeline, notes_aside, result_of
from genrelens.studio.given import number_of, text_of
from genrelens.studio.jobs import Cancelled, Job, stream
from genrelens.studio.notes_view import render_notes
from genrelens.studio.results import Result
from genrelens.studio.room import Room
from genrelens.studio.scripts import script_of, tell
from genrelens.studio.timeline_view import render_timeline
from genrelens.words import both

if TYPE_CHECKING:
    from gradio import HTML

__all__ = ["PANELS", "build_deeper", "go_deeper", "look_again"]

PANELS: Final = ("timeline", "evidence", "notes")
_KIND: Final = "deeper"
_CONCURRENCY: Final = 2
"""Songs looked through at a time; first answers wait in a line of their own."""

_log = logging.getLogger(__name__)

Emit = Callable[[tuple[str, str]], None]


def build_deeper(room: Room, song: "HTML") -> None:
    """Put the three panels into the surrounding `gr.Blocks`, and answer what `song` and they ask."""
    import gradio as gr

    panels = [
        gr.HTML("", js_on_load=_script(name), apply_default_css=False, elem_id=name, elem_classes="gl deeper")
        for name in PANELS
    ]
    evidence = panels[PANELS.index("evidence")]
    quiet: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private"}

    def on_deeper(event: gr.EventData, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        for name, html in go_deeper(event._data, request.session_hash or "", room):
            yield tuple(html if panel == name else gr.skip() for panel in PANELS)

    def on_look(event: gr.EventData) -> str:
        return look_again(event._data, room)

    def on_cancel(request: gr.Request) -> None:
        room.jobs.cancel(request.session_hash or "")

    song.apply(on_deeper, inputs=None, outputs=panels, concurrency_limit=_CONCURRENCY, concurrency_id=_KIND, **quiet)
    evidence.select(
        on_look, inputs=None, outputs=evidence, concurrency_limit=_CONCURRENCY, concurrency_id="look", **quiet
    )
    song.clear(on_cancel, inputs=None, outputs=None, queue=False, **quiet)


def go_deeper(data: Any, listener: str, room: Room) -> Iterator[tuple[str, str]]:
    """(panel, HTML) as it is found. Never raises: what goes wrong becomes a card in its panel.

    Args:
        data: What came from the browser: `run`, and the `token` of a result.
        listener: The session that asks; its earlier asking is called off.
        room: The page's tools.
    """
    run, token = text_of(data, "run", 64), text_of(data, "token", 64)
    try:
        result = result_of(room, token)
    except Exception as error:
        yield "timeline", _panel("timeline", run, render_error(as_expected(error)))
        return
    job = room.jobs.begin(listener, _KIND)
    if not result.analysis.top:
        for name in PANELS:
            yield name, ""
        return

    def work(emit: Emit) -> None:
        _find(room, result, job, run, emit)

    yield from stream(job, work)


def look_again(data: Any, room: Room) -> str:
    """The evidence panel for another window or genre, as the browser asks. Never raises."""
    run = text_of(data, "run", 64)
    try:
        result = result_of(room, text_of(data, "token", 64))
        label = text_of(data, "genre", 80) or None
        found = find_evidence(room, result, start_s=number_of(data, "start"), label=label)
        return _panel("evidence", run, render_evidence(found, result))
    except Exception as error:
        return _panel("evidence", run, render_error(as_expected(error)))


def _find(room: Room, result: Result, job: Job, run: str, emit: Emit) -> None:
    for name in PANELS:
        emit((name, _working(name, run)))

    def told(share: float) -> None:
        job.check()
        emit(("timeline", _working("timeline", run, share)))

    def show(name: str, make: Callable[[], str]) -> None:
        job.check()
        try:
            body = make()
        except Cancelled:
            raise
        except Exception as error:
            body = render_error(as_expected(error))
        emit((name, _panel(name, run, body)))

    try:
        room.song(result)
    except Exception as error:
        emit(("timeline", _panel("timeline", run, render_error(as_expected(error)))))
        emit(("evidence", ""))
        emit(("notes", ""))
        return
    notes = notes_aside(room, result, job)
    show("timeline", lambda: render_timeline(find_timeline(room, result, told)))
    show("evidence", lambda: render_evidence(find_evidence(room, result), result))
    show("notes", lambda: render_notes(notes.result()))


def _panel(name: str, run: str, body: str) -> str:
    return (
        f'<section class="panel panel-{name}" data-run="{escape(run)}" aria-labelledby="title-{name}">'
        f'<h3 id="title-{name}" class="panel-title">{both(f"deeper.{name}")}</h3>{body}</section>'
    )


def _working(name: str, run: str, share: float | None = None) -> str:
    amount = "" if share is None else f' <span class="share">{share * 100:.0f} %</span>'
    return (
        f'<section class="panel panel-{name} is-working" data-working="{escape(run)}" aria-busy="true">'
        f'<h3 class="panel-title">{both(f"deeper.{name}")}</h3><p class="working dim">'
        f'<span class="spinner" aria-hidden="true"></span>{both(f"deeper.{name}_working")}{amount}</p></section>'
    )


def _script(name: str) -> str:
    return tell(f"genrelens:{name}") + (script_of("evidence.js") if name == "evidence" else "")
