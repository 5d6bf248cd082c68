"""`genrelens similar`: what sounds like a song, copies named, filtered by tempo and by keys that mix."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from genrelens.cli.options import Bundle, Device, Language
from genrelens.errors import UsageError

if TYPE_CHECKING:
    from genrelens.insight.description import Candidate, Description
    from genrelens.insight.similar import Neighbour, Similar

__all__ = ["similar"]

_Device: TypeAlias = Literal["auto", "cpu", "cuda"]


def similar(
    file: Annotated[Path, typer.Argument(help="The song.", show_default=False)],
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Audio files to choose from, or folders to search.", show_default=False)
    ] = None,
    catalogue: Annotated[
        str | None,
        typer.Option(
            "--catalogue",
            "-c",
            help="Choose from a catalogue instead, without hearing it again: a file, or postgresql://...",
            show_default=False,
        ),
    ] = None,
    listen_closer: Annotated[
        int,
        typer.Option(
            min=0, max=200, help="With --catalogue: hear this many of the nearest again, for their tempo and key."
        ),
    ] = 0,
    bpm_within: Annotated[
        float | None,
        typer.Option(help="Only tempos this near, in BPM; half and double count as the same.", show_default=False),
    ] = None,
    key: Annotated[
        Literal["any", "compatible"], typer.Option(help="compatible: only keys that mix (Camelot).")
    ] = "any",
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    m3u: Annotated[
        Path | None, typer.Option(help="Write the best of --top to this playlist.", show_default=False)
    ] = None,
    bundle: Bundle = None,
    device: Device = "auto",
    language: Language = None,
) -> int:
    """Find songs that sound like one: the nearest first, copies named.

    Choose from files and folders, or with --catalogue from what `genrelens label` has heard. Of a catalogue's songs
    tempo and key are unknown: --bpm-within and --key list them as not judged, but for those that --listen-closer hears.

    Exit code 0: all were heard; 1: some files failed; 2: the song itself or every other file failed.
    """
    from genrelens.cli.report import language_of
    from genrelens.insight.similar import Filters
    from genrelens.insight.similar import similar as neighbours

    filters = Filters(bpm_within, key == "compatible")
    asks = {"tempo": bpm_within is not None, "key": filters.key_compatible}
    if catalogue is None:
        first, *others = _from_files(file, paths or [], bundle, device, asks)
    else:
        if paths:
            raise typer.BadParameter("choose from files or from --catalogue, not from both")
        first, others = _from_catalogue(file, catalogue, max(top * 3, 100), listen_closer, bundle, device, asks)
    found = neighbours(first, others, filters)
    spoken = language_of(language)
    if not as_json:
        _print(found, top, spoken)
    else:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    if m3u is not None:
        _write(found, top, m3u, spoken)
    failed = len(found.failed)
    return 0 if not failed else 2 if failed == len(others) else 1


def _from_files(
    file: Path, paths: list[Path], bundle: Path | None, device: _Device, asks: dict[str, bool]
) -> list[Candidate]:
    from genrelens.audio.files import find_audio
    from genrelens.cli.listening import candidates

    files = [path for path in find_audio(paths) if path != file]
    if not files:
        raise UsageError("NO_INPUT", "there is no audio file to choose from in what you named")
    return list(candidates([file, *files], bundle, device, **asks))


def _from_catalogue(
    file: Path, where: str, most: int, closer: int, bundle: Path | None, device: _Device, asks: dict[str, bool]
) -> tuple[Candidate, list[Candidate]]:
    """The song, heard, and the songs of a catalogue that are nearest to it, the first `closer` of them heard again."""
    from genrelens.catalogue.store import open_catalogue
    from genrelens.cli.listening import candidates
    from genrelens.errors import BundleError, GenreLensError
    from genrelens.listening.bundle import read_bundle
    from genrelens.workflows.more_like import model_of, nearest_candidates

    with open_catalogue(where) as opened:
        number = model_of(opened, read_bundle(bundle))
        [first] = candidates([file], bundle, device, **asks)
        if isinstance(first.answer, GenreLensError):
            raise first.answer
        if first.answer.embedding is None:
            raise BundleError("BUNDLE_NO_EMBEDDING", "the model has no embedding to compare")
        found = nearest_candidates(opened, number, first.answer.embedding, most + closer)
    others = [other for other in found if os.path.realpath(other.path) != os.path.realpath(file)]
    near, rest = others[:closer], others[closer:]
    if near:
        near = list(candidates([Path(other.path) for other in near], bundle, device, **asks))
    return first, near + rest


def _write(found: Similar, top: int, m3u: Path, language: str) -> None:
    from genrelens.audio.sources import safe_name
    from genrelens.insight.playlist import Entry, playlist_text
    from genrelens.whole_files import write_text
    from genrelens.words import say

    # A copy of a song that is in the list already would be played twice.
    entries = [Entry(item.path, item.duration_s) for item in found.neighbours if item.copy is None][:top]
    write_text(m3u, playlist_text(entries, m3u.parent))
    typer.echo(say("similar.written", language, name=safe_name(m3u), count=len(entries)), err=True)


def _print(found: Similar, top: int, language: str) -> None:
    from genrelens.audio.sources import safe_name
    from genrelens.words import say

    name = safe_name(found.path) or "?"
    typer.echo(say("similar.title", language, name=name))
    asked = (("tempo", found.filters.bpm_within is not None), ("key", found.filters.key_compatible))
    for what, wanted in asked:
        known = found.description.tempo_bpm if what == "tempo" else found.description.key
        if wanted and known is None:
            typer.echo(say(f"similar.own_{what}_unknown", language, name=name))
    for item in found.neighbours[:top]:
        typer.echo(_row(item, found, language))
    if not found.neighbours:
        typer.echo(say("similar.none", language))
    if found.not_judged:
        typer.echo(say("similar.not_judged", language))
        for item in found.not_judged[:top]:
            typer.echo(_row(item, found, language))
    if found.left_out:
        typer.echo(say("similar.left_out", language, count=len(found.left_out)))
    if found.failed:
        typer.echo(say("similar.failed", language), err=True)
        for item in found.failed:
            assert item.error is not None
            typer.echo(f"  {safe_name(item.path) or '?'}: {item.error.code}: {item.error.message}", err=True)


def _row(item: Neighbour, found: Similar, language: str) -> str:
    from genrelens.audio.sources import safe_name
    from genrelens.taxonomy import display_name
    from genrelens.words import say
    from genrelens.words.forms import percent

    parts = [say("similar.row", language, percent=percent(max(0.0, item.likeness or 0.0)))]
    if item.copy is not None:
        parts.append(say(f"similar.copy_{item.copy}", language))
    if item.top:
        parts.append(f"{display_name(item.top[0].id, language)} {percent(item.top[0].probability)}")
    parts += _facts(item.description, found, language)
    separator = "，" if language == "zh" else ", "
    return f"  {safe_name(item.path) or '?'}  {separator.join(parts)}"


def _facts(description: Description, found: Similar, language: str) -> list[str]:
    from genrelens.words import say

    facts = []
    if found.filters.bpm_within is not None:
        bpm = description.tempo_bpm
        facts.append(
            say("similar.tempo_unknown", language) if bpm is None else say("similar.tempo", language, bpm=f"{bpm:.0f}")
        )
    if found.filters.key_compatible:
        known = description.key is not None
        facts.append(f"{description.key} ({description.camelot})" if known else say("similar.key_unknown", language))
    return facts
