"""Short pieces whose instruments are known, because they are written here: what the words are held against.

Every piece plays one instrument that is wanted, alone, with one other, or in a band; chords, bass and drums are drawn
from what bands have. They are no beautiful music, but FluidSynth plays them with sampled instruments, and what sounds
is certain. Many pieces are played in one go, for reading the sound font takes longer than playing ten seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import mido
import numpy as np
from numpy.typing import NDArray

from examples.scores.mastering import RATE, play
from training.tag_words import KIT, RARE, WORDS, Word

__all__ = ["LENGTH_S", "RATE", "Player", "Scored", "midi_of", "rendered", "truth_by_score", "write_piece"]

LENGTH_S: Final = 10.0
"""Of a piece."""
TEMPI: Final = (60, 170)
"""Beats a minute."""

_SPACING_S: Final = 12.0
"""From the start of one piece to that of the next: its reverberation is over by then."""
_BATCH: Final = 50
_TICKS_PER_S: Final = 960
_DRUM_CHANNEL: Final = 9
_SCALES: Final = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10))
_PROGRESSIONS: Final = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 0, 4), (1, 4, 0, 0), (5, 3, 0, 4), (0, 0, 3, 0))
_RHYTHMS: Final = ((1, 1, 1, 1), (2, 1, 1), (1.5, 0.5, 1, 1), (0.5,) * 8, (3, 1), (4,), (1, 0.5, 0.5, 2), (0.25,) * 16)
_CHORDS: Final = (0, 0, 4, 5, 16, 18, 24, 25, 26, 27, 29, 48, 46, 88, 89, 90)
_BASSES: Final = (32, 33, 33, 34, 35, 36, 38, 39)
_KITS: Final = (0, 0, 8, 16, 24, 25, 32, 40)
_OTHERS: Final = (15, 45, 52, 53, 58, 68, 69, 70, 74, 75, 77, 79, 106, 107, 108, 111)
"""Instruments of few or no words, which are easily taken for one of those that have one."""
_CHORDAL: Final = frozenset({*range(8), *range(16, 22), *range(23, 32), 46, *range(48, 55), *range(80, 96)})
_RANGES: Final = (
    (range(0, 8), 45, 88), (range(8, 16), 62, 93), (range(16, 24), 48, 84), (range(24, 32), 43, 79),
    (range(32, 40), 28, 52), (range(40, 42), 55, 90), (range(42, 43), 38, 70), (range(43, 44), 28, 52),
    (range(44, 55), 45, 84), (range(47, 48), 40, 56), (range(56, 57), 56, 82), (range(57, 58), 41, 69),
    (range(58, 59), 29, 52), (range(59, 60), 56, 82), (range(60, 64), 46, 76), (range(64, 65), 57, 85),
    (range(65, 67), 46, 77), (range(67, 68), 37, 67), (range(68, 70), 55, 84), (range(70, 71), 35, 68),
    (range(71, 72), 50, 86), (range(72, 73), 75, 102), (range(73, 80), 61, 92), (range(80, 104), 45, 84),
    (range(104, 120), 54, 82),
)  # fmt: skip
"""Lowest and highest note by program, the last row that holds it."""
_BEATS: Final = (
    {36: "x...x...", 38: "..x...x.", 42: "xxxxxxxx"},
    {36: "x..x.x..", 38: "..x...x.", 46: "x.x.x.x."},
    {36: "x.x.x.x.", 39: "..x...x.", 42: ".x.x.x.x"},
    {51: "x.xxx.xx", 44: "..x...x.", 36: "x......."},
    {36: "x.....x.", 37: "...x..x.", 42: "xxxxxxxx", 62: ".x..x.xx"},
    {41: "x..x..xx", 45: ".x..x...", 38: "x.xxx.xx"},
)
"""Drum patterns: key -> eight eighths."""


@dataclass(frozen=True, slots=True)
class Player:
    """Who plays: a General MIDI program or kit (`KIT` and up), and what: lead, chords, bass or drums."""

    program: int
    role: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A piece: who plays, and what. A note is (start s, end s, player, MIDI number, velocity).

    `share` is that of the word whose turn it was: how much the piece counts, for music is not full of bagpipes.
    """

    share: float
    players: tuple[Player, ...]
    notes: tuple[tuple[float, float, int, int, int], ...]

    @property
    def programs(self) -> frozenset[int]:
        """Of everyone who plays."""
        return frozenset(player.program for player in self.players)


def truth_by_score(word: Word, programs: frozenset[int]) -> bool | None:
    """Whether a word is true of a piece; None where its instruments leave that open, or no score can know."""
    if not word.programs:
        return None
    if programs & set(word.programs):
        return True
    return None if programs & set(word.doubtful) else False


def write_piece(number: int, seed: int) -> Scored:
    """Piece `number`: the words take turns in being what is wanted, and now and then one that has no word."""
    random = np.random.default_rng([seed, number])
    turns = [(word.share, word.programs) for word in WORDS if word.programs] + [(RARE, _OTHERS)] * 4
    share, programs = turns[number % len(turns)]
    wanted = int(random.choice(programs))
    players = _seat(wanted, random)
    beat_s = 60 / random.uniform(*TEMPI)
    key, scale = int(random.integers(12)), _SCALES[random.integers(len(_SCALES))]
    chords = _PROGRESSIONS[random.integers(len(_PROGRESSIONS))]
    notes: list[tuple[float, float, int, int, int]] = []
    for index, player in enumerate(players):
        first = index == 0
        loud = int(random.integers(85, 115) if first else random.integers(55, 95))
        for start, length, pitch in _line(player, chords, key, scale, round(LENGTH_S / beat_s), random):
            at = start * beat_s + float(random.normal(0, 0.008))
            velocity = int(np.clip(loud + random.normal(0, 6), 30, 127))
            if at < LENGTH_S:
                end = min(LENGTH_S, at + length * beat_s)
                notes.append((max(0.0, at), max(end, at + 0.03), index, pitch, velocity))
    return Scored(share, players, tuple(notes))


