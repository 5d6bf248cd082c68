"""The example pieces as code: one score a file, collected here in the order in which they are shown."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from examples.scores.writing import Piece

__all__ = ["NAMES", "piece"]

NAMES: Final = (
    "bach_prelude",
    "strauss_waltz",
    "joplin_rag",
    "traditional_reel",
    "twelve_bar_blues",
    "bossa_nova",
    "one_drop_reggae",
    "hip_hop_beat",
    "four_on_the_floor",
    "metal_riff",
)
"""The modules of this package that hold a piece; each piece bears its module's name."""


def piece(name: str) -> Piece:
    """The piece of that name.

    Raises:
        ValueError: There is no such piece.
    """
    if name not in NAMES:
        raise ValueError(f"no piece {name!r}: expected one of {', '.join(NAMES)}")
    found: Piece = import_module(f"examples.scores.{name}").PIECE
    return found
