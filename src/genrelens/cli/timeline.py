"""`genrelens timeline`: the sections of a song with their genres, for people, as JSON or as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrelens.cli.options import Bundle, Device, End, Language, Png, Start, Svg

if TYPE_CHECKING:
    from genrelens.insight.timeline import Timeline

__all__ = ["timeline"]


def timeline(
    file: Annotated[Path, typer.Argument(help="An audio file.", show_default=False)],
    start: Start = None,
    end: End = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything, second by second, as JSON.")] = False,
    png: Png = None,
    svg: Svg = None,
    bundle: Bundle = None,
    device: Device = "auto",
    language: Language = None,
) -> int:
    """Say how the genre changes along a song: its sections, each with its genre and how sure that is."""
    from genrelens.audio.song import read_song
    from genrelens.cli.report import language_of
    from genrelens.insight.timeline import timeline as heard_along
    from genrelens.listening.model import load_model

    model = load_model(bundle, device=device)
    song = read_song(file, sample_rate=model.bundle.sample_rate, start_s=start, end_s=end)
    found = heard_along(model, song)
    spoken = language_of(language)
    if png is not None or svg is not None:
        from genrelens.cli.drawing import write_picture
        from genrelens.pictures.timeline import timeline_svg

        write_picture(timeline_svg(found, spoken), png, svg)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        typer.echo("\n".join(_lines(file, found, spoken)))
    return 0


def _lines(file: Path, found: Timeline, language: str) -> list[str]:
    from genrelens.audio.sources import safe_name
    from genrelens.sentences.timeline import section_text
    from genrelens.words import say
    from genrelens.words.forms import clock

    lines = [f"{safe_name(str(file)) or '?'}  {clock(found.source.duration_s)}"]
    lines += [f"  {section_text(section, language)}" for section in found.sections]
    if not found.model.calibrated:
        lines.append(f"  {say('verdict.uncalibrated', language)}")
    if len(found.sections) > 1:
        first = found.sections[1]
        lines.append(say("timeline.next", language, start=clock(first.start_s), end=clock(first.end_s)))
    return lines
