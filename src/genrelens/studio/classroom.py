"""The tab "Classroom": homework with a roster gets feedback to discuss, a term's pieces become a lesson sheet.

The browser uploads all files of a class and sends one event that names them; answers come as JSON: how far it is, then
the result as HTML and the token of what can be taken away. What is found is decided in `workflows`, worded in
`sentences`, laid out in `sheets`. Uploads go as soon as their class is heard.

/classroom/TOKEN.xlsx, .html, .docx   ?lang=zh for Chinese
/classroom/example.csv                a roster of our own pieces
"""

# No postponed annotations here: Gradio and FastAPI read those of the handlers at run time.

import contextlib
import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from genrelens.audio.sources import safe_name
from genrelens.errors import AudioError, GenreLensError, UsageError, as_expected
from genrelens.studio.classroom_view import feedback_html, form_html, sheet_html
from genrelens.studio.failures import render_error
from genrelens.studio.given import Given, text_of
from genrelens.studio.jobs import Job, stream
from genrelens.studio.made_sheets import Made
from genrelens.studio.room import Room
from genrelens.studio.samples import Sample
from genrelens.studio.scripts import script_of, tell
from genrelens.studio.uploads import MAX_BYTES
from genrelens.taxonomy import display_name
from genrelens.words import LANGUAGES, say
from genrelens.workflows.classroom.handed_in import Handed, HandedIn, LeftOut, open_handed_in
from genrelens.workflows.classroom.homework import ClassFeedback, homework
from genrelens.workflows.classroom.lesson_sheet import MAX_PIECES, LessonSheet, lesson_sheet
from genrelens.workflows.classroom.piece import Asked, Piece
from genrelens.workflows.classroom.roster import MAX_ROWS, Entry, open_roster, read_roster

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["KINDS", "build_classroom", "call_off", "example_roster", "give_lesson", "serve_classroom"]

KINDS: Final = ("homework", "lesson")
_CONCURRENCY: Final = 2
"""Classes at a time; first answers of the tab "Listen" wait in a line of their own."""
_EXAMPLES: Final = {
    "four_on_the_floor": "Disco",
    "strauss_waltz": "Classical",
    "one_drop_reggae": "Reggae",
    "joplin_rag": "Jazz",
}
"""Pieces of the example roster, and what their made-up students claim."""
_MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
}

Emit = Callable[[dict[str, Any]], None]
_Sheet = Made[ClassFeedback | LessonSheet]


def build_classroom(room: Room) -> None:
    """Put the tab into the surrounding `gr.Blocks`."""
    import gradio as gr

    tab = gr.HTML(
        html_template=form_html(room.samples),
        js_on_load=script_of("classroom.js"),
        apply_default_css=False,
        elem_id="classroom",
        elem_classes="gl",
    )
    told = {
        kind: gr.HTML(
            "",
            html_template="",
            js_on_load=tell("genrelens:classroom-told"),
            apply_default_css=False,
            elem_id=f"classroom-{kind}",
        )
        for kind in KINDS
    }

    def on_homework(event: gr.EventData, request: gr.Request) -> Iterator[str]:
        yield from give_lesson("homework", event._data, request.session_hash or "", room)

    def on_lesson(event: gr.EventData, request: gr.Request) -> Iterator[str]:
        yield from give_lesson("lesson", event._data, request.session_hash or "", room)

    def on_stop(event: gr.EventData, request: gr.Request) -> None:
        call_off(event._data, request.session_hash or "", room)

    quiet: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private"}
    line: dict[str, Any] = {"concurrency_limit": _CONCURRENCY, "concurrency_id": "classroom"}
    tab.submit(on_homework, inputs=None, outputs=told["homework"], **line, **quiet)
    tab.apply(on_lesson, inputs=None, outputs=told["lesson"], **line, **quiet)
    tab.stop(on_stop, inputs=None, outputs=None, queue=False, **quiet)


def call_off(data: Any, listener: str, room: Room) -> None:
    """Call off what is being heard, where a `kind` is named, and delete the `files` that were uploaded for it."""
    kind = text_of(data, "kind", 16)
    if kind in KINDS:
        room.jobs.cancel(listener, kind)
    for given in _files(data):
        with contextlib.suppress(GenreLensError):
            path, _ = Given.from_event(given).resolve(room, listener)
            room.uploads.release(listener, path)


