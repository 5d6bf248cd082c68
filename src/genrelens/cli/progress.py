"""How far a command is, on stderr."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

__all__ = ["progress"]


@contextlib.contextmanager
def progress(files: int) -> Iterator[Callable[[], None]]:
    """A progress bar on stderr where that is a terminal and there is more than one file."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if files == 1 or not console.is_terminal:
        yield lambda: None
        return
    columns = (TextColumn("listening"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=files)
        yield lambda: progress.advance(task)
