"""The music of the test scores: bars of any metre, with the parts that a band or an ensemble would play on them.

Why it exists: whether tempo, metre and key are heard right can only be counted on music whose truth is known. So
pieces are written here by dice, but after the rules of their style: harmony moves on bar lines, bass and drums mark
the groups of the bar, a melody with motifs lies above. Nothing marks the metre for the sake of the detector.
One quarter of the score is one beat of the bar; of 6/8 it is an eighth.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.score_drums import house_drums, jazz_drums, light_drums, rock_drums
from benchmarks.score_plan import Plan, Writer
from examples.scores.writing import Feel, Part, Score

__all__ = ["STYLES", "Style", "compose"]

_PROGRESSIONS: Final = {
    "major": ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 0), (0, 3, 0, 4), (0, 1, 4, 0), (0, 5, 1, 4), (0, 2, 3, 4),
              (0, 0, 3, 4), (0, 4, 0, 4, 3, 0, 4, 0), (0, 3, 1, 4, 0, 5, 1, 4)),
    "minor": ((0, 5, 2, 6), (0, 3, 4, 0), (0, 6, 5, 4), (0, 3, 0, 4), (0, 5, 3, 4), (0, 0, 3, 4), (0, 2, 5, 4),
              (0, 1, 4, 0), (0, 3, 6, 2, 5, 1, 4, 0)),
}  # fmt: skip
"""Degrees (0 is the tonic), a bar each; idiomatic ones that settle on the tonic."""

_CELLS: Final[dict[int, tuple[tuple[float, ...], ...]]] = {
    2: ((2,), (1, 1), (1.5, 0.5), (0.5, 0.5, 1), (1, 0.5, 0.5), (-0.5, 0.5, 1), (0.5, 1, 0.5), (0.5, 0.5, 0.5, 0.5)),
    3: ((3,), (2, 1), (1, 1, 1), (1.5, 0.5, 1), (1, 2), (1, 0.5, 0.5, 1), (2, 0.5, 0.5), (-1, 1, 1), (1.5, 1.5)),
}
"""Rhythms of a melody inside a group of beats; a negative length is a rest."""
_COMPOUND_CELLS: Final[tuple[tuple[float, ...], ...]] = ((3,), (2, 1), (1, 1, 1), (1.5, 0.5, 1), (1, 2), (-1, 1, 1))


def _long_bass(write: Writer, part: Part) -> None:
    for bar in write.bars():
        at, root = bar * write.plan.beats, write.around(40, write.chord(bar)[0])
        if len(write.plan.groups) > 1 and write.dice.random() < 0.4:
            second = write.plan.starts()[-1]
            part.note(at, second - 0.1, root, 88)
            part.note(at + second, write.plan.beats - second - 0.1, write.around(40, write.chord(bar)[2]), 80)
        else:
            part.note(at, write.plan.beats - 0.1, root, 88)


def _group_bass(write: Writer, part: Part) -> None:
    for bar in write.bars():
        for index, start in enumerate(write.plan.starts()):
            note = write.chord(bar)[0 if index == 0 else 2]
            length = write.plan.groups[index] * 0.6
            part.note(bar * write.plan.beats + start, length, write.around(40, note), 92 if index == 0 else 82)


def _riff_bass(write: Writer, part: Part) -> None:
    """A rhythm of its own, the same in every bar."""
    step = 1.0 if write.plan.compound else 0.5
    places = {0.0} | {float(start) for start in write.plan.starts() if write.dice.random() < 0.75}
    count = round(write.plan.beats / step)
    places |= {index * step for index in range(1, count) if write.dice.random() < 0.3}
    notes = {place: write.dice.choice((0, 0, 0, 2, 12)) for place in places}
    for bar in write.bars():
        chord = write.chord(bar)
        for place in sorted(places):
            which = notes[place]
            note = chord[0] if which in (0, 12) or place == 0 else chord[which]
            up = 12 if which == 12 and place else 0
            part.note(bar * write.plan.beats + place, step * 0.9, write.around(38, note) + up, 96 if place == 0 else 84)


def _walking_bass(write: Writer, part: Part) -> None:
    for bar in write.bars():
        chord, target = write.chord(bar), write.around(43, write.chord(bar + 1)[0])
        now = write.around(43, chord[0])
        for beat in range(write.plan.beats):
            if beat == write.plan.beats - 1:
                now = target + write.dice.choice((-1, 1, 2, -2))
            elif beat:
                now = write.around(now + write.dice.choice((-4, 3, 4)), write.dice.choice(chord))
            part.note(bar * write.plan.beats + beat, 0.9, now, 88 if beat else 94)


def _off_bass(write: Writer, part: Part) -> None:
    """A club's bass: on the off-beats, or in running eighths."""
    running = write.dice.random() < 0.5 and not write.plan.compound
    for bar in write.bars():
        root = write.around(38, write.chord(bar)[0])
        for beat in range(write.plan.beats):
            at = bar * write.plan.beats + beat
            if running:
                part.note(at, 0.4, root, 84)
            part.note(at + (0 if write.plan.compound else 0.5), 0.4, root, 92)


