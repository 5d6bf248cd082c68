"""`genrelens compare`: two or three versions of a song, once, or against a pinned reference as they are saved."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrelens.cli.options import Bundle, Device, End, Language, Png, Start, Svg
from genrelens.errors import GenreLensError, UsageError

if TYPE_CHECKING:
    from genrelens.insight.compare import Comparison, Version
    from genrelens.listening.model import Model

__all__ = ["compare"]


def compare(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Two or three versions, the reference first; with --watch the reference and what to watch.",
            show_default=False,
        ),
    ],
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep comparing with the first file what is saved at the others' places.")
    ] = False,
    start: Start = None,
    end: End = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON, with --watch an object a line.")
    ] = False,
    png: Png = None,
    svg: Svg = None,
    bundle: Bundle = None,
    device: Device = "auto",
    language: Language = None,
) -> int:
    """Say what the model hears differently in versions of a song; what lies within their noise is called none.

    With --watch it goes on until Ctrl-C; a bounce that cannot be read is reported and the next one awaited.
    """
    from genrelens.cli.report import language_of
    from genrelens.insight.compare import compare as compared
    from genrelens.insight.compare import read_version
    from genrelens.listening.model import load_model

    if len(files) < 2:
        raise UsageError("NO_INPUT", "one file was named", "Name two or three files to compare.")
    model = load_model(bundle, device=device)
    reference = read_version(model, files[0], start_s=start, end_s=end)
    door = _Door(as_json, png, svg, language_of(language))
    if watch:
        return _watch(model, reference, files, (start, end), door)
    others = [read_version(model, path, start_s=start, end_s=end) for path in files[1:]]
    door.show(compared(model, [reference, *others]))
    return 0


class _Door:
    """Where a comparison goes: text or JSON on stdout, pictures into files."""

    def __init__(self, as_json: bool, png: Path | None, svg: Path | None, language: str) -> None:
        self.as_json, self.png, self.svg, self.language = as_json, png, svg, language

    def show(self, found: Comparison) -> None:
        """Write one comparison."""
        from genrelens.cli.compare_report import report

        if self.png is not None or self.svg is not None:
            from genrelens.cli.drawing import write_picture
            from genrelens.pictures.comparison import comparison_svg

            write_picture(comparison_svg(found, self.language), self.png, self.svg)
        plain = json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False) if self.as_json else ""
        typer.echo(plain or report(found, self.language))
        # A pipe holds back what is written; whoever watches wants it now.
        typer.get_text_stream("stdout").flush()


def _watch(
    model: Model, reference: Version, files: list[Path], part: tuple[float | None, float | None], door: _Door
) -> int:
    from dataclasses import replace

    from genrelens.cli.watch import saved_files
    from genrelens.insight.compare import compare as compared
    from genrelens.insight.compare import read_version
    from genrelens.insight.noise_floor import hear_shifted
    from genrelens.insight.notes import listening_notes
    from genrelens.words import say

    # Heard once, not anew for every bounce.
    notes = listening_notes(reference.song, analysis=reference.analysis)
    pinned = replace(reference, along=hear_shifted(model, reference.song), notes=notes)
    name = reference.analysis.source.name
    try:
        saved = saved_files(files[1:], ignore=files[0])
        typer.echo(say("compare.watching", door.language, name=name), err=True)
        for path in itertools.chain.from_iterable(saved):
            try:
                version = read_version(model, path, start_s=part[0], end_s=part[1])
                door.show(compared(model, [pinned, version]))
            except GenreLensError as error:
                typer.echo(f"{error.code}: {error.message}\n  {error.hint}", err=True)
    except KeyboardInterrupt:
        pass
    return 0
