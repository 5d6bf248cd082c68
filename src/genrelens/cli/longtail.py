"""`genrelens longtail`: rare genres hidden in a catalogue, what it holds twice, and its picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.options import Language, Png, Svg
from genrelens.errors import CatalogueError

if TYPE_CHECKING:
    from genrelens.catalogue.store import Catalogue
    from genrelens.workflows.longtail import Find, LongTail

__all__ = ["longtail"]

_Where = Annotated[
    str, typer.Option("--catalogue", "-c", help="The catalogue: a file, or postgresql://user:password@host/name.")
]
_Further = Annotated[
    str | None,
    typer.Option("--catalogue", "-c", help="The catalogue; genrelens.db when left out.", show_default=False),
]
_Json = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]
_DEFAULT = "genrelens.db"

longtail = typer.Typer(
    invoke_without_command=True,
    no_args_is_help=False,
    rich_markup_mode=None,
)


@longtail.callback()
def hidden(
    context: typer.Context,
    catalogue: _Where = _DEFAULT,
    genre: Annotated[
        list[str] | None,
        typer.Option(help="A genre to look for; several times for several. Left out: all that are rare here."),
    ] = None,
    below: Annotated[
        float, typer.Option(min=0.001, max=1.0, help="A genre is rare below this share of the songs.")
    ] = 0.03,
    top: Annotated[int, typer.Option(min=1, max=10_000, help="How many of each genre.")] = 20,
    as_json: _Json = False,
    csv: Annotated[Path | None, typer.Option(help="Write the list to this table, too.", show_default=False)] = None,
    m3u: Annotated[
        Path | None, typer.Option(help="Write the songs to this playlist, the likeliest first.", show_default=False)
    ] = None,
    language: Language = None,
) -> int:
    """Which World, Latin, Folk, Reggae, Blues, Disco ... songs are hidden in a catalogue, the likeliest first, and why.

    Hidden is what sounds like a rare genre and is tagged, or was decided, as another; and what no tag names. The score
    is the model's probability with the present label as one more voice: where a song hardly sounds like its label,
    the rare genre counts for more. It is a list to listen to, not a verdict: of the first ones many are right, of the
    last ones few. Nothing is heard again, and nothing is changed.

    Further: `genrelens longtail duplicates` and `genrelens longtail picture`.
    """
    if context.invoked_subcommand is not None:
        return 0
    from genrelens.catalogue.store import open_catalogue
    from genrelens.cli.report import language_of
    from genrelens.workflows.longtail import long_tail

    spoken = language_of(language)
    with open_catalogue(catalogue) as opened:
        found = long_tail(opened, _model(opened), genres=genre or (), rare_below=below, most=top)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        for line in _lines(found, below, spoken):
            typer.echo(line)
    _write(found, csv, m3u, spoken)
    return 0


@longtail.command()
def duplicates(
    context: typer.Context, catalogue: _Further = None, as_json: _Json = False, language: Language = None
) -> int:
    """What a catalogue holds more than once: the same bytes, and most likely the same recording encoded again.

    Compared are the embeddings of songs of about one length. Live versions, covers and remasters are other recordings
    and mostly not named; listen before you delete anything.
    """
    from genrelens.catalogue.store import open_catalogue
    from genrelens.cli.report import language_of
    from genrelens.sentences.longtail import genre_text
    from genrelens.words import say
    from genrelens.words.forms import clock
    from genrelens.workflows.duplicates import find_duplicates

    spoken = language_of(language)
    with open_catalogue(catalogue or _named(context)) as opened:
        found = find_duplicates(opened, _model(opened))
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
        return 0
    typer.echo(say("tail.duplicates_title", spoken, files=found.files, count=len(found.groups)))
    if not found.groups:
        typer.echo(say("tail.duplicates_none", spoken))
    for group in found.groups:
        count, likeness = len(group.members), f"{group.likeness:.2f}"
        typer.echo(say(f"tail.group_{group.kind}", spoken, count=count, likeness=likeness))
        for member in group.members:
            facts = [clock(member.duration_s or 0.0), f"{member.size / 1e6:.1f} MB", genre_text(member.genre, spoken)]
            # The whole path: of two files with one name the folder is what tells them apart.
            typer.echo(f"  {_shown(member.path)}  {say('verdict.comma', spoken).join(facts)}")
    return 0


@longtail.command()
def picture(
    context: typer.Context,
    catalogue: _Further = None,
    png: Png = None,
    svg: Svg = None,
    dark: Annotated[bool, typer.Option("--dark", help="On a dark ground.")] = False,
    as_json: _Json = False,
    language: Language = None,
) -> int:
    """A map of a catalogue, a dot a song, and its songs by genre and certainty.

    Songs that sound alike lie together. What is near can be believed; the distance between islands says nothing. The
    same catalogue gives the same picture. Without --png or --svg the counts alone are printed.
    """
    from genrelens.catalogue.store import open_catalogue
    from genrelens.cli.drawing import write_picture
    from genrelens.cli.report import language_of
    from genrelens.pictures.catalogue_map import map_svg
    from genrelens.sentences.longtail import genre_text
    from genrelens.words import say
    from genrelens.workflows.catalogue_map import map_catalogue

    spoken = language_of(language)
    with open_catalogue(catalogue or _named(context)) as opened:
        found = map_catalogue(opened, _model(opened))
    write_picture(map_svg(found, spoken, theme="dark" if dark else "light"), png, svg)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
        return 0
    facts = {"waiting": found.waiting, "failed": found.failed, "copies": found.copies}
    typer.echo(say("tail.counts_title", spoken, songs=len(found.points), **facts))
    for genre, tiers in found.counts.items():
        split = say("verdict.comma", spoken).join(f"{say(f'tail.tier_{tier}', spoken)} {tiers[tier]}" for tier in tiers)
        typer.echo(f"  {genre_text(genre, spoken)}  {sum(tiers.values())}  ({split})")
    return 0


def _named(context: typer.Context) -> str:
    """The catalogue that was named before the command: `genrelens longtail -c my.db duplicates`."""
    return str(context.parent.params["catalogue"]) if context.parent is not None else _DEFAULT


def _model(catalogue: Catalogue) -> int:
    number = catalogue.latest_model()
    if number is None:
        raise CatalogueError("CATALOGUE_EMPTY", "no song of this catalogue has an answer yet")
    return number


def _lines(found: LongTail, below: float, language: str) -> Iterator[str]:
    from genrelens.sentences.longtail import label_text, why_texts
    from genrelens.taxonomy import display_name
    from genrelens.words import say
    from genrelens.words.forms import percent

    if not found.genres:
        yield say("tail.nothing_rare", language, share=percent(below))
        return
    names = say("verdict.comma", language).join(display_name(genre, language) for genre in found.genres)
    yield say("tail.title", language, count=found.songs, genres=names)
    for genre in found.genres:
        own = [find for find in found.finds if find.genre == genre]
        name = display_name(genre, language)
        yield ""
        if not own:
            yield say("tail.none", language, genre=name)
            continue
        yield say("tail.genre_title", language, genre=name, labelled=found.labelled[genre], count=len(own))
        for find in own:
            yield f"  {percent(find.score)}  {_shown(find.path)}"
            yield f"      {label_text(find, language)}. {' '.join(why_texts(find, language))}"


def _write(found: LongTail, csv: Path | None, m3u: Path | None, language: str) -> None:
    from genrelens.audio.sources import safe_name
    from genrelens.catalogue.paths import from_text
    from genrelens.insight.playlist import Entry, csv_text, playlist_text
    from genrelens.whole_files import write_text
    from genrelens.words import say

    written = []
    if csv is not None:
        text = csv_text(say("tail.columns", language).split(","), (_cells(find, language) for find in found.finds))
        write_text(csv, text, mark=True)
        written.append((csv, len(found.finds)))
    if m3u is not None:
        # A song that could be of two genres is played once.
        songs = {find.path: Entry(str(from_text(find.path)), find.duration_s) for find in found.finds}
        write_text(m3u, playlist_text(songs.values(), m3u.parent))
        written.append((m3u, len(songs)))
    for path, count in written:
        typer.echo(say("tail.written", language, name=safe_name(path), count=count), err=True)


def _cells(find: Find, language: str) -> list[Any]:
    from genrelens.sentences.longtail import genre_text, why_texts
    from genrelens.taxonomy import display_name
    from genrelens.words import say
    from genrelens.words.forms import clock

    return [
        display_name(find.genre, language),
        find.path,
        round(find.score, 4),
        round(find.probability, 4),
        find.rank,
        say("verdict.comma", language).join(genre_text(label, language) for label in find.label),
        say(f"tail.source_{find.label_source}", language),
        " ".join(why_texts(find, language)),
        "" if find.moment is None else clock(find.moment.start_s),
        find.sha256,
    ]


def _shown(path: str) -> str:
    """A path on one line of a terminal: strangers chose it."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in path)
