"""`genrelens label`: a collection into a catalogue and out as a table; run again, it goes on where it stopped."""

from __future__ import annotations

import contextlib
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from genrelens.cli.options import Bundle, CatalogueAt, Device
from genrelens.errors import UsageError

if TYPE_CHECKING:
    from genrelens.catalogue.store import Catalogue
    from genrelens.workflows.label import Engine, Labelled, LabelOptions
    from genrelens.workflows.policy import Policy

__all__ = ["label"]


def label(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Audio files, folders (searched to the bottom), patterns in quotes ('*.mp3'), or - to read paths from "
            "stdin, one a line or separated by NUL.",
            show_default=False,
        ),
    ] = None,
    catalogue: CatalogueAt = "genrelens.db",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Then write the whole catalogue as .csv, .jsonl, .parquet or .xlsx.", show_default=False
        ),
    ] = None,
    kind: Annotated[
        Literal["csv", "jsonl", "parquet", "xlsx", "simple"] | None,
        typer.Option(
            "--format",
            help="The table's kind, whatever its name; simple: a CSV with Filename, Predicted Genre, Confidence.",
            show_default=False,
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            help="What is accepted, suggested, reviewed (YAML); the default: over 0.85, from 0.60.", show_default=False
        ),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="Your own names for the genres (YAML), for the table.", show_default=False)
    ] = None,
    list_file: Annotated[
        Path | None, typer.Option("--list", help="A file that names more paths, one a line.", show_default=False)
    ] = None,
    ext: Annotated[
        list[str] | None,
        typer.Option("--ext", help="Only this ending; may be given several times.", show_default=False),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude", help="Pass over names or paths like this: '*live*', '*/demos/*'.", show_default=False
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Only files changed since: 2026-11-28 or 2026-11-28T09:30.", show_default=False),
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try again what failed before.")] = False,
    pretend: Annotated[bool, typer.Option("--pretend", help="Say what would be heard, and write nothing.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Then go on labelling files as they arrive or change.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Files decoded at the same time; as many as cores when left out.")
    ] = None,
    bundle: Bundle = None,
    device: Device = "auto",
) -> int:
    """Label thousands of files; whatever ends the run, the same command goes on where it stopped.

    Answers are kept by content: a moved or renamed file costs nothing, an edited one is heard anew, copies share an
    answer. A file that breaks the decoder becomes a row with an error code and stops nothing; what may have been this
    machine's fault (INTERNAL) is tried once more by the next run. Ctrl-C ends in order.

    Exit code 0: all answered; 1: some files failed, each a row with its code; 2: nothing could be done; 130: stopped.
    """
    from genrelens.workflows.gather import Wanted, find_wanted
    from genrelens.workflows.label import LabelOptions

    given = _given(paths or [], list_file)
    wanted = Wanted(tuple(ext or ()), tuple(exclude or ()), _time(since))
    options = LabelOptions(wanted, retry_failed=retry_failed, pretend=pretend)

    from genrelens.catalogue.exports import export_format, write_export
    from genrelens.catalogue.store import open_catalogue
    from genrelens.engines.local import LocalEngine
    from genrelens.listening.ear import available_cpus
    from genrelens.listening.model import load_model
    from genrelens.workflows.mapping import read_mapping
    from genrelens.workflows.policy import read_policy

    if out is not None:
        export_format(out, kind)  # said now, not after an hour
    model = load_model(bundle, device=device)
    followed = read_policy(policy, model.bundle.labels)
    names = None if mapping is None else read_mapping(mapping, model.bundle.labels).of_row
    with contextlib.ExitStack() as open_:
        if pretend and "://" not in catalogue and not Path(catalogue).exists():
            catalogue = str(Path(open_.enter_context(tempfile.TemporaryDirectory()), "pretend.db"))
        store = open_.enter_context(open_catalogue(catalogue, create=True))
        engine = open_.enter_context(LocalEngine(model, workers=workers or available_cpus()))
        stop = open_.enter_context(_stopped_by_interrupt())
        # The first look is taken now: what arrives during the first run is not missed.
        arriving = _arriving(given, stop) if watch and not pretend else iter(())

        def run(meant: list[Path]) -> Labelled:
            found = _run(store, engine, meant, options, followed, stop)
            if out is not None and not pretend:
                model_id = store.model_id(model.bundle)
                write_export(store, model_id, out, format=kind, policy=followed.action, mapping=names)
            return found

        try:
            done = run(given)
        except UsageError as error:
            if error.code != "NO_INPUT" or not watch or pretend:
                raise
            done = None  # an empty folder, so far
        if pretend and done is not None:
            return _pretended(done)
        if watch and not stop.is_set():
            typer.echo("Watching; Ctrl-C ends it.", err=True)
            for saved in arriving:
                if meant := find_wanted(saved, options.wanted):
                    run(meant)
            return 0
    return 130 if done is None or done.stopped else _code(done)


