"""Scott Joplin, The Entertainer (1902): introduction and first strain, on a piano.

The melody is Joplin's; the left hand is a plain stride over his harmonies.
"""

from __future__ import annotations

from typing import Final

from examples.scores.writing import Part, Piece, Score

__all__ = ["PIECE"]

SIXTEENTH: Final = 0.25

INTRODUCTION: Final = "d6:1 e6:1 c6:1 a5:2! b5:1 g5:2 | d5:1 e5:1 c5:1 a4:2! b4:1 g4:2"
"""Lengths in sixteenths, eight to a bar of 2/4; played in octaves with the left hand."""
TURN: Final = "d4:1 e4:1 c4:1 a3:2! b3:1 a3:1 ab3:1 | g3:2'!"

CALL: Final = "e4:1 c5:2! e4:1 c5:2! e4:1 c5:6!"
CLIMB: Final = (
    "c5+e5+c6:1 d5+f5+d6:1 d#5+f#5+d#6:1 | e5+g5+e6:1 c5+e5+c6:1 d5+f5+d6:1 e5+g5+e6:2! b4+d5+b5:1 d5+f5+d6:2!"
)
FIRST: Final = f"{CALL} {CLIMB} | c5+e5+c6:6! d4:1 d#4:1"
SECOND: Final = (
    f"{CALL} r:1 a4+a5:1 g4+g5:1 | f#4+f#5:1 a4+a5:1 c5+c6:1 e5+e6:2! d5+d6:1 c5+c6:1 a4+a5:1 | d5+f5+d6:6! d4:1 d#4:1"
)
THIRD: Final = f"{CALL} {CLIMB} | c5+e5+c6:6! c5+c6:1 d5+d6:1"
TAG: Final = "e5+e6:1 c5+c6:1 d5+d6:1 e5+e6:2! c5+c6:1 d5+d6:1 c5+c6:1"
FOURTH: Final = f"{TAG} | {TAG} | e5+e6:1 c5+c6:1 d5+d6:1 e5+g5+e6:2! b4+f5+b5:1 d5+f5+d6:2! | c5+e5+c6:4!"

C_MAJOR: Final = "g3+c4+e4"
C_SEVENTH: Final = "g3+bb3+c4+e4"
F_MAJOR: Final = "a3+c4+f4"
F_MINOR: Final = "ab3+c4+f4"
G_SEVENTH: Final = "g3+b3+f4"
D_SEVENTH: Final = "f#3+c4+d4"
STRIDE: Final = (
    ("c", C_MAJOR, "e", C_SEVENTH), ("f", F_MAJOR, "e", C_MAJOR),
    ("g", C_MAJOR, "g", G_SEVENTH), ("c", C_MAJOR, "g", C_MAJOR),
    ("c", C_MAJOR, "e", C_SEVENTH), ("f", F_MAJOR, "e", C_MAJOR),
    ("d", D_SEVENTH, "a", D_SEVENTH), ("g", G_SEVENTH, "b", G_SEVENTH),
    ("c", C_MAJOR, "e", C_SEVENTH), ("f", F_MAJOR, "e", C_MAJOR),
    ("g", C_MAJOR, "g", G_SEVENTH), ("c", C_MAJOR, "g", C_MAJOR),
    ("c", C_MAJOR, "e", C_SEVENTH), ("f", F_MAJOR, "f", F_MINOR),
    ("g", C_MAJOR, "g", G_SEVENTH),
)  # fmt: skip
"""Bass, chord, bass, chord: four eighths a bar; the sixteenth bar is the close."""


def _stride(piano: Part, at: float) -> None:
    for bar, (low, chord, second, other) in enumerate(STRIDE):
        start = at + 2 * bar
        for offset, name in ((0.0, low), (1.0, second)):
            # Octaves in the bass, the lower one between F1 and E2 as a left hand would take it.
            octave = 1 if name in "gab" else 2
            piano.note(start + offset, 0.4, f"{name}{octave}+{name}{octave + 1}", 72)
        for offset, name in ((0.5, chord), (1.5, other)):
            piano.note(start + offset, 0.28, name, 56)
    piano.note(at + 30, 0.4, "c2+c3", 74)
    piano.note(at + 30.5, 0.3, "g2+g3", 66)
    piano.note(at + 31, 0.9, "c2+c3+g3", 80)


def write(score: Score) -> None:
    """Four bars of introduction in unison, then the sixteen bars of the first strain."""
    right = score.part("Right hand", 1, volume=104, pan=70, reverb=35, timing_ms=6, loudness=5)
    left = score.part("Left hand", 1, volume=96, pan=58, reverb=35, timing_ms=6, loudness=5)
    for hand, octave in ((right, 0), (left, -1)):
        now = hand.phrase(0, f"{INTRODUCTION} | {TURN}", 78, unit=SIXTEENTH, octave=octave)
    right.phrase(now, "r:2 b4+d5+f5+g5:2'! d4:1 d#4:1", 80, unit=SIXTEENTH)
    left.phrase(now, "r:2 g2+g3:2'!", 78, unit=SIXTEENTH)
    right.phrase(8, " | ".join((FIRST, SECOND, THIRD, FOURTH)), 80, unit=SIXTEENTH, hold=0.9)
    right.note(8 + 31, 0.9, "c5+e5+g5+c6", 92)
    _stride(left, 8)


PIECE: Final = Piece(
    name="joplin_rag",
    title="The Entertainer: first strain",
    title_zh="《演艺人》：第一主题",
    composer="Scott Joplin (1868-1917)",
    composer_zh="斯科特·乔普林（1868-1917）",
    rights="public domain",
    tempo_bpm=80,
    metre="2/4",
    key="C major",
    genre="Jazz",
    write=write,
)
