"""`genrelens tags`: genres written into files - seen before, done safely, undone to the byte - and read from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

import typer

from genrelens.cli.options import Bundle, Device
from genrelens.errors import UsageError

if TYPE_CHECKING:
    from genrelens.workflows.tag_plan import TagPlan, TagWish

__all__ = ["tags"]

tags = typer.Typer(
    help="Write genres into files, never over a person's words, and bring back every byte.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_UNDO_FOLDER: Final = Path("genrelens-tags.undo")

Paths: TypeAlias = Annotated[
    list[Path] | None, typer.Argument(help="Audio files, or folders to search for some.", show_default=False)
]
CataloguePath: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--catalogue",
        metavar="FILE|URL",
        help="Take answers and decisions from here instead of listening; with PATHS only of these.",
        show_default=False,
    ),
]
Policy: TypeAlias = Annotated[
    Literal["sure", "empty", "always"],
    typer.Option(
        help="sure: only sure answers and people's decisions; empty: these, and only where no genre stands; "
        "always: every answer."
    ),
]
Add: TypeAlias = Annotated[bool, typer.Option("--add", help="Where a person's genre stands, add ours behind it.")]
Replace: TypeAlias = Annotated[bool, typer.Option("--replace", help="Where a person's genre stands, replace it.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="One JSON object a line, a file each.")]
UndoFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--undo",
        help="Folder of what undoes it; beside the catalogue (my.db.undo), else genrelens-tags.undo here.",
        show_default=False,
    ),
]


@tags.command()
def preview(
    paths: Paths = None,
    catalogue: CataloguePath = None,
    policy: Policy = "sure",
    add: Add = False,
    replace: Replace = False,
    as_json: Json = False,
    bundle: Bundle = None,
    device: Device = "auto",
) -> int:
    """Show what `apply` would do to each file, and why. Writes nothing.

    A genre that a person or another program wrote stands, unless you say --add or --replace. What GenreLens wrote
    itself, and nobody touched since, may be written anew. Exit code 0: all could be planned; 1: some files failed;
    2: none could be planned.
    """
    plans = _plans(paths, catalogue, policy, add, replace, bundle, device)
    return _report(plans, as_json, done=False)


@tags.command()
def apply(
    paths: Paths = None,
    catalogue: CataloguePath = None,
    policy: Policy = "sure",
    add: Add = False,
    replace: Replace = False,
    undo_folder: UndoFolder = None,
    touch: Annotated[
        bool, typer.Option("--touch", help="Let files say that they were changed now; else they keep their time.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The same as preview.")] = False,
    as_json: Json = False,
    bundle: Bundle = None,
    device: Device = "auto",
) -> int:
    """Write genres into files: ID3 (mp3, wav, aiff), Vorbis comments (flac, ogg, opus), MP4; a sidecar for the rest.

    Beside the genre stand GENRELENS_... tags: which model or person, how sure, when. Each file is copied, the copy is
    checked (same sound, same pictures, same other tags), what undoes it is kept, then the copy takes the file's place.
    Exit code 0: all done; 1: some files failed, and are as they were; 2: all failed.
    """
    plans = _plans(paths, catalogue, policy, add, replace, bundle, device)
    if dry_run:
        return _report(plans, as_json, done=False)
    from genrelens.workflows.tag_journal import Journal
    from genrelens.workflows.tags import apply_tags

    folder = _undo_folder(undo_folder, catalogue)
    journal = Journal(folder)
    _catch_up(catalogue, folder)
    try:
        code = _report(apply_tags(plans, journal, touch=touch), as_json, done=True)
    finally:
        _catch_up(catalogue, folder)
    if journal.count and not as_json:
        typer.echo(f"To undo: genrelens tags undo {journal.run} --undo {folder}")
    return code


@tags.command()
def undo(
    run: Annotated[
        str | None, typer.Argument(help="Which run; the last that is not undone when left out.", show_default=False)
    ] = None,
    undo_folder: UndoFolder = None,
    catalogue: CataloguePath = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Only this file, as it was before its last change.", show_default=False),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Only list the runs.")] = False,
    as_json: Json = False,
) -> int:
    """Bring files back to exactly the bytes that they had before `apply`.

    A file that somebody changed since is left alone. A run that was killed in the middle can be undone like any other.
    Exit code 0: all are back; 1: some are not; 2: none, or there is nothing to undo.
    """
    from genrelens.workflows.tags import entries_to_undo, undo_tags

    folder = _undo_folder(undo_folder, catalogue)
    if show:
        return _list_runs(folder, as_json)
    entries = entries_to_undo(folder, run=run, file=file)
    states = []
    for undone in undo_tags(entries):
        states.append(undone.state)
        if as_json:
            typer.echo(json.dumps(undone.to_dict(), ensure_ascii=False))
        elif undone.error is not None:
            typer.echo(f"{_name(undone.path)}: {undone.error.code}: {undone.error.message}", err=True)
    failed = states.count("failed")
    if catalogue is not None:
        from genrelens.workflows.tag_wishes import catch_up

        catch_up(catalogue, entries)
    if not as_json:
        _say_counts({"undone": states.count("undone"), "as before": states.count("untouched"), "failed": failed})
    return _code(len(states), failed)


@tags.command()
def read(
    paths: Annotated[
        list[Path], typer.Argument(help="Audio files, or folders to search for some.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="Write this CSV: file, source, label.", show_default=False)],
    source: Annotated[str, typer.Option(help="What this source of labels is called.")] = "tags",
) -> int:
    """Read the genres that people wrote into files, as a source of labels for `genrelens arbitrate`.

    What GenreLens wrote itself is left out. Exit code 0: all read; 1: some files failed; 2: none could be read.
    """
    from genrelens.workflows.tag_labels import read_labels, write_labels

    found = list(read_labels(_files(paths)))
    for file in found:
        if file.error is not None:
            typer.echo(f"{_name(file.path)}: {file.error.code}: {file.error.message}", err=True)
    rows = write_labels(out, found, source)
    failed = sum(file.error is not None for file in found)
    _say_counts({"labels": rows, "without a genre": sum(not file.labels for file in found) - failed, "failed": failed})
    return _code(len(found), failed)


def _plans(
    paths: list[Path] | None,
    catalogue: str | None,
    policy: str,
    add: bool,
    replace: bool,
    bundle: Path | None,
    device: Literal["auto", "cpu", "cuda"],
) -> Iterator[TagPlan]:
    from genrelens.workflows.tag_plan import TagPolicy, plan_tags

    if add and replace:
        raise UsageError("TAGS_POLICY", "--add and --replace are both there", "Give one of the two.")
    wishes = _heard(_files(paths or []), bundle, device) if catalogue is None else _known(catalogue, paths or [])
    return plan_tags(wishes, TagPolicy(policy), "add" if add else "replace" if replace else "keep")


def _heard(files: list[Path], bundle: Path | None, device: Literal["auto", "cpu", "cuda"]) -> Iterator[TagWish]:
    """Wishes for files that nobody has heard yet."""
    from genrelens.audio.sandbox import DecodePool
    from genrelens.cli.progress import progress
    from genrelens.listening.analyze import analyze_many
    from genrelens.listening.model import load_model
    from genrelens.workflows.tag_wishes import wish_of_answer

    model = load_model(bundle, device=device)
    with DecodePool(workers=min(2, len(files))) as pool, progress(len(files)) as advance:
        for path, answer in zip(files, analyze_many(model, files, decoder=pool.listen), strict=True):
            yield wish_of_answer(path, answer)
            advance()


def _known(where: str, paths: list[Path]) -> Iterator[TagWish]:
    """Wishes of a catalogue."""
    from genrelens.workflows.tag_wishes import catalogue_wishes

    return catalogue_wishes(where, paths)


def _catch_up(catalogue: str | None, folder: Path) -> None:
    """Let a catalogue follow the last run, which may have been killed."""
    from genrelens.workflows.tag_journal import entries_of, runs_of
    from genrelens.workflows.tag_wishes import catch_up

    if catalogue is not None and (runs := runs_of(folder)):
        catch_up(catalogue, entries_of(folder, runs[-1]))


def _files(paths: list[Path]) -> list[Path]:
    from genrelens.audio.files import find_audio

    files = find_audio(paths)
    if not files:
        raise UsageError("NO_INPUT", "there is no audio file in what you named")
    return files


def _undo_folder(given: Path | None, catalogue: str | None) -> Path:
    if given is not None:
        return given
    if catalogue is not None and "://" not in catalogue:
        return Path(f"{catalogue}.undo")
    return _UNDO_FOLDER


def _report(plans: Iterator[TagPlan], as_json: bool, *, done: bool) -> int:
    """Say what becomes of each file; the exit code."""
    counts: dict[str, int] = {}
    failed = 0
    for plan in plans:
        counts[plan.action.value] = counts.get(plan.action.value, 0) + 1
        failed += plan.error is not None
        if as_json:
            typer.echo(json.dumps(plan.to_dict(), ensure_ascii=False, allow_nan=False))
        elif plan.error is not None:
            typer.echo(f"{_name(plan.wish.path)}: {plan.error.code}: {plan.error.message}", err=True)
        else:
            _print(plan)
    if not counts:
        raise UsageError("NO_INPUT", "the catalogue has no answer for what you named", "Label the files first.")
    if not as_json:
        _say_counts(counts)
        if not done and any(counts.get(action) for action in ("write", "sidecar")):
            typer.echo("Nothing was written: this is a preview.")
    return _code(sum(counts.values()), failed)


def _print(plan: TagPlan) -> None:
    from genrelens.audio.sources import safe_text

    what = f"{', '.join(safe_text(name, 60) for name in plan.after)}  " if plan.action.writes else ""
    place = f"  [{plan.place}]" if plan.action.writes else ""
    typer.echo(f"{plan.action.value:<13} {_name(plan.wish.path)}: {what}({plan.why}){place}")


def _list_runs(folder: Path, as_json: bool) -> int:
    from genrelens.workflows.tag_journal import entries_of, runs_of

    runs = runs_of(folder)
    for run in runs:
        entries = entries_of(folder, run)
        undone = sum(entry.undone for entry in entries)
        if as_json:
            typer.echo(json.dumps({"run": run, "files": len(entries), "undone": undone}))
        else:
            typer.echo(f"{run}  {len(entries)} files, {undone} undone")
    if not runs and not as_json:
        typer.echo(f"There is no run in {folder}.")
    return 0


def _say_counts(counts: dict[str, int]) -> None:
    typer.echo("\n" + ", ".join(f"{count} {name}" for name, count in counts.items()))


def _code(files: int, failed: int) -> int:
    return 0 if not failed else 2 if failed == files else 1


def _name(path: Path) -> str:
    from genrelens.audio.sources import safe_name

    return safe_name(path) or "?"
