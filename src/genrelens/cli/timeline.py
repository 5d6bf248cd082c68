"""`genrelens timeline`: the sections of a song with their genres, for people, as JSON or as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from genrelens.cli.classify import seconds
from genrelens.errors import UsageError

if TYPE_CHECKING:
    from genrelens.insight.timeline import Timeline

__all__ = ["timeline"]


def timeline(
    file: Annotated[Path, typer.Argument(help="An audio file.", show_default=False)],
    start: Annotated[
        float | None, typer.Option(parser=seconds, metavar="TIME", help="Listen from here: 45, 0:45 or 1:02:03.")
    ] = None,
    end: Annotated[float | None, typer.Option(parser=seconds, metavar="TIME", help="Listen up to here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything, second by second, as JSON.")] = False,
    png: Annotated[Path | None, typer.Option(help="Write a picture to this file.", show_default=False)] = None,
    svg: Annotated[Path | None, typer.Option(help="The same as SVG.", show_default=False)] = None,
    bundle: Annotated[Path | None, typer.Option(help="Folder of another model.", show_default=False)] = None,
    device: Annotated[
        Literal["auto", "cpu", "cuda"], typer.Option(help="Where the network runs; auto: the graphics card if it can.")
    ] = "auto",
    language: Annotated[
        Literal["en", "zh"] | None,
        typer.Option("--lang", help="Of the answer; the system's language when left out.", show_default=False),
    ] = None,
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
    _draw(found, spoken, png, svg)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        typer.echo("\n".join(_lines(file, found, spoken)))
    return 0


def _lines(file: Path, found: Timeline, language: str) -> list[str]:
    from genrelens.audio.sources import safe_name
    from genrelens.insight.timeline_text import section_text
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


def _draw(found: Timeline, language: str, png: Path | None, svg: Path | None) -> None:
    if png is None and svg is None:
        return
    from genrelens.pictures.png import to_png
    from genrelens.pictures.timeline import timeline_svg

    drawn = timeline_svg(found, language)
    try:
        if svg is not None:
            svg.write_text(drawn, encoding="utf-8")
        if png is not None:
            png.write_bytes(to_png(drawn))
    except OSError as error:
        raise UsageError("OUTPUT_FAILED", f"the picture cannot be written: {error}") from None
