"""`genrelens review`: decide what the model doubts, in a terminal or from scripts."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from genrelens.cli.options import CatalogueAt, Language, ModelName, sharing

if TYPE_CHECKING:
    from genrelens.catalogue.decisions import About
    from genrelens.catalogue.rows import Decision
    from genrelens.workflows.review import Review, ReviewItem, Wish

__all__ = ["review_app"]

review_app = typer.Typer(
    help="Decide what the model doubts: one file after the other, nobody's twice. The page's tab Review does the same.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_SEAT = "command"
"""`next` and `decide` are calls of their own and share one desk."""

_AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
_Person = Annotated[
    str | None, typer.Option("--as", help="Who reviews; your login name when left out.", show_default=False)
]


def _wish(
    tier: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this tier (sure, likely, blend, unsure, not_music), several times for several; what the policy "
            "sends to review when left out.",
            show_default=False,
        ),
    ] = None,
    genre: Annotated[
        list[str] | None,
        typer.Option(help="Only where this genre is the likeliest; several times.", show_default=False),
    ] = None,
    under: Annotated[Path | None, typer.Option(help="Only files in this folder.", show_default=False)] = None,
    text: Annotated[
        str, typer.Option(help="Only where the path or the genre tag holds this.", show_default=False)
    ] = "",
    days: Annotated[
        float | None, typer.Option(min=0, help="Only what was labelled in so many days.", show_default=False)
    ] = None,
    order: Annotated[
        Literal["doubt", "path"], typer.Option(help="The most doubtful first, or by folder and name.")
    ] = "doubt",
    second: Annotated[
        bool, typer.Option("--second", help="Second opinion: what others have decided, to see how far you agree.")
    ] = False,
    disputed: Annotated[
        bool, typer.Option("--disputed", help="What reviewers disagree on, who said what: your decision settles it.")
    ] = False,
    policy: Annotated[Path | None, typer.Option("--policy", help="A policy file.", show_default=False)] = None,
) -> Any:
    """The wish that the options of `run` and `next` say."""
    import time

    from genrelens.catalogue.paths import to_text
    from genrelens.catalogue.rows import RowFilter
    from genrelens.workflows.policy import read_policy
    from genrelens.workflows.review import TIERS, Wish

    for word in tier or ():
        if word not in TIERS:
            raise typer.BadParameter(f"{word!r} is none of {', '.join(TIERS)}", param_hint="--tier")
    if second and disputed:
        raise typer.BadParameter("a second opinion, or what is disputed: not both", param_hint="--disputed")
    only = RowFilter(
        tiers=tuple(tier or ()),
        genres=tuple(genre or ()),
        under="" if under is None else to_text(under),
        text=text,
        answered_since=None if days is None else time.time() - days * 86_400,
    )
    about: About = "decided" if second else "disputed" if disputed else "undecided"
    return Wish(only, order, about, read_policy(policy))


@review_app.command()
@sharing(_wish)
def run(
    wish: Any,
    where: CatalogueAt = "genrelens.db",
    person: _Person = None,
    model: ModelName = None,
    player: Annotated[
        str | None,
        typer.Option(
            help='Plays each file: "ffplay -nodisp -autoexit -ss {start} -t 15 {path}"; without one the place to '
            "listen to is printed, and nothing is played.",
            show_default=False,
        ),
    ] = None,
    language: Language = None,
) -> int:
    """Go through the queue, one key a decision: a or Enter accepts, 1-5 pick, o another, n not music, s skip, u undo.

    What you look at is kept for you alone until you decide, leave (q), or touch nothing for five minutes.
    """
    from genrelens.cli.report import language_of
    from genrelens.cli.review_session import review_all

    with _opened(where, person, model, wish, own_seat=True) as review:
        decided = review_all(review, language_of(language), player)
    return 0 if decided > 0 else 2


@review_app.command("next")
@sharing(_wish)
def next_(
    wish: Any,
    where: CatalogueAt = "genrelens.db",
    person: _Person = None,
    model: ModelName = None,
    as_json: _AsJson = False,
    language: Language = None,
) -> int:
    """Print the next file and keep it for you for five minutes, for `decide`. Exit code 2: nothing is left."""
    from genrelens.cli.report import language_of
    from genrelens.cli.review_session import item_lines

    with _opened(where, person, model, wish) as review:
        # Asked twice, the first one is given again rather than kept from everybody.
        review.leave()
        found = review.next()
        if as_json:
            typer.echo(json.dumps(_item(found[0]) if found else None, ensure_ascii=False, allow_nan=False))
        elif found:
            left = review.state().left
            typer.echo("\n".join(item_lines(review, found[0], language_of(language), left)))
    return 0 if found else 2


@review_app.command()
def decide(
    path: Annotated[str, typer.Argument(help="A file of the catalogue.", show_default=False)],
    verdict: Annotated[str, typer.Argument(help="accept, second, not-music, skip, or a genre.", show_default=False)],
    where: CatalogueAt = "genrelens.db",
    person: _Person = None,
    model: ModelName = None,
    settle: Annotated[
        bool, typer.Option("--settle", help="You know what others said of it: settles what they disagree on.")
    ] = False,
    as_json: _AsJson = False,
    language: Language = None,
) -> int:
    """Decide on one file; refused while somebody else looks at it."""
    from genrelens.cli.report import language_of
    from genrelens.cli.review_session import said_name
    from genrelens.workflows.review import Wish

    with _opened(where, person, model, Wish(about="disputed") if settle else None) as review:
        item = review.at(path)
        try:
            made = review.decide(item, verdict)
        finally:
            review.leave()
        row = item.row
    if as_json:
        typer.echo(json.dumps(asdict(made), ensure_ascii=False))
    else:
        typer.echo(f"{_shown(row.path)}: {said_name(made.verdict, language_of(language))}")
    return 0


@review_app.command()
def undo(
    where: CatalogueAt = "genrelens.db",
    person: _Person = None,
    batch: Annotated[str, typer.Option(help="A bulk decision of yours, by its name.", show_default=False)] = "",
    as_json: _AsJson = False,
) -> int:
    """Take back your last decision; with it all that was accepted together, where it was one of many."""
    with _opened(where, person, None) as review:
        undone, item = review.undo(batch=batch)
        if item is not None:
            review.leave()
        paths = {row.sha256: row.path for said in undone[:1] if (row := review.row(said.sha256)) is not None}
    if as_json:
        typer.echo(json.dumps([asdict(said) for said in undone], ensure_ascii=False))
    elif len(undone) > 1:
        typer.echo(f"{len(undone)} decisions taken back")
    else:
        typer.echo(
            f"{_shown(paths.get(undone[0].sha256, undone[0].sha256))}: taken back ({undone[0].verdict or 'skip'})"
        )
    return 0


@review_app.command("list")
def list_(
    path: Annotated[str | None, typer.Argument(help="Only of this file.", show_default=False)] = None,
    where: CatalogueAt = "genrelens.db",
    by: Annotated[str, typer.Option(help="Only of this person.", show_default=False)] = "",
    undone: Annotated[bool, typer.Option("--undone", help="Those that were taken back too.")] = False,
    disputed: Annotated[
        bool, typer.Option("--disputed", help="Only those that differ on a file, until somebody settles it.")
    ] = False,
    as_json: _AsJson = False,
) -> int:
    """List decisions, the oldest first (disputed ones by file): when, who, what, which file. Exit code 2: none."""
    with _opened(where, "-", None) as review:  # nobody decides here
        sha = "" if path is None else review.found(path).sha256
        if disputed:
            differ = review.decisions.disputes([sha] if sha else None).values()
            found = [said for file in differ if not by or by in {each.person for each in file} for said in file]
        else:
            found = review.decisions.history(sha, person=by, undone=undone)
        for said, row in review.with_rows(found):
            place = row.path if row is not None else said.sha256
            if as_json:
                typer.echo(json.dumps({**asdict(said), "path": place}, ensure_ascii=False))
            else:
                typer.echo(_line(said, place))
    return 0 if found else 2


@review_app.command()
def agreement(where: CatalogueAt = "genrelens.db", as_json: _AsJson = False) -> int:
    """Show how far reviewers agree on the files that two or more have decided. Exit code 2: there is none."""
    from genrelens.catalogue.decisions import Decisions
    from genrelens.catalogue.store import open_catalogue
    from genrelens.workflows.agreement import agreement as agreed

    with open_catalogue(where) as catalogue:
        decisions = Decisions(catalogue.database)
        found, disputed = agreed(decisions.judgements()), sorted(decisions.disputes())
    if as_json:
        typer.echo(json.dumps({**found.to_dict(), "disputed": disputed}, ensure_ascii=False))
    elif found.share is None:
        typer.echo("no file has been decided by two people yet: genrelens review run --second", err=True)
    else:
        typer.echo(
            f"{found.files} files, {found.share:.0%} of pairs of decisions are the same, kappa {_kappa(found.kappa)}"
        )
        for pair in found.pairs:
            typer.echo(
                f"  {_shown(pair.first)} - {_shown(pair.second)}: {pair.same} of {pair.files} the same, "
                f"kappa {_kappa(pair.kappa)}"
            )
        if disputed:
            typer.echo(f"{len(disputed)} disputed: genrelens review run --disputed")
    return 0 if found.files else 2


@review_app.command()
def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="The CSV.", show_default=False)],
    where: CatalogueAt = "genrelens.db",
    model: ModelName = None,
    bulk: Annotated[
        bool, typer.Option("--bulk", help="Also what was accepted in bulk, which nobody listened to.")
    ] = False,
) -> int:
    """Write the decisions as a CSV that `genrelens teach` learns from: path, predicted, decision and more."""
    from genrelens.catalogue.inventory import model_named
    from genrelens.catalogue.store import open_catalogue
    from genrelens.workflows.review_export import export_decisions

    with open_catalogue(where) as catalogue:
        count = export_decisions(catalogue, out, model_id=model_named(catalogue, model), bulk=bulk)
    typer.echo(f"{count} decisions in {_shown(str(out))}", err=True)
    return 0 if count else 2


@contextmanager
def _opened(
    where: str, person: str | None, model: str | None, wish: Wish | None = None, *, own_seat: bool = False
) -> Iterator[Review]:
    import secrets

    from genrelens.catalogue.decisions import Desk
    from genrelens.catalogue.inventory import model_named
    from genrelens.catalogue.store import open_catalogue
    from genrelens.workflows.review import Review, person_named

    name = person_named(_login() if person is None else person)
    desk = Desk(name, secrets.token_hex(8) if own_seat else _SEAT)
    with open_catalogue(where) as catalogue:
        yield Review(catalogue, desk, wish, model_named(catalogue, model))


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return ""


def _item(item: ReviewItem) -> dict[str, Any]:
    row = item.row
    return {
        "path": row.path,
        "sha256": row.sha256,
        "start_s": item.start_s,
        "end_s": item.end_s,
        "duration_s": row.duration_s,
        "tier": row.tier,
        "top": [asdict(score) for score in row.top[:5]],
        "prediction_set": list(row.prediction_set),
        "not_music": row.not_music,
        "genre_tag": row.genre_tag,
        "health": list(row.health),
        "kept_until": item.until,
        "opinions": [{"person": said.person, "verdict": said.verdict} for said in item.opinions],
    }


def _line(said: Decision, path: str) -> str:
    from datetime import datetime

    when = datetime.fromtimestamp(said.at).astimezone().strftime("%Y-%m-%d %H:%M")
    gone = "  (taken back)" if said.undone_at is not None else ""
    bulk = "  (in bulk)" if said.batch else ""
    settled = "  (settled)" if said.kind == "settle" else ""
    return f"{when}  {_shown(said.person)}  {said.verdict or 'skip'}  {_shown(path)}{bulk}{settled}{gone}"


def _kappa(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _shown(text: str) -> str:
    from genrelens.audio.sources import safe_text

    return safe_text(text, 400) or "?"
