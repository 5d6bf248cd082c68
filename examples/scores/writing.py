"""Building a score: notes, drum patterns and controllers in, a standard MIDI file out.

Why it exists: the scores beside it should read like music (`"e4:1 c5:2"`, `"x...x..."`), not like
MIDI messages, and should not sound like a machine. Positions and lengths are in quarter notes from
the start. Every part draws its small errors of timing and loudness from a generator of its own,
seeded by the piece and the part's name, so the same score always gives the same bytes and a change
in one part leaves the others alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import mido

__all__ = ["DRUMS", "DRUM_CHANNEL", "Feel", "Part", "Piece", "Score", "pitch"]

TICKS_PER_QUARTER: Final = 480
DRUM_CHANNEL: Final = 9
"""The percussion channel of General MIDI, counted from zero."""
BEND_RANGE: Final = 2.0
"""Semitones of a full pitch bend: the General MIDI default."""
TAIL_S: Final = 2.5
"""Silence written after the last note so that it can ring out."""

_STEPS: Final = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ACCIDENTALS: Final = {"": 0, "#": 1, "b": -1}
_PITCH: Final = re.compile(r"([a-g])(#|b|)(-?\d)")

DRUMS: Final[Mapping[str, int]] = {
    "kick": 36, "kick2": 35, "stick": 37, "snare": 38, "clap": 39, "snare2": 40, "low_floor": 41, "hat": 42,
    "floor": 43, "pedal": 44, "low_tom": 45, "open": 46, "mid_tom": 47, "high_mid_tom": 48, "crash": 49,
    "high_tom": 50, "ride": 51, "china": 52, "bell": 53, "tambourine": 54, "splash": 55, "cowbell": 56,
    "crash2": 57, "ride2": 59, "high_bongo": 60, "low_bongo": 61, "mute_conga": 62, "open_conga": 63,
    "low_conga": 64, "cabasa": 69, "maracas": 70, "claves": 75, "high_block": 76, "low_block": 77,
    "shaker": 82,
}  # fmt: skip
"""Names of the General MIDI percussion keys that the scores use."""

_LOUDNESS: Final = {"x": 0, "X": 18, "o": -28, "-": -14}
"""A drum pattern's marks: normal, accent, ghost and soft, as velocity added to the pattern's own."""


def pitch(name: str) -> int:
    """The MIDI number of a note such as "c4" (60), "f#3" or "bb5".

    Raises:
        ValueError: `name` is not a note.
    """
    match = _PITCH.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is not a note: expected a letter a-g, # or b or nothing, and an octave")
    step, accidental, octave = match.groups()
    return 12 * (int(octave) + 1) + _STEPS[step] + _ACCIDENTALS[accidental]


def _pitches(names: str | int | Iterable[str | int]) -> list[int]:
    """Numbers of "c4", "c4+e4+g4", 60 or a list of these."""
    if isinstance(names, int):
        return [names]
    if isinstance(names, str):
        return [pitch(name) for name in names.split("+")]
    return [number for name in names for number in _pitches(name)]


@dataclass(frozen=True, slots=True)
class _Note:
    number: int
    first: int
    last: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Feel:
    """How time and force are treated.

    `swing` is where the off-beat falls inside its pair (0.5 straight, 2/3 triplets), `grid` the
    length in quarters of the notes that swing (0.5 eighths, 0.25 sixteenths); `timing_ms` and
    `loudness` (in velocity) are the standard deviations of a player's small errors.
    """

    swing: float = 0.5
    grid: float = 0.5
    timing_ms: float = 6.0
    loudness: float = 5.0


STRAIGHT: Final = Feel()


@dataclass(slots=True)
class Part:
    """One player: a channel with its instrument, and the way it plays.

    `late_ms` leans it behind the beat; `transpose` is how many semitones it sounds above what is written.
    """

    score: Score
    name: str
    channel: int
    feel: Feel
    late_ms: float = 0.0
    transpose: int = 0
    notes: list[_Note] = field(default_factory=list)
    controls: list[tuple[int, mido.Message]] = field(default_factory=list)
    dice: random.Random = field(default_factory=random.Random)

    def note(
        self,
        at: float,
        length: float,
        notes: str | int | Iterable[str | int],
        velocity: int = 80,
        *,
        strum_ms: float = 0,
    ) -> None:
        """Play one note, or several together ("c4+e4"); `strum_ms` spreads them upwards, a negative one downwards."""
        numbers = _pitches(notes)
        if strum_ms < 0:
            numbers = numbers[::-1]
        shared = self._error_ms()
        end = self._swung(at + length)
        for index, number in enumerate(numbers):
            # Hands land together more or less: half of the error is the chord's, half each finger's own.
            error = self.late_ms + (shared + self._error_ms()) / 2 + index * abs(strum_ms)
            start = max(0.0, self._swung(at) + error * self.score.quarters_per_ms)
            loud = round(velocity + self.dice.gauss(0, self.feel.loudness))
            loud = max(1, min(127, loud))
            first = self._tick(start)
            last = max(first + 20, self._tick(end) - 4)
            self.notes.append(_Note(number + self.transpose, first, last, loud))

    def phrase(
        self, at: float, text: str, velocity: int = 80, *, unit: float = 1.0, hold: float = 0.95, octave: int = 0,
        shape: Callable[[float], float] | None = None,
    ) -> float:  # fmt: skip
        """Play `"e4:1 c5+e5:2 r:1"` (note or chord or rest, colon, length in `unit` quarters) and return where it ends.

        A mark after the length changes one note: `!` accent, `,` softer, `'` staccato. `shape` maps the
        position inside the phrase (0 to 1) to velocity that is added: a crescendo, an arch.
        """
        items = [item.partition(":")[::2] for item in text.replace("|", " ").split()]
        total = sum(float(length.rstrip("!,'")) for _, length in items) * unit
        now = at
        for name, spelled in items:
            length = float(spelled.rstrip("!,'")) * unit
            if name != "r":
                loud = velocity + 14 * spelled.count("!") - 14 * spelled.count(",")
                loud += round(shape((now - at) / total)) if shape is not None else 0
                share = 0.45 if "'" in spelled else hold
                self.note(now, length * share, [n + 12 * octave for n in _pitches(name)], loud)
            now += length
        return now

    def drums(self, at: float, patterns: Mapping[str, str], velocity: int = 88, *, step: float = 0.25) -> None:
        """Play patterns such as `{"kick": "x...x..."}`, one mark a `step`: x normal, X accent, - soft, o ghost."""
        for name, pattern in patterns.items():
            for index, mark in enumerate(pattern.replace("|", "").replace(" ", "")):
                if mark != ".":
                    self.note(at + index * step, step * 0.9, DRUMS[name], velocity + _LOUDNESS[mark])

    def control(self, at: float, number: int, value: float) -> None:
        """Set a controller (0-127) at a position; the value is clipped to the range."""
        value = max(0, min(127, round(value)))
        message = mido.Message("control_change", channel=self.channel, control=number, value=value)
        self.controls.append((self._tick(at), message))

    def ramp(self, at: float, end: float, number: int, first: float, last: float, *, step: float = 0.125) -> None:
        """Move a controller in a straight line from `first` to `last`."""
        steps = max(1, round((end - at) / step))
        for index in range(steps + 1):
            self.control(at + index * step, number, first + (last - first) * index / steps)

    def generator(self, at: float, number: int, offset: int) -> None:
        """Shift a SoundFont generator (8 filter cutoff in cents, 9 resonance in centibels) by way of its NRPN.

        FluidSynth leaves controller 74 unconnected; this is the SoundFont 2.04 way to the same filter.
        `offset` is in NRPN steps: 2 cents or 1 centibel each.
        """
        value = max(0, min(16383, 8192 + offset))
        for control, data in ((99, 120), (98, number), (38, value & 127), (6, value >> 7)):
            self.control(at, control, data)

    def bend(self, at: float, semitones: float) -> None:
        """Bend the channel's pitch by up to two semitones either way."""
        value = max(-8192, min(8191, round(semitones / BEND_RANGE * 8192)))
        self.controls.append((self._tick(at), mido.Message("pitchwheel", channel=self.channel, pitch=value)))

    def slide(self, at: float, end: float, first: float, last: float) -> None:
        """Bend from one offset to another in a straight line: a blues bend, a scoop."""
        steps = max(1, round((end - at) / 0.03))
        for index in range(steps + 1):
            self.bend(at + (end - at) * index / steps, first + (last - first) * index / steps)

    def events(self) -> list[tuple[int, mido.Message]]:
        """Everything the part does as (tick, message), in order.

        At one tick notes end first, then controllers move, then notes start.
        """
        timed = [(tick, 1, message) for tick, message in self.controls]
        following: dict[int, int] = {}
        for note in sorted(self.notes, key=lambda note: note.first, reverse=True):
            # A key struck again ends its former note first, or that note's end would cut the new one short.
            last = min(note.last, following.get(note.number, note.last))
            following[note.number] = note.first
            start = mido.Message("note_on", channel=self.channel, note=note.number, velocity=note.velocity)
            timed.append((note.first, 2, start))
            timed.append((last, 0, mido.Message("note_off", channel=self.channel, note=note.number, velocity=0)))
        return [(tick, message) for tick, _, message in sorted(timed, key=lambda event: event[:2])]

    def _tick(self, quarters: float) -> int:
        return max(0, round(quarters * TICKS_PER_QUARTER))

    def _error_ms(self) -> float:
        return max(-2.0, min(2.0, self.dice.gauss(0, 1))) * self.feel.timing_ms

    def _swung(self, at: float) -> float:
        pair, swing = 2 * self.feel.grid, self.feel.swing
        whole, inside = divmod(at / pair + 1e-9, 1)
        warped = inside * 2 * swing if inside < 0.5 else swing + (inside - 0.5) * 2 * (1 - swing)
        return (whole + warped) * pair


