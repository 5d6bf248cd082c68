"""Drummers of the test pieces: rock, house, light (waltz, march, polka) and jazz, in any metre.

Why it exists: each marks the groups of the bar as its style does, with fills, and with strokes of its own that repeat
from bar to bar.
"""

from __future__ import annotations

from benchmarks.score_plan import Plan, Writer
from examples.scores.writing import Part

__all__ = ["house_drums", "jazz_drums", "light_drums", "rock_drums"]


def _fills(write: Writer, part: Part, bar: int) -> bool:
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


def rock_drums(write: Writer, part: Part) -> None:
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


def house_drums(write: Writer, part: Part) -> None:
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


def light_drums(write: Writer, part: Part) -> None:
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


def jazz_drums(write: Writer, part: Part) -> None:
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
