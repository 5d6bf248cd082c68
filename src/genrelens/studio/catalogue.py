"""The tab "catalogue": a map to click on, rare genres that are hidden, what is twice, policy, models, tags.

A Gradio event gives the tab its token (so that a password guards it); from then on it asks by plain requests to
`/catalogue/TOKEN/...`. Sound comes from `/review/TOKEN/sound/...`, which serves files of the catalogue alone.
"""

# No postponed annotations here: Gradio and FastAPI read those of the handlers at run time.

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from genrelens.errors import CatalogueError, as_expected
from genrelens.studio.catalogue_decide import serve_decisions
from genrelens.studio.catalogue_view import (
    catalogue_html,
    duplicates_html,
    map_data,
    overview_html,
    song_html,
    tail_html,
    without_catalogue,
)
from genrelens.studio.failures import error_words
from genrelens.studio.room import Room
from genrelens.studio.seated import build_seated
from genrelens.words import LANGUAGES, each

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["build_catalogue", "serve_catalogue"]

_KINDS: Final = {"svg": "image/svg+xml", "png": "image/png"}


def build_catalogue(room: Room) -> None:
    """Put the tab into the surrounding `gr.Blocks`."""
    build_seated(room, "catalogue", catalogue_html, without_catalogue, "catalogue.js", "catalogue_looks.js")


def serve_catalogue(app: "FastAPI", room: Room) -> None:
    """What the tab asks for, each as JSON: `/catalogue/TOKEN/map`, `tail`, `twice`, `song/SHA`; and `picture.svg`.

    `catalogue_decide` adds what the looks "policy", "models" and "tags" ask for.
    """
    from fastapi import HTTPException
    from fastapi.responses import Response

    catalogue = room.catalogue
    if catalogue is None:
        return

    def asked(token: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if room.seats.get(token) is None:
            raise HTTPException(404)
        try:
            return work()
        except HTTPException:
            raise
        except Exception as error:
            known = as_expected(error)
            return {"error": {"code": known.code, "html": f"<p>{each(error_words(known))}</p>"}}

    @app.get("/catalogue/{token}/map")
    def whole_map(token: str) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            found = room.looks.map(catalogue)
            return {"html": overview_html(found), **map_data(found)}

        return asked(token, work)

    @app.get("/catalogue/{token}/tail")
    def tail(token: str, genre: str = "") -> dict[str, Any]:
        return asked(token, lambda: {"html": tail_html(room.looks.tail(catalogue, (genre,) if genre else ()))})

    @app.get("/catalogue/{token}/twice")
    def twice(token: str) -> dict[str, Any]:
        return asked(token, lambda: {"html": duplicates_html(room.looks.twice(catalogue))})

    @app.get("/catalogue/{token}/song/{sha}")
    def song(token: str, sha: str) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            found = room.looks.like(catalogue, sha)
            if found is None:
                raise HTTPException(404)
            return {"html": song_html(*found)}

        return asked(token, work)

    serve_decisions(app, room, catalogue, asked)

    @app.get("/catalogue/{token}/picture.{kind}")
    def picture(token: str, kind: str, lang: str = "en", theme: str = "light") -> Response:
        if room.seats.get(token) is None or kind not in _KINDS or lang not in LANGUAGES:
            raise HTTPException(404)
        from genrelens.pictures.catalogue_map import map_svg
        from genrelens.pictures.png import to_png

        try:
            found = room.looks.map(catalogue)
        except CatalogueError:
            raise HTTPException(404) from None
        drawn = map_svg(found, lang, theme="dark" if theme == "dark" else "light")
        headers = {"content-disposition": f'attachment; filename="catalogue.{kind}"', "cache-control": "no-store"}
        return Response(to_png(drawn) if kind == "png" else drawn, media_type=_KINDS[kind], headers=headers)