class Score:
    """A piece in the making: parts over one constant tempo and metre.

    Args:
        quarter_bpm: Quarter notes a minute.
        metre: For example "4/4".
        seed: Names the piece's own small human errors.
    """

    def __init__(self, quarter_bpm: float, metre: str, seed: str) -> None:
        self.quarter_bpm = quarter_bpm
        self.metre = metre
        self.seed = seed
        self.parts: list[Part] = []

    @property
    def quarters_per_ms(self) -> float:
        """How many quarter notes pass in a millisecond."""
        return self.quarter_bpm / 60_000

    def part(
        self, name: str, program: int, *, pan: int = 64, volume: int = 100, reverb: int = 40, chorus: int = 0,
        drums: bool = False, feel: Feel = STRAIGHT, timing_ms: float | None = None, loudness: float | None = None,
        late_ms: float = 0.0, transpose: int = 0,
    ) -> Part:  # fmt: skip
        """Seat a player: General MIDI `program` counted from zero (on the drum channel: the kit), place, level, feel.

        `timing_ms` and `loudness` replace the feel's own for this player.
        """
        taken = [part.channel for part in self.parts if part.channel != DRUM_CHANNEL]
        channel = DRUM_CHANNEL if drums else next(c for c in range(16) if c != DRUM_CHANNEL and c not in taken)
        feel = Feel(
            feel.swing,
            feel.grid,
            feel.timing_ms if timing_ms is None else timing_ms,
            feel.loudness if loudness is None else loudness,
        )
        part = Part(self, name, channel, feel, late_ms, transpose, dice=random.Random(f"{self.seed}/{name}"))
        part.controls.append((0, mido.Message("program_change", channel=channel, program=program)))
        for number, value in ((7, volume), (10, pan), (91, reverb), (93, chorus)):
            part.control(0, number, value)
        self.parts.append(part)
        return part

    def midi(self) -> mido.MidiFile:
        """The score as a type 1 MIDI file: a tempo track, then one track a part, each ringing out for `TAIL_S`."""
        numerator, denominator = (int(number) for number in self.metre.split("/"))
        file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
        head = mido.MidiTrack()
        head.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(self.quarter_bpm)))
        head.append(mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator))
        file.tracks.append(head)
        played = {part.name: part.events() for part in self.parts}
        end = max(tick for events in played.values() for tick, _ in events)
        end += round(TAIL_S * 1000 * self.quarters_per_ms * TICKS_PER_QUARTER)
        file.tracks.extend(_track(name, events, end) for name, events in played.items())
        return file


def _track(name: str, events: Sequence[tuple[int, mido.Message]], end: int) -> mido.MidiTrack:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    now = 0
    for tick, message in events:
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=end - now))
    return track


@dataclass(frozen=True, slots=True)
class Piece:
    """One example: what the table says about it, and `write`, which builds its score.

    `tempo_bpm` counts the note that the metre's lower number names: half notes in 2/2.
    """

    name: str
    title: str
    title_zh: str
    composer: str
    composer_zh: str
    rights: str
    tempo_bpm: float
    metre: str
    key: str
    genre: str
    write: Callable[[Score], None]

    def score(self) -> Score:
        """The finished score, the same every time."""
        denominator = int(self.metre.split("/")[1])
        score = Score(self.tempo_bpm * 4 / denominator, self.metre, self.name)
        self.write(score)
        return score
