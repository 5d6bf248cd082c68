"""Files to begin with: printed, or written where nothing is lost by it."""

from __future__ import annotations

from pathlib import Path

import typer

from genrelens.audio.sources import safe_name
from genrelens.errors import UsageError
from genrelens.whole_files import write_text

__all__ = ["give"]


def give(text: str, out: Path | None, *, force: bool) -> None:
    """Print a text, or write it to a file.

    Raises:
        UsageError: `OUTPUT_FAILED` where there is such a file and `force` is not given, or it cannot be written.
    """
    if out is None:
        typer.echo(text, nl=False)
        return
    if out.exists() and not force:
        name = safe_name(out) or "?"
        raise UsageError(
            "OUTPUT_FAILED", f"{name} is there already", "Choose another name, or replace it with --force."
        )
    write_text(out, text)
