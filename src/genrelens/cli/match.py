"""`genrelens match`: background music for a brief, with reasons, as text, JSON, playlist or table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrelens.cli.options import Bundle, Device, Language
from genrelens.errors import GenreLensError, UsageError

if TYPE_CHECKING:
    from genrelens.insight.match import Fit, Match

__all__ = ["match"]


def match(
    brief: Annotated[
        str,
        typer.Argument(
            help='Keywords or a sentence: "科技感、未来、简洁", "warm, no vocals -rock".', show_default=False
        ),
    ],
    paths: Annotated[
        list[Path], typer.Argument(help="Audio files, or folders to search for some.", show_default=False)
    ],
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    m3u: Annotated[
        Path | None, typer.Option(help="Write the best of --top to this playlist.", show_default=False)
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--csv", help="Write every candidate to this table.", show_default=False)
    ] = None,
    bundle: Bundle = None,
    device: Device = "auto",
    language: Language = None,
) -> int:
    """Find background music: rank files for a brief, with the reasons for each.

    Exit code 0: all were judged; 1: some files failed; 2: none could be judged, or no word of the brief is known.
    """
    from genrelens.audio.files import find_audio
    from genrelens.cli.listening import candidates
    from genrelens.cli.report import language_of
    from genrelens.insight.brief import parse_brief
    from genrelens.insight.match import check_brief
    from genrelens.insight.match import match as ranked

    wishes = parse_brief(brief)
    check_brief(wishes)
    files = find_audio(paths)
    if not files:
        raise UsageError("NO_INPUT", "there is no audio file in what you named")
    found = ranked(wishes, candidates(files, bundle, device, tempo=wishes.tempo_bpm is not None))
    spoken = language_of(language)
    _write(found, top, m3u, table, spoken)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        _print(found, top, spoken)
    failed = len(found.failed)
    return 0 if not failed else 2 if failed == len(files) else 1


def _write(found: Match, top: int, m3u: Path | None, table: Path | None, language: str) -> None:
    from genrelens.insight.playlist import Entry, csv_text, playlist_text
    from genrelens.sentences.match import fit_rows
    from genrelens.whole_files import write_text
    from genrelens.words import say

    if m3u is not None:
        entries = [Entry(fit.path, fit.duration_s) for fit in found.shortlist(top)]
        write_text(m3u, playlist_text(entries, m3u.parent))
    if table is not None:
        header = say("matched.columns", language).split(",")
        write_text(table, csv_text(header, fit_rows(found, language)), mark=True)


def _print(found: Match, top: int, language: str) -> None:
    from genrelens.sentences.match import brief_lines, reason_text
    from genrelens.words import say

    typer.echo("\n".join(brief_lines(found.brief, language)) + "\n")
    judged = [fit for fit in found.fits if fit.error is None]
    if judged and not found.shortlist(1):
        typer.echo(say("matched.none", language) + "\n")
    for fit in judged[:top]:
        _print_fit(fit, language)
    if len(judged) > top:
        typer.echo(say("matched.more", language, count=len(judged) - top))
    if found.impostors:
        typer.echo(say("matched.impostors", language))
        for fit in found.impostors:
            reason = fit.impostor
            assert reason is not None
            typer.echo(f"  {_name(fit.path)}: {reason_text(reason, language)}")
    if found.failed:
        typer.echo(say("matched.failed", language), err=True)
        for fit in found.failed:
            assert fit.error is not None
            typer.echo(f"  {_name(fit.path)}: {_error(fit.error)}", err=True)


def _print_fit(fit: Fit, language: str) -> None:
    from genrelens.sentences.match import reasons_text

    typer.echo(f"{fit.rank:3}. {_name(fit.path)}  {fit.score:+.2f}")
    typer.echo(f"     {reasons_text(fit, language)}")


def _error(error: GenreLensError) -> str:
    return f"{error.code}: {error.message}"


def _name(path: str) -> str:
    from genrelens.audio.sources import safe_name

    return safe_name(path) or "?"
