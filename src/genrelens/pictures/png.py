"""Pictures as PNG: the very SVG that the page shows, drawn by resvg, so that the two can never differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

__all__ = ["draws_chinese", "to_png"]

_FAMILY: Final = "Noto Sans CJK SC"
"""Asked for first; letters that it lacks, or all where it is missing, come from whatever font has them."""
_SAMPLE: Final = "流派把握音乐"
_SIZE_PX: Final = 32


def to_png(svg: str, scale: float = 2.0) -> bytes:
    """The picture `svg` (one of ours) as PNG, `scale` pixels for each of its px.

    Fonts are those of the machine; letters that none of them has are empty boxes, so Chinese needs a Chinese font
    there (Debian: `fonts-noto-cjk`). Nothing is fetched: our pictures hold all they show.

    Raises:
        ValueError: Not an SVG, or a scale that is not between 0.25 and 8.
    """
    from resvg_py import svg_to_bytes

    if not 0.25 <= scale <= 8:
        raise ValueError(f"scale {scale:g} is not between 0.25 and 8")
    drawn: bytes = svg_to_bytes(svg_string=svg, zoom=scale, font_family=_FAMILY, sans_serif_family=_FAMILY)
    return bytes(drawn)


def draws_chinese(font_files: Sequence[Path] | None = None) -> bool:
    """Whether the fonts here have Chinese letters: drawn, no two of some may look alike, as empty boxes do.

    Args:
        font_files: These fonts alone; None for those of the machine, with which pictures are drawn.
    """
    from resvg_py import svg_to_bytes

    fonts: dict[str, Any] = {"font_family": _FAMILY, "sans_serif_family": _FAMILY}
    if font_files is not None:
        fonts |= {"skip_system_fonts": True, "font_files": [str(path) for path in font_files]}
    size = f'width="{_SIZE_PX}" height="{_SIZE_PX}"'
    text = f'x="2" y="{0.8 * _SIZE_PX:g}" font-size="{0.8 * _SIZE_PX:g}" font-family="sans-serif"'
    drawn = {
        bytes(
            svg_to_bytes(
                svg_string=f'<svg xmlns="http://www.w3.org/2000/svg" {size}><text {text}>{letter}</text></svg>', **fonts
            )
        )
        for letter in _SAMPLE
    }
    return len(drawn) == len(_SAMPLE)
