"""`genrelens catalogue`: tables out of a catalogue, copies of it, whether it is whole, two models side by side."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from genrelens.cli.options import CatalogueAt, Language, ModelName

__all__ = ["catalogue_app"]

catalogue_app = typer.Typer(
    help="Export a catalogue, copy it, check it, count it, and compare the answers of two models.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
_SHOWN = 20
"""Changed files on a terminal."""


def _one_of(*known: str) -> Callable[[list[str] | None], list[str] | None]:
    def checked(given: list[str] | None) -> list[str] | None:
        for word in given or ():
            if word not in known:
                raise typer.BadParameter(f"{word!r} is none of {', '.join(known)}")
        return given

    return checked


@catalogue_app.command()
def export(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The table: .csv, .jsonl, .parquet or .xlsx.", show_default=False)
    ],
    where: CatalogueAt = "genrelens.db",
    kind: Annotated[
        Literal["csv", "jsonl", "parquet", "xlsx", "simple"] | None,
        typer.Option(
            "--format",
            help="Its kind, whatever its name; simple: a CSV with Filename, Predicted Genre, Confidence.",
            show_default=False,
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(help="What the column triage follows; the default policy when left out.", show_default=False),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="The owner's own names for the genres (YAML).", show_default=False)
    ] = None,
    model: ModelName = None,
    tier: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this tier (sure, likely, blend, unsure, not_music); may be given several times.",
            callback=_one_of("sure", "likely", "blend", "unsure", "not_music"),
            show_default=False,
        ),
    ] = None,
    genre: Annotated[
        list[str] | None,
        typer.Option(help="Only this first genre; may be given several times.", show_default=False),
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            help="Only rows in this state (done, failed, waiting); may be given several times.",
            callback=_one_of("done", "failed", "waiting"),
            show_default=False,
        ),
    ] = None,
    under: Annotated[Path | None, typer.Option(help="Only files in this folder.", show_default=False)] = None,
    decided: Annotated[
        bool | None,
        typer.Option("--decided/--undecided", help="Only files that a person has decided, or has not."),
    ] = None,
    language: Language = None,
) -> int:
    """Write a table of what the catalogue holds: always the same for the same content, rebuilt at any time.

    CSV is UTF-8 with a byte order mark for Excel, and no cell in it runs as a formula. JSONL holds every analysis
    whole. Parquet needs the extra `parquet`. Names that are not UTF-8 are written with \\xNN for each such byte.
    The mapping changes the column mapped_genres and what `simple` calls a genre; the catalogue stays as it is.
    """
    from genrelens.audio.sources import safe_name
    from genrelens.catalogue.exports import export_format, write_export
    from genrelens.catalogue.inventory import model_named
    from genrelens.catalogue.paths import to_text
    from genrelens.catalogue.rows import RowFilter, State
    from genrelens.catalogue.store import open_catalogue
    from genrelens.cli.report import language_of
    from genrelens.listening.bundle import label_named
    from genrelens.words import say
    from genrelens.workflows.mapping import read_mapping
    from genrelens.workflows.policy import read_policy

    export_format(out, kind)
    with open_catalogue(where) as catalogue:
        asked = model_named(catalogue, model)
        labels = None if asked is None else catalogue.labels(asked)
        only = RowFilter(
            tiers=tuple(tier or ()),
            genres=tuple(label_named(labels, name) if labels else name for name in genre or ()),
            states=cast(tuple[State, ...], tuple(state or ())),
            under="" if under is None else to_text(under),
            decided=decided,
        )
        names = None if mapping is None else read_mapping(mapping, labels).of_row
        triage = read_policy(policy, labels).action
        count = write_export(catalogue, asked, out, format=kind, policy=triage, mapping=names, only=only)
    typer.echo(say("catalogue.exported", language_of(language), count=count, name=safe_name(out) or "?"), err=True)
    return 0


@catalogue_app.command("mapping")
def mapping_example(
    out: Annotated[Path | None, typer.Argument(help="Where to; printed when left out.", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> int:
    """Write a mapping to begin with: your own names for the genres, every setting explained."""
    from genrelens.cli.starting_files import give
    from genrelens.workflows.mapping import EXAMPLE

    give(EXAMPLE, out, force=force)
    return 0


@catalogue_app.command()
def check(where: CatalogueAt = "genrelens.db", as_json: _AsJson = False, language: Language = None) -> int:
    """Look whether a catalogue is whole: the database itself, every row, every answer unpacked.

    Exit code 0: whole; 1: something is lost or wrong; 2: it cannot be opened at all.
    """
    from genrelens.catalogue.store import open_catalogue
    from genrelens.catalogue.upkeep import check as look
    from genrelens.cli.report import language_of
    from genrelens.sentences.catalogue import checked_lines

    with open_catalogue(where) as catalogue:
        found = look(catalogue)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        typer.echo("\n".join(checked_lines(found, language_of(language))))
    return 0 if found.whole else 1


@catalogue_app.command()
def backup(
    out: Annotated[
        Path | None,
        typer.Argument(help="The copy, a SQLite file; genrelens-DATE.db here when left out.", show_default=False),
    ] = None,
    where: CatalogueAt = "genrelens.db",
    force: Annotated[bool, typer.Option("--force", help="Replace an older copy of that name.")] = False,
    language: Language = None,
) -> int:
    """Copy a catalogue while others may use it; the copy is checked before it gets its name, and is one file.

    A catalogue on a PostgreSQL server becomes a SQLite file, which every command can open.

    Exit code 0: copied and whole; 1: copied, but the catalogue has a fault (see `check`); 2: not copied.
    """
    from datetime import UTC, datetime

    from genrelens.audio.sources import safe_name
    from genrelens.catalogue.backup import back_up
    from genrelens.catalogue.store import open_catalogue
    from genrelens.cli.report import language_of
    from genrelens.words import say

    copy = out or Path(f"genrelens-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.db")
    with open_catalogue(where) as catalogue:
        found = back_up(catalogue, copy, force=force)
    facts = {"files": found.files, "answers": found.answers, "decisions": found.decisions}
    key = "catalogue.backup_done" if found.whole else "catalogue.backup_damaged"
    typer.echo(say(key, language_of(language), name=safe_name(copy) or "?", **facts))
    return 0 if found.whole else 1


@catalogue_app.command()
def info(where: CatalogueAt = "genrelens.db", as_json: _AsJson = False, language: Language = None) -> int:
    """Count what a catalogue holds: files, models and how far each is, tiers, genres, decisions, size."""
    from genrelens.catalogue.inventory import info as count
    from genrelens.catalogue.store import open_catalogue
    from genrelens.cli.report import language_of
    from genrelens.sentences.catalogue import info_lines

    with open_catalogue(where) as catalogue:
        found = count(catalogue)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        typer.echo("\n".join(info_lines(found, language_of(language))))
    return 0


@catalogue_app.command()
def diff(
    model: Annotated[
        list[str],
        typer.Option(
            "--model",
            help="Give it twice: the model you have, then the other one. A number, a name and version, or the first "
            "characters of its SHA-256.",
            show_default=False,
        ),
    ],
    where: CatalogueAt = "genrelens.db",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write every changed file to this CSV.", show_default=False)
    ] = None,
    as_json: _AsJson = False,
    language: Language = None,
) -> int:
    """Put the answers of two models side by side, so that an upgrade is a decision and not an accident.

    Label the same files with both first (`genrelens label ... --bundle FOLDER`): answers of the older model stay.
    Where people have decided, it says which model they agree with more often, and whether that may be chance.
    """
    from genrelens.catalogue.csv_file import write_csv
    from genrelens.catalogue.inventory import model_named
    from genrelens.catalogue.store import open_catalogue
    from genrelens.cli.report import language_of
    from genrelens.sentences.catalogue import changed_lines, difference_lines
    from genrelens.whole_files import whole_file
    from genrelens.workflows.model_diff import CHANGE_COLUMNS, change_cells, compare_models, pairs

    if len(model) != 2:
        raise typer.BadParameter("give --model twice: the model you have, then the other one")
    with open_catalogue(where) as catalogue:
        first, second = (model_named(catalogue, name) for name in model)
        assert first is not None
        assert second is not None
        found = compare_models(catalogue, first, second)
        changed = (pair for pair in pairs(catalogue, first, second) if pair.changed)
        if out is not None:
            with whole_file(out) as stream:
                write_csv(stream, CHANGE_COLUMNS, (list(change_cells(pair).values()) for pair in changed))
        if as_json:
            files = {} if out is not None else {"files": [change_cells(pair) for pair in changed]}
            typer.echo(json.dumps(found.to_dict() | files, ensure_ascii=False))
        else:
            shown = [] if out is not None else list(itertools.islice(changed, _SHOWN))
            said = language_of(language)
            typer.echo("\n".join([*difference_lines(found, said), *changed_lines(found, shown, said)]))
    return 0
