"""The tab "Match": a brief is read while it is written, files are heard once each, and any brief ranks them at once.

Two kinds of question come from the browser. One brings a file: it is heard, described, and its upload deleted; the
answer is which files are done, all of them, so that nothing is lost where answers overtake each other. The other brings
the brief: the answer is how it was understood and the ranking of what was heard so far, as HTML. What a candidate is
worth is decided in `insight.match` alone; a shortlist is written here, from the same candidates.
"""

# No postponed annotations here: Gradio reads those of the event handlers at run time.

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from genrelens.audio.sources import safe_name
from genrelens.errors import AudioError, as_expected
from genrelens.insight.brief import Brief, parse_brief
from genrelens.insight.description import Candidate, gather
from genrelens.insight.match import Fit, Match, match
from genrelens.insight.playlist import Entry, csv_text, playlist_text
from genrelens.sentences.match import fit_rows
from genrelens.studio.given import Given, text_of, whole_of
from genrelens.studio.match_view import MOST_SHOWN, brief_html, ranking_html, tab_html, unranked_html
from genrelens.studio.room import Room
from genrelens.studio.scripts import script_of, tell
from genrelens.studio.tables import MAX_ROWS, Table
from genrelens.studio.uploads import MAX_BYTES
from genrelens.words import LANGUAGES, say

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["build_match", "call_off", "hear_candidate", "rank", "ranking_of", "serve_shortlists", "shortlist"]

_MOST_BRIEF: Final = 4000
"""Characters of a brief that are looked at: what is more than `parse_brief` reads, it says itself."""
_BOM: Final = "\ufeff"
"""Without it Excel does not read a CSV as UTF-8."""
_KINDS: Final = {"csv": "text/csv; charset=utf-8", "m3u8": "audio/x-mpegurl; charset=utf-8"}


def hear_candidate(data: Any, listener: str, room: Room) -> str:
    """Hear the one file that an event names, if any, and say which files of the listener are done.

    Args:
        data: `table`, `run` and `id` number what was asked; a song as in `Given`, or `refused` where the browser did
            not send it because of its size.
        listener: The session that asks.
        room: The page's tools.

    Returns:
        JSON, {"table", "token", "done"}; "" where the candidates have been cleared. Never raises.
    """
    pool = room.pools.open(listener, whole_of(data, "table"))
    if pool is None:
        room.uploads.drop(listener, text_of(data, "path"))
        return ""
    if text_of(data, "path") or text_of(data, "example") or text_of(data, "refused"):
        _hear(data, listener, room, pool)
    done = [number for number, _ in room.pools.rows(pool)]
    return json.dumps({"table": pool.number, "token": pool.token, "done": done})


def _hear(data: Any, listener: str, room: Room, pool: Table[Candidate]) -> None:
    name, run = safe_name(text_of(data, "name")) or "?", whole_of(data, "run")
    path: Path | None = None
    try:
        if text_of(data, "refused"):
            raise AudioError("AUDIO_TOO_LARGE", f"over {MAX_BYTES // 10**6} MB")
        path, name = Given.from_event(data).resolve(room, listener)
        if not room.pools.wanted(pool, run):
            return
        candidate = _described(room, path)
    except Exception as error:
        candidate = Candidate(name, as_expected(error))
    finally:
        if path is not None:
            room.uploads.release(listener, path)
    room.pools.add(pool, run, whole_of(data, "id"), replace(candidate, path=name or "?"))


def _described(room: Room, path: Path) -> Candidate:
    # With the tempo always: the next brief may ask for it, and by then the file is gone.
    return next(gather(room.model(), [path], tempo=True, decoder=room.decoder, reader=room.song_reader))


def call_off(data: Any, listener: str, room: Room) -> None:
    """Call a run off: what waits is not heard, what is being heard is not added."""
    pool = room.pools.open(listener, whole_of(data, "table"))
    if pool is not None:
        room.pools.end_run(pool, whole_of(data, "run"))