def give_lesson(kind: str, data: Any, listener: str, room: Room) -> Iterator[str]:
    """JSON as it comes: {"run", "kind", "state"}, with `done` and `total`, or `html` and `token`. Never raises.

    Args:
        kind: `homework` or `lesson`.
        data: `run`; `files`, songs as in `Given` with those that were `refused` for their size; `title` of a lesson;
            `roster`, an upload, or `{"example": true}`; `lang`, in which the downloads are made at once.
        listener: The session that asks; its earlier work of this kind is called off.
        room: The page's tools.
    """
    job = room.jobs.begin(listener, kind)
    about = {"run": text_of(data, "run", 64), "kind": kind}

    def work(emit: Emit) -> None:
        asking = _Asking(room, listener, job, emit)
        with contextlib.ExitStack() as stack:
            made = asking.homework(data, stack) if kind == "homework" else asking.lesson(data, stack)
        emit({"state": "done", "token": made.token, "html": _shown(made)})

    try:
        for told in stream(job, work):
            yield json.dumps({**about, **told}, ensure_ascii=False)
    except Exception as error:
        yield json.dumps({**about, "state": "failed", "html": render_error(as_expected(error))}, ensure_ascii=False)


def _shown(made: _Sheet) -> str:
    return feedback_html(made.value) if isinstance(made.value, ClassFeedback) else sheet_html(made.value)


class _Asking:
    """One asking of one listener."""

    def __init__(self, room: Room, listener: str, job: Job, emit: Emit) -> None:
        self._room, self._listener, self._job, self._emit = room, listener, job, emit
        self._told = (-1, -1)

    def homework(self, data: Any, stack: contextlib.ExitStack) -> _Sheet:
        """Feedback for a class."""
        files = self._given(data, stack, MAX_ROWS)
        entries = self._roster(data, stack)
        handed = self._handed(files, stack)
        found = homework(self._room.model(), entries, handed, **self._tools())
        return self._kept("homework", found, data, ("xlsx", "html"))

    def lesson(self, data: Any, stack: contextlib.ExitStack) -> _Sheet:
        """A lesson sheet."""
        files = self._given(data, stack, MAX_PIECES)
        asked = [Asked(path, name) for path, name, _ in files if path is not None]
        failed = [Piece(name, error) for _, name, error in files if error is not None]
        title = text_of(data, "title", 120)
        sheet = lesson_sheet(self._room.model(), asked, title=title, failed=failed, **self._tools())
        return self._kept("lesson", sheet, data, ("docx", "html"))

    def _tools(self) -> dict[str, Any]:
        return {"decoder": self._room.decoder, "reader": self._room.song_reader, "step": self._step}

    def _step(self, done: int, total: int) -> None:
        self._job.check()
        if (done, total) != self._told:
            self._told = (done, total)
            self._emit({"state": "working", "done": done, "total": total})

    def _given(
        self, data: Any, stack: contextlib.ExitStack, most: int
    ) -> list[tuple[Path | None, str, AudioError | None]]:
        """(where it lies, its name, what is wrong with it); uploads are deleted when the stack ends."""
        found: list[tuple[Path | None, str, AudioError | None]] = []
        for given in _files(data)[: most + 1]:
            try:
                if text_of(given, "refused"):
                    raise AudioError("AUDIO_TOO_LARGE", f"over {MAX_BYTES // 10**6} MB")
                path, name = Given.from_event(given).resolve(self._room, self._listener)
            except AudioError as error:
                found.append((None, safe_name(text_of(given, "name")) or "?", error))
                continue
            stack.callback(self._room.uploads.release, self._listener, path)
            found.append((path, name or "?", None))
        if not found:
            raise UsageError("NO_INPUT", "no file was given")
        return found

    def _roster(self, data: Any, stack: contextlib.ExitStack) -> tuple[Entry, ...]:
        given = data.get("roster") if isinstance(data, dict) else None
        if isinstance(given, dict) and given.get("example") is True:
            return read_roster(example_roster(self._room.samples, _language(data)))
        if not text_of(given, "path"):
            raise UsageError("ROSTER_INVALID", "no list was given")
        path, _ = Given.from_event(given).resolve(self._room, self._listener)
        stack.callback(self._room.uploads.release, self._listener, path)
        return open_roster(path)

    def _handed(self, files: list[tuple[Path | None, str, AudioError | None]], stack: contextlib.ExitStack) -> HandedIn:
        """Files as they are, and those of every zip among them."""
        handed: list[Handed] = []
        left_out: list[LeftOut] = []
        for path, name, error in files:
            if path is None:
                too_large = error is not None and error.code == "AUDIO_TOO_LARGE"
                left_out.append(LeftOut(name, "too_large" if too_large else "damaged"))
            elif name.lower().endswith(".zip"):
                inside = stack.enter_context(open_handed_in(path, step=self._job.check))
                handed += inside.files
                left_out += inside.left_out
            else:
                handed.append(Handed(name, path))
        return HandedIn(tuple(handed), tuple(left_out))

    def _kept(self, kind: str, value: ClassFeedback | LessonSheet, data: Any, files: tuple[str, ...]) -> _Sheet:
        self._job.check()
        self._emit({"state": "writing"})
        made = self._room.sheets.put(self._listener, kind, value)
        for file in files:
            self._job.check()
            _file(made, file, _language(data))
        return made