def rendered(first: int, last: int, seed: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Pieces `first` up to, not including, `last`: number and sound, stereo float32 [2, samples] at `RATE`.

    Raises:
        MissingTool: FluidSynth or its sound font is missing.
    """
    length = round(LENGTH_S * RATE)
    for start in range(first, last, _BATCH):
        numbers = range(start, min(last, start + _BATCH))
        sound = play(midi_of([write_piece(number, seed) for number in numbers]))
        for index, number in enumerate(numbers):
            begin = round(index * _SPACING_S * RATE)
            yield number, np.ascontiguousarray(sound[begin : begin + length].T)


def midi_of(pieces: Sequence[Scored]) -> mido.MidiFile:
    """Pieces one after the other, `_SPACING_S` apart, as one track."""
    # At one moment: what ends, then who sits down, then what begins.
    events: list[tuple[float, int, mido.Message]] = []
    for number, piece in enumerate(pieces):
        offset = number * _SPACING_S
        free = iter(channel for channel in range(16) if channel != _DRUM_CHANNEL)
        channels = [_DRUM_CHANNEL if player.role == "drums" else next(free) for player in piece.players]
        for channel, player in zip(channels, piece.players, strict=True):
            program = player.program - KIT if player.role == "drums" else player.program
            events.append((offset, 1, mido.Message("program_change", channel=channel, program=program)))
        for start, end, index, pitch, velocity in piece.notes:
            note = {"channel": channels[index], "note": pitch}
            events.append((offset + start, 2, mido.Message("note_on", velocity=velocity, **note)))
            events.append((offset + end, 0, mido.Message("note_off", velocity=0, **note)))
    events.append((len(pieces) * _SPACING_S, 3, mido.MetaMessage("text", text="end")))
    file = mido.MidiFile(type=1, ticks_per_beat=_TICKS_PER_S // 2)
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=500_000)])
    now = 0
    for seconds, _, message in sorted(events, key=lambda event: event[:2]):
        tick = round(seconds * _TICKS_PER_S)
        track.append(message.copy(time=tick - now))
        now = tick
    file.tracks.append(track)
    return file


def _seat(wanted: int, random: np.random.Generator) -> tuple[Player, ...]:
    """The wanted player, and who accompanies: nobody, one, or a band."""
    if wanted >= KIT:
        role = "drums"
    elif wanted in range(32, 40) or wanted in (43, 58):
        role = "bass"
    else:
        role = "chords" if wanted in _CHORDAL and random.random() < 0.5 else "lead"
    players = [Player(wanted, role)]
    size = random.choice(["alone", "two", "band"], p=[0.2, 0.25, 0.55])
    if size == "alone" and role != "drums":
        return tuple(players)
    taken = {role}
    if "chords" not in taken:
        players.append(Player(int(random.choice(_CHORDS)), "chords"))
    if size == "band" or role in ("drums", "chords"):
        others = (("bass", 0.9, _BASSES), ("drums", 0.75, [KIT + kit for kit in _KITS]), ("lead", 0.4, _leads()))
        players += [
            Player(int(random.choice(programs)), name)
            for name, chance, programs in others
            if name not in taken and random.random() < chance
        ]
    return tuple(players)


def _leads() -> list[int]:
    return sorted({program for word in WORDS for program in word.programs if program < 120} - set(range(32, 40)))


def _line(
    player: Player, chords: Sequence[int], key: int, scale: Sequence[int], beats: int, random: np.random.Generator
) -> Iterator[tuple[float, float, int]]:
    """The notes of one player: (beat, length in beats, MIDI number)."""
    if player.role == "drums":
        pattern = _BEATS[random.integers(len(_BEATS))]
        for beat in range(0, beats + 1, 4):
            for number, marks in pattern.items():
                yield from ((beat + step / 2, 0.4, number) for step, mark in enumerate(marks) if mark == "x")
        return
    low, high = next((low, high) for programs, low, high in reversed(_RANGES) if player.program in programs)
    steps = [note for note in range(low, high + 1) if (note - key) % 12 in scale]
    rhythms = [_RHYTHMS[index] for index in random.integers(len(_RHYTHMS), size=2)]
    place = int(random.integers(len(steps) // 4, 1 + 3 * len(steps) // 4))
    broken = random.random() < 0.4
    for bar, beat in enumerate(range(0, beats + 1, 4)):
        root = chords[bar % len(chords)]
        at = float(beat)
        for index, length in enumerate(rhythms[bar % 2]):
            if player.role == "bass":
                tones = [note for note in steps if (note - key) % 12 == scale[root]]
                yield at, 0.9 * length, tones[0] + (12 if index % 4 == 3 and tones[0] + 12 <= high else 0)
            elif player.role == "chords":
                wanted = {scale[(root + third) % len(scale)] for third in (0, 2, 4)}
                tones = [note for note in steps if (note - key) % 12 in wanted and note >= low + 4][:4]
                sounding = [tones[index % len(tones)]] if broken else tones
                yield from ((at, 0.95 * length, note) for note in sounding)
            else:
                place = int(np.clip(place + random.integers(-2, 3), 0, len(steps) - 1))
                if random.random() > 0.1:
                    yield at, 0.92 * length, steps[place]
            at += length
