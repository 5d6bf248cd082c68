"""`genrelens style`: whether a song has left one style for another, and where the old one can still be heard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from genrelens.cli.options import Bundle, Device, End, Language, Start

__all__ = ["style"]


def style(
    file: Annotated[Path, typer.Argument(help="The song as it is now.", show_default=False)],
    old: Annotated[str, typer.Option("--from", help="The style to leave, for example Classical.", show_default=False)],
    new: Annotated[str, typer.Option("--to", help="The style to reach, for example Hip-Hop.", show_default=False)],
    original: Annotated[
        Path | None, typer.Option(help="The song before it was changed: where the way starts.", show_default=False)
    ] = None,
    start: Start = None,
    end: End = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole check as one JSON object.")] = False,
    bundle: Bundle = None,
    device: Device = "auto",
    language: Language = None,
) -> int:
    """Say how far a song has come from one style to another: rework the bones, on the way, or done."""
    from genrelens.cli.report import language_of
    from genrelens.insight.compare import read_version
    from genrelens.insight.style import style_check
    from genrelens.listening.analyze import analyze
    from genrelens.listening.model import load_model
    from genrelens.sentences.style import section_text, style_text
    from genrelens.words import say

    model = load_model(bundle, device=device)
    version = read_version(model, file, start_s=start, end_s=end)
    before = None if original is None else analyze(model, original)
    found = style_check(model, version, old=old, new=new, original=before)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
        return 0
    spoken = language_of(language)
    typer.echo("\n".join(style_text(found, spoken)))
    if found.sections:
        typer.echo(say("style.sections", spoken))
    for section in found.sections:
        head, *details = section_text(section, found.old, spoken)
        typer.echo("\n".join([f"  {head}", *(f"    {line}" for line in details)]))
    return 0