def _files(data: Any) -> list[Any]:
    value = data.get("files") if isinstance(data, dict) else None
    return value[: MAX_ROWS + 1] if isinstance(value, list) else []


def _language(data: Any) -> str:
    asked = text_of(data, "lang", 2)
    return asked if asked in LANGUAGES else LANGUAGES[0]


def _file(made: _Sheet, kind: str, language: str) -> bytes | None:
    """A file to take away; None where there is no such kind of it."""
    found = made.value
    if isinstance(found, ClassFeedback):
        from genrelens.sheets.homework_html import homework_html
        from genrelens.sheets.homework_xlsx import homework_xlsx

        makers: dict[str, Callable[[], bytes]] = {
            "xlsx": lambda: homework_xlsx(found, language),
            "html": lambda: homework_html(found, language).encode(),
        }
    else:
        from genrelens.sheets.lesson_docx import lesson_docx
        from genrelens.sheets.lesson_html import lesson_html

        makers = {
            "docx": lambda: lesson_docx(found, language),
            "html": lambda: lesson_html(found, language).encode(),
        }
    return made.file(kind, language, makers[kind]) if kind in makers else None


def example_roster(samples: tuple[Sample, ...], language: str) -> bytes:
    """A roster of our own pieces, as CSV that every spreadsheet opens."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(say("classroom.roster_columns", language).split(","))
    files = {sample.id: sample.path.name for sample in samples}
    for number, (piece, genre) in enumerate(_EXAMPLES.items(), 1):
        if piece in files:
            student = say(f"classroom.example_student_{number}", language)
            # The last one gives none: a roster may have gaps.
            reasons = say(f"classroom.example_reasons_{number}", language) if number < len(_EXAMPLES) else ""
            writer.writerow([student, files[piece], display_name(genre, language), reasons])
    return out.getvalue().encode("utf-8-sig")


def serve_classroom(app: "FastAPI", room: Room) -> None:
    """Put the addresses above on the application."""
    from fastapi import HTTPException
    from fastapi.responses import Response

    def as_file(name: str) -> dict[str, str]:
        return {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}

    @app.get("/classroom/example.csv")
    def example(lang: str = "en") -> Response:
        content = example_roster(room.samples, lang if lang in LANGUAGES else LANGUAGES[0])
        return Response(content, media_type="text/csv; charset=utf-8", headers=as_file("roster.csv"))

    @app.get("/classroom/{token}.{kind}")
    def take(token: str, kind: str, lang: str = "en") -> Response:
        made = room.sheets.get(token)
        content = _file(made, kind, lang if lang in LANGUAGES else LANGUAGES[0]) if made is not None else None
        if made is None or content is None:
            raise HTTPException(404)
        stem = "homework" if isinstance(made.value, ClassFeedback) else "lesson"
        return Response(content, media_type=_MEDIA[kind], headers=as_file(f"{stem}.{kind}"))
