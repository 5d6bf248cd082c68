"""Johann Strauss II, The Blue Danube op. 314 (1867): the first waltz's theme, for a small orchestra.

Melody and harmonies are Strauss's; the setting is ours.
"""

from __future__ import annotations

from typing import Final

from examples.scores.writing import Piece, Score

__all__ = ["PIECE"]

INTRODUCTION_BARS: Final = 2

MELODY: Final = (
    "d4:1 | d4:1 f#4:1 a4:1 | a4:3 | r:3 | r:2"
    " d4:1 | d4:1 f#4:1 a4:1 | a4:3 | r:3 | r:2"
    " c#4:1 | c#4:1 e4:1 b4:1 | b4:3 | r:3 | r:2"
    " c#4:1 | c#4:1 e4:1 b4:1 | b4:3 | r:3 | r:2"
    " d4:1 | d4:1 f#4:1 a4:1 | d5:3 | r:3 | r:2"
    " d4:1 | d4:1 f#4:1 a4:1 | d5:3 | r:3 | r:2"
    " e4:1 | e4:1 g4:1 b4:1 | b4:4 g#4:1 a4:1 | f#5:4!"
    " d5:1 f#4:1 | f#4:2! e4:1 | b4:2! a4:1 | d4:2"
)
ANSWERS: Final = (
    "a5", "f#5", "a5", "g5", "b5", "g5", "b5", "f#5", "d6", "a5", "d6", "b5",
)  # fmt: skip
"""Two in each of the first six phrases of four bars: on three-and-one after the theme's long note."""
UNDER: Final = {"a5": "f#5", "f#5": "d5", "g5": "e5", "b5": "g5", "d6": "a5"}
"""The lower note of each answer; over the dominant B lies above G."""

TONIC: Final = ("d", "f#3+a3+d4")
OVER_FIFTH: Final = ("a", "f#3+a3+d4")
DOMINANT: Final = ("a", "g3+c#4+e4")
SUBDOMINANT: Final = ("g", "g3+b3+d4")
SUPERTONIC: Final = ("e", "g3+b3+e4")
HARMONY: Final = (
    TONIC, OVER_FIFTH, TONIC, OVER_FIFTH,
    TONIC, OVER_FIFTH, DOMINANT, ("e", "g3+c#4+e4"),
    DOMINANT, ("e", "g3+c#4+e4"), DOMINANT, ("e", "g3+c#4+e4"),
    DOMINANT, ("e", "g3+c#4+e4"), TONIC, OVER_FIFTH,
    TONIC, OVER_FIFTH, TONIC, OVER_FIFTH,
    TONIC, ("f#", "f#3+a3+d4"), SUBDOMINANT, ("b", "g3+b3+d4"),
    SUPERTONIC, ("b", "g3+b3+e4"), ("e", "g3+b3+e4"), OVER_FIFTH,
    OVER_FIFTH, DOMINANT, DOMINANT,
)  # fmt: skip
"""One chord a bar: the bass on one, the chord on two and three."""


def _accompaniment(score: Score) -> None:
    bass = score.part("Plucked bass", 45, pan=78, volume=80, reverb=60, timing_ms=8)
    chords = score.part("Second violins and violas", 49, pan=46, volume=104, reverb=60, timing_ms=8)
    horns = score.part("Horns", 60, pan=40, volume=80, reverb=70, timing_ms=8)
    for bar, (low, chord) in enumerate((TONIC, OVER_FIFTH, *HARMONY)):
        at = 3.0 * bar
        octave = 2 if low in ("d", "e", "f#", "g") else 1
        bass.note(at, 0.9, f"{low}{octave + 1}", 76)
        # The Viennese lilt: the second beat comes early and the third waits.
        chords.note(at + 0.90, 0.42, chord, 70)
        chords.note(at + 2.0, 0.34, chord, 60)
        horns.note(at + 0.90, 0.40, chord.split("+")[1:], 58)
        horns.note(at + 2.0, 0.32, chord.split("+")[1:], 50)
    close = 3.0 * (INTRODUCTION_BARS + len(HARMONY))
    bass.note(close, 0.7, "d3", 84)
    bass.note(close + 3, 2.0, "d2+d3", 88)
    for part in (chords, horns):
        part.note(close + 3, 1.8, "f#3+a3+d4", 78)


def _theme(score: Score) -> None:
    violins = score.part("Violins", 49, pan=52, volume=112, reverb=60, timing_ms=8)
    cellos = score.part("Cellos", 42, pan=74, volume=92, reverb=60, timing_ms=8)
    start = 3.0 * INTRODUCTION_BARS - 1
    for part, octave in ((violins, 0), (cellos, -1)):
        part.control(0, 11, 104)
        part.phrase(start, MELODY, 82, octave=octave, hold=1.0)
        for bar in (1, 5, 9, 13, 17, 21):
            at = 3.0 * (INTRODUCTION_BARS + bar)
            part.ramp(at, at + 2.8, 11, 118, 84)
            part.control(at + 3, 11, 104)
        part.ramp(3.0 * (INTRODUCTION_BARS + 25), 3.0 * (INTRODUCTION_BARS + 27), 11, 96, 126)
    close = 3.0 * (INTRODUCTION_BARS + len(HARMONY))
    violins.note(close + 3, 1.8, "d4+a4+d5+f#5", 90)


def _answers(score: Score) -> None:
    flutes = score.part("Flutes", 73, pan=58, volume=72, reverb=65, timing_ms=7)
    clarinets = score.part("Clarinets", 71, pan=70, volume=74, reverb=65, timing_ms=7)
    for index, top in enumerate(ANSWERS):
        phrase, second = divmod(index, 2)
        at = 3.0 * (INTRODUCTION_BARS + 4 * phrase + 1 + second) + 2
        for offset, loud in ((0.0, 74), (1.0, 66)):
            flutes.note(at + offset, 0.4, [top, UNDER[top]], loud)
            clarinets.note(at + offset, 0.4, UNDER[top], loud)
    close = 3.0 * (INTRODUCTION_BARS + len(HARMONY))
    flutes.note(close + 3, 1.8, "a5+d6", 80)
    clarinets.note(close + 3, 1.8, "f#5", 74)
    timpani = score.part("Timpani", 47, pan=64, volume=104, reverb=65)
    for bar, name in ((23, "d3"), (27, "a2"), (30, "a2"), (31, "d3")):
        timpani.note(3.0 * (INTRODUCTION_BARS + bar), 1.0, name, 70)
    for step in range(16):
        timpani.note(close - 3 + step * 3 / 16, 0.2, "a2", 42 + 2 * step)
    timpani.note(close + 3, 1.8, "d3", 92)


def write(score: Score) -> None:
    """Two bars of accompaniment, the thirty-two bars of the theme and one chord to close."""
    _accompaniment(score)
    _theme(score)
    _answers(score)


PIECE: Final = Piece(
    name="strauss_waltz",
    title="The Blue Danube, op. 314: first waltz",
    title_zh="《蓝色多瑙河》，作品314：第一圆舞曲",
    composer="Johann Strauss II (1825-1899)",
    composer_zh="小约翰·施特劳斯（1825-1899）",
    rights="public domain",
    tempo_bpm=186,
    metre="3/4",
    key="D major",
    genre="Classical",
    write=write,
)
