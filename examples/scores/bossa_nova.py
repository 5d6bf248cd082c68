"""Our own bossa nova in C: nylon guitar, flute, brushed clave and a two-note bass."""

from __future__ import annotations

from typing import Final

from examples.scores.writing import Part, Piece, Score

__all__ = ["PIECE"]

EIGHTH: Final = 0.5

CHORDS: Final = {
    "Cmaj9": ("c2", "g2", "e3+b3+d4+g4"),
    "Dm9": ("d2", "a2", "f3+c4+e4+a4"),
    "G13": ("g1", "d2", "f3+b3+e4+a4"),
    "G7b9": ("g1", "d2", "f3+b3+d4+ab4"),
    "Em7": ("e2", "b1", "g3+d4+e4+b4"),
    "A7b9": ("a1", "e2", "g3+c#4+e4+bb4"),
    "Fmaj9": ("f2", "c2", "a3+e4+g4+c5"),
    "Bb13": ("bb1", "f2", "ab3+d4+g4+c5"),
    "C69": ("c2", "g2", "e3+a3+d4+g4"),
}
"""Root, fifth and the guitar's four upper strings."""
FORM: Final = "Cmaj9 C69 Dm9 G13 Em7 A7b9 Dm9 G7b9 Fmaj9 Bb13 Em7 A7b9 Dm9 G13 C69 C69".split()

MELODY: Final = (
    "e5:3 g5:3 b5:2", "a5:1 g5:1 e5:4 r:2", "f5:3 a5:3 c6:2", "b5:1 a5:1 e5:4 r:1 d5:1",
    "g5:3 e5:1 d5:2 b4:2", "c#5:2 e5:1 g5:3 bb5:2", "a5:3 f5:1 e5:2 c5:2", "b4:2 d5:1 f5:3 ab5:2",
    "g5:3 e5:1 c5:4", "d5:2 f5:1 g5:3 c5:2", "b4:3 d5:1 g5:4", "e5:1 g5:1 bb5:2 a5:1 g5:1 e5:1 c#5:1",
    "e5:3 f5:1 a5:4", "r:1 e5:1 d5:1 b4:3 a4:2", "d5:3 g4:5", "r:8",
)  # fmt: skip
"""One bar each, in eighths."""

CLAVE: Final = ("x..x..x.", "..x..x..")
"""The bossa clave over two bars of eighths; the guitar's chords follow it."""


def _guitar_and_bass(guitar: Part, bass: Part, keys: Part) -> None:
    for bar, name in enumerate(FORM):
        root, fifth, chord = CHORDS[name]
        at = 4.0 * bar
        for step, mark in enumerate(CLAVE[bar % 2]):
            if mark == "x":
                guitar.note(at + step * EIGHTH, 0.6, chord, 72 if step in (0, 6, 5) else 64, strum_ms=6)
        guitar.note(at, 1.8, root, 66)
        guitar.note(at + 2, 1.8, fifth, 60)
        for offset, length, note, loud in (
            (0, 1.4, root, 86),
            (1.5, 0.45, fifth, 66),
            (2, 1.4, fifth, 82),
            (3.5, 0.45, root, 64),
        ):
            bass.note(at + offset, length, note, loud)
        keys.note(at + 0.5 * (bar % 2), 3.2, chord.split("+")[1:], 54)


def _percussion(drums: Part) -> None:
    for bar in range(len(FORM)):
        at = 4.0 * bar
        drums.drums(at, {"stick": CLAVE[bar % 2], "kick": "x..-x..-", "pedal": "..-...-."}, 68, step=EIGHTH)
        drums.drums(at, {"shaker": "-oxo-oxo-oxo-oxo"}, 66)
        if bar >= 8:
            drums.drums(at, {"mute_conga": "..-.", "open_conga": "......xx"}, 62, step=EIGHTH)
        if bar in (7, 13):
            drums.drums(at + 3, {"low_conga": "..xx", "open_conga": "xx.."}, 70)


def write(score: Score) -> None:
    """Sixteen bars; the flute leads, the vibraphone answers at the end."""
    drums = score.part("Percussion", 40, drums=True, volume=124, reverb=35, timing_ms=5, loudness=5)
    bass = score.part("Bass", 32, volume=108, reverb=20, timing_ms=6)
    guitar = score.part("Nylon guitar", 24, pan=40, volume=90, reverb=35, timing_ms=7)
    keys = score.part("Electric piano", 4, pan=88, volume=84, reverb=40, chorus=30, timing_ms=8)
    flute = score.part("Flute", 73, pan=70, volume=94, reverb=55, timing_ms=10, late_ms=12)
    vibes = score.part("Vibraphone", 11, pan=84, volume=116, reverb=50, timing_ms=9)
    _guitar_and_bass(guitar, bass, keys)
    _percussion(drums)
    for bar, phrase in enumerate(MELODY):
        flute.phrase(4.0 * bar, phrase, 82, unit=EIGHTH, hold=0.92)
    for bar in (1, 3):
        vibes.phrase(4.0 * bar + 3, "g5:1 b5:1" if bar == 1 else "f5:1 a5:1", 68, unit=EIGHTH)
    vibes.phrase(4.0 * 14 + 2, "e5:1 g5:1 a5:1 b5:1 d6:4", 72, unit=EIGHTH)
    close = 4.0 * len(FORM)
    bass.note(close, 3, "c2", 84)
    guitar.note(close, 3.5, "c3+e3+a3+d4+g4", 70, strum_ms=35)
    keys.note(close, 3.5, "e4+a4+d5", 56)
    flute.note(close, 3.0, "g5", 74)
    drums.drums(close, {"kick": "x", "stick": "x", "splash": "o"}, 66)


PIECE: Final = Piece(
    name="bossa_nova",
    title="Bossa nova in C",
    title_zh="C调波萨诺瓦",
    composer="GenreLens",
    composer_zh="GenreLens",
    rights="our own",
    tempo_bpm=132,
    metre="4/4",
    key="C major",
    genre="Latin",
    write=write,
)
