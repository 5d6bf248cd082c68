"""What the looks "policy", "models" and "tags" of the tab "catalogue" ask for: proposals, comparisons, previews.

`/catalogue/TOKEN/policy`, `policy/work`, `policy.yaml`; `models`, `models/songs`; `tags` (POST begins, GET tells how
far it is, `tags/stop` ends). Nothing here changes a catalogue, a policy or a file.
"""

# No postponed annotations here: FastAPI reads those of the routes at run time.

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Final

from genrelens.catalogue.inventory import model_named
from genrelens.catalogue.paths import to_text
from genrelens.catalogue.rows import RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.errors import CatalogueError, GenreLensError, PolicyError
from genrelens.sentences.policy import proposal_note
from genrelens.studio.catalogue_looks import Evidence
from genrelens.studio.catalogue_models_view import alone_html, changes_html, models_html
from genrelens.studio.catalogue_policy_view import policy_html, sum_html, work_html
from genrelens.studio.catalogue_tags import apply_command, plans_of
from genrelens.studio.catalogue_tags_view import KINDS, command_part, plans_html, status_html
from genrelens.studio.room import Room
from genrelens.words import LANGUAGES
from genrelens.workflows.model_diff import pairs
from genrelens.workflows.policy import Limits, Policy, policy_text
from genrelens.workflows.policy_proposal import Proposal, propose
from genrelens.workflows.tags.plan import TagMode, TagPolicy

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["serve_decisions"]

_PAGE: Final = 25
"""Changed songs that are sent at once."""
_TAG_PAGE: Final = 50
_HEADERS: Final = {"cache-control": "no-store", "content-disposition": 'attachment; filename="policy.yaml"'}


def serve_decisions(
    app: "FastAPI", room: Room, catalogue: Catalogue, asked: Callable[[str, Callable[[], dict[str, Any]]], Any]
) -> None:
    """Add the addresses above to the application; `asked` guards them and says what went wrong."""
    _serve_policy(app, room, catalogue, asked)
    _serve_models(app, room, catalogue, asked)
    _serve_tags(app, room, catalogue, asked)


def _serve_policy(app: "FastAPI", room: Room, catalogue: Catalogue, asked: Callable[..., Any]) -> None:
    from fastapi import Depends, HTTPException, Query
    from fastapi.responses import Response

    @dataclass(frozen=True)
    class Asked:
        """Limits that somebody set, or the precision that somebody wishes."""

        accept: Annotated[float, Query(ge=0, le=1)] = room.policy.limits.accept_above
        suggest: Annotated[float, Query(ge=0, le=1)] = room.policy.limits.suggest_from
        wished: Annotated[float | None, Query(ge=0.5, le=0.999)] = None
        source: str = ""
        per_genre: bool = False
        estimate: bool = False

    def meant(found: Evidence, wish: Asked) -> tuple[Policy, Proposal | None]:
        if wish.wished is None:
            return replace(room.policy, limits=Limits(wish.accept, min(wish.suggest, wish.accept))), None
        curve = found.curves.get(wish.source)
        if curve is None:
            raise PolicyError("POLICY_NO_EVIDENCE", "nobody knows what a limit buys here")
        songs = found.songs if wish.per_genre and wish.source == "reviews" else None
        proposal = propose(curve, wish.wished, room.policy, estimate=wish.estimate, per_genre=songs)
        return proposal.policy, proposal

    @app.get("/catalogue/{token}/policy")
    def policy_look(token: str, source: str = "") -> Any:
        def work() -> dict[str, Any]:
            found = room.looks.evidence(catalogue, room.policy)
            chosen = source if source in found.curves else next(iter(found.curves), "")
            return {"html": policy_html(found, chosen, room.policy, room.policy_name)}

        return asked(token, work)

    @app.get("/catalogue/{token}/policy/work")
    def policy_work(token: str, wish: Annotated[Asked, Depends()]) -> Any:
        def work() -> dict[str, Any]:
            found = room.looks.evidence(catalogue, room.policy, last=True)
            policy, proposal = meant(found, wish)
            command = f"genrelens serve --catalogue {shlex.quote(where_is(catalogue))} --policy policy.yaml"
            return {
                "sum": sum_html(found, wish.source, policy, proposal),
                "html": work_html(found, policy, command),
                "accept": policy.limits.accept_above,
                "suggest": policy.limits.suggest_from,
            }

        return asked(token, work)

    @app.get("/catalogue/{token}/policy.yaml")
    def policy_file(token: str, wish: Annotated[Asked, Depends()], lang: str = LANGUAGES[0]) -> Response:
        if room.seats.get(token) is None or lang not in LANGUAGES:
            raise HTTPException(404)
        try:
            policy, proposal = meant(room.looks.evidence(catalogue, room.policy, last=True), wish)
        except GenreLensError:
            raise HTTPException(404) from None
        notes = [] if proposal is None else [proposal_note(proposal, lang)]
        return Response(policy_text(policy, notes), media_type="application/yaml", headers=_HEADERS)


