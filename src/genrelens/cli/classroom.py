"""`genrelens classroom`: feedback on a class's homework, and lesson sheets of a term's pieces."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genrelens.cli.options import Bundle, Device, Language

if TYPE_CHECKING:
    from genrelens.audio.sandbox import DecodePool

__all__ = ["classroom", "homework", "lesson"]

classroom = typer.Typer(
    help="For music lessons: feedback on homework to discuss (no grades), and lesson sheets.", no_args_is_help=True
)


@classroom.command()
def homework(
    roster: Annotated[
        Path,
        typer.Argument(
            help="CSV with a first row of names: student, file, claimed genre, reasons (or 姓名, 文件, 流派, 理由).",
            show_default=False,
        ),
    ],
    files: Annotated[Path, typer.Argument(help="The students' files: a folder, or a zip.", show_default=False)],
    out: Annotated[
        Path, typer.Option(help="Folder for homework.xlsx and homework.html; made if need be.", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, too.")] = False,
    bundle: Bundle = None,
    device: Device = "auto",
    language: Language = None,
) -> int:
    """Feedback on homework: what each student claimed, what the model hears, evidence, and two questions to discuss.

    Files are found by the name in the roster (case, width, folders and ending may differ), else by the student's name
    in the file's name. The workbook has a sheet for the class and a row for each student; the HTML prints a page each.

    Exit code 0: every row has an answer; 1: some have none (no file, or one that cannot be heard); 2: none has.
    """
    from genrelens.cli.report import language_of
    from genrelens.listening.model import load_model
    from genrelens.sentences.homework import counts_text
    from genrelens.sheets.homework_html import homework_html
    from genrelens.sheets.homework_xlsx import homework_xlsx
    from genrelens.whole_files import write_bytes, write_text
    from genrelens.words import say
    from genrelens.workflows.classroom.handed_in import open_handed_in
    from genrelens.workflows.classroom.homework import homework as hear
    from genrelens.workflows.classroom.roster import open_roster

    entries = open_roster(roster)
    spoken = language_of(language)
    model = load_model(bundle, device=device)
    with open_handed_in(files) as handed, _hearing() as (pool, step):
        _folder(out)
        found = hear(model, entries, handed, decoder=pool.listen, reader=pool.read_song, step=step)
    write_bytes(out / "homework.xlsx", homework_xlsx(found, spoken))
    write_text(out / "homework.html", homework_html(found, spoken))
    failed = len(found.failed)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        typer.echo(counts_text(found, spoken))
    typer.echo(say("homework.done", spoken, heard=len(found.feedback) - failed, failed=failed), err=True)
    return _code(len(found.feedback), failed)


@classroom.command()
def lesson(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Audio files, or folders to search for some; at most 100 pieces.", show_default=False),
    ],
    out: Annotated[Path, typer.Option(help="The sheet: lesson.docx for Word, or lesson.html.", show_default=False)],
    title: Annotated[str, typer.Option(help="Of the sheet.", show_default=False)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, too.")] = False,
    bundle: Bundle = None,
    device: Device = "auto",
    language: Language = None,
) -> int:
    """A lesson sheet: each piece with genre, notes, sections, a picture of the evidence and questions, by genre.

    Fifty pieces take a few minutes: of each, six parts are heard for the genre, up to six minutes for the sections,
    and 80 seconds for tempo, metre and key.

    Exit code 0: all were heard; 1: some failed (they are on the sheet with their code); 2: none could be heard.
    """
    from genrelens.audio.files import find_audio
    from genrelens.audio.sources import safe_name
    from genrelens.cli.report import language_of
    from genrelens.errors import UsageError
    from genrelens.listening.model import load_model
    from genrelens.sheets.lesson_docx import lesson_docx
    from genrelens.sheets.lesson_html import lesson_html
    from genrelens.whole_files import write_bytes, write_text
    from genrelens.words import say
    from genrelens.workflows.classroom.lesson_sheet import lesson_sheet
    from genrelens.workflows.classroom.piece import Asked

    kind = out.suffix.lower()
    if kind not in (".docx", ".html", ".htm"):
        raise UsageError(
            "OUTPUT_FAILED",
            f"{safe_name(out)!r} is neither .docx nor .html",
            "Use --out lesson.docx or --out lesson.html.",
        )
    asked = [Asked(path, safe_name(path) or "?") for path in find_audio(paths)]
    spoken = language_of(language)
    _folder(out.parent)
    model = load_model(bundle, device=device)
    with _hearing() as (pool, step):
        sheet = lesson_sheet(model, asked, title=title, decoder=pool.listen, reader=pool.read_song, step=step)
    if kind == ".docx":
        write_bytes(out, lesson_docx(sheet, spoken))
    else:
        write_text(out, lesson_html(sheet, spoken))
    failed = len(sheet.failed)
    if as_json:
        typer.echo(json.dumps(sheet.to_dict(), ensure_ascii=False, allow_nan=False))
    typer.echo(say("lesson.done", spoken, heard=len(asked) - failed, failed=failed), err=True)
    return _code(len(asked), failed)


@contextmanager
def _hearing() -> Iterator[tuple[DecodePool, Callable[[int, int], None]]]:
    """Child processes that decode strangers' files, and a progress bar on stderr where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from genrelens.audio.sandbox import DecodePool

    columns = (TextColumn("listening"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with DecodePool(workers=2) as pool, bar:
        task = bar.add_task("", total=None)
        yield pool, lambda done, total: bar.update(task, completed=done, total=total)


def _folder(out: Path) -> None:
    """Make the folder before minutes of hearing are lost for want of it."""
    from genrelens.audio.sources import safe_name
    from genrelens.errors import UsageError

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError("OUTPUT_FAILED", f"the folder {safe_name(out)!r} cannot be made: {error.strerror}") from None
    if not os.access(out, os.W_OK):
        raise UsageError("OUTPUT_FAILED", f"the folder {safe_name(out)!r} cannot be written to")


def _code(all_of_them: int, failed: int) -> int:
    return 0 if not failed else 2 if failed == all_of_them else 1
