"""`genrelens arbitrate`: several sources disagree about genres: what they are, whom to trust, and what to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from genrelens.cli.options import Bundle, Device, Language
from genrelens.errors import GenreLensError, UsageError

if TYPE_CHECKING:
    from genrelens.workflows.arbitration.answer import Arbitration
    from genrelens.workflows.arbitration.voices import Matched, Voice

__all__ = ["arbitrate"]


def arbitrate(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="LABELS.csv",
            help="Columns file and one a source, or file, source, label; several labels a cell: Rock; Pop.",
            show_default=False,
        ),
    ],
    catalogue: Annotated[
        str | None,
        typer.Option(help="Let the model speak: its answers in this catalogue (file or address).", show_default=False),
    ] = None,
    listen: Annotated[
        list[Path] | None,
        typer.Option(
            help="Let the model speak: listen to the files in this folder whose names fit.", show_default=False
        ),
    ] = None,
    tags: Annotated[
        bool, typer.Option("--tags", help="With --catalogue or --listen: the files' own genre tags as one more source.")
    ] = False,
    model: Annotated[bool, typer.Option("--model/--no-model", help="Whether the model is one of the voters.")] = True,
    names: Annotated[
        Path | None,
        typer.Option(
            help="What names mean that are not known, or mean something else to you: YAML, Zorgcore: Electronic.",
            show_default=False,
        ),
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Probability above which nobody needs to look.")
    ] = 0.85,
    out: Annotated[
        Path | None, typer.Option(help="Write the answers, one row a file, to this CSV.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    bundle: Bundle = None,
    device: Device = "auto",
    language: Language = None,
) -> int:
    """Settle labels of several sources: whom to trust is estimated, the model is one more voter.

    Names are understood as tags write them (Hip Hop/Rap, Techno, 电子); unknown ones are listed and count for nothing,
    until --names says what they mean (Zorgcore: Electronic, Neoperreo: [Latin, Pop], Mixtape: ~ for no genre).
    Without --out or --json the songs that a person should look at are printed.

    Exit code 0: all files have an answer; 1: some have none, or could not be heard; 2: nothing could be done.
    """
    from genrelens.cli.report import language_of
    from genrelens.workflows.arbitration.arbitrate import arbitrate as decided
    from genrelens.workflows.arbitration.names import read_names
    from genrelens.workflows.arbitration.table import read_label_table
    from genrelens.workflows.arbitration.voices import heard_of, with_tags

    if catalogue is not None and listen:
        raise UsageError(
            "NO_INPUT", "--catalogue and --listen both name where the model's answers come from", "Give one of the two."
        )
    if tags and catalogue is None and not listen:
        raise UsageError(
            "NO_INPUT", "--tags needs files: there is neither --catalogue nor --listen", "Add one of the two."
        )
    spoken = language_of(language)
    labels = read_label_table(table)
    meant = None if names is None else read_names(names)
    voices: Mapping[str, Voice] = {}
    own: tuple[str, ...] | None = None
    failed = 0
    if catalogue is not None:
        voices, own = _catalogued(catalogue, labels.files, spoken)
    elif listen:
        voices, own, failed = _listened(listen, labels.files, bundle, device, spoken)
    if tags:
        labels = with_tags(labels, voices)
    found = decided(labels, heard_of(voices) if model else None, labels=own, threshold=threshold, names=meant)
    _give(found, out, as_json, spoken)
    return 1 if failed or any(not verdict.label for verdict in found.verdicts) else 0


def _catalogued(where: str, files: Sequence[str], language: str) -> tuple[Mapping[str, Voice], tuple[str, ...] | None]:
    from genrelens.catalogue.store import open_catalogue
    from genrelens.workflows.arbitration.voices import voices_in

    with open_catalogue(where) as opened:
        found = voices_in(opened, files)
    _tell_unmatched(found.matched, language)
    return found.voices, found.labels


def _listened(
    folders: list[Path],
    files: Sequence[str],
    bundle: Path | None,
    device: Literal["auto", "cpu", "cuda"],
    language: str,
) -> tuple[dict[str, Voice], tuple[str, ...], int]:
    """What the model hears in the files that the table names."""
    from genrelens.audio.files import find_audio
    from genrelens.audio.sandbox import DecodePool
    from genrelens.cli.progress import progress
    from genrelens.listening.analyze import analyze_many
    from genrelens.listening.model import load_model
    from genrelens.sentences.arbitration import files_line
    from genrelens.workflows.arbitration.voices import match_files, voice_of

    paths = {str(path): path for path in find_audio(folders)}
    matched = match_files(files, paths)
    _tell_unmatched(matched, language)
    if not matched.found:
        raise UsageError("NO_INPUT", "none of the files that the table names is in what --listen names")
    wanted = list(dict.fromkeys(matched.found.values()))
    loaded = load_model(bundle, device=device)
    answers: dict[str, Voice] = {}
    failed = []
    with DecodePool(workers=min(2, len(wanted))) as pool, progress(len(wanted)) as advance:
        heard = analyze_many(loaded, [paths[path] for path in wanted], decoder=pool.listen)
        for path, answer in zip(wanted, heard, strict=True):
            if isinstance(answer, GenreLensError):
                failed.append(path)
            else:
                answers[path] = voice_of(answer)
            advance()
    if failed:
        typer.echo(files_line("failed", failed, language), err=True)
    voices = {name: answers[path] for name, path in matched.found.items() if path in answers}
    return voices, tuple(loaded.bundle.labels), len(failed)


def _give(found: Arbitration, out: Path | None, as_json: bool, language: str) -> None:
    from genrelens.audio.sources import safe_name, safe_text
    from genrelens.sentences.arbitration import (
        arbitration_csv,
        source_lines,
        summary_lines,
        unknown_lines,
        verdict_text,
    )
    from genrelens.whole_files import write_text
    from genrelens.words import say

    if out is not None:
        write_text(out, arbitration_csv(found, language), mark=True)
        typer.echo(say("arbitration.written", language, name=safe_name(out)), err=True)
    if as_json:
        typer.echo(found.to_json())
        return
    typer.echo("\n".join(summary_lines(found, language)) + "\n")
    for source in found.sources:
        first, *more = source_lines(found, source, language)
        typer.echo("\n    ".join([f"  {first}", *more]))
    if found.unknown:
        typer.echo(f"\n{say('arbitration.unknown', language)}")
        for line in unknown_lines(found, language):
            typer.echo(f"  {line}")
    if out is None:
        for verdict in found.verdicts:
            if verdict.review:
                typer.echo(f"\n{safe_text(verdict.file, 200)}\n  {verdict_text(verdict, language)}")


def _tell_unmatched(matched: Matched, language: str) -> None:
    from genrelens.sentences.arbitration import unmatched_lines

    for line in unmatched_lines(matched, language):
        typer.echo(line, err=True)
