"""`genrelens tags`: genres written into files - seen before, done safely, undone to the byte - and read from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

import typer

from genrelens.cli.options import Bundle, Device, Language, ModelName, sharing
from genrelens.errors import UsageError

if TYPE_CHECKING:
    from genrelens.workflows.tags.plan import TagMode, TagPlan, TagWish

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
When: TypeAlias = Annotated[
    Literal["sure", "empty", "always"],
    typer.Option(
        help="sure: only sure answers and people's decisions; empty: these, and only where no genre stands; "
        "always: every answer."
    ),
]
PolicyFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        help="With --catalogue: sure is what this policy accepts (see `genrelens policy`), not the tier.",
        show_default=False,
    ),
]
MappingFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--mapping", help="Your own names for the genres (see `genrelens catalogue mapping`).", show_default=False
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which files shall have which genre, and how it is said: what `preview` and `apply` have in common."""

    paths: Paths = None
    catalogue: CataloguePath = None
    when: When = "sure"
    add: Add = False
    replace: Replace = False
    mapping: MappingFile = None
    policy: PolicyFile = None
    model: ModelName = None
    as_json: Json = False
    bundle: Bundle = None
    device: Device = "auto"
    language: Language = None


@tags.command()
@sharing(_Asked)
def preview(asked: _Asked) -> int:
    """Show what `apply` would do to each file, and why. Writes nothing.

    A genre that a person or another program wrote stands, unless you say --add or --replace. What GenreLens wrote
    itself, and nobody touched since, may be written anew. Exit code 0: all could be planned; 1: some files failed;
    2: none could be planned.
    """
    from genrelens.cli.tags_report import Telling

    return Telling(asked.language, asked.as_json).plans(_plans(asked), done=False)


@tags.command()
@sharing(_Asked)
def apply(
    asked: _Asked,
    undo_folder: UndoFolder = None,
    touch: Annotated[
        bool,
        typer.Option(
            "--touch",
            help="Let files say that they were changed now; else they keep their time (a second more where they keep "
            "their size, so that backups notice).",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The same as preview.")] = False,
) -> int:
    """Write genres into files: ID3 (mp3, wav, aiff), Vorbis comments (flac, ogg, opus), MP4; a sidecar for the rest.

    Beside the genre stand GENRELENS_... tags: which model or person, how sure, when. Each file is copied, the copy is
    checked (same sound, same pictures, same other tags), what undoes it is kept, then the copy takes the file's place.
    Exit code 0: all done; 1: some files failed, and are as they were; 2: all failed.
    """
    from genrelens.cli.tags_report import Telling
    from genrelens.workflows.tags.apply import apply_tags
    from genrelens.workflows.tags.journal import Journal, runs_of
    from genrelens.workflows.tags.wishes import follow_tags

    telling, plans = Telling(asked.language, asked.as_json), _plans(asked)
    if dry_run:
        return telling.plans(plans, done=False)
    folder = _undo_folder(undo_folder, asked.catalogue)
    journal = Journal(folder)
    for run in runs_of(folder)[-1:]:
        # It may have been killed.
        _catch_up(asked.catalogue, folder, run)
    done = apply_tags(plans, journal, touch=touch)
    try:
        return telling.plans(done if asked.catalogue is None else follow_tags(asked.catalogue, done), done=True)
    finally:
        if journal.count:
            telling.how_to_undo(journal.run, folder)


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
    language: Language = None,
) -> int:
    """Bring files back to exactly the bytes that they had before `apply`.

    A file that somebody changed since is left alone. A run that was killed in the middle can be undone like any other.
    Exit code 0: all are back; 1: some are not; 2: none, or there is nothing to undo.
    """
    from genrelens.cli.tags_report import Telling
    from genrelens.workflows.tags.apply import entries_to_undo, undo_tags

    folder = _undo_folder(undo_folder, catalogue)
    telling = Telling(language, as_json)
    if show:
        return telling.runs(folder)
    entries = entries_to_undo(folder, run=run, file=file)
    try:
        return telling.undone(undo_tags(entries))
    finally:
        _catch_up(catalogue, folder, entries[0].where.parent.name)


@tags.command()
def read(
    paths: Annotated[
        list[Path], typer.Argument(help="Audio files, or folders to search for some.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="Write this CSV: file, source, label.", show_default=False)],
    source: Annotated[str, typer.Option(help="What this source of labels is called.")] = "tags",
    language: Language = None,
) -> int:
    """Read the genres that people wrote into files, as a source of labels for `genrelens arbitrate`.

    What GenreLens wrote itself is left out. Exit code 0: all read; 1: some files failed; 2: none could be read.
    """
    from genrelens.cli.tags_report import Telling
    from genrelens.workflows.tags.labels import read_labels, write_labels

    found = list(read_labels(_files(paths)))
    return Telling(language, as_json=False).labels(found, write_labels(out, found, source))


def _plans(asked: _Asked) -> Iterator[TagPlan]:
    from genrelens.workflows.tags.plan import TagPolicy, plan_tags

    if asked.add and asked.replace:
        raise UsageError("TAGS_POLICY", "--add and --replace are both there", "Give one of the two.")
    mode: TagMode = "add" if asked.add else "replace" if asked.replace else "keep"
    return plan_tags(_wishes(asked), TagPolicy(asked.when), mode)


def _wishes(asked: _Asked) -> Iterator[TagWish]:
    """What the catalogue says, or what is heard now."""
    if asked.catalogue is not None:
        from genrelens.workflows.tags.wishes import catalogue_wishes

        return catalogue_wishes(
            asked.catalogue, asked.paths or [], model=asked.model, mapping=asked.mapping, policy=asked.policy
        )
    if asked.policy is not None or asked.model is not None:
        raise UsageError("TAGS_POLICY", "--policy and --model are about a catalogue", "Give it with --catalogue.")
    return _heard(_files(asked.paths or []), asked.mapping, asked.bundle, asked.device)


def _heard(
    files: list[Path], mapping: Path | None, bundle: Path | None, device: Literal["auto", "cpu", "cuda"]
) -> Iterator[TagWish]:
    """Wishes for files that nobody has heard yet."""
    from genrelens.audio.sandbox import DecodePool
    from genrelens.cli.progress import progress
    from genrelens.listening.analyze import analyze_many
    from genrelens.listening.model import load_model
    from genrelens.workflows.mapping import read_mapping
    from genrelens.workflows.tags.wishes import first_genre, wish_of_answer

    ear = load_model(bundle, device=device)
    naming = first_genre if mapping is None else read_mapping(mapping, ear.bundle.labels).genres_of
    with DecodePool(workers=min(2, len(files))) as pool, progress(len(files)) as advance:
        for path, answer in zip(files, analyze_many(ear, files, decoder=pool.listen), strict=True):
            yield wish_of_answer(path, answer, naming)
            advance()


def _catch_up(catalogue: str | None, folder: Path, run: str) -> None:
    """Let a catalogue follow what was done to the files of a run."""
    from genrelens.workflows.tags.journal import entries_of
    from genrelens.workflows.tags.wishes import catch_up

    if catalogue is not None:
        catch_up(catalogue, entries_of(folder, run))


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
