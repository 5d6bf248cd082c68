"""The music of the test scores: bars of any metre, with the parts that a band or an ensemble would play on them.

Why it exists: whether tempo, metre and key are heard right can only be counted on music whose truth is known. So
pieces are written here by dice, but after the rules of their style: harmony moves on bar lines, bass and drums mark
the groups of the bar, a melody with motifs lies above. Nothing marks the metre for the sake of the detector.
One quarter of the score is one beat of the bar; of 6/8 it is an eighth.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from examples.scores.writing import Feel, Part, Score

__all__ = ["STYLES", "Plan", "Style", "compose", "groupings"]

_MAJOR: Final = (0, 2, 4, 5, 7, 9, 11)
_MINOR: Final = (0, 2, 3, 5, 7, 8, 10)

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


@dataclass(frozen=True, slots=True)
class Plan:
    """What a piece is to be.

    Attributes:
        beats: Beats in a bar, 2 to 7.
        compound: Whether the bar is 6/8: two pulses of three.
        groups: How the beats of a bar are grouped; adds up to `beats`.
        beat_bpm: Beats a minute (of 6/8: eighths).
        bars: How many.
        tonic: Pitch class, 0 is C.
        mode: "major" or "minor".
        swing: Where the off-beat falls in its beat, 0.5 is straight.
        drums: Whether there is a drummer.
        style: Of `STYLES`.
        seed: Names the dice.
    """

    beats: int
    compound: bool
    groups: tuple[int, ...]
    beat_bpm: float
    bars: int
    tonic: int
    mode: str
    swing: float
    drums: bool
    style: str
    seed: str

    def starts(self) -> list[int]:
        """The first beat of each group of a bar."""
        return [sum(self.groups[:index]) for index in range(len(self.groups))]


def groupings(beats: int, compound: bool) -> tuple[tuple[int, ...], ...]:
    """The usual ways to group the beats of a bar."""
    if compound:
        return ((3, 3),)
    return {
        2: ((2,),), 3: ((3,),), 4: ((2, 2),), 5: ((3, 2), (2, 3)), 6: ((3, 3), (2, 2, 2)),
        7: ((2, 2, 3), (3, 2, 2), (2, 3, 2)),
    }[beats]  # fmt: skip


@dataclass(slots=True)
class _Writer:
    plan: Plan
    score: Score
    dice: random.Random
    feel: Feel
    chords: list[int]

    def part(self, name: str, programs: Sequence[int], volume: int, low: int = 0) -> Part:
        return self.score.part(
            name, self.dice.choice(programs), volume=volume + self.dice.randint(-8, 8), feel=self.feel,
            pan=self.dice.randint(30, 98), reverb=self.dice.randint(10, 70), transpose=low,
        )  # fmt: skip

    def scale(self) -> tuple[int, ...]:
        return _MAJOR if self.plan.mode == "major" else _MINOR

    def degree(self, step: int, dominant: bool = False) -> int:
        """Semitones above the tonic of a scale step (any octave); the leading note over a minor piece's dominant."""
        octave, inside = divmod(step, 7)
        raised = dominant and self.plan.mode == "minor" and inside == 6
        return self.scale()[inside] + 12 * octave + raised

    def chord(self, bar: int, seventh: bool = False) -> list[int]:
        """The chord of a bar as semitones above the tonic, root first."""
        root = self.chords[bar % len(self.chords)]
        return [self.degree(root + third, root == 4) for third in (0, 2, 4, *((6,) if seventh else ()))]

    def around(self, centre: int, semitones: int) -> int:
        """The MIDI note of that pitch class next to `centre`."""
        note = self.plan.tonic + semitones
        return note + 12 * round((centre - note) / 12)

    def voiced(self, bar: int, centre: int, seventh: bool) -> list[int]:
        return sorted({self.around(centre, note) for note in self.chord(bar, seventh)})

    def bars(self) -> range:
        return range(self.plan.bars)


