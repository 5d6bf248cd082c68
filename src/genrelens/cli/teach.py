"""`genrelens teach`: genres of one's own from a few songs each, or corrections of the genres that are there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from genrelens.audio.sources import safe_name
from genrelens.errors import UsageError

__all__ = ["teach"]


def teach(
    source: Annotated[
        Path,
        typer.Option(
            "--from",
            help="A folder with a folder for each genre, or a CSV with path and label, or with path and decision.",
            show_default=False,
        ),
    ],
    name: Annotated[str, typer.Option(help="Of the new model.", show_default=False)],
    correct: Annotated[
        bool, typer.Option("--correct", help="Correct the genres that the model has, instead of teaching others.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Its folder; ./NAME when left out.", show_default=False)] = None,
    bundle: Annotated[Path | None, typer.Option(help="Folder of the model to teach.", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a model of that name.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> int:
    """Teach a model genres of your own, from at least 10 songs each; it then answers with these alone.

    With --correct it keeps all its genres and learns from songs that it gets wrong, at least 10 in all; give songs
    that it gets right, too. The figures printed are of songs by artists that were not learnt from. Use the result
    with `genrelens classify --bundle FOLDER`. Exit code 0: done; 1: done, but some files could not be heard; 2: not
    done.
    """
    from genrelens.audio.sandbox import DecodePool
    from genrelens.cli.progress import progress
    from genrelens.cli.teach_report import print_learnt, report, say_what_is_left_out
    from genrelens.listening.model import load_model
    from genrelens.workflows.teaching.correct import check_corrections
    from genrelens.workflows.teaching.correct import correct as correct_head
    from genrelens.workflows.teaching.examples import read_examples
    from genrelens.workflows.teaching.lesson import check_enough, listen_to
    from genrelens.workflows.teaching.teach import check_installed
    from genrelens.workflows.teaching.teach import teach as teach_head
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
    labels = [example.label for example in examples.songs]
    if correct:
        check_corrections(labels, model.bundle.labels)
    else:
        check_enough(labels)
    with DecodePool(workers=2) as pool, progress(len(labels)) as advance:
        lesson = listen_to(model, examples.songs, pool.listen, advance)
    say_what_is_left_out(examples, lesson)
    learnt = correct_head(model.bundle, lesson) if correct else teach_head(model.bundle, lesson)
    write_bundle(model.bundle, learnt, name, folder, force=force)
    if as_json:
        typer.echo(json.dumps(report(examples, lesson, learnt, folder), ensure_ascii=False))
    else:
        print_learnt(learnt, folder)
    return 1 if lesson.failed else 0
