"""The colours that are not genres: paper, ink and the two sides of the evidence, for a light and a dark ground.

As in `studio/style/base.css`. `page` is for pictures that stand bare on the page: their text takes the
page's colour, whatever its theme.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["AGAINST", "FOR", "PALETTES", "Ground", "Palette", "Theme", "ink_on"]

Theme = Literal["light", "dark"]
"""Grounds of a picture to take away."""
Ground = Literal["light", "dark", "page"]
"""The same, and the page itself."""

FOR: Final = "#1769d2"
"""Evidence for a genre: blue, plain."""
AGAINST: Final = "#e8790c"
"""Evidence against it: orange, and hatched, so that no colour is needed to tell them apart."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one ground. `paper` is None where the page's own shows through; opacities are of text and rules."""

    paper: str | None
    ink: str
    dim: str
    line: str
    wave: str
    accent: str
    dim_opacity: float = 1.0
    line_opacity: float = 1.0


PALETTES: Final[dict[Ground, Palette]] = {
    "light": Palette("#fbfbfa", "#16191c", "#5c6369", "#e4e6e7", "#cfd4d6", "#0b6e69"),
    "dark": Palette("#121416", "#eceeef", "#a0a7ac", "#2b3034", "#3d4449", "#63c9bd"),
    "page": Palette(None, "currentColor", "currentColor", "currentColor", "#9aa1a6", "currentColor", 0.75, 0.18),
}


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour `#rrggbb` (WCAG 2 contrast: at least 4.5 on any)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "#ffffff"