def _long_bass(write: _Writer, part: Part) -> None:
    for bar in write.bars():
        at, root = bar * write.plan.beats, write.around(40, write.chord(bar)[0])
        if len(write.plan.groups) > 1 and write.dice.random() < 0.4:
            second = write.plan.starts()[-1]
            part.note(at, second - 0.1, root, 88)
            part.note(at + second, write.plan.beats - second - 0.1, write.around(40, write.chord(bar)[2]), 80)
        else:
            part.note(at, write.plan.beats - 0.1, root, 88)


def _group_bass(write: _Writer, part: Part) -> None:
    for bar in write.bars():
        for index, start in enumerate(write.plan.starts()):
            note = write.chord(bar)[0 if index == 0 else 2]
            length = write.plan.groups[index] * 0.6
            part.note(bar * write.plan.beats + start, length, write.around(40, note), 92 if index == 0 else 82)


def _riff_bass(write: _Writer, part: Part) -> None:
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


def _walking_bass(write: _Writer, part: Part) -> None:
    for bar in write.bars():
        chord, target = write.chord(bar), write.around(43, write.chord(bar + 1)[0])
        now = write.around(43, chord[0])
        for beat in range(write.plan.beats):
            if beat == write.plan.beats - 1:
                now = target + write.dice.choice((-1, 1, 2, -2))
            elif beat:
                now = write.around(now + write.dice.choice((-4, 3, 4)), write.dice.choice(chord))
            part.note(bar * write.plan.beats + beat, 0.9, now, 88 if beat else 94)


def _off_bass(write: _Writer, part: Part) -> None:
    """A club's bass: on the off-beats, or in running eighths."""
    running = write.dice.random() < 0.5 and not write.plan.compound
    for bar in write.bars():
        root = write.around(38, write.chord(bar)[0])
        for beat in range(write.plan.beats):
            at = bar * write.plan.beats + beat
            if running:
                part.note(at, 0.4, root, 84)
            part.note(at + (0 if write.plan.compound else 0.5), 0.4, root, 92)


def _block_comp(write: _Writer, part: Part) -> None:
    seventh = write.dice.random() < 0.3
    per_group = write.dice.random() < 0.5
    for bar in write.bars():
        starts = write.plan.starts() if per_group else [0]
        for index, start in enumerate(starts):
            end = [*starts[1:], write.plan.beats][index]
            at = bar * write.plan.beats + start
            part.note(at, end - start - 0.1, write.voiced(bar, 60, seventh), 72)


def _oom_pah_comp(write: _Writer, part: Part) -> None:
    for bar in write.bars():
        for start, length in zip(write.plan.starts(), write.plan.groups, strict=True):
            for beat in range(1, length):
                part.note(bar * write.plan.beats + start + beat, 0.5, write.voiced(bar, 60, False), 66)


def _arpeggio_comp(write: _Writer, part: Part) -> None:
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


def _strum_comp(write: _Writer, part: Part) -> None:
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


def _offbeat_comp(write: _Writer, part: Part) -> None:
    """Chords between the beats: ska, reggae, house stabs."""
    late = 0.0 if write.plan.compound else 0.5
    for bar in write.bars():
        for beat in range(write.plan.beats):
            if not write.plan.compound or beat % 3:
                part.note(bar * write.plan.beats + beat + late, 0.3, write.voiced(bar, 62, False), 72)


def _jazz_comp(write: _Writer, part: Part) -> None:
    stabs: list[list[float]] = []
    for _ in range(2):
        places = [0.0] if write.dice.random() < 0.6 else []
        places += [start + write.dice.choice((1.5, 0.5, 1.0, -0.5)) for start in write.plan.starts()]
        stabs.append(sorted({place for place in places if 0 <= place < write.plan.beats}))
    for bar in write.bars():
        for place in stabs[bar % 2]:
            part.note(bar * write.plan.beats + place, 0.5, write.voiced(bar, 60, True), 66 + write.dice.randint(-6, 6))


def _pad(write: _Writer, part: Part) -> None:
    for bar in write.bars():
        part.note(bar * write.plan.beats, write.plan.beats - 0.05, write.voiced(bar, 64, False), 54)


