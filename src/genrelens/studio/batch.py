"""The tab "many songs": files go in a few at a time, and a table fills as their answers come.

Each file is one event: where its upload lies, and how many rows the browser has. The answer is every row that it has
not, as JSON: so nothing is lost where the browser shows only the last of several answers (as a background tab does),
and nothing is sent twice. The browser draws, sorts and filters; what a row says is decided here and in `insight.table`.
An upload goes as soon as it is answered: hundreds of songs never lie on the disk together.
"""

# No postponed annotations here: Gradio reads those of the event handlers at run time.

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from genrelens.audio.health import UNITS
from genrelens.audio.sources import safe_name
from genrelens.catalogue.answering import row_of
from genrelens.errors import AudioError, GenreLensError, as_expected
from genrelens.insight.table import TableRow, to_csv, to_jsonl
from genrelens.listening.analysis import Analysis
from genrelens.studio.batch_accept import accept, decided_rows
from genrelens.studio.failures import error_words
from genrelens.studio.given import Given, text_of, whole_of
from genrelens.studio.names import score_of
from genrelens.studio.review_view import policy_line
from genrelens.studio.room import Room
from genrelens.studio.scripts import script_of, tell
from genrelens.studio.tables import MAX_ROWS, Table
from genrelens.studio.uploads import MAX_BYTES
from genrelens.words import both, say
from genrelens.words.forms import clock, percent
from genrelens.workflows.policy import Policy

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["TIERS", "batch_html", "build_batch", "hear_one", "row_values", "serve_tables", "stop"]

TIERS: Final = ("sure", "likely", "blend", "unsure", "not_music")
"""In the order in which they are shown: the surest first."""
_COLUMNS: Final = ("file", "genre", "share", "tier", "second", "mix", "not_music", "tag", "length", "health")
_WORDS: Final = ("failed", "yes", "no", "open", "waiting", "accepted", "accepted_count", "kept")
_KINDS: Final = {"csv": (to_csv, "text/csv; charset=utf-8"), "jsonl": (to_jsonl, "application/x-ndjson")}


def hear_one(data: Any, listener: str, room: Room) -> str:
    """Answer one event of the tab: hear the song that it names, if any, and say what the browser does not know yet.

    Args:
        data: `table`, `run` and `id` number what was asked, `have` is how many rows the browser has; a song as in
            `Given`, or `refused` where the browser did not send it because of its size.
        listener: The session that asks.
        room: The page's tools.

    Returns:
        JSON, {"table", "token", "first", "done", "rows"}; "" where the table has been cleared. Never raises.
    """
    table = room.tables.open(listener, whole_of(data, "table"))
    if table is None:
        room.uploads.drop(listener, text_of(data, "path"))
        return ""
    run = whole_of(data, "run")
    if text_of(data, "path") or text_of(data, "refused"):
        _hear(data, listener, room, table, run)
    have = whole_of(data, "have")
    return _message(table, have, room.tables.rows(table, have), room.policy)


def _hear(data: Any, listener: str, room: Room, table: Table[TableRow], run: int) -> None:
    name = safe_name(text_of(data, "name")) or "?"
    path: Path | None = None
    try:
        if text_of(data, "refused"):
            raise AudioError("AUDIO_TOO_LARGE", f"over {MAX_BYTES // 10**6} MB")
        path, name = Given.from_event(data).resolve(room, listener)
        if not room.tables.wanted(table, run):
            return
        answer: Analysis | GenreLensError = room.analyse(path, name)
    except Exception as error:
        answer = as_expected(error)
    finally:
        if path is not None:
            room.uploads.release(listener, path)
    room.tables.add(table, run, whole_of(data, "id"), TableRow(name, answer))


def stop(data: Any, listener: str, room: Room) -> None:
    """Call a run off: what waits is not heard, what is being heard is not added."""
    table = room.tables.open(listener, whole_of(data, "table"))
    if table is not None:
        room.tables.end_run(table, whole_of(data, "run"))


def _message(table: Table[TableRow], first: int, rows: list[tuple[int, TableRow]], policy: Policy) -> str:
    values = [{"id": number, **row_values(row, policy)} for number, row in rows]
    message = {"table": table.number, "token": table.token, "first": first, "rows": values}
    return json.dumps(message, ensure_ascii=False, allow_nan=False)


