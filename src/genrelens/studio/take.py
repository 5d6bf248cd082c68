"""What can be taken away: pictures, JSON and CSV of a result, each at an address that only its owner knows.

/result/TOKEN/answer.svg      and timeline, evidence; .png too; ?lang=zh for Chinese
/result/TOKEN/result.json     analysis, timeline, evidence and notes, as the commands' --json give them
/result/TOKEN/result.csv      second by second: start, end, the probability of every genre
/result/TOKEN/sound           the song, for the player of whoever opens the link
"""

# No postponed annotations here: FastAPI reads those of the routes at run time.

import csv
import io
import json
import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from genrelens.errors import GenreLensError
from genrelens.studio.findings import find_evidence, find_timeline, result_of
from genrelens.studio.results import Result
from genrelens.studio.room import Room
from genrelens.words import LANGUAGES, both

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["add_routes", "render_take", "result_csv", "result_json"]

_KINDS: Final = ("answer", "timeline", "evidence")
_STEM: Final = re.compile(r"[^\w\- .]", re.ASCII)


def add_routes(app: "FastAPI", room: Room) -> None:
    """Put the addresses above on the application."""
    from fastapi import HTTPException
    from fastapi.responses import FileResponse, Response

    def found(token: str) -> Result:
        try:
            return result_of(room, token)
        except GenreLensError:
            raise HTTPException(404) from None

    @app.get("/result/{token}/sound")
    def sound(token: str) -> FileResponse:
        result = found(token)
        if not result.path.is_file():
            raise HTTPException(404)
        return FileResponse(result.path, media_type="application/octet-stream")

    @app.get("/result/{token}/{name}")
    def take(token: str, name: str, lang: str = "en") -> Response:
        result = found(token)
        stem, _, kind = name.rpartition(".")
        language = lang if lang in LANGUAGES else LANGUAGES[0]
        made = _MAKERS.get(kind)
        if made is None or stem not in ((*_KINDS,) if kind in ("svg", "png") else ("result",)):
            raise HTTPException(404)
        media, make = made
        try:
            body = make(room, result, stem, language)
        except GenreLensError:
            raise HTTPException(404) from None
        return Response(body, media_type=media, headers=_as_file(result, stem, kind))


def result_json(room: Room, result: Result) -> dict[str, Any]:
    """All that has been found of a result, each part as its command's `--json` gives it."""
    parts = {"timeline": result.timeline, "evidence": result.evidence, "notes": result.notes}
    return {
        "analysis": result.analysis.to_dict(),
        **{name: part.to_dict() for name, part in parts.items() if part is not None},
    }


def result_csv(room: Room, result: Result) -> str:
    """Second by second, one column a genre; a silent step has empty cells."""
    timeline = find_timeline(room, result)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["start_s", "end_s", *timeline.labels])
    for index, row in enumerate(timeline.probabilities):
        start = timeline.start_s + index * timeline.step_s
        end = min(timeline.end_s, start + timeline.step_s)
        cells = ["" if value != value else f"{value:.6f}" for value in row.tolist()]
        writer.writerow([f"{start:.3f}", f"{end:.3f}", *cells])
    return table.getvalue()


def render_take(result: Result) -> str:
    """The links to all of it."""
    if not result.analysis.top:
        return ""
    base = f"result/{quote(result.token)}"

    def link(address: str, words: str) -> str:
        return f'<a class="link" download href="{escape(base)}/{address}" data-take>{words}</a>'

    pictures = "".join(
        f"<div><dt>{both(f'take.{kind}')}</dt><dd>{link(f'{kind}.png', both('take.png'))} "
        f"{link(f'{kind}.svg', both('take.svg'))}</dd></div>"
        for kind in _KINDS
    )
    data = f"<div><dt>{both('take.answer')}, {both('take.timeline')}</dt><dd>{link('result.json', both('take.json'))} "
    data += f"{link('result.csv', both('take.csv'))}</dd></div>"
    return (
        f'<section class="take"><h3>{both("take.title")}</h3><dl>{pictures}{data}</dl>'
        f'<p><a class="link permalink" href="?result={quote(result.token)}#listen">{both("take.link")}</a></p>'
        f'<p class="dim">{both("take.link_hint")}</p></section>'
    )


def _svg(room: Room, result: Result, kind: str, language: str) -> str:
    if kind == "answer":
        from genrelens.pictures.answer import answer_svg

        return answer_svg(result.analysis, language)
    if kind == "timeline":
        from genrelens.pictures.timeline import timeline_svg

        return timeline_svg(find_timeline(room, result), language)
    from genrelens.pictures.evidence import evidence_svg

    return evidence_svg(find_evidence(room, result), language)


def _png(room: Room, result: Result, kind: str, language: str) -> bytes:
    from genrelens.pictures.png import to_png

    return to_png(_svg(room, result, kind, language))


def _json(room: Room, result: Result, kind: str, language: str) -> str:
    return json.dumps(result_json(room, result), ensure_ascii=False, indent=2, allow_nan=False)


def _csv(room: Room, result: Result, kind: str, language: str) -> str:
    return "\ufeff" + result_csv(room, result)


_MAKERS: Final[dict[str, tuple[str, Callable[[Room, Result, str, str], str | bytes]]]] = {
    "svg": ("image/svg+xml", _svg),
    "png": ("image/png", _png),
    "json": ("application/json", _json),
    "csv": ("text/csv; charset=utf-8", _csv),
}


def _as_file(result: Result, stem: str, kind: str) -> dict[str, str]:
    plain = _STEM.sub("_", result.name.rpartition(".")[0] or result.name or "song")[:80].strip(" .") or "song"
    full = quote(f"{(result.name.rpartition('.')[0] or 'song')[:80]}.{stem}.{kind}", safe="")
    # The picture is a file to keep, never a page of ours: a script in it would run nowhere.
    return {
        "content-disposition": f"attachment; filename=\"{plain}.{stem}.{kind}\"; filename*=UTF-8''{full}",
        "cache-control": "no-store",
    }