def _motif(write: _Writer) -> list[float]:
    cells: list[float] = []
    for length in write.plan.groups:
        cells += write.dice.choice(_COMPOUND_CELLS if write.plan.compound else _CELLS[length])
    return cells


def _melody(write: _Writer, part: Part) -> None:
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


def _next_step(write: _Writer, bar: int, step: int, strong: bool) -> int:
    step += write.dice.choice((-2, -1, -1, 0, 1, 1, 2))
    step = max(3, min(14, step))
    if strong:
        root = write.chords[bar % len(write.chords)]
        near = [candidate for candidate in range(step - 2, step + 3) if (candidate - root) % 7 in (0, 2, 4)]
        step = write.dice.choice(near)
    return step


def _fills(write: _Writer, part: Part, bar: int) -> bool:
    """A fill over the last group of every fourth bar; whether this bar has one."""
    if bar % 4 != 3 or write.plan.bars < 8:
        return False
    start = write.plan.starts()[-1]
    toms = ("high_tom", "mid_tom", "low_tom", "floor")
    step = 1.0 if write.plan.compound else 0.5
    count = round(write.plan.groups[-1] / step)
    marks = {tom: "".join("x" if index * 4 // count == place else "." for index in range(count))
             for place, tom in enumerate(toms)}  # fmt: skip
    part.drums(bar * write.plan.beats + start, marks, 84, step=step)
    return True


def _rock_drums(write: _Writer, part: Part) -> None:
    plan, dice = write.plan, write.dice
    step = 1.0 if plan.compound else 0.5
    count, starts = round(plan.beats / step), plan.starts()
    kicks = {0.0} | {float(start) for start in starts[1:] if dice.random() < 0.7 and not plan.compound}
    kicks |= {index * step for index in range(1, count) if dice.random() < 0.16}
    snares = {3.0} if plan.compound else {float(start + length - 1) for start, length in _ends(plan)}
    hat = dice.choice(("hat", "hat", "ride"))
    dense = plan.beat_bpm < 150 or plan.compound
    for bar in write.bars():
        at, cut = bar * plan.beats, plan.starts()[-1] if _fills(write, part, bar) else plan.beats
        if bar % 4 == 0 and dice.random() < 0.6:
            part.note(at, 1, 49, 90)
        for index in range(count):
            place = index * step
            if place >= cut:
                break
            if place in kicks:
                part.note(at + place, 0.4, 36, 104 if place == 0 else 94)
            if place in snares and place not in (kicks if plan.compound else ()):
                part.note(at + place, 0.4, 38, 98)
            if dense or place.is_integer():
                part.note(at + place, 0.3, 42 if hat == "hat" else 51, 72 if place.is_integer() else 58)


def _ends(plan: Plan) -> list[tuple[int, int]]:
    return list(zip(plan.starts(), plan.groups, strict=True))


def _house_drums(write: _Writer, part: Part) -> None:
    plan = write.plan
    claps = {start + length - 1 for start, length in _ends(plan)}
    sixteenths = write.dice.random() < 0.4 and plan.beat_bpm < 130
    for bar in write.bars():
        for beat in range(plan.beats):
            at = bar * plan.beats + beat
            if not plan.compound or beat % 3 == 0:
                part.note(at, 0.4, 36, 104)
            if beat in claps and bar >= 2:
                part.note(at, 0.4, 39, 86)
            if not plan.compound:
                part.note(at + 0.5, 0.4, 46, 74)
            if sixteenths:
                part.drums(at, {"hat": "-o.o"}, 70)


def _light_drums(write: _Writer, part: Part) -> None:
    """Waltz, march and polka: a low drum where groups begin, a light one on the other beats."""
    light = write.dice.choice((42, 38, 37, 54))
    first_only = write.dice.random() < 0.5
    for bar in write.bars():
        for start, length in _ends(write.plan):
            for beat in range(length):
                at = bar * write.plan.beats + start + beat
                if beat == 0:
                    part.note(at, 0.5, 36 if start == 0 or not first_only else light, 92 if start == 0 else 76)
                else:
                    part.note(at, 0.4, light, 66)


def _jazz_drums(write: _Writer, part: Part) -> None:
    plan = write.plan
    late = {start + length - 1 for start, length in _ends(plan)}
    for bar in write.bars():
        for beat in range(plan.beats):
            at = bar * plan.beats + beat
            part.note(at, 0.5, 51, 76 + 6 * (beat in late))
            if beat in late:
                part.note(at, 0.3, 44, 70)
                part.note(at + 0.5, 0.3, 51, 64)
            if beat == 0:
                part.note(at, 0.3, 36, 56)
            if write.dice.random() < 0.12:
                part.note(at + 0.5, 0.3, 38, 62)


@dataclass(frozen=True, slots=True)
class Style:
    """Who plays and how: programs of General MIDI counted from zero, and the ways to choose from."""

    bass: tuple[int, ...]
    comp: tuple[int, ...]
    lead: tuple[int, ...]
    pad: tuple[int, ...]
    basses: tuple[Callable[[_Writer, Part], None], ...]
    comps: tuple[Callable[[_Writer, Part], None], ...]
    drums: tuple[Callable[[_Writer, Part], None], ...]
    kit: int = 0
    timing_ms: float = 7.0


STYLES: Final[dict[str, Style]] = {
    "rock": Style((33, 34), (27, 29, 30), (29, 30, 81), (16, 18), (_riff_bass, _group_bass),
                  (_strum_comp, _block_comp), (_rock_drums,), 16),
    "pop": Style((33, 38), (0, 4, 5, 25), (73, 80, 56, 65), (48, 50, 89), (_riff_bass, _long_bass),
                 (_arpeggio_comp, _strum_comp, _block_comp), (_rock_drums, _house_drums)),
    "ballad": Style((32, 35), (0, 24, 46), (40, 68, 73, 71), (48, 49, 52), (_long_bass, _group_bass),
                    (_arpeggio_comp, _block_comp), (_rock_drums, _light_drums), 40),
    "folk": Style((32, 42), (24, 25, 105, 15), (40, 21, 73, 72, 22), (48, 21), (_group_bass,),
                  (_oom_pah_comp, _strum_comp), (_light_drums,), 0, 9.0),
    "dance": Style((58, 43, 32), (21, 48, 61, 6), (71, 40, 56, 21), (48, 60), (_group_bass,),
                   (_oom_pah_comp,), (_light_drums,), 48, 8.0),
    "jazz": Style((32, 35), (0, 4, 26), (65, 66, 56, 11), (17, 48), (_walking_bass, _group_bass),
                  (_jazz_comp,), (_jazz_drums,), 32, 10.0),
    "club": Style((38, 39), (81, 62, 90, 5), (80, 81, 84), (89, 90, 95), (_off_bass, _riff_bass),
                  (_offbeat_comp, _arpeggio_comp, _block_comp), (_house_drums,), 24, 0.0),
    "chamber": Style((42, 43, 70), (6, 0, 46, 45, 48), (40, 68, 71, 73), (48, 49, 19), (_long_bass, _group_bass),
                     (_arpeggio_comp, _oom_pah_comp, _block_comp), (_light_drums,), 48, 12.0),
}  # fmt: skip
"""Styles by name."""


def compose(plan: Plan) -> Score:
    """The score of a plan; one quarter is one beat."""
    dice = random.Random(plan.seed)
    style = STYLES[plan.style]
    score = Score(plan.beat_bpm, f"{plan.beats}/4", plan.seed)
    feel = Feel(plan.swing, 0.5, style.timing_ms, 5.0)
    write = _Writer(plan, score, dice, feel, list(dice.choice(_PROGRESSIONS[plan.mode])))
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


def _last_chord(write: _Writer) -> None:
    at = write.plan.bars * write.plan.beats
    for part in write.score.parts:
        if part.name == "comp":
            part.note(at, write.plan.beats, [write.around(60, note) for note in (0, write.degree(2), 7)], 76)
        if part.name == "bass":
            part.note(at, write.plan.beats, write.around(40, 0), 88)