def _run(
    store: Catalogue, engine: Engine, given: list[Path], options: LabelOptions, policy: Policy, stop: threading.Event
) -> Labelled:
    from genrelens.catalogue.answering import row_of
    from genrelens.cli.labelling import shown_progress
    from genrelens.workflows.label import label as label_files

    with shown_progress() as tell:
        done = label_files(
            store,
            engine,
            given,
            options,
            tell=tell,
            review=lambda answer: policy.action(row_of(answer)) == "review",
            stop=stop,
        )
    if not options.pretend:
        end = done.progress
        typer.echo(
            f"{end.found} files: {end.done} heard, {end.known} known before, {end.copies} copies, "
            f"{done.failed} failed, {end.review} of those heard to review"
            + (". Stopped: the same command goes on." if done.stopped else ""),
            err=True,
        )
    return done


def _arriving(given: list[Path], stop: threading.Event) -> Iterator[list[Path]]:
    """Files that are saved in the folders given, those of one look together, until `stop` is set."""
    from genrelens.cli.watch import saved_files

    looked_at = time.monotonic()

    def wait() -> None:
        nonlocal looked_at
        # A look at a hundred thousand files takes a while: the disk rests between two.
        if stop.wait(max(0.5, 5 * (time.monotonic() - looked_at))):
            raise _Stopped
        looked_at = time.monotonic()

    saved = saved_files([path for path in given if path.is_dir()], wait=wait)

    def until_stopped() -> Iterator[list[Path]]:
        with contextlib.suppress(_Stopped):
            yield from saved

    return until_stopped()


class _Stopped(Exception):
    pass


def _given(paths: list[str], list_file: Path | None) -> list[Path]:
    from genrelens.workflows.gather import paths_of_list

    found: list[Path] = []
    for path in paths:
        found += paths_of_list(sys.stdin.buffer.read()) if path == "-" else [Path(path)]
    if list_file is not None:
        try:
            found += paths_of_list(list_file.read_bytes())
        except OSError as error:
            raise UsageError("NO_INPUT", f"the list {list_file} cannot be read: {error.strerror}") from None
    if not found:
        raise UsageError("NO_INPUT", "no file or folder was named")
    return found


def _time(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write 2026-11-28 or 2026-11-28T09:30") from None
    return (moment if moment.tzinfo else moment.astimezone()).astimezone(UTC).timestamp()


def _pretended(done: Labelled) -> int:
    for path in done.would_do:
        typer.echo(path)
    found = done.progress
    typer.echo(
        f"{found.found} files: {found.to_do} would be heard, {found.known} are known, {found.copies} copies", err=True
    )
    return 0


def _code(done: Labelled) -> int:
    if not done.failed:
        return 0
    return 2 if done.failed >= done.progress.found - done.progress.copies else 1


@contextlib.contextmanager
def _stopped_by_interrupt() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets; a second one ends the program at once, which loses nothing that is kept."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        typer.echo("Stopping: what is being heard is kept. Once more ends it at once.", err=True)

    for number in before:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