def row_values(row: TableRow, policy: Policy) -> dict[str, Any]:
    """What the browser draws of a row: numbers to sort by, texts to show, what the policy says of it; plain JSON."""
    answer = row.answer
    if isinstance(answer, GenreLensError):
        return {"name": row.name, "tier": "failed", "code": answer.code, "error": error_words(answer)}
    return {
        "name": row.name,
        "tier": answer.tier,
        "action": policy.action(row_of(answer)),
        "top": [score_of(score.id, score.probability) for score in answer.top5],
        "mix": answer.mix_index if answer.top else None,
        "not_music": answer.not_music,
        "not_music_text": "" if answer.not_music is None else percent(answer.not_music),
        "tag": answer.source.genre_tag,
        "agrees": row.agrees,
        "seconds": answer.source.duration_s,
        "length": clock(answer.source.duration_s),
        "health": [finding.code for finding in answer.health],
    }


def build_batch(room: Room) -> None:
    """Put the tab into the surrounding `gr.Blocks`."""
    import gradio as gr

    from genrelens.studio.listen import CONCURRENCY, CONCURRENCY_ID

    many = gr.HTML(
        html_template=batch_html(room.policy_name, catalogue=room.catalogue is not None),
        js_on_load=script_of("batch.js", "batch_table.js"),
        apply_default_css=False,
        elem_id="batch",
        elem_classes="gl",
    )
    told = gr.HTML(
        "", html_template="", js_on_load=tell("genrelens:rows"), apply_default_css=False, elem_id="batch-rows"
    )

    def on_submit(event: gr.EventData, request: gr.Request) -> str:
        return hear_one(event._data, request.session_hash or "", room)

    accepted = gr.HTML(
        "", html_template="", js_on_load=tell("genrelens:accepted"), apply_default_css=False, elem_id="batch-accepted"
    )

    def on_accept(event: gr.EventData, request: gr.Request) -> str:
        return accept(event._data, request.session_hash or "", room)

    def on_stop(event: gr.EventData, request: gr.Request) -> None:
        stop(event._data, request.session_hash or "", room)

    many.submit(
        on_submit,
        inputs=None,
        outputs=told,
        show_progress="hidden",
        trigger_mode="multiple",
        concurrency_limit=CONCURRENCY,
        concurrency_id=CONCURRENCY_ID,
        api_visibility="private",
    )
    many.select(
        on_accept,
        inputs=None,
        outputs=accepted,
        show_progress="hidden",
        trigger_mode="multiple",
        concurrency_limit=None,
        api_visibility="private",
    )
    many.stop(
        on_stop, show_progress="hidden", trigger_mode="multiple", concurrency_limit=None, api_visibility="private"
    )


def serve_tables(app: "FastAPI", room: Room) -> None:
    """The tables to take away, at `/table/TOKEN.csv` and `.jsonl`."""
    from fastapi import HTTPException
    from fastapi.responses import Response

    @app.get("/table/{token}.{kind}")
    def table(token: str, kind: str) -> Response:
        found = room.tables.get(token)
        if found is None or kind not in _KINDS:
            raise HTTPException(404)
        write, media_type = _KINDS[kind]
        content = write(decided_rows(room, found))
        headers = {"content-disposition": f'attachment; filename="genrelens.{kind}"', "cache-control": "no-store"}
        return Response(content, media_type=media_type, headers=headers)


