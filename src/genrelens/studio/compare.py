"""The tab "Compare": versions of a song side by side, and whether a song has left one style for another.

Two forms, each HTML of our own with `compare.js`, and below each what is found, put on the page as it comes. What the
forms ask for is computed in `insight` and kept in the `Result` of the first song, so that it can be taken away:

/compare/TOKEN/comparison.svg   and .png, .json; ?lang=zh for Chinese
/compare/TOKEN/style.json       the style check
"""

# No postponed annotations here: Gradio and FastAPI read those of the handlers at run time.

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from genrelens.errors import GenreLensError, as_expected
from genrelens.studio.compare_forms import compare_form, style_form
from genrelens.studio.compare_view import (
    failure_of,
    over,
    render_comparison,
    render_evidences,
    render_style,
    render_timelines,
    working,
)
from genrelens.studio.findings import find_notes, find_timeline, result_of
from genrelens.studio.given import Given, text_of
from genrelens.studio.jobs import Job, stream
from genrelens.studio.results import Result
from genrelens.studio.room import Room
from genrelens.studio.scripts import script_of, tell
from genrelens.words import LANGUAGES

if TYPE_CHECKING:
    from fastapi import FastAPI

    from genrelens.insight.compare import Comparison, Version
    from genrelens.insight.evidence import Evidence

__all__ = ["PANELS", "build_compare", "check_style", "compare_versions", "serve_comparisons"]

PANELS: Final = ("verdict", "times", "why")
KIND: Final = "compare"
"""Of the job; the style check's is "style"."""
_MOST: Final = 3
_CONCURRENCY: Final = 2
"""Comparisons at a time; first answers of the tab "Listen" wait in a line of their own."""

Emit = Callable[[tuple[str, str]], None]


