"""What a test piece is to be, and the desk at which its parts are written: chords of each bar, voicings, seats.

Why it exists: `score_music` (who plays), `score_drums` and the ways to play beside it share this and nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from examples.scores.writing import Feel, Part, Score

__all__ = ["Plan", "Writer", "groupings"]

_MAJOR: Final = (0, 2, 4, 5, 7, 9, 11)
_MINOR: Final = (0, 2, 3, 5, 7, 8, 10)


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
class Writer:
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
