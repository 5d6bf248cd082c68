"""`genrelens import-checkpoint`: a PyTorch checkpoint becomes a bundle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from genrelens.audio.sources import safe_name
from genrelens.errors import UsageError

if TYPE_CHECKING:
    from genrelens.workflows.import_checkpoint import Imported

__all__ = ["import_checkpoint"]


def import_checkpoint(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            help="State dict of a ViT-B/16 with torchvision's names, for example save.pt.", show_default=False
        ),
    ],
    labels: Annotated[
        Path | None,
        typer.Option(help="Its classes: a text file, one a line, in the order of its outputs.", show_default=False),
    ] = None,
    label_set: Annotated[
        Literal["ccmusic"] | None, typer.Option(help="Or its classes by a list that is here.", show_default=False)
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Of the new model; the checkpoint's when left out.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Its folder; ./NAME when left out.", show_default=False)] = None,
    window_s: Annotated[float, typer.Option(min=0.5, max=60, help="Seconds that one picture shows.")] = 11.4,
    force: Annotated[bool, typer.Option("--force", help="Replace a model of that name.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> int:
    """Turn a PyTorch checkpoint that looks at pictures of spectrograms into a model for `--bundle`.

    Its probabilities are not calibrated. Exit code 0: done; 2: not done.
    """
    from genrelens.workflows.import_checkpoint import LABEL_SETS, read_labels
    from genrelens.workflows.import_checkpoint import import_checkpoint as run

    called = checkpoint.stem if name is None else name
    if not safe_name(called) or safe_name(called) != called:
        raise UsageError(
            "NO_INPUT",
            f"{called!r} cannot be the name of a model",
            "Use --name with letters, digits, dots and hyphens.",
        )
    if labels is not None and label_set is not None:
        raise UsageError("NO_INPUT", "--labels and --label-set are both there", "Give one of the two.")
    named = read_labels(labels) if labels is not None else None if label_set is None else LABEL_SETS[label_set]
    folder = out or Path(called)
    imported = run(checkpoint, named, called, folder, force=force, window_s=window_s)
    if as_json:
        typer.echo(json.dumps(_report(imported, called, folder, window_s), ensure_ascii=False))
    else:
        _print(imported, folder)
    return 0


def _print(imported: Imported, folder: Path) -> None:
    typer.echo(
        f"ViT-B/16 with {imported.layers} layers, {imported.head} head, {len(imported.labels)} classes; "
        f"largest difference from torch {imported.difference:.1e}"
    )
    typer.echo("Not calibrated: its percentages and certainty are the network's own and promise nothing.")
    for warning in imported.warnings:
        typer.echo(f"Note: {warning}")
    typer.echo(f"\nWritten to {folder}. Use it: genrelens classify --bundle {folder} song.mp3")


def _report(imported: Imported, name: str, folder: Path, window_s: float) -> dict[str, object]:
    return {
        "bundle": str(folder).encode("utf-8", "replace").decode("utf-8"),
        "name": name,
        "labels": list(imported.labels),
        "layers": imported.layers,
        "head": imported.head,
        "window_s": window_s,
        "max_abs_difference_from_torch": imported.difference,
        "calibrated": False,
        "warnings": list(imported.warnings),
    }
