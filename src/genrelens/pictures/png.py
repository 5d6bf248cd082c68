"""Pictures as PNG: the very SVG that the page shows, drawn by resvg, so that the two can never differ."""

from __future__ import annotations

__all__ = ["to_png"]


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
    drawn: bytes = svg_to_bytes(
        svg_string=svg, zoom=scale, font_family="Noto Sans CJK SC", sans_serif_family="Noto Sans CJK SC"
    )
    return bytes(drawn)
