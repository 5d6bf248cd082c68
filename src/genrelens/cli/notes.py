"""`genrelens notes`: tempo, metre, key, loudness and the like of one song, for people or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from genrelens.cli.options import Bundle, Device, End, Language, Start

__all__ = ["notes"]


def notes(
    file: Annotated[Path, typer.Argument(help="An audio file.", show_default=False)],
    start: Start = None,
    end: End = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the notes as one JSON object.")] = False,
    bundle: Bundle = None,
    device: Device = "auto",
    language: Language = None,
) -> None:
    """Note down a song: tempo, metre, key, tuning, loudness, timbre, instruments. What is unsure is left out."""
    from genrelens.audio.song import read_song
    from genrelens.cli.notes_report import report
    from genrelens.cli.report import language_of
    from genrelens.insight.notes import listening_notes
    from genrelens.listening.analyze import analyze
    from genrelens.listening.model import load_model

    model = load_model(bundle, device=device)
    analysis = analyze(model, file, start_s=start, end_s=end)
    song = read_song(file, sample_rate=model.bundle.sample_rate, start_s=start, end_s=end)
    found = listening_notes(song, analysis=analysis)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        typer.echo(report(found, str(file), language_of(language)))
