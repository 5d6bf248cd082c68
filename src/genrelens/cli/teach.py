"""`genrelens teach`: genres of one's own from a few songs each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.audio.sources import safe_name
from genrelens.errors import UsageError

if TYPE_CHECKING:
    from genrelens.workflows.lesson import Lesson
    from genrelens.workflows.teach import Taught

__all__ = ["teach"]


def teach(
    source: Annotated[
        Path,
        typer.Option(
            "--from", help="A folder with a folder for each genre, or a CSV with path and label.", show_default=False
        ),
    ],
    name: Annotated[str, typer.Option(help="Of the new model.", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="Its folder; ./NAME when left out.", show_default=False)] = None,
    bundle: Annotated[Path | None, typer.Option(help="Folder of the model to teach.", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a model of that name.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> int:
    """Teach a model genres of your own, from at least 10 songs each; it then answers with these alone.

    The figures printed are of songs by artists that were not learnt from. Use the result with
    `genrelens classify --bundle FOLDER`. Exit code 0: done; 1: done, but some files could not be heard; 2: not done.
    """
    from genrelens.audio.sandbox import DecodePool
    from genrelens.cli.progress import progress
    from genrelens.listening.model import load_model
    from genrelens.workflows.examples import read_examples
    from genrelens.workflows.lesson import check_enough, listen_to
    from genrelens.workflows.teach import check_installed
    from genrelens.workflows.teach import teach as teach_head
    from genrelens.workflows.writing import check_target, write_bundle

    if not safe_name(name) or safe_name(name) != name:
        raise UsageError(
            "NO_INPUT", f"{name!r} cannot be the name of a model", "Use letters, digits, dots and hyphens."
        )
    check_installed()
    folder = out or Path(name)
    check_target(folder, force=force)
    model = load_model(bundle)
    examples = read_examples(source, model.bundle.labels)
    check_enough(example.label for example in examples)
    with DecodePool(workers=2) as pool, progress(len(examples)) as advance:
        lesson = listen_to(model, examples, pool.listen, advance)
    _say_what_is_left_out(lesson)
    taught = teach_head(model.bundle, lesson)
    write_bundle(model.bundle, taught, name, folder, force=force)
    if as_json:
        typer.echo(json.dumps(_report(lesson, taught, folder), ensure_ascii=False))
    else:
        _print(taught, folder)
    return 1 if lesson.failed else 0


def _say_what_is_left_out(lesson: Lesson) -> None:
    for path, error in lesson.failed:
        typer.echo(f"{safe_name(str(path))}: {error.code}: {error.message}", err=True)
    for path in lesson.repeated:
        typer.echo(f"{safe_name(str(path))}: the same sound is there twice, counted once", err=True)
    for path in lesson.contradicted:
        typer.echo(f"{safe_name(str(path))}: the same sound has two different genres, left out", err=True)


def _print(taught: Taught, folder: Path) -> None:
    figures = taught.figures
    low, high = figures["interval"]
    typer.echo(
        f"{figures['songs']} songs, {figures['accuracy']:.0%} right on artists not learnt from "
        f"({low:.0%} to {high:.0%} with so few; always the commonest genre: {figures['chance']:.0%})\n"
    )
    width = max(len(label) for label in figures["labels"])
    typer.echo(f"  {'genre':<{width}}  songs  artists  found  right when said")
    for label, row in figures["labels"].items():
        precision = "-" if row["precision"] is None else f"{row['precision']:.0%}"
        typer.echo(f"  {label:<{width}}  {row['songs']:5}  {row['groups']:7}  {row['recall']:5.0%}  {precision:>5}")
    if figures["confused"]:
        typer.echo("\nHard to tell apart:")
        for pair in figures["confused"]:
            typer.echo(f"  {pair['label']} taken for {pair['taken_for']}: {pair['songs']}")
    for warning in taught.warnings:
        typer.echo(f"\nNote: {warning}")
    typer.echo(f"\nWritten to {folder}. Use it: genrelens classify --bundle {folder} song.mp3")


def _report(lesson: Lesson, taught: Taught, folder: Path) -> dict[str, Any]:
    def shown(path: Path) -> str:
        return str(path).encode("utf-8", "replace").decode("utf-8")

    return {
        "bundle": shown(folder),
        "labels": list(taught.labels),
        **taught.figures,
        "tiers": taught.calibration["tiers"],
        "warnings": list(taught.warnings),
        "failed": [{"path": shown(path), "error": error.to_dict()} for path, error in lesson.failed],
        "repeated": [shown(path) for path in lesson.repeated],
        "contradicted": [shown(path) for path in lesson.contradicted],
    }
