"""What `genrelens teach` says: what was left out, what the figures are, as words or as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from genrelens.audio.sources import safe_name

if TYPE_CHECKING:
    from genrelens.workflows.teaching.correct import Corrected
    from genrelens.workflows.teaching.examples import Examples
    from genrelens.workflows.teaching.lesson import Lesson
    from genrelens.workflows.teaching.teach import Taught

__all__ = ["print_learnt", "report", "say_what_is_left_out"]


def say_what_is_left_out(examples: Examples, lesson: Lesson) -> None:
    """Files that do not count, each with its reason, on stderr."""
    for count, reason in ((examples.skipped, "skipped by the reviewer"), (examples.not_music, "said to be no music")):
        if count:
            typer.echo(f"{count} {'row' if count == 1 else 'rows'} {reason}, left out", err=True)
    for path, error in lesson.failed:
        typer.echo(f"{safe_name(str(path))}: {error.code}: {error.message}", err=True)
    for path in lesson.repeated:
        typer.echo(f"{safe_name(str(path))}: the same sound is there twice, counted once", err=True)
    for path in lesson.contradicted:
        typer.echo(f"{safe_name(str(path))}: the same sound has two different genres, left out", err=True)


def print_learnt(learnt: Taught | Corrected, folder: Path) -> None:
    """What the figures say, and where the model is."""
    from genrelens.workflows.teaching.correct import Corrected

    if isinstance(learnt, Corrected):
        _print_corrected(learnt)
    else:
        _print_taught(learnt)
    for warning in learnt.warnings:
        typer.echo(f"\nNote: {warning}")
    typer.echo(f"\nWritten to {folder}. Use it: genrelens classify --bundle {folder} song.mp3")


def _print_taught(taught: Taught) -> None:
    """What the new genres can be told apart by."""
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


def _print_corrected(corrected: Corrected) -> None:
    """What the corrections did on artists that they did not come from."""
    figures = corrected.figures
    typer.echo(
        f"{figures['songs']} songs, {figures['wrong_before']} of them answered otherwise before.\n"
        f"On artists not learnt from: {figures['before']:.0%} right before, {figures['after']:.0%} after "
        f"({figures['gained']} songs gained, {figures['lost']} lost)."
    )
    if figures["strength"]:
        typer.echo(
            f"The correction changes the first answer of {figures['changed']:.0%} of these songs; "
            f"the head moved by {figures['moved']:.1%} of its length."
        )
    else:
        typer.echo("No correction was clearly better on artists not learnt from: the head stays as it was.")
    if figures["pairs"]:
        typer.echo("\nSaid before, and what it is (righted on artists not learnt from):")
        for pair in figures["pairs"]:
            typer.echo(f"  {pair['said']} -> {pair['is']}: {pair['songs']} ({pair['righted']})")


def report(examples: Examples, lesson: Lesson, taught: Taught | Corrected, folder: Path) -> dict[str, Any]:
    """All of it as plain JSON."""

    def shown(path: Path) -> str:
        return str(path).encode("utf-8", "replace").decode("utf-8")

    return {
        "bundle": shown(folder),
        "labels": list(taught.labels),
        **taught.figures,
        "tiers": taught.calibration.get("tiers", {}),
        "warnings": list(taught.warnings),
        "skipped": examples.skipped,
        "not_music": examples.not_music,
        "failed": [{"path": shown(path), "error": error.to_dict()} for path, error in lesson.failed],
        "repeated": [shown(path) for path in lesson.repeated],
        "contradicted": [shown(path) for path in lesson.contradicted],
    }
