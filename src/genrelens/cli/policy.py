"""`genrelens policy`: what is accepted unseen, what a limit buys, and the limit for a wished precision."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrelens.cli.options import Language, ModelName

if TYPE_CHECKING:
    from genrelens.workflows.policy import Policy
    from genrelens.workflows.policy_curve import Curve, Songs

__all__ = ["policy_app"]

policy_app = typer.Typer(
    help="Decide what is accepted unseen: show a policy, see what a limit buys, find one for a wished precision.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
_PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="A policy file; the default when left out.", show_default=False)
]
_Where = Annotated[
    str | None,
    typer.Option("--catalogue", "-c", help="A catalogue (a file, or postgresql://...).", show_default=False),
]
_Strict = Annotated[
    bool, typer.Option("--strict", help="With the model card: only a song's first label counts as right.")
]
_Card = Annotated[
    bool, typer.Option("--card", help="Take the model card's figures although the catalogue has reviewed songs.")
]


@policy_app.command()
def show(
    policy: _PolicyFile = None,
    where: _Where = None,
    model: ModelName = None,
    as_json: _AsJson = False,
    language: Language = None,
) -> int:
    """Say in words what a policy does, and with --catalogue how many files it accepts and leaves to people."""
    from genrelens.catalogue.inventory import model_named
    from genrelens.catalogue.store import open_catalogue
    from genrelens.cli.report import language_of
    from genrelens.sentences.policy import policy_lines, workload_line
    from genrelens.workflows.policy import read_policy
    from genrelens.workflows.policy_workload import workload

    found, work = read_policy(policy), None
    if where is not None:
        with open_catalogue(where) as catalogue:
            asked = model_named(catalogue, model)
            found = read_policy(policy, None if asked is None else catalogue.labels(asked))
            work = workload(catalogue.rows(asked), found)
    if as_json:
        typer.echo(json.dumps(found.to_dict() | ({} if work is None else {"workload": asdict(work)})))
        return 0
    spoken = language_of(language)
    lines = policy_lines(found, spoken) + ([] if work is None else ["", workload_line(work, spoken)])
    typer.echo("\n".join(lines))
    return 0


@policy_app.command()
def init(
    out: Annotated[Path | None, typer.Argument(help="Where to; printed when left out.", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> int:
    """Write the default policy as a file to change, every setting explained."""
    from genrelens.cli.starting_files import give
    from genrelens.workflows.policy import policy_text

    give(policy_text(), out, force=force)
    return 0


@policy_app.command()
def curve(
    where: _Where = None,
    policy: _PolicyFile = None,
    model: ModelName = None,
    per_genre: Annotated[bool, typer.Option("--per-genre", help="A curve for each genre, too (reviews only).")] = False,
    strict: _Strict = False,
    card: _Card = False,
    as_json: _AsJson = False,
    language: Language = None,
) -> int:
    """Show what each limit buys: the share that is accepted, how much of it is right, and how sure that figure is.

    Without a catalogue the figures are the model card's. With one they are those of the songs that people reviewed
    there, one by one; where nobody has, the card's, with the number of your songs above each limit.
    """
    from genrelens.cli.report import language_of
    from genrelens.sentences.policy import curve_lines
    from genrelens.workflows.policy_curve import curve_of_reviews

    _, songs, found = _evidence(where, model, policy, strict, card)
    curves = [found]
    if per_genre and found.source == "reviews":
        assert songs is not None
        judged = [genre for genre, tally in sorted(songs.genres.items()) if tally.right or tally.wrong]
        curves += [curve_of_reviews(songs, genre) for genre in judged]
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in curves], ensure_ascii=False))
        return 0
    spoken = language_of(language)
    typer.echo("\n\n".join("\n".join(curve_lines(each, spoken, songs)) for each in curves))
    return 0


@policy_app.command()
def propose(
    precision: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="How much of what is accepted has to be right: 0.95.")
    ] = 0.95,
    where: _Where = None,
    policy: _PolicyFile = None,
    model: ModelName = None,
    per_genre: Annotated[
        bool, typer.Option("--per-genre", help="Limits of each genre, from the songs reviewed in the catalogue.")
    ] = False,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Be content with the figure itself, instead of its lower bound.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the policy to this file.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
    strict: _Strict = False,
    card: _Card = False,
    as_json: _AsJson = False,
    language: Language = None,
) -> int:
    """Propose the lowest limit above which a wished precision holds, and say so when it cannot be promised.

    It holds where the lower end of the figure's 95 % interval reaches the wish; with --estimate the figure itself is
    enough. Exit code 0: there is one; 1: it cannot be promised, and the policy accepts nothing.
    """
    from genrelens.audio.sources import safe_name
    from genrelens.cli.report import language_of
    from genrelens.cli.starting_files import give
    from genrelens.errors import PolicyError
    from genrelens.sentences.policy import proposal_lines, proposal_note
    from genrelens.words import say
    from genrelens.workflows.policy import policy_text
    from genrelens.workflows.policy_proposal import propose as find

    base, songs, found = _evidence(where, model, policy, strict, card)
    if per_genre and found.source == "card":
        raise PolicyError("POLICY_NO_EVIDENCE", "the model card has no figures for limits of single genres")
    proposal = find(found, precision, base, estimate=estimate, per_genre=songs if per_genre else None)
    spoken = language_of(language)
    if out is not None:
        give(policy_text(proposal.policy, [proposal_note(proposal, spoken)]), out, force=force)
    if as_json:
        typer.echo(json.dumps(proposal.to_dict(), ensure_ascii=False))
    else:
        typer.echo("\n".join(proposal_lines(proposal, spoken, songs)))
    if out is not None:
        typer.echo(say("policy.propose_written", spoken, name=safe_name(out) or "?"), err=True)
    return 0 if proposal.point is not None else 1


def _evidence(
    where: str | None, model: str | None, policy: Path | None, strict: bool, card: bool
) -> tuple[Policy, Songs | None, Curve]:
    """The policy, the songs of the catalogue where one is given, and the curve that is at hand for them."""
    from genrelens.catalogue.inventory import model_named
    from genrelens.catalogue.store import open_catalogue
    from genrelens.listening.bundle import read_bundle
    from genrelens.workflows.policy import read_policy
    from genrelens.workflows.policy_curve import curve_of_card, curve_of_reviews, songs_of

    if where is None:
        return read_policy(policy), None, curve_of_card(read_bundle().model_sha256, strict=strict)
    with open_catalogue(where) as catalogue:
        asked = model_named(catalogue, model)
        found = read_policy(policy, None if asked is None else catalogue.labels(asked))
        songs = songs_of(catalogue, asked, found)
        known = catalogue.models()
    if songs.judged and not card:
        return found, songs, curve_of_reviews(songs)
    sha256 = read_bundle().model_sha256 if asked is None else known[asked].sha256
    return found, songs, curve_of_card(sha256, strict=strict, songs=songs)