def _block_comp(write: Writer, part: Part) -> None:
    seventh = write.dice.random() < 0.3
    per_group = write.dice.random() < 0.5
    for bar in write.bars():
        starts = write.plan.starts() if per_group else [0]
        for index, start in enumerate(starts):
            end = [*starts[1:], write.plan.beats][index]
            at = bar * write.plan.beats + start
            part.note(at, end - start - 0.1, write.voiced(bar, 60, seventh), 72)


def _oom_pah_comp(write: Writer, part: Part) -> None:
    for bar in write.bars():
        for start, length in zip(write.plan.starts(), write.plan.groups, strict=True):
            for beat in range(1, length):
                part.note(bar * write.plan.beats + start + beat, 0.5, write.voiced(bar, 60, False), 66)


def _arpeggio_comp(write: Writer, part: Part) -> None:
    step = 1.0 if write.plan.compound or write.plan.beat_bpm > 150 else 0.5
    up = write.dice.choice(((0, 1, 2), (0, 2, 1, 2), (0, 1, 2, 1), (2, 1, 0, 1)))
    restart = write.dice.random() < 0.7
    for bar in write.bars():
        notes = write.voiced(bar, 62, False)
        count = round(write.plan.beats / step)
        for index in range(count):
            turn = index if restart else index + bar * count
            note = notes[up[turn % len(up)] % len(notes)]
            part.note(bar * write.plan.beats + index * step, step * 1.4, note, 70 + 6 * (index == 0))


def _strum_comp(write: Writer, part: Part) -> None:
    step = 1.0 if write.plan.compound else 0.5
    count = round(write.plan.beats / step)
    starts = write.plan.starts()
    pattern = [index * step in starts or write.dice.random() < 0.55 for index in range(count)]
    for bar in write.bars():
        for index in (index for index in range(count) if pattern[index]):
            down = 8 if float(index * step).is_integer() else -14
            loud = 66 + (14 if index * step in starts else 0)
            part.note(
                bar * write.plan.beats + index * step, step * 0.9, write.voiced(bar, 58, False), loud, strum_ms=down
            )


def _offbeat_comp(write: Writer, part: Part) -> None:
    """Chords between the beats: ska, reggae, house stabs."""
    late = 0.0 if write.plan.compound else 0.5
    for bar in write.bars():
        for beat in range(write.plan.beats):
            if not write.plan.compound or beat % 3:
                part.note(bar * write.plan.beats + beat + late, 0.3, write.voiced(bar, 62, False), 72)


def _jazz_comp(write: Writer, part: Part) -> None:
    stabs: list[list[float]] = []
    for _ in range(2):
        places = [0.0] if write.dice.random() < 0.6 else []
        places += [start + write.dice.choice((1.5, 0.5, 1.0, -0.5)) for start in write.plan.starts()]
        stabs.append(sorted({place for place in places if 0 <= place < write.plan.beats}))
    for bar in write.bars():
        for place in stabs[bar % 2]:
            part.note(bar * write.plan.beats + place, 0.5, write.voiced(bar, 60, True), 66 + write.dice.randint(-6, 6))


def _pad(write: Writer, part: Part) -> None:
    for bar in write.bars():
        part.note(bar * write.plan.beats, write.plan.beats - 0.05, write.voiced(bar, 64, False), 54)


def _motif(write: Writer) -> list[float]:
    cells: list[float] = []
    for length in write.plan.groups:
        cells += write.dice.choice(_COMPOUND_CELLS if write.plan.compound else _CELLS[length])
    return cells


def _melody(write: Writer, part: Part) -> None:
    """Motifs of a bar each in the order a a b a or a b a c, chord notes where a group begins, steps between."""
    motifs = [_motif(write) for _ in range(3)]
    form = write.dice.choice(((0, 0, 1, 0), (0, 1, 0, 2), (0, 1, 2, 1)))
    first = write.dice.choice((0, 0, 2, 4))
    step = 7  # a scale step, an octave above the tonic
    for bar in range(first, write.plan.bars):
        dominant = write.chords[bar % len(write.chords)] == 4
        inside = 0.0
        for length in motifs[form[bar % 4]]:
            if length > 0:
                strong = inside in write.plan.starts()
                step = _next_step(write, bar, step, strong)
                note = 60 + (write.plan.tonic + 6) % 12 - 6 + write.degree(step, dominant)
                part.note(bar * write.plan.beats + inside, length * 0.92, note, 90 + 8 * strong)
            inside += abs(length)


