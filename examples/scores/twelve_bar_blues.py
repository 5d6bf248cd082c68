"""Our own twelve-bar blues in A: a shuffle with a walking bass, two overdriven guitars and a turnaround."""

from __future__ import annotations

from typing import Final

from examples.scores.writing import Feel, Part, Piece, Score

__all__ = ["PIECE"]

EIGHTH: Final = 0.5
SHUFFLE: Final = 0.655
FORM: Final = "a d a a d d a a e d a a"
"""One chord a bar; the quick change in the second."""

LEAD: Final = (
    "r:1 a4:1 c5:1 d5:1 e5:2! d5:1 c5:1", "d5:1 c5:1 a4:4 r:2",
    "r:2 g5:1 a5:3! g5:1 e5:1", "g5:1 e5:1 d5:1 c5:1 a4:2 g4:1 a4:1",
    "r:1 a4:1 c5:1 d5:1 f#5:2! d5:1 c5:1", "d5:1 c5:1 a4:4 r:2",
    "r:2 a5:1 c6:3! a5:1 g5:1", "a5:1 g5:1 e5:1 d5:1 c5:1 a4:1 r:2",
    "r:1 b4:1 d5:1 e5:1 g#5:2! e5:1 d5:1", "c5:1 d5:1 c5:1 a4:1 f#4:2 a4:1 c5:1",
    "c#5:1 e5:1 g5+a5:2! f#5+a5:2 f5+a5:2", "e5+a5:1'!",
)  # fmt: skip
"""Question, answer; question again, higher answer; then the last line and the turnaround, in swung eighths."""
BENT: Final = ((0, 2.0), (2, 1.5), (4, 2.0), (6, 1.5), (8, 2.0))
"""Bar and quarter of the notes that are bent up into."""

ROOTS: Final = {"a": 45, "d": 50, "e": 40}
WALK_UP: Final = (0, 4, 7, 9)
WALK_DOWN: Final = (10, 9, 7, 4)


def _lead(guitar: Part) -> None:
    for bar, lick in enumerate(LEAD):
        guitar.phrase(4.0 * bar, lick, 88, unit=EIGHTH, hold=0.97)
    for bar, quarter in BENT:
        at = 4.0 * bar + quarter
        guitar.slide(at - 0.02, at + 0.22, -2.0, 0.0)
        # A slow shake on the held end of the bend.
        guitar.slide(at + 0.45, at + 0.55, 0.0, 0.25)
        guitar.slide(at + 0.57, at + 0.70, 0.25, 0.0)


def _bass(bass: Part, chords: list[str]) -> None:
    for bar, name in enumerate(chords[:-1]):
        root = ROOTS[name] - 12 if name != "e" else ROOTS[name]
        # A second bar on the same chord comes back down; before a change the fourth note leads into the new root.
        down = bar > 0 and chords[bar - 1] == name
        steps = list(WALK_DOWN if down else WALK_UP)
        following = ROOTS[chords[bar + 1]] - 12 if chords[bar + 1] != "e" else ROOTS["e"]
        if chords[bar + 1] != name:
            steps[3] = following + (1 if following < root + steps[2] else -1) - root
        for beat, step in enumerate(steps):
            bass.note(4.0 * bar + beat, 0.9, root + step, 90 if beat % 2 == 0 else 84)
        bass.note(4.0 * bar + 1.5, 0.35, root + steps[1], 62)


def _rhythm(guitar: Part, chords: list[str]) -> None:
    for bar, name in enumerate(chords[:-1]):
        at = 4.0 * bar
        root = ROOTS[name]
        for beat in range(4):
            top = 9 if beat % 2 else 7
            guitar.note(at + beat, 0.42, [root, root + top], 78)
            guitar.note(at + beat + EIGHTH, 0.3, [root, root + top], 66)


def _drums(drums: Part) -> None:
    for bar in range(11):
        at = 4.0 * bar
        drums.drums(
            at, {"hat": "X-x-X-x-", "snare": "..X.o.X.", "kick": "X..-x..x", "pedal": "..x...x."}, 78, step=EIGHTH
        )
        if bar in (3, 7):
            drums.drums(at + 3, {"snare": ".x", "high_tom": "x."}, 84, step=EIGHTH)
    drums.drums(0, {"crash": "x"}, 80)
    drums.drums(32, {"crash": "x"}, 76)
    drums.drums(40 + 3, {"snare": "xX", "mid_tom": "x."}, 84, step=EIGHTH)


def _close(lead: Part, rhythm: Part, bass: Part, drums: Part) -> None:
    """All stop on one; then the flat ninth falls to the tonic: B flat and A."""
    at = 44.0
    bass.note(at, 0.4, "a1", 96)
    rhythm.note(at, 0.4, "a2+e3", 84)
    drums.drums(at, {"kick": "X", "snare": "X", "crash": "-"}, 84)
    lead.phrase(at + 1, "a4:1 c5:1 c#5:1! e5:1", 86, unit=EIGHTH)
    for start, length, shift, loud in ((at + 3, 0.4, 1, 92), (at + 3.5, 4.0, 0, 100)):
        bass.note(start, length, 33 + shift, loud)
        rhythm.note(start, length, [45 + shift, 52 + shift, 55 + shift, 61 + shift], loud - 12, strum_ms=12)
        lead.note(start, length, [69 + shift, 76 + shift], loud - 12)
        drums.drums(start, {"kick": "X", "crash": "x", "snare": "x" if shift else "."}, 80)
    for step in range(12):
        drums.note(at + 4.2 + step / 6, 0.1, 38, 70 - 4 * step)


def write(score: Score) -> None:
    """Twelve bars, the last of them the close."""
    feel = Feel(swing=SHUFFLE, grid=EIGHTH)
    drums = score.part("Drums", 0, drums=True, volume=127, reverb=30, timing_ms=5, loudness=6, feel=feel)
    bass = score.part("Bass", 33, volume=110, reverb=10, timing_ms=6, late_ms=4, feel=feel)
    rhythm = score.part("Rhythm guitar", 29, pan=30, volume=84, reverb=25, timing_ms=7, feel=feel)
    lead = score.part(
        "Lead guitar", 29, pan=60, volume=90, reverb=50, timing_ms=9, late_ms=10, transpose=-12, feel=feel
    )
    chords = FORM.split()
    _bass(bass, chords)
    _rhythm(rhythm, chords)
    _drums(drums)
    _lead(lead)
    _close(lead, rhythm, bass, drums)


PIECE: Final = Piece(
    name="twelve_bar_blues",
    title="Twelve-bar blues in A",
    title_zh="A调十二小节布鲁斯",
    composer="GenreLens",
    composer_zh="GenreLens",
    rights="our own",
    tempo_bpm=98,
    metre="4/4",
    key="A major",
    genre="Blues",
    write=write,
)
