"""`genrelens evidence`: why a part of a song is heard as a genre, for people, as JSON or as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from genrelens.cli.options import Bundle, Device, Language, Png, Svg, seconds
from genrelens.errors import AudioError

if TYPE_CHECKING:
    from genrelens.insight.evidence import Evidence, Row

__all__ = ["evidence"]

_ROWS: Final = 8


def evidence(
    file: Annotated[Path, typer.Argument(help="An audio file.", show_default=False)],
    at: Annotated[
        float | None,
        typer.Option(
            parser=seconds, metavar="TIME", help="Where the window begins: 45, 0:45; the strongest one when left out."
        ),
    ] = None,
    genre: Annotated[
        str | None, typer.Option(help="Evidence for this genre; the song's first when left out.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
    png: Png = None,
    svg: Svg = None,
    bundle: Bundle = None,
    device: Device = "auto",
    language: Language = None,
) -> int:
    """Say why: where in time and frequency a genre's evidence lies, in one window of a song."""
    from genrelens.audio.song import read_song
    from genrelens.cli.report import language_of
    from genrelens.insight.evidence import evidence as taken_apart
    from genrelens.insight.evidence import strongest_start
    from genrelens.listening.analyze import analyze
    from genrelens.listening.model import load_model

    model = load_model(bundle, device=device)
    if genre is None or at is None:
        answer = analyze(model, file)
        if not answer.top:
            raise AudioError("AUDIO_SILENT", "there is nothing to hear in this song")
        genre = genre or answer.top[0].id
        at = strongest_start(answer, genre) if at is None else at
    song = read_song(file, sample_rate=model.bundle.sample_rate)
    found = taken_apart(model, song, start_s=at, label=genre)
    spoken = language_of(language)
    _draw(found, spoken, png, svg)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        typer.echo("\n".join(_lines(file, found, spoken)))
    return 0


def _lines(file: Path, found: Evidence, language: str) -> list[str]:
    from genrelens.audio.sources import safe_name
    from genrelens.sentences.evidence import claim_texts, verdict_text
    from genrelens.taxonomy import display_name
    from genrelens.words import say

    name = display_name(found.label, language)
    lines = [safe_name(str(file)) or "?", f"  {verdict_text(found, language)}"]
    lines += [f"  {text}" for text in claim_texts(found.claims, language)]
    if found.kind == "occlusion":
        lines.append(f"  {say('evidence.occlusion', language, genre=name)}")
    if not found.model.calibrated:
        lines.append(f"  {say('verdict.uncalibrated', language)}")
    rows = found.table()
    lines += [f"  {say('evidence.strongest', language, genre=name)}"]
    lines += [_row(row) for row in rows[:_ROWS] if row.shown > 0]
    lines += [f"  {say('evidence.against', language, genre=name)}"]
    lines += [_row(row) for row in rows[: -1 - _ROWS // 2 : -1] if row.shown < 0]
    return lines


def _row(row: Row) -> str:
    return f"    {row.t0_s:8.2f}-{row.t1_s:.2f} s  {row.f0_hz:6.0f}-{row.f1_hz:5.0f} Hz  {row.shown:+.2f}"


def _draw(found: Evidence, language: str, png: Path | None, svg: Path | None) -> None:
    if png is None and svg is None:
        return
    from genrelens.cli.drawing import write_picture
    from genrelens.pictures.evidence import evidence_svg
    from genrelens.sentences.evidence import claim_texts

    drawn = evidence_svg(found, language, sentences=claim_texts(found.claims, language))
    write_picture(drawn, png, svg)
