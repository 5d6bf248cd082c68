"""The tab "Settle": a table of labels from several sources goes in, answers come out, the doubtful ones first.

One event names the upload; the answer is JSON: the result as HTML, and the token under which its songs are read by page
and its files are taken away. What is decided is decided in `workflows.arbitration`, as the command `arbitrate` does.

/settle/TOKEN/songs     JSON: rows of songs as HTML; ?show=review&start=25
/settle/TOKEN.csv, .json   byte for byte what the command writes and prints; ?lang=zh for reasons in Chinese
/settle/TOKEN.yaml      what the listener said that names mean, as the command's --names reads it
/settle/example.csv     a table that was made up to try it
"""

# No postponed annotations here: Gradio and FastAPI read those of the handlers at run time.

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from genrelens.catalogue.rows import NOT_MUSIC
from genrelens.errors import GenreLensError, PolicyError, as_expected
from genrelens.sentences.arbitration import arbitration_csv
from genrelens.studio.failures import render_error
from genrelens.studio.given import Given, text_of
from genrelens.studio.made_sheets import Made
from genrelens.studio.room import Room
from genrelens.studio.scripts import script_of, tell
from genrelens.studio.settle_view import form_html, result_html, songs_html
from genrelens.studio.settled import Settled
from genrelens.words import LANGUAGES
from genrelens.workflows.arbitration.answer import Arbitration, Show
from genrelens.workflows.arbitration.arbitrate import arbitrate
from genrelens.workflows.arbitration.names import names_text
from genrelens.workflows.arbitration.table import LabelTable, read_label_table
from genrelens.workflows.arbitration.voices import heard_of, voices_in

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["EXAMPLE", "MAX_BYTES", "MAX_SONGS", "build_settle", "serve_settle", "settle"]

MAX_BYTES: Final = 5_000_000
"""Of a table: more is for the command line, which takes nobody else's memory."""
MAX_SONGS: Final = 20_000
_MAX_LABELS: Final = 200_000
_MAX_NAMES: Final = 10_000
"""Different labels: what a name means takes a millisecond."""
EXAMPLE: Final = Path(__file__).parent / "settle_example.csv"
_PAGE: Final = 25
"""Songs that are sent at a time."""
_CONCURRENCY: Final = 1
"""Tables at a time: each takes a core, and memory."""


def build_settle(room: Room) -> None:
    """Put the tab into the surrounding `gr.Blocks`."""
    import gradio as gr

    tab = gr.HTML(
        html_template=form_html(MAX_BYTES, MAX_SONGS, catalogue=room.catalogue is not None),
        js_on_load=script_of("settle.js"),
        apply_default_css=False,
        elem_id="settle",
        elem_classes="gl",
    )
    told = gr.HTML(
        "", html_template="", js_on_load=tell("genrelens:settled"), apply_default_css=False, elem_id="settle-told"
    )

    def on_table(event: gr.EventData, request: gr.Request) -> str:
        return settle(event._data, request.session_hash or "", room)

    tab.submit(
        on_table,
        inputs=None,
        outputs=told,
        show_progress="hidden",
        trigger_mode="multiple",
        api_visibility="private",
        concurrency_limit=_CONCURRENCY,
        concurrency_id="settle",
    )


def settle(data: Any, listener: str, room: Room) -> str:
    """Answer for one table: JSON, {"run", "state", "token", "html"}. Never raises.

    Args:
        data: `run`; an upload as in `Given`, or `{"example": true}`, or the `token` of a result and `names`: what
            names mean that nobody knew.
        listener: The session that asks; what it asked before is forgotten.
        room: The page's tools.
    """
    job = room.jobs.begin(listener, "settle")
    about = {"run": text_of(data, "run", 64)}
    try:
        settled = _again(data, room) if text_of(data, "token") else _settled(data, listener, room)
        if job.cancelled:
            return json.dumps({**about, "state": "cancelled"})
        token = room.settled.put(listener, "settle", settled).token
        answer = {"state": "done", "token": token, "html": result_html(settled), **_songs(settled.found, "all", 0)}
    except Exception as error:
        answer = {"state": "failed", "html": render_error(as_expected(error))}
    return json.dumps({**about, **answer}, ensure_ascii=False)


