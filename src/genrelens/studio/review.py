"""The tab "review": one doubtful file after the other, to be heard and decided by keyboard.

A Gradio event gives a tab its desk (so that a password guards it); from then on the tab asks by plain requests to
`/review/TOKEN/...`, which answer at once and one after the other. `review_desk` answers them, and is loaded only where
there is a catalogue.
"""

# No postponed annotations here: Gradio and FastAPI read those of the handlers at run time.

import json
from typing import TYPE_CHECKING, Any, Final

from genrelens.studio.review_view import review_html, without_catalogue
from genrelens.studio.room import Room
from genrelens.studio.seated import build_seated
from genrelens.studio.seats import Seat

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["build_review", "serve_review"]

_MAX_BODY: Final = 100_000


def build_review(room: Room) -> None:
    """Put the tab into the surrounding `gr.Blocks`."""
    build_seated(
        room,
        "review",
        lambda labels: review_html(labels, room.policy_name),
        without_catalogue,
        "review.js",
        "review_verdicts.js",
    )


def serve_review(app: "FastAPI", room: Room) -> None:
    """What the tab asks for: `POST /review/TOKEN/VERB`, and the sound and evidence of a file by its SHA-256."""
    from fastapi import HTTPException, Request, Response
    from fastapi.concurrency import run_in_threadpool

    if room.catalogue is None:
        return
    from genrelens.studio.review_desk import VERBS, answer, cut_sound, failure, picture, wav

    def seat_of(token: str) -> Seat:
        seat = room.seats.get(token)
        if seat is None:
            raise HTTPException(404)
        return seat

    @app.post("/review/{token}/{verb}")
    async def ask(token: str, verb: str, request: Request) -> dict[str, Any]:
        seat = seat_of(token)
        if verb not in VERBS:
            raise HTTPException(404)
        data = _body(await request.body())
        return await run_in_threadpool(answer, verb, room, seat, data)

    @app.get("/review/{token}/sound/{sha}")
    def sound(token: str, sha: str, start: float = 0.0) -> Response:
        seat_of(token)
        try:
            return Response(wav(cut_sound(room, sha, start)), media_type="audio/wav")
        except Exception as error:
            return Response(json.dumps(failure(error)), media_type="application/json")

    @app.get("/review/{token}/evidence/{sha}")
    def evidence(token: str, sha: str, start: float = 0.0, genre: str = "") -> dict[str, Any]:
        seat_of(token)
        try:
            return {"html": picture(room, sha, start, genre)}
        except Exception as error:
            return failure(error)


def _body(raw: bytes) -> Any:
    try:
        return json.loads(raw) if len(raw) <= _MAX_BODY else None
    except ValueError:
        return None
