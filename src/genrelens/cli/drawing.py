"""A picture into the files that a command was given."""

from __future__ import annotations

from pathlib import Path

from genrelens.whole_files import write_bytes, write_text

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

    if svg is not None:
        write_text(svg, drawn)
    if png is not None:
        write_bytes(png, to_png(drawn))
