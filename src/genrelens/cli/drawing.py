"""A picture into the files that a command was given."""

from __future__ import annotations

from pathlib import Path

from genrelens.errors import UsageError

__all__ = ["write_picture"]


def write_picture(drawn: str, png: Path | None, svg: Path | None) -> None:
    """Write an SVG as it is, as PNG, or both.

    Args:
        drawn: The SVG.
        png: Where the PNG goes; none where left out.
        svg: Where the SVG goes.

    Raises:
        UsageError: `OUTPUT_FAILED`.
    """
    from genrelens.pictures.png import to_png

    try:
        if svg is not None:
            svg.write_text(drawn, encoding="utf-8")
        if png is not None:
            png.write_bytes(to_png(drawn))
    except OSError as error:
        place = error.filename or png or svg
        raise UsageError("OUTPUT_FAILED", f"{place} cannot be written: {error.strerror or error}") from None