def build_compare(room: Room) -> None:
    """Put the tab into the surrounding `gr.Blocks`."""
    import gradio as gr

    script = script_of("compare.js")
    plain: dict[str, Any] = {"apply_default_css": False, "elem_classes": "gl"}
    form = gr.HTML(html_template=compare_form(room.samples), js_on_load=script, elem_id="compare", **plain)
    panels = [gr.HTML("", js_on_load=tell("genrelens:compared"), elem_id=f"compare-{name}", **plain) for name in PANELS]
    style = gr.HTML(html_template=style_form(room.samples), js_on_load=script, elem_id="restyle", **plain)
    answer = gr.HTML("", js_on_load=tell("genrelens:compared"), elem_id="restyle-answer", **plain)

    def on_compare(event: gr.EventData, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        for name, html in compare_versions(event._data, request.session_hash or "", room):
            yield tuple(html if panel == name else gr.skip() for panel in PANELS)

    def on_style(event: gr.EventData, request: gr.Request) -> Iterator[str]:
        yield from check_style(event._data, request.session_hash or "", room)

    def on_cancel(event: gr.EventData, request: gr.Request) -> None:
        kind = text_of(event._data, "kind", 16)
        if kind in (KIND, "style"):
            room.jobs.cancel(request.session_hash or "", kind)

    quiet: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private"}
    line: dict[str, Any] = {"concurrency_limit": _CONCURRENCY, "concurrency_id": KIND}
    form.submit(on_compare, inputs=None, outputs=panels, **line, **quiet)
    style.submit(on_style, inputs=None, outputs=answer, **line, **quiet)
    for asking in (form, style):
        asking.clear(on_cancel, inputs=None, outputs=None, queue=False, **quiet)


def compare_versions(data: Any, listener: str, room: Room) -> Iterator[tuple[str, str]]:
    """(panel, HTML) as it is found. Never raises: what goes wrong becomes a card in the first panel.

    Args:
        data: What came from the browser: `run`, and `versions`, two or three songs as in `Given`, the reference first.
        listener: The session that asks; its earlier comparison is called off.
        room: The page's tools.
    """
    run = text_of(data, "run", 64)
    job = room.jobs.begin(listener, KIND)

    def work(emit: Emit) -> None:
        for name in PANELS[1:]:
            emit((name, ""))
        _Asking(room, listener, job, run).compare(_list(data), emit)

    yield from _safely(job, work, lambda html: ("verdict", html), run)


def check_style(data: Any, listener: str, room: Room) -> Iterator[str]:
    """The HTML of a style check, as it comes. Never raises.

    Args:
        data: What came from the browser: `run`, the labels `old` and `new`, and `versions`: the song, and its original
            if there is one, as in `Given`.
        listener: The session that asks; its earlier check is called off.
        room: The page's tools.
    """
    run = text_of(data, "run", 64)
    job = room.jobs.begin(listener, "style")
    styles = text_of(data, "old", 80), text_of(data, "new", 80)

    def work(emit: Callable[[str], None]) -> None:
        emit(_Asking(room, listener, job, run).style(_list(data), styles, emit))

    yield from _safely(job, work, lambda html: html, run)


def _safely(job: Job, work: Callable[[Callable[[Any], None]], None], wrap: Callable[[str], Any], run: str) -> Any:
    try:
        yield from stream(job, work)
    except _VersionFailed as failed:
        yield wrap(over(run, failure_of(failed.error, failed.index)))
    except Exception as error:
        yield wrap(over(run, failure_of(as_expected(error))))


class _VersionFailed(Exception):
    """One of the songs could not be read: which, and why."""

    def __init__(self, index: int, error: GenreLensError) -> None:
        super().__init__(error.code)
        self.index, self.error = index, error


@dataclass(frozen=True, slots=True)
class _Asking:
    """One asking of one listener."""

    room: Room
    listener: str
    job: Job
    run: str

    def compare(self, given: list[Any], emit: Emit) -> None:
        """Verdict, then timelines, then evidence."""
        from genrelens.insight.compare import compare

        if not 2 <= len(given) <= _MOST:
            raise GenreLensError("NO_INPUT", f"{len(given)} versions were given")
        results = self._read(given, lambda html: emit(("verdict", html)))
        versions = [self._version(result) for result in results]

        def told(share: float) -> None:
            self.job.check()
            emit(("verdict", working(self.run, "comparing.weighing", share=share)))

        told(0.0)
        found = compare(self.room.model(), versions, step=told)
        self.job.check()
        results[0].extra["comparison"] = found
        emit(("verdict", render_comparison(found, results[0].token)))
        self._times(results, emit)
        self._why(found, results, emit)

    def style(self, given: list[Any], styles: tuple[str, str], emit: Callable[[str], None]) -> str:
        """The answer of a style check."""
        from genrelens.insight.style import style_check

        if not 1 <= len(given) <= 2:
            raise GenreLensError("NO_INPUT", f"{len(given)} songs were given")
        song, *original = self._read(given, emit, "restyling.working")
        before = original[0].analysis if original else None

        def told(share: float) -> None:
            self.job.check()
            emit(working(self.run, "restyling.working", share=share))

        model, version = self.room.model(), self._version(song, notes=False)
        found = style_check(model, version, old=styles[0], new=styles[1], original=before, step=told)
        self.job.check()
        song.extra["style"] = found
        return over(self.run, render_style(found, song.token))

    def _read(self, given: list[Any], emit: Callable[[str], None], key: str = "comparing.reading") -> list[Result]:
        """Each song's answer and sound."""
        results = []
        for index, data in enumerate(given):
            self.job.check()
            emit(working(self.run, key, version=_letter(index)))
            try:
                path, name = Given.from_event(data).resolve(self.room, self.listener)
                analysis = self.room.analyse(path, name)
                results.append(self.room.results.add(self.listener, path, name, analysis))
                self.room.song(results[-1])
            except Exception as error:
                raise _VersionFailed(index, as_expected(error)) from error
        return results

    def _version(self, result: Result, *, notes: bool = True) -> "Version":
        from genrelens.insight.compare import Version

        song = self.room.song(result)
        # A silent song has no notes; `compare` says so itself.
        wanted = notes and bool(result.analysis.top)
        return Version(result.analysis, song, notes=find_notes(self.room, result, self.job.step) if wanted else None)

    def _times(self, results: list[Result], emit: Emit) -> None:
        def told(share: float) -> None:
            self.job.check()
            emit(("times", working(self.run, "comparing.drawing_times", share=share)))

        timelines = []
        for index, result in enumerate(results):

            def within(share: float, index: int = index) -> None:
                told((index + share) / len(results))

            within(0.0)
            timelines.append(find_timeline(self.room, result, within))
        emit(("times", render_timelines(timelines)))

    def _why(self, found: "Comparison", results: list[Result], emit: Emit) -> None:
        if found.largest is None:
            emit(("why", over(self.run, "")))
            return
        emit(("why", working(self.run, "comparing.drawing_why")))
        seen = [self._evidence(result, found.largest) for result in results]
        emit(("why", over(self.run, render_evidences(seen))))

    def _evidence(self, result: Result, label: str) -> "Evidence":
        from genrelens.insight.evidence import evidence, strongest_start

        start_s = strongest_start(result.analysis, label)
        model, song = self.room.model(), self.room.song(result)
        return evidence(model, song, start_s=start_s, label=label, step=self.job.step)


def _list(data: Any) -> list[Any]:
    value = data.get("versions") if isinstance(data, dict) else None
    return value[: _MOST + 1] if isinstance(value, list) else []


def _letter(index: int) -> str:
    from genrelens.pictures.comparison import version_letter

    return version_letter(index)


def serve_comparisons(app: "FastAPI", room: Room) -> None:
    """Put the addresses above on the application."""
    from fastapi import HTTPException
    from fastapi.responses import Response

    @app.get("/compare/{token}/{name}")
    def take(token: str, name: str, lang: str = "en") -> Response:
        stem, _, kind = name.rpartition(".")
        language = lang if lang in LANGUAGES else LANGUAGES[0]
        try:
            found = result_of(room, token).extra.get(stem)
        except GenreLensError:
            raise HTTPException(404) from None
        made = _MAKERS.get((stem, kind))
        if found is None or made is None:
            raise HTTPException(404)
        media, make = made
        headers = {
            "content-disposition": f'attachment; filename="genrelens.{stem}.{kind}"',
            "cache-control": "no-store",
        }
        return Response(make(found, language), media_type=media, headers=headers)


def _svg(found: Any, language: str) -> str:
    from genrelens.pictures.comparison import comparison_svg

    return comparison_svg(found, language)


def _png(found: Any, language: str) -> bytes:
    from genrelens.pictures.png import to_png

    return to_png(_svg(found, language))


def _json(found: Any, language: str) -> str:
    return json.dumps(found.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)


_MAKERS: Final[dict[tuple[str, str], tuple[str, Callable[[Any, str], str | bytes]]]] = {
    ("comparison", "svg"): ("image/svg+xml", _svg),
    ("comparison", "png"): ("image/png", _png),
    ("comparison", "json"): ("application/json", _json),
    ("style", "json"): ("application/json", _json),
}
