"""The options that several commands share, so that each is written and explained once."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import typer

__all__ = [
    "Bundle",
    "CatalogueAt",
    "Device",
    "End",
    "Language",
    "ModelName",
    "Png",
    "Start",
    "Svg",
    "seconds",
    "sharing",
]


def seconds(text: str) -> float:
    """Seconds from `75`, `75.5`, `1:15` or `1:02:03.5`.

    Raises:
        typer.BadParameter: The text is none of these.
    """
    if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d+)?", text.strip(), re.ASCII):
        raise typer.BadParameter(f"{text!r} is not a time; write seconds or minutes:seconds, for example 75 or 1:15")
    total = 0.0
    for part in text.strip().split(":"):
        total = total * 60 + float(part)
    return total


def sharing(shared: Callable[..., Any]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """A command with the options of `shared` after its own; its first parameter gets what `shared` makes of them."""

    def shares(command: Callable[..., int]) -> Callable[..., int]:
        own, asked = (dict(inspect.signature(each, eval_str=True).parameters) for each in (command, shared))
        del own[next(iter(own))]

        @functools.wraps(command)
        def run(**said: Any) -> int:
            return command(shared(**{name: said.pop(name) for name in asked}), **said)

        options = [*own.values(), *asked.values()]
        run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
        run.__annotations__ = {option.name: option.annotation for option in options}
        return run

    return shares


Start: TypeAlias = Annotated[
    float | None, typer.Option("--start", parser=seconds, metavar="TIME", help="Listen from here: 45, 0:45 or 1:02:03.")
]
End: TypeAlias = Annotated[
    float | None, typer.Option("--end", parser=seconds, metavar="TIME", help="Listen up to here.")
]
Png: TypeAlias = Annotated[Path | None, typer.Option("--png", help="Write a picture to this file.", show_default=False)]
Svg: TypeAlias = Annotated[Path | None, typer.Option("--svg", help="The same as SVG.", show_default=False)]
Bundle: TypeAlias = Annotated[
    Path | None, typer.Option("--bundle", help="Folder of another model.", show_default=False)
]
Device: TypeAlias = Annotated[
    Literal["auto", "cpu", "cuda"],
    typer.Option("--device", help="Where the network runs; auto: the graphics card if it can."),
]
Language: TypeAlias = Annotated[
    Literal["en", "zh"] | None,
    typer.Option("--lang", help="Of the answer; the system's language when left out.", show_default=False),
]
CatalogueAt: TypeAlias = Annotated[
    str,
    typer.Option("--catalogue", "-c", help="The catalogue: a file, or postgresql://user:password@host/name."),
]
ModelName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Whose answers: a number, a name and version, or the first characters of its SHA-256 (`catalogue info` "
        "lists them); the model that answered last when left out.",
        show_default=False,
    ),
]
