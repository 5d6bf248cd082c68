"""`genrelens doctor`: is everything here, and how to mend what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["doctor"]


def doctor(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port that the page would use.")] = 8000,
    bundle: Annotated[Path | None, typer.Option(help="Folder of another model.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a check.")] = False,
) -> int:
    """Examine this installation: Python, packages, model, codecs, port, graphics card, space, fonts.

    Exit code 0: all well; 1: there is a problem, with how to mend it.
    """
    from genrelens.cli.checks import examine

    problems = 0
    for check in examine(port, bundle):
        problems += check.state == "problem"
        if as_json:
            typer.echo(json.dumps(check.to_dict(), ensure_ascii=False))
            continue
        typer.echo(f"{check.state:8} {check.name:9} {check.found}")
        if check.mend:
            typer.echo(f"{'':18} -> {check.mend}")
    return 1 if problems else 0
