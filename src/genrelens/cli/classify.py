"""`genrelens classify`: the genre of files and folders, for people or as JSON."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genrelens.cli.options import Bundle, Device, End, Language, Start
from genrelens.errors import GenreLensError, UsageError

if TYPE_CHECKING:
    from genrelens.listening.analysis import Analysis
    from genrelens.listening.analyze import Decoder

__all__ = ["classify"]


def classify(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(help="Audio files, or folders to search for some.", show_default=False)
    ],
    start: Start = None,
    end: End = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole analysis: one JSON object a line, a file each.")
    ] = False,
    embedding: Annotated[bool, typer.Option(help="With --json: the embedding too.")] = False,
    bundle: Bundle = None,
    device: Device = "auto",
    language: Language = None,
) -> int:
    """Say what genre songs are: Top 5, how sure, what was listened to, and what is wrong with the sound.

    Exit code 0: all answered; 1: some files failed; 2: none could be answered.
    """
    from genrelens.audio.files import find_audio
    from genrelens.cli.progress import progress
    from genrelens.cli.report import Report, language_of

    report = Report(language_of(language))
    files = find_audio(paths)
    if not files:
        raise UsageError("NO_INPUT", "there is no audio file in what you named")

    from genrelens.listening.analyze import analyze_many
    from genrelens.listening.model import load_model

    model = load_model(bundle, device=device)
    failed = 0
    with _decoder(len(files)) as decoder, progress(len(files)) as advance:
        answers = analyze_many(model, files, start_s=start, end_s=end, decoder=decoder)
        for path, answer in zip(files, answers, strict=True):
            failed += isinstance(answer, GenreLensError)
            if as_json:
                typer.echo(json.dumps(_row(path, answer, embedding), ensure_ascii=False, allow_nan=False))
            else:
                report.write(path, answer)
            advance()
    if len(files) > 1 and not as_json:
        report.summary(len(files), failed)
    return 0 if not failed else 2 if failed == len(files) else 1


def _row(path: Path, answer: Analysis | GenreLensError, embedding: bool) -> dict[str, Any]:
    # A path need not be UTF-8; JSON must be.
    named = {"path": str(path).encode("utf-8", "replace").decode("utf-8")}
    if isinstance(answer, GenreLensError):
        return {**named, "error": answer.to_dict()}
    return {**named, **answer.to_dict(embedding=embedding)}


@contextlib.contextmanager
def _decoder(files: int) -> Iterator[Decoder]:
    """One file is decoded here; many in child processes, so that none that breaks the decoder stops the rest."""
    from genrelens.audio.windows import listen

    if files == 1:
        yield listen
        return
    from genrelens.audio.sandbox import DecodePool

    with DecodePool(workers=min(2, files)) as pool:
        yield pool.listen
