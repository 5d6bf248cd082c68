"""J. S. Bach, Prelude in C major BWV 846 (1722), bars 1 to 11, on a piano."""

from __future__ import annotations

import math
from typing import Final

from examples.scores.writing import Piece, Score

__all__ = ["PIECE"]

BARS: Final = (
    "c4 e4 g4 c5 e5",
    "c4 d4 a4 d5 f5",
    "b3 d4 g4 d5 f5",
    "c4 e4 g4 c5 e5",
    "c4 e4 a4 e5 a5",
    "c4 d4 f#4 a4 d5",
    "b3 d4 g4 d5 g5",
    "b3 c4 e4 g4 c5",
    "a3 c4 e4 g4 c5",
    "d3 a3 d4 f#4 c5",
    "g3 b3 d4 g4 b4",
)
"""The five voices of each bar; every half bar breaks them upwards and repeats the upper three."""
FIGURE: Final = (0, 1, 2, 3, 4, 2, 3, 4)
SIXTEENTH: Final = 0.25


def write(score: Score) -> None:
    """Broken chords: the two lowest voices are held through the half bar, as Bach writes them."""
    piano = score.part("Piano", 0, volume=110, reverb=55, timing_ms=7, loudness=3)
    halves = [bar.split() for bar in BARS for _ in range(2)]
    for half, voices in enumerate(halves):
        start = 2.0 * half
        # One long arch over the eleven bars, and a small one in every half bar.
        loud = 58 + round(14 * math.sin(math.pi * half / len(halves)))
        for index, voice in enumerate(FIGURE):
            held = index < 2
            length = 2.0 - index * SIXTEENTH if held else 1.5 * SIXTEENTH
            accent = 6 if index == 0 else 2 if voice == 4 else 0
            piano.note(start + index * SIXTEENTH, length, voices[voice], loud + accent)
    piano.note(2.0 * len(halves), 4, "g2+g3+b3+d4+g4", 56, strum_ms=45)


PIECE: Final = Piece(
    name="bach_prelude",
    title="Prelude in C major, BWV 846",
    title_zh="C大调前奏曲，BWV 846",
    composer="Johann Sebastian Bach (1685-1750)",
    composer_zh="约翰·塞巴斯蒂安·巴赫（1685-1750）",
    rights="public domain",
    tempo_bpm=76,
    metre="4/4",
    key="C major",
    genre="Classical",
    write=write,
)
