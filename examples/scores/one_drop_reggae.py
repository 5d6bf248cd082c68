"""Our own reggae in A minor: the drums drop the first beat, the melody echoes."""

from __future__ import annotations

from typing import Final

from examples.scores.writing import Feel, Part, Piece, Score

__all__ = ["PIECE"]

SIXTEENTH: Final = 0.25

CHORDS: Final = {"Am": "c4+e4+a4", "Dm": "d4+f4+a4", "Em": "b3+e4+g4", "F": "c4+f4+a4", "G": "b3+d4+g4"}
FORM: Final = "Am Dm Am Em Am Dm F G Am Am".split()
"""One chord a bar."""
BASS: Final = {
    "Am": "a1:3 r:1 a1:2 c2:2 e2:3 r:1 d2:2 c2:2",
    "Dm": "d2:3 r:1 d2:2 f2:2 a2:3 r:1 f2:2 e2:2",
    "Em": "e2:3 r:1 e2:2 d2:2 b1:3 r:1 d2:2 b1:2",
    "F": "f1:3 r:1 f1:2 a1:2 c2:3 r:1 a1:2 f1:2",
    "G": "g1:3 r:1 g1:2 b1:2 d2:3 r:1 b1:2 g1:2",
}
"""In sixteenths."""
MELODY: Final = (
    "r:16", "r:16",
    "r:2 e5:2 a5:3 g5:1 e5:4 r:4", "d5:2 e5:2 g5:3 e5:1 d5:2 b4:6",
    "r:2 e5:2 a5:3 g5:1 e5:2 c6:6", "d6:2 c6:2 a5:3 g5:1 f5:2 d5:6",
    "r:2 c5:2 f5:3 a5:1 c6:4 a5:4", "b5:2 a5:2 g5:3 e5:1 d5:4 r:2 g5:2",
    "a5:4! r:2 e5:2 g5:3 e5:1 d5:2 c5:2", "a4:8 r:8",
)  # fmt: skip


def _riddim(guitar: Part, piano: Part, organ: Part, bass: Part) -> None:
    for bar, name in enumerate(FORM):
        at = 4.0 * bar
        chord = CHORDS[name]
        bass.phrase(at, BASS[name], 96, unit=SIXTEENTH, hold=0.97)
        for beat in range(4):
            off = at + beat + 0.5
            guitar.note(off, 0.13, chord, 86, strum_ms=-4)
            piano.note(off, 0.15, chord, 74)
            # The organ's bubble: left hand around the off-beat, right hand on it.
            for step, loud in ((1, 50), (3, 56)):
                organ.note(at + beat + step * SIXTEENTH, 0.16, chord.split("+")[:2], loud)
            organ.note(off, 0.18, chord, 70)


def _drums(drums: Part) -> None:
    drums.drums(-0.0, {"high_tom": "............x...", "snare": ".............xx.", "floor": "...............x"}, 84)
    for bar in range(1, len(FORM)):
        at = 4.0 * bar
        drums.drums(at, {"hat": "x.-xx.-xx.-xx.-x", "kick": "....X.......X...", "stick": "....X..-....X..."}, 76)
        if bar % 4 == 3:
            drums.drums(at + 3, {"open": "..x.", "high_tom": "x...", "snare": ".xx."}, 80)
        if bar % 4 == 0:
            drums.drums(at, {"crash": "-"}, 74)
    drums.drums(4.0 * len(FORM), {"kick": "X", "crash": "x", "stick": "X"}, 80)


def write(score: Score) -> None:
    """Ten bars: the riddim alone at first, then the melody with its echo."""
    feel = Feel(swing=0.57, grid=SIXTEENTH)
    drums = score.part("Drums", 0, drums=True, volume=127, reverb=30, timing_ms=5, feel=feel)
    bass = score.part("Bass", 33, volume=108, reverb=5, timing_ms=6, late_ms=8, feel=feel)
    bass.generator(0, 8, -900)
    guitar = score.part("Skank guitar", 27, pan=36, volume=96, reverb=40, timing_ms=5, feel=feel)
    piano = score.part("Skank piano", 0, pan=90, volume=98, reverb=35, timing_ms=5, feel=feel)
    organ = score.part("Organ bubble", 16, pan=78, volume=100, reverb=30, timing_ms=5, feel=feel)
    lead = score.part("Picked guitar", 28, pan=62, volume=100, reverb=60, timing_ms=8, late_ms=12, feel=feel)
    echo = score.part("Echo", 28, pan=100, volume=78, reverb=90, timing_ms=8, late_ms=12, feel=feel)
    _riddim(guitar, piano, organ, bass)
    _drums(drums)
    for bar, phrase in enumerate(MELODY):
        lead.phrase(4.0 * bar, phrase, 86, unit=SIXTEENTH, hold=0.9)
        echo.phrase(4.0 * bar + 0.75, phrase, 66, unit=SIXTEENTH, hold=0.6)
    close = 4.0 * len(FORM)
    bass.note(close, 1.5, "a1", 100)
    for part, loud in ((guitar, 84), (piano, 74), (organ, 66)):
        part.note(close, 0.6, CHORDS["Am"], loud)


PIECE: Final = Piece(
    name="one_drop_reggae",
    title="One-drop reggae in A minor",
    title_zh="A小调单拍雷鬼",
    composer="GenreLens",
    composer_zh="GenreLens",
    rights="our own",
    tempo_bpm=76,
    metre="4/4",
    key="A minor",
    genre="Reggae",
    write=write,
)