def _next_step(write: Writer, bar: int, step: int, strong: bool) -> int:
    step += write.dice.choice((-2, -1, -1, 0, 1, 1, 2))
    step = max(3, min(14, step))
    if strong:
        root = write.chords[bar % len(write.chords)]
        near = [candidate for candidate in range(step - 2, step + 3) if (candidate - root) % 7 in (0, 2, 4)]
        step = write.dice.choice(near)
    return step


@dataclass(frozen=True, slots=True)
class Style:
    """Who plays and how: programs of General MIDI counted from zero, and the ways to choose from."""

    bass: tuple[int, ...]
    comp: tuple[int, ...]
    lead: tuple[int, ...]
    pad: tuple[int, ...]
    basses: tuple[Callable[[Writer, Part], None], ...]
    comps: tuple[Callable[[Writer, Part], None], ...]
    drums: tuple[Callable[[Writer, Part], None], ...]
    kit: int = 0
    timing_ms: float = 7.0


STYLES: Final[dict[str, Style]] = {
    "rock": Style((33, 34), (27, 29, 30), (29, 30, 81), (16, 18), (_riff_bass, _group_bass),
                  (_strum_comp, _block_comp), (rock_drums,), 16),
    "pop": Style((33, 38), (0, 4, 5, 25), (73, 80, 56, 65), (48, 50, 89), (_riff_bass, _long_bass),
                 (_arpeggio_comp, _strum_comp, _block_comp), (rock_drums, house_drums)),
    "ballad": Style((32, 35), (0, 24, 46), (40, 68, 73, 71), (48, 49, 52), (_long_bass, _group_bass),
                    (_arpeggio_comp, _block_comp), (rock_drums, light_drums), 40),
    "folk": Style((32, 42), (24, 25, 105, 15), (40, 21, 73, 72, 22), (48, 21), (_group_bass,),
                  (_oom_pah_comp, _strum_comp), (light_drums,), 0, 9.0),
    "dance": Style((58, 43, 32), (21, 48, 61, 6), (71, 40, 56, 21), (48, 60), (_group_bass,),
                   (_oom_pah_comp,), (light_drums,), 48, 8.0),
    "jazz": Style((32, 35), (0, 4, 26), (65, 66, 56, 11), (17, 48), (_walking_bass, _group_bass),
                  (_jazz_comp,), (jazz_drums,), 32, 10.0),
    "club": Style((38, 39), (81, 62, 90, 5), (80, 81, 84), (89, 90, 95), (_off_bass, _riff_bass),
                  (_offbeat_comp, _arpeggio_comp, _block_comp), (house_drums,), 24, 0.0),
    "chamber": Style((42, 43, 70), (6, 0, 46, 45, 48), (40, 68, 71, 73), (48, 49, 19), (_long_bass, _group_bass),
                     (_arpeggio_comp, _oom_pah_comp, _block_comp), (light_drums,), 48, 12.0),
}  # fmt: skip
"""Styles by name."""


def compose(plan: Plan) -> Score:
    """The score of a plan; one quarter is one beat."""
    dice = random.Random(plan.seed)
    style = STYLES[plan.style]
    score = Score(plan.beat_bpm, f"{plan.beats}/4", plan.seed)
    feel = Feel(plan.swing, 0.5, style.timing_ms, 5.0)
    write = Writer(plan, score, dice, feel, list(dice.choice(_PROGRESSIONS[plan.mode])))
    dice.choice(style.basses)(write, write.part("bass", style.bass, 104))
    dice.choice(style.comps)(write, write.part("comp", style.comp, 88))
    if dice.random() < 0.5:
        _pad(write, write.part("pad", style.pad, 62))
    if dice.random() < 0.85:
        _melody(write, write.part("lead", style.lead, 92))
    if plan.drums:
        kit = score.part("drums", style.kit, drums=True, volume=100 + dice.randint(-18, 6), feel=feel, reverb=20)
        dice.choice(style.drums)(write, kit)
    _last_chord(write)
    return score


def _last_chord(write: Writer) -> None:
    at = write.plan.bars * write.plan.beats
    for part in write.score.parts:
        if part.name == "comp":
            part.note(at, write.plan.beats, [write.around(60, note) for note in (0, write.degree(2), 7)], 76)
        if part.name == "bass":
            part.note(at, write.plan.beats, write.around(40, 0), 88)
