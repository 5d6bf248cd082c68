"""Our own techno in A minor: four kicks a bar, a filter that opens, a break and the drop."""

from __future__ import annotations

from typing import Final

from examples.scores.writing import Feel, Part, Piece, Score

__all__ = ["PIECE"]

BARS: Final = 16
BREAK: Final = range(8, 10)
"""The two bars without a kick."""
CUTOFF: Final = 8
RESONANCE: Final = 9

BASS: Final = "..x...x...x..xx."
STAB: Final = "x..x..x...x..x.."
CHORDS: Final = ("a3+c4+e4+g4", "a3+c4+e4+g4", "f3+a3+c4+e4", "g3+b3+d4+f4")
ROOTS: Final = ("a1", "a1", "f1", "g1")
ARPEGGIO: Final = (
    ("a4", "e5", "c5", "a5"), ("a4", "e5", "c5", "a5"), ("f4", "c5", "a4", "f5"), ("g4", "d5", "b4", "g5"),
)  # fmt: skip


def _duck(part: Part, bars: range, level: float) -> None:
    """The pumping of a compressor keyed by the kick: down on the beat, up before the next."""
    for beat in range(4 * bars.start, 4 * bars.stop):
        part.ramp(beat, beat + 0.75, 11, level * 0.35, level, step=0.0625)


def _drums(drums: Part) -> None:
    for bar in range(BARS):
        at = 4.0 * bar
        if bar in BREAK:
            continue
        drums.drums(at, {"kick": "X...X...X...X..."}, 108)
        drums.drums(at, {"open": "..x...x...x...x.", "hat": "-o.o-o.o-o.o-o.o"}, 84)
        if bar >= 2:
            drums.drums(at, {"clap": "....x.......x..."}, 92)
        if bar >= 10:
            drums.drums(at, {"ride": "x.x.x.x.x.x.x.x.", "tambourine": "..-...-...-...-."}, 70)
        if bar in (3, 7, 13):
            drums.drums(at, {"snare2": "..............xx", "cowbell": "...........-...."}, 80)
    for step in range(24):
        drums.note(4.0 * BREAK.start + 2 + step * 0.25, 0.2, 40, 44 + 3 * step)
    for bar in (0, BREAK.stop):
        drums.drums(4.0 * bar, {"crash": "x"}, 90)
    drums.drums(4.0 * BARS, {"kick": "X", "crash": "x"}, 100)


def _bass(bass: Part) -> None:
    bass.generator(0, RESONANCE, 120)
    for bar in range(BARS):
        if bar in BREAK:
            continue
        root = ROOTS[bar % 4]
        for step, mark in enumerate(BASS):
            if mark == "x":
                bass.note(4.0 * bar + step * 0.25, 0.22, root, 98)
    _duck(bass, range(BARS), 120)
    _sweep(bass, 0, 4.0 * BREAK.start, -2600, -900)
    _sweep(bass, 4.0 * BREAK.stop, 4.0 * BARS, -1300, -300)


def _sweep(part: Part, at: float, end: float, first: int, last: int) -> None:
    """Open or close the low-pass filter in a straight line, a step every eighth."""
    steps = max(1, round((end - at) / 0.5))
    for index in range(steps + 1):
        part.generator(at + index * (end - at) / steps, CUTOFF, round(first + (last - first) * index / steps))


def _synths(stab: Part, pad: Part, lead: Part) -> None:
    for bar in range(BARS):
        at = 4.0 * bar
        chord = CHORDS[bar % 4]
        if bar >= 2:
            for step, mark in enumerate(STAB):
                if mark == "x":
                    stab.note(at + step * 0.25, 0.2, chord, 88 if step in (0, 6) else 80)
        if bar >= 4:
            pad.note(at, 3.95, chord, 66)
        if bar >= BREAK.start:
            for step in range(16):
                lead.note(at + step * 0.25, 0.2, ARPEGGIO[bar % 4][step % 4], 76 if step % 3 else 92)
    stab.generator(0, RESONANCE, 160)
    lead.generator(0, RESONANCE, 100)
    _sweep(stab, 8, 4.0 * BREAK.stop, -2600, -100)
    _sweep(stab, 4.0 * BREAK.stop, 4.0 * BARS, -1000, 0)
    _sweep(lead, 4.0 * BREAK.start, 4.0 * BREAK.stop, -2400, 0)
    _duck(stab, range(2, BARS), 115)
    _duck(pad, range(4, BREAK.start), 110)
    pad.ramp(4.0 * BREAK.start, 4.0 * BREAK.stop, 11, 70, 127)
    _duck(pad, range(BREAK.stop, BARS), 110)
    _duck(lead, range(BREAK.stop, BARS), 118)
    close = 4.0 * BARS
    pad.note(close, 2.5, CHORDS[0], 64)
    stab.note(close, 0.4, CHORDS[0], 90)


def write(score: Score) -> None:
    """Sixteen bars: build, break, drop."""
    tight = Feel(timing_ms=1.0, loudness=2.0)
    drums = score.part("Drums", 25, drums=True, volume=92, reverb=8, feel=tight)
    bass = score.part("Bass", 38, volume=127, reverb=0, feel=tight)
    stab = score.part("Stab", 81, pan=52, volume=104, reverb=50, chorus=40, feel=tight)
    pad = score.part("Pad", 90, pan=76, volume=96, reverb=80, chorus=60, feel=tight)
    lead = score.part("Arpeggio", 80, pan=84, volume=88, reverb=60, chorus=30, feel=tight)
    _drums(drums)
    _bass(bass)
    _synths(stab, pad, lead)
    bass.note(4.0 * BARS, 1.5, "a1", 100)


PIECE: Final = Piece(
    name="four_on_the_floor",
    title="Four on the floor, techno in A minor",
    title_zh="A小调四拍踏地铁克诺",
    composer="GenreLens",
    composer_zh="GenreLens",
    rights="our own",
    tempo_bpm=130,
    metre="4/4",
    key="A minor",
    genre="Electronic",
    write=write,
)
