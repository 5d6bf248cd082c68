"""Drowsy Maggie, a traditional Irish reel: the first part twice, the second, the first once more."""

from __future__ import annotations

from typing import Final

from examples.scores.writing import Feel, Part, Piece, Score

__all__ = ["PIECE"]

EIGHTH: Final = 0.5

PART_A: Final = (
    "e4:2 b4:1 e4:1 d5:1 e4:1 b4:1 e4:1", "e4:2 b4:1 e4:1 a4:1 f#4:1 d4:1 f#4:1",
    "e4:2 b4:1 e4:1 d5:1 e4:1 b4:1 e4:1", "b4:1 a4:1 b4:1 c#5:1 d5:1 a4:1 f#4:1 d4:1",
)  # fmt: skip
"""|:E2BE dEBE|E2BE AFDF|E2BE dEBE|BABc dAFD:| in eighths, E dorian."""
PART_B: Final = (
    "d5:2 f#5:1 d5:1 c#5:2 e5:1 c#5:1", "d5:1 e5:1 f#5:1 g5:1 a5:1 f#5:1 g5:1 e5:1",
    "d5:2 f#5:1 d5:1 c#5:2 e5:1 c#5:1", "b4:1 a4:1 b4:1 c#5:1 d5:1 a4:1 f#4:1 a4:1",
    "d5:2 f#5:1 d5:1 c#5:2 e5:1 c#5:1", "d5:1 e5:1 f#5:1 g5:1 a5:1 f#5:1 g5:1 e5:1",
    "a5:1 f#5:1 g5:1 e5:1 f#5:1 d5:1 e5:1 c#5:1", "b4:1 a4:1 b4:1 c#5:1 d5:1 a4:1 f#4:1 d4:1",
)  # fmt: skip
"""|d2fd c2ec|defg afge|d2fd c2ec|BABc dAFA|d2fd c2ec|defg afge|afge fdec|BABc dAFD|"""
TUNE: Final = PART_A * 2 + PART_B + PART_A * 2

E_MINOR: Final = ("e2", "b2+e3+g3+b3+e4")
D_MAJOR: Final = ("d2", "a2+d3+a3+d4+f#4")
A_MAJOR: Final = ("a2", "e3+a3+c#4+e4")
G_MAJOR: Final = ("g2", "b2+d3+g3+b3+g4")
B_MINOR: Final = ("b2", "f#3+b3+d4+f#4")
CHORDS_A: Final = ((E_MINOR, E_MINOR), (E_MINOR, D_MAJOR), (E_MINOR, E_MINOR), (G_MAJOR, D_MAJOR))
CHORDS_B: Final = (
    (D_MAJOR, A_MAJOR), (D_MAJOR, A_MAJOR), (D_MAJOR, A_MAJOR), (G_MAJOR, D_MAJOR),
    (D_MAJOR, A_MAJOR), (D_MAJOR, A_MAJOR), (D_MAJOR, A_MAJOR), (G_MAJOR, D_MAJOR),
)  # fmt: skip
CHORDS: Final = CHORDS_A * 2 + CHORDS_B + CHORDS_A * 2

REEL_ACCENT: Final = (10, -6, 2, -4, 6, -6, 2, -4)
"""The lilt: eighths of a bar are louder on the beat and its half."""


def _melody(part: Part, bars: range, loud: int, *, octave: int = 0, cuts: bool = True) -> None:
    for bar in bars:
        now = 0.0
        for item in TUNE[bar].split():
            name, _, length = item.partition(":")
            eighths = float(length)
            at = 4.0 * bar + now * EIGHTH
            velocity = loud + REEL_ACCENT[int(now)]
            if cuts and eighths == 2:
                # A roll made plain: the long note is struck, cut from above and struck again.
                part.phrase(at, f"{name}:1 {name}:1", velocity, unit=EIGHTH, octave=octave, hold=0.85)
            else:
                part.phrase(at, f"{name}:{eighths}", velocity, unit=EIGHTH, octave=octave, hold=0.92)
            now += eighths


def _guitar(guitar: Part, bass: Part, bars: range) -> None:
    for bar in bars:
        for half, (low, chord) in enumerate(CHORDS[bar]):
            at = 4.0 * bar + 2 * half
            bass.note(at, 1.7, low, 74)
            guitar.note(at, 0.5, [low, *chord.split("+")[:2]], 72, strum_ms=10)
            guitar.note(at + 0.5, 0.4, chord, 54, strum_ms=8)
            guitar.note(at + 1.0, 0.5, chord, 76, strum_ms=9)
            guitar.note(at + 1.5, 0.4, chord, 58, strum_ms=-7)


def write(score: Score) -> None:
    """Fiddle alone, then guitar, whistle and accordion join, as in a session; a long E to end."""
    lilt = Feel(swing=0.53, grid=EIGHTH)
    fiddle = score.part("Fiddle", 110, pan=50, volume=122, reverb=40, timing_ms=7, loudness=4, feel=lilt)
    whistle = score.part("Whistle", 72, pan=80, volume=90, reverb=50, timing_ms=7, loudness=4, feel=lilt)
    box = score.part("Button accordion", 21, pan=92, volume=92, reverb=40, timing_ms=8, loudness=4, feel=lilt)
    guitar = score.part("Guitar", 25, pan=34, volume=68, reverb=35, timing_ms=6, loudness=5, feel=lilt)
    bass = score.part("Bass", 32, volume=100, reverb=25, timing_ms=6, loudness=4, feel=lilt)
    bars = range(len(TUNE))
    _melody(fiddle, bars, 84)
    _melody(whistle, bars[8:], 74, octave=1)
    _melody(box, bars[16:], 70, cuts=False)
    _guitar(guitar, bass, bars[2:])
    close = 4.0 * len(TUNE)
    fiddle.note(close, 3, "e4+b4", 88)
    whistle.note(close, 3, "e5", 74)
    box.note(close, 3, "e4+b4", 66)
    guitar.note(close, 4, "e2+b2+e3+g3+b3+e4", 84, strum_ms=22)
    bass.note(close, 3, "e2", 80)


PIECE: Final = Piece(
    name="traditional_reel",
    title="Drowsy Maggie",
    title_zh="《瞌睡的玛吉》（爱尔兰里尔舞曲）",
    composer="Traditional, Ireland",
    composer_zh="爱尔兰传统曲调",
    rights="public domain",
    tempo_bpm=104,
    metre="2/2",
    key="E dorian",
    genre="Folk",
    write=write,
)