def rank(data: Any, listener: str, room: Room) -> str:
    """Read a brief, and rank for it whatever the listener's files have given so far.

    Args:
        data: `brief`; `table`; `most`, how many rows are wanted; `serial`, which comes back.
        listener: The session that asks.
        room: The page's tools.

    Returns:
        JSON, {"table", "serial", "brief", "ranking"}, the last two HTML; "" where the candidates have been cleared.
    """
    pool = room.pools.open(listener, whole_of(data, "table"))
    if pool is None:
        return ""
    brief = _brief_of(text_of(data, "brief", _MOST_BRIEF))
    rows = room.pools.rows(pool)
    if not rows:
        ranking = ""
    elif brief.understood:
        ranking = ranking_html(ranking_of(brief, rows), dict(rows), max(MOST_SHOWN, whole_of(data, "most")))
    else:
        ranking = unranked_html(dict(rows))
    answer = {"table": pool.number, "serial": whole_of(data, "serial"), "brief": brief_html(brief), "ranking": ranking}
    return json.dumps(answer, ensure_ascii=False)


def ranking_of(brief: Brief, rows: list[tuple[int, Candidate]]) -> Match:
    """`insight.match.match`, each fit under the number of its file in place of its name: names need not be unique."""
    return match(brief, [replace(candidate, path=str(number)) for number, candidate in rows])


def shortlist(brief: Brief, rows: list[tuple[int, Candidate]], picked: set[int]) -> list[Fit]:
    """The picked candidates in the order of their ranks, under their names; what failed is none."""
    names = dict(rows)
    return [
        replace(fit, path=names[int(fit.path)].path)
        for fit in ranking_of(brief, rows).fits
        if fit.error is None and int(fit.path) in picked
    ]


def serve_shortlists(app: "FastAPI", room: Room) -> None:
    """The shortlist to take away, at `/shortlist/TOKEN.csv` and `.m3u8`, with `brief`, `pick` and `lang` asked."""
    from fastapi import HTTPException
    from fastapi.responses import Response

    @app.get("/shortlist/{token}.{kind}")
    def taken(token: str, kind: str, brief: str = "", pick: str = "", lang: str = "en") -> Response:
        pool = room.pools.get(token)
        wishes = _brief_of(brief[:_MOST_BRIEF])
        if pool is None or kind not in _KINDS or not wishes.understood or lang not in LANGUAGES:
            raise HTTPException(404)
        picked = {int(number) for number in pick.split(",")[:MAX_ROWS] if number.isascii() and number.isdigit()}
        fits = shortlist(wishes, room.pools.rows(pool), picked)
        content = _playlist(fits) if kind == "m3u8" else _table(Match(wishes, tuple(fits), None), lang)
        headers = {"content-disposition": f'attachment; filename="genrelens.{kind}"', "cache-control": "no-store"}
        return Response(content, media_type=_KINDS[kind], headers=headers)


def _playlist(fits: list[Fit]) -> str:
    return playlist_text([Entry(fit.path, fit.duration_s) for fit in fits], Path())


def _table(found: Match, language: str) -> str:
    return _BOM + csv_text(say("matched.columns", language).split(","), fit_rows(found, language))


def _brief_of(text: str) -> Brief:
    return parse_brief(text.encode("utf-8", "replace").decode("utf-8"))


def build_match(room: Room) -> None:
    """Put the tab into the surrounding `gr.Blocks`."""
    import gradio as gr

    from genrelens.studio.listen import CONCURRENCY, CONCURRENCY_ID

    tab = gr.HTML(
        html_template=tab_html(room.samples),
        js_on_load=script_of("match.js"),
        apply_default_css=False,
        elem_id="match",
        elem_classes="gl",
    )
    heard, ranked = (
        gr.HTML("", html_template="", js_on_load=tell(f"genrelens:{name}"), apply_default_css=False, elem_id=name)
        for name in ("match-heard", "match-ranked")
    )

    def on_submit(event: gr.EventData, request: gr.Request) -> str:
        return hear_candidate(event._data, request.session_hash or "", room)

    def on_apply(event: gr.EventData, request: gr.Request) -> str:
        return rank(event._data, request.session_hash or "", room)

    def on_stop(event: gr.EventData, request: gr.Request) -> None:
        call_off(event._data, request.session_hash or "", room)

    quiet: Any = {"show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private"}
    hearing: Any = {"concurrency_limit": CONCURRENCY, "concurrency_id": CONCURRENCY_ID}
    tab.submit(on_submit, inputs=None, outputs=heard, **hearing, **quiet)
    tab.apply(on_apply, inputs=None, outputs=ranked, concurrency_limit=None, **quiet)
    tab.stop(on_stop, inputs=None, outputs=None, concurrency_limit=None, **quiet)
