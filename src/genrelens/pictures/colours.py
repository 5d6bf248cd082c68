"""The colours of the genres, the same on the page and in every picture."""

from __future__ import annotations

from typing import Final

__all__ = ["GENRE_COLOURS", "genre_colour"]

GENRE_COLOURS: Final = {
    "Blues": "#306fb1",
    "Classical": "#c5bcff",
    "Country": "#e1801b",
    "Disco": "#a893fd",
    "Electronic": "#2d93b1",
    "Folk": "#5a6c05",
    "Hip-Hop": "#9067f5",
    "Jazz": "#ffab0b",
    "Latin": "#b57467",
    "Metal": "#2e4e12",
    "Pop": "#a24172",
    "R&B": "#7e1768",
    "Rap": "#6514a8",
    "Reggae": "#69d894",
    "Rock": "#320bed",
    "World": "#69b3ac",
}
"""Genre -> colour, the same everywhere. Found by search: every two differ by at least 0.1 in OKLab for
normal, protanope, deuteranope and tritanope eyes (Machado 2009, severity 1); a test measures it again."""
_OTHER: Final = "#8a8f94"


def genre_colour(label: str) -> str:
    """The colour of a label; grey for a label that is not one of ours."""
    return GENRE_COLOURS.get(label, _OTHER)
