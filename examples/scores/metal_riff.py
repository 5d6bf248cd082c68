"""Our own metal riff in E minor: two distorted guitars, double bass drum, a harmonised lead, a breakdown."""

from __future__ import annotations

from typing import Final

from examples.scores.writing import Feel, Part, Piece, Score

__all__ = ["PIECE"]

SIXTEENTH: Final = 0.25

GALLOP: Final = "e2:2 e2:1 e2:1"
RIFF: Final = (
    f"{GALLOP} {GALLOP} {GALLOP} G:2 F#:2",
    f"{GALLOP} {GALLOP} C:4 B:4",
    f"{GALLOP} {GALLOP} {GALLOP} G:2 A:2",
    f"{GALLOP} Bb:3 A:3 G:2 F:2 F#:2",
)
"""Sixteenths; small letters are muted single notes, capitals power chords."""
CHORUS: Final = ("E:16", "C:16", "G:16", "D:8 D#:8", "E:16", "C:16", "A:16", "B:16")
BREAKDOWN: Final = (
    "E:4 r:2 e2:1 e2:1 r:2 e2:2 F:4", "E:4 r:2 e2:1 e2:1 r:2 e2:2 Bb:2 A:2",
    "E:4 r:2 e2:1 e2:1 r:2 e2:2 F:4", "e2:1 e2:1 r:2 e2:1 e2:1 r:2 G:2 F#:2 F:2 D#:2",
)  # fmt: skip
LEAD: Final = (
    "b4:4 e5:4 f#5:4 g5:4", "g5:6 f#5:2 e5:4 c5:4", "b4:4 d5:4 g5:4 a5:4", "a5:6 g5:2 f#5:8",
    "b4:4 e5:4 g5:4 b5:4", "c6:6 b5:2 g5:4 e5:4", "a5:2 b5:2 c6:2 b5:2 a5:2 g5:2 f#5:2 e5:2", "f#5:8 d#5:8",
)  # fmt: skip
BELOW: Final = {
    "b4": "g4", "c5": "a4", "d5": "b4", "e5": "c5", "f#5": "d5", "g5": "e5", "a5": "f#5", "b5": "g5", "c6": "a5",
}  # fmt: skip
"""The second lead, a third lower in the key."""
POWER: Final = {"E": 40, "F": 41, "F#": 42, "G": 43, "A": 45, "Bb": 46, "B": 47, "C": 48, "D": 50, "D#": 51}
FORM: Final = (*RIFF, *RIFF, *CHORUS, *BREAKDOWN)


def _riff(guitars: tuple[Part, Part], bass: Part) -> None:
    for bar, text in enumerate(FORM):
        now = 4.0 * bar
        for item in text.split():
            name, _, spelled = item.partition(":")
            length = float(spelled) * SIXTEENTH
            if name in POWER:
                root = POWER[name]
                for guitar in guitars:
                    guitar.note(now, length * 0.96, [root, root + 7, root + 12], 108)
                bass.note(now, length * 0.95, root - 12, 108)
            elif name != "r":
                for guitar in guitars:
                    guitar.note(now, 0.13, [40, 47], 92)
                bass.note(now, 0.2, 28, 100)
            now += length


def _drums(drums: Part) -> None:
    thrash = {"kick": "xxxxxxxxxxxxxxxx", "snare": "....X.......X...", "hat": "x...x...x...x..."}
    gallop = {"kick": "x.xxx.xxx.xxx.x.", "snare": "....X.......X...", "ride": "x.x.x.x.x.x.x.x."}
    for bar in range(8):
        drums.drums(4.0 * bar, gallop if bar < 4 else thrash, 98)
    for bar in range(8, 16):
        drums.drums(4.0 * bar, {"kick": thrash["kick"], "snare": thrash["snare"], "crash": "x...x...x...x..."}, 96)
    for bar, text in enumerate(BREAKDOWN):
        # In half time: the bass drum follows the guitars, the snare falls on three.
        drums.drums(4.0 * (16 + bar), {"china": "x...x...x...x...", "snare": "........X......."}, 98)
        now = 4.0 * (16 + bar)
        for item in text.split():
            name, _, spelled = item.partition(":")
            if name != "r":
                drums.note(now, 0.1, 36, 104)
            now += float(spelled) * SIXTEENTH
    for bar in (0, 4, 8, 12, 16):
        drums.drums(4.0 * bar, {"crash2": "X"}, 100)
    for bar in (7, 15):
        drums.drums(4.0 * bar + 2, {"high_tom": "xx......", "mid_tom": "..xx....", "floor": "....xxxx"}, 102)
    drums.drums(80, {"kick": "X", "crash": "X", "crash2": "X"}, 100)


def _leads(first: Part, second: Part) -> None:
    for bar, text in enumerate(LEAD):
        at = 4.0 * (8 + bar)
        first.phrase(at, text, 100, unit=SIXTEENTH, hold=0.99)
        lower = " ".join(
            f"{BELOW.get(name, name)}:{length}" for name, _, length in (item.partition(":") for item in text.split())
        )
        lower = "d#5:8 b4:8" if bar == len(LEAD) - 1 else lower  # the chord is B major: no D natural
        second.phrase(at, lower, 94, unit=SIXTEENTH, hold=0.99)


def write(score: Score) -> None:
    """Riff twice, harmonised leads over the chords, breakdown, one last chord."""
    tight = Feel(timing_ms=4.0, loudness=4.0)
    drums = score.part("Drums", 16, drums=True, volume=122, reverb=20, feel=tight)
    bass = score.part("Bass", 34, volume=90, reverb=5, feel=tight)
    left = score.part("Guitar left", 30, pan=8, volume=100, reverb=12, feel=tight)
    right = score.part("Guitar right", 30, pan=120, volume=100, reverb=12, feel=tight)
    right.bend(0, 0.06)
    first = score.part("Lead", 30, pan=52, volume=84, reverb=45, feel=tight)
    second = score.part("Second lead", 29, pan=78, volume=84, reverb=45, feel=tight)
    _riff((left, right), bass)
    _drums(drums)
    _leads(first, second)
    for guitar in (left, right):
        guitar.note(80, 4, "e2+b2+e3", 112)
    bass.note(80, 4, "e1", 108)


PIECE: Final = Piece(
    name="metal_riff",
    title="Metal riff in E minor",
    title_zh="E小调金属乐段",
    composer="GenreLens",
    composer_zh="GenreLens",
    rights="our own",
    tempo_bpm=168,
    metre="4/4",
    key="E minor",
    genre="Metal",
    write=write,
)
