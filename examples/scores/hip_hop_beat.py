"""Our own hip-hop beat in D minor: swung sixteenths, late snare, piano loop, deep bass."""

from __future__ import annotations

from typing import Final

from examples.scores.writing import Feel, Part, Piece, Score

__all__ = ["PIECE"]

SIXTEENTH: Final = 0.25
BARS: Final = 12

KEYS: Final = (
    ("f3+c4+e4+a4", "f3+c4+e4+a4"), ("f3+bb3+d4+a4", "f3+bb3+d4+a4"),
    ("d3+a3+c4+f4", "d3+a3+c4+f4"), ("g3+c#4+f4+bb4", "g3+c#4+e4+a4"),
)  # fmt: skip
"""D minor ninth, G minor ninth, B flat major seventh, A seventh with altered fifths: two halves of each bar."""
BASS: Final = (
    "d2:5 r:1 d2:2 r:2 a1:2 c2:2 d2:2", "g1:5 r:1 g1:2 r:2 d2:2 f2:2 g2:2",
    "bb1:5 r:1 bb1:2 r:2 f1:2 a1:2 bb1:2", "a1:5 r:1 a1:2 r:2 e2:2 c#2:2 a1:2",
)  # fmt: skip
HOOK: Final = (
    "a5:3 r:1 f5:2 e5:2 d5:4 r:4", "bb5:3 r:1 a5:2 g5:2 f5:2 d5:4 r:2",
    "a5:3 r:1 f5:2 e5:2 d5:2 f5:4 r:2", "e5:3 r:1 f5:2 e5:2 c#5:6 r:2",
)  # fmt: skip
"""Four bars, in sixteenths."""

BEATS: Final = (
    {"kick": "X......x..x.....", "snare": "....X.......X...", "hat": "x-x-x-x-x-x-x-x-"},
    {"kick": "X..x...x..x....x", "snare": "....X..o....X...", "hat": "x-x-x-x-x-x-x.x-", "open": "..............-."},
)
FILL: Final = {"kick": "X.....x.x..x....", "snare": "....X..o..o.X.xX", "hat": "x-x-x-x-x-x-...."}


def _beat(drums: Part) -> None:
    for bar in range(BARS):
        pattern = FILL if bar % 4 == 3 else BEATS[bar % 2]
        drums.drums(4.0 * bar, pattern, 94)
        if bar >= 4:
            drums.drums(4.0 * bar, {"clap": "....-.......-..."}, 84)
    drums.drums(4.0 * BARS, {"kick": "X", "crash": "o"}, 90)


def _chords(keys: Part, strings: Part, bass: Part) -> None:
    for bar in range(BARS):
        at = 4.0 * bar
        first, second = KEYS[bar % 4]
        keys.note(at, 1.4, first, 78, strum_ms=14)
        keys.note(at + 1.75, 0.3, first, 60)
        keys.note(at + 2.5, 1.2, second, 70, strum_ms=10)
        bass.phrase(at, BASS[bar % 4], 100, unit=SIXTEENTH, hold=0.98)
        if bar >= 4:
            top = [note + "" for note in second.split("+")[-2:]]
            strings.note(at, 3.8, top, 58)
    keys.note(4.0 * BARS, 3.0, KEYS[0][0], 70, strum_ms=25)
    bass.note(4.0 * BARS, 2.5, "d2", 96)


def write(score: Score) -> None:
    """Twelve bars: beat, bass and keys; strings and the hook from the fifth."""
    feel = Feel(swing=0.59, grid=SIXTEENTH)
    drums = score.part("Drums", 25, drums=True, volume=118, reverb=12, timing_ms=4, loudness=4, feel=feel)
    bass = score.part("Bass", 33, volume=120, reverb=0, timing_ms=4, late_ms=8, loudness=3, feel=feel)
    bass.generator(0, 8, -1200)
    sub = score.part("Sub", 38, volume=104, reverb=0, timing_ms=2, late_ms=8, loudness=2, feel=feel)
    sub.generator(0, 8, -1800)
    keys = score.part("Piano", 0, pan=50, volume=74, reverb=30, timing_ms=9, feel=feel)
    strings = score.part("Strings", 50, pan=84, volume=56, reverb=50, timing_ms=6, feel=feel)
    hook = score.part("Hook", 11, pan=74, volume=122, reverb=45, timing_ms=8, late_ms=10, feel=feel)
    _beat(drums)
    _chords(keys, strings, bass)
    for bar in range(BARS):
        sub.phrase(4.0 * bar, BASS[bar % 4], 96, unit=SIXTEENTH, hold=0.98)
        if bar >= 4:
            hook.phrase(4.0 * bar, HOOK[bar % 4], 76, unit=SIXTEENTH, hold=1.3)


PIECE: Final = Piece(
    name="hip_hop_beat",
    title="Hip-hop beat in D minor",
    title_zh="D小调嘻哈节拍",
    composer="GenreLens",
    composer_zh="GenreLens",
    rights="our own",
    tempo_bpm=90,
    metre="4/4",
    key="D minor",
    genre="Hip-Hop",
    write=write,
)