def _serve_models(app: "FastAPI", room: Room, catalogue: Catalogue, asked: Callable[..., Any]) -> None:
    def two(a: str, b: str) -> tuple[int, int] | None:
        """The models that were named; the last to answer and the newest of the others where none were."""
        known = list(catalogue.models())
        if a and b:
            first, second = (model_named(catalogue, name) for name in (a, b))
        else:
            second = catalogue.latest_model()
            first = next((number for number in reversed(known) if number != second), None)
        return None if first is None or second is None else (first, second)

    @app.get("/catalogue/{token}/models")
    def models_look(token: str, a: str = "", b: str = "") -> Any:
        def work() -> dict[str, Any]:
            known, chosen = catalogue.models(), two(a, b)
            if chosen is None:
                return {"html": alone_html(known.values())}
            found = room.looks.compared(catalogue, *chosen).found
            return {"html": models_html(known, *chosen, found), "a": chosen[0], "b": chosen[1]}

        return asked(token, work)

    @app.get("/catalogue/{token}/models/songs")
    def changed_songs(token: str, a: str, b: str, become: str = "", start: int = 0) -> Any:
        def work() -> dict[str, Any]:
            chosen = two(a, b)
            assert chosen is not None
            changed = room.looks.compared(catalogue, *chosen).changed
            wanted = [sha for sha, was, now in changed if become in ("", f"{was}>{now}")]
            page = tuple(wanted[max(0, start) :][:_PAGE])
            found = pairs(catalogue, *chosen, RowFilter(sha256s=page)) if page else ()
            return {"html": changes_html(found), "next": start + len(page), "more": start + len(page) < len(wanted)}

        return asked(token, work)


def _serve_tags(app: "FastAPI", room: Room, catalogue: Catalogue, asked: Callable[..., Any]) -> None:
    from fastapi import HTTPException

    def listener(token: str) -> str:
        seat = room.seats.get(token)
        if seat is None:
            raise HTTPException(404)
        return seat.listener

    @app.post("/catalogue/{token}/tags")
    def begin(token: str, when: TagPolicy = TagPolicy.SURE, mode: TagMode = "keep") -> Any:
        def work() -> dict[str, Any]:
            mine, model_id = listener(token), catalogue.latest_model()
            if model_id is None:
                raise CatalogueError("CATALOGUE_EMPTY", "no song of this catalogue has an answer yet")
            policy = room.policy if room.policy_name else None  # as the command: without one the tier says it
            total, plans = plans_of(catalogue, model_id, policy, when, mode)
            room.looks.tags.start(mine, room.jobs.begin(mine, "tags"), total, plans)
            command = apply_command(where_is(catalogue), room.policy_name, when, mode)
            return {"html": command_part(command, room.policy_name)}

        return asked(token, work)

    @app.post("/catalogue/{token}/tags/stop")
    def stop(token: str) -> dict[str, Any]:
        room.jobs.cancel(listener(token), "tags")
        return {}

    @app.get("/catalogue/{token}/tags")
    def how_far(token: str, kind: str = "write", start: int = 0, most: int = _TAG_PAGE) -> Any:
        def work() -> dict[str, Any]:
            preview = room.looks.tags.get(listener(token))
            if preview is None or kind not in KINDS:
                raise HTTPException(404)
            running, rows = preview.running, preview.rows.get(kind, [])  # in this order: none is missed at the end
            page = rows[max(0, start) :][: min(max(0, most), _TAG_PAGE)]
            return {
                "running": running,
                "status": status_html(preview),
                "counts": {each: preview.counts[each] for each in KINDS},
                "html": plans_html(page),
                "next": start + len(page),
                "more": start + len(page) < len(rows),
            }

        return asked(token, work)


def where_is(catalogue: Catalogue) -> str:
    """Where a catalogue is, as a command takes it; without a password."""
    path = catalogue.database.path
    return catalogue.database.shown if path is None else to_text(path)
