"""How far a labelling run is, on stderr: a bar with the rate and the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console

    from genrelens.workflows.label import Progress

__all__ = ["shown_progress"]

_LINE_EVERY_S: Final = 10.0
"""Plain lines go into log files: one now and then."""


@contextlib.contextmanager
def shown_progress() -> Iterator[Callable[[Progress], None]]:
    """A function that shows what it is told."""
    from rich.console import Console

    console = Console(stderr=True)
    with _bar(console) if console.is_terminal else _lines() as tell:
        yield tell


@contextlib.contextmanager
def _bar(console: Console) -> Iterator[Callable[[Progress], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[counts]}"),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("looking", total=None, rate="", counts="")
        rate = _Rate()

        def tell(now: Progress) -> None:
            if now.looking:
                bar.update(task, counts=f"{now.found} files, {now.copies} copies")
                return
            heard = now.done + now.failed + now.elsewhere
            bar.update(
                task,
                description="listening",
                total=max(now.to_do, heard),
                completed=heard,
                rate=f"{rate.of(now):.1f}/s",
                counts=_counts(now),
            )

        yield tell


@contextlib.contextmanager
def _lines() -> Iterator[Callable[[Progress], None]]:
    import typer

    rate = _Rate()
    last, said = time.monotonic(), -1

    def tell(now: Progress) -> None:
        nonlocal last, said
        if now.looking:
            return
        speed = rate.of(now)  # whether it is shown or not: its clock starts when the hearing does
        heard = now.done + now.failed + now.elsewhere
        if heard == said or (time.monotonic() - last < _LINE_EVERY_S and heard < now.to_do):
            return
        last, said = time.monotonic(), heard
        left = f", {(now.to_do - heard) / speed:.0f} s left" if speed else ""
        typer.echo(f"{heard}/{now.to_do}, {speed:.1f}/s{left}; {_counts(now)}", err=True)

    yield tell


def _counts(now: Progress) -> str:
    said = [f"{now.done} done", f"{now.failed} failed", f"{now.known} known before", f"{now.review} to review"]
    return ", ".join(said + ([f"{now.elsewhere} done by others"] if now.elsewhere else []))


class _Rate:
    """Answers a second since the hearing began."""

    def __init__(self) -> None:
        self._began: float | None = None

    def of(self, now: Progress) -> float:
        self._began = self._began or time.monotonic()
        passed = time.monotonic() - self._began
        return now.done / passed if passed > 0.5 else 0.0