def _settled(data: Any, listener: str, room: Room) -> Settled:
    if isinstance(data, dict) and data.get("example") is True:
        table = read_label_table(EXAMPLE)
    else:
        path, name = Given.from_event(data).resolve(room, listener)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise PolicyError("LABELS_TABLE_TOO_LARGE", f"the page takes tables up to {MAX_BYTES // 10**6} MB")
            table = read_label_table(path, name)
        finally:
            room.uploads.release(listener, path)
    _check(table)
    if room.catalogue is None:
        return Settled(table, arbitrate(table))
    known = voices_in(room.catalogue, table.files)
    return Settled(table, arbitrate(table, heard_of(known.voices), labels=known.labels), known)


def _again(data: Any, room: Room) -> Settled:
    """The same table, with what some names mean."""
    made = room.settled.get(text_of(data, "token"))
    if made is None:
        raise GenreLensError("RESULT_NOT_FOUND", "this result is not kept (any more)")
    before = made.value
    given = data["names"] if isinstance(data.get("names"), dict) else {}
    asked = {*before.names, *(name.written for name in before.found.unknown)}
    allowed = {*before.labels, NOT_MUSIC, ""}
    names = {
        name: label for name, label in given.items() if name in asked and isinstance(label, str) and label in allowed
    }
    known = before.catalogued
    heard, labels = (None, None) if known is None else (heard_of(known.voices), known.labels)
    return replace(before, found=arbitrate(before.table, heard, labels=labels, names=names), names=names)


def _check(table: LabelTable) -> None:
    labels = sum(map(len, table.said.values()))
    names = len({cell for row in table.said.values() for cell in row.values()})
    sizes = (
        (len(table.files), MAX_SONGS, "songs"),
        (labels, _MAX_LABELS, "labels"),
        (names, _MAX_NAMES, "different labels"),
    )
    for size, most, what in sizes:
        if size > most:
            raise PolicyError("LABELS_TABLE_TOO_LARGE", f"there are {size} {what}, the page takes {most}")


def _songs(found: Arbitration, show: Show, start: int) -> dict[str, Any]:
    """Rows from the `start`-th on; where the next begin, None at the end."""
    chosen = found.doubtful_first(show)
    end = start + _PAGE
    return {"rows": songs_html(chosen[start:end]), "next": end if end < len(chosen) else None, "total": len(chosen)}


def serve_settle(app: "FastAPI", room: Room) -> None:
    """Put the addresses above on the application."""
    from fastapi import HTTPException
    from fastapi.responses import FileResponse, Response

    def made_of(token: str) -> Made[Settled]:
        made = room.settled.get(token)
        if made is None:
            raise HTTPException(404)
        return made

    @app.get("/settle/example.csv")
    def example() -> FileResponse:
        return FileResponse(EXAMPLE, media_type="text/csv; charset=utf-8", filename="labels.csv")

    @app.get("/settle/{token}/songs")
    def songs(token: str, show: str = "all", start: int = 0) -> dict[str, Any]:
        if show not in get_args(Show) or not 0 <= start <= MAX_SONGS:
            raise HTTPException(404)
        return _songs(made_of(token).value.found, show, start)  # type: ignore[arg-type]

    @app.get("/settle/{token}.{kind}")
    def take(token: str, kind: str, lang: str = "en") -> Response:
        made = made_of(token)
        if kind not in _MAKERS or lang not in LANGUAGES:
            raise HTTPException(404)
        media, make = _MAKERS[kind]
        name = "names.yaml" if kind == "yaml" else f"settled.{kind}"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(made.file(kind, lang, lambda: make(made.value, lang)), media_type=media, headers=headers)


_MAKERS: Final[dict[str, tuple[str, Callable[[Settled, str], bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", lambda one, language: arbitration_csv(one.found, language).encode("utf-8-sig")),
    "json": ("application/json", lambda one, _: f"{one.found.to_json()}\n".encode()),
    "yaml": ("application/yaml; charset=utf-8", lambda one, _: names_text(one.names).encode()),
}