def batch_html(policy_name: str = "", *, catalogue: bool = False) -> str:
    """The HTML of the tab: where to drop, how far it is, what to show, the table, and words for the script.

    Args:
        policy_name: Of the policy's file; "" for the default.
        catalogue: Whether what is accepted may be kept in a catalogue, and has to say who decided.
    """
    person = (
        f'<label class="accept-who"><span>{both("batch.who")}</span> <input class="person" type="text" maxlength="60" '
        'autocomplete="name"></label>'
        if catalogue
        else ""
    )
    return f"""
<section class="many" data-state="empty" data-max-bytes="{MAX_BYTES}" data-max-rows="{MAX_ROWS}">
  <input class="files" type="file" multiple tabindex="-1" aria-hidden="true">
  <input class="folder" type="file" multiple webkitdirectory tabindex="-1" aria-hidden="true">
  <div class="many-drop">
    <h2 class="many-title">{both("batch.title")}</h2>
    <div class="drop-actions">
      <button type="button" class="button primary choose-files">{both("batch.choose")}</button>
      <button type="button" class="button choose-folder">{both("batch.folder")}</button>
    </div>
    <p class="dim">{both("batch.how", most=MAX_ROWS, megabytes=MAX_BYTES // 10**6)}</p>
  </div>
  <div class="many-work">
    <p class="many-count"><span class="answered">0</span> / <span class="total">0</span> {both("batch.answered")}
      <span class="dim rate-box"><span class="rate"></span> {both("batch.rate")}</span>
      <span class="dim left-box">{both("batch.left")} <span class="left"></span></span></p>
    <div class="many-actions">
      <button type="button" class="button small cancel">{both("batch.cancel")}</button>
      <button type="button" class="button small add">{both("batch.add")}</button>
      <a class="button small take" data-kind="csv">{both("batch.csv")}</a>
      <a class="button small take" data-kind="jsonl">{both("batch.jsonl")}</a>
      <button type="button" class="button small clear">{both("batch.clear")}</button>
    </div>
    <progress class="many-bar" max="1" value="0" aria-labelledby="many-bar-name"></progress>
    <span class="sr" id="many-bar-name">{both("batch.progress")}</span>
    <p class="dim skipped" hidden>{both("batch.skipped")} <span class="skipped-count"></span></p>
    <p class="dim overfull" hidden>{both("batch.overfull", most=MAX_ROWS)}</p>
    <p class="network" role="alert" hidden>{both("error.network")}. {both("error.network_text")}</p>
  </div>
  <div class="many-filters">
    <div class="chips" role="group" aria-labelledby="chips-name">
      <span class="sr" id="chips-name">{both("batch.show")}</span>{_chips()}</div>
    <div class="finders">
      <label><span class="sr">{both("batch.find")}</span><input class="find" type="search" autocomplete="off"
        data-en="{escape(say("batch.find", "en"))}" data-zh="{escape(say("batch.find", "zh"))}"></label>
      <label><span class="sr">{both("batch.of_genre")}</span><select class="of-genre"
        data-en="{escape(say("batch.every_genre", "en"))}"
        data-zh="{escape(say("batch.every_genre", "zh"))}"></select></label>
      <label><span class="sr">{both("batch.by_policy")}</span><select class="by-policy">{_actions()}</select></label>
    </div>
  </div>
  <p class="accept-row" hidden><button type="button" class="button small accept-shown">{both("batch.accept")}
      <span class="accept-count">0</span></button> {person}
    <span class="accept-note" role="status" hidden><span class="accept-text"></span>
      <button type="button" class="button small accept-undo">{both("batch.undo")}</button></span></p>
  {policy_line(policy_name)}
  <table class="rows"><caption class="sr">{both("batch.caption")}</caption>
    <thead><tr>{_heads()}</tr></thead><tbody></tbody></table>
  <p class="dim none" hidden>{both("batch.none")}</p>
  <p class="more" hidden><button type="button" class="button small show-more">{both("batch.more")}</button></p>
  <p class="sr announce" role="status"></p>
  {_word_store()}
</section>"""


def _chips() -> str:
    names = {"all": "batch.all"} | {tier: f"verdict.{tier}" for tier in TIERS}
    names |= {"failed": "batch.failed", "disagrees": "batch.disagrees"}
    return "".join(
        f'<button type="button" class="chip" data-show="{show}" aria-pressed="{str(show == "all").lower()}">'
        f'{both(key)} <span class="chip-count">0</span></button>'
        for show, key in names.items()
    )


def _actions() -> str:
    names = {"": "batch.every_action"} | {
        action: f"batch.action_{action}" for action in ("accept", "suggest", "review")
    }
    # An option holds text alone: the script puts the chosen language into it.
    return "".join(
        f'<option value="{action}" data-en="{escape(say(key, "en"))}" data-zh="{escape(say(key, "zh"))}"></option>'
        for action, key in names.items()
    )


def _heads() -> str:
    return "".join(
        f'<th scope="col" data-column="{column}"><button type="button" class="sort">{both(f"batch.column_{column}")}'
        '<span class="arrow" aria-hidden="true"></span></button></th>'
        for column in _COLUMNS
    )


def _word_store() -> str:
    """Words that rows are made of, to be copied by the script."""
    store = {tier: both(f"verdict.{tier}") for tier in TIERS}
    store |= {f"column-{column}": both(f"batch.column_{column}") for column in _COLUMNS}
    store |= {f"health-{code}": both(f"findings.{code}") for code in sorted(UNITS)}
    store |= {name: both(f"batch.{name}") for name in _WORDS}
    store["silent"] = both("verdict.silent")
    return "".join(f'<template data-word="{escape(name)}">{html}</template>' for name, html in store.items())
