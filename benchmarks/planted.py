"""Rendered pieces in which one part is known to be what pushes a genre: for the sentences about evidence.

A piece is a quiet bed and a *planted* part, played by FluidSynth apart and mixed, so that the piece is there with and
without it. Kinds: `band` (a part that lives in a known band: bass riff, flute, shaker, tom), `period` (a chord that
comes again every so many seconds), `off_beat` (chords or hats between the beats of a drum), `on_beat` and `held` (the
same on the beats, or long tones over a drum: no off-beat anywhere in the planted part). Everything is drawn by seed:
those of `benchmarks.evidence_claims` were never looked at while thresholds were chosen.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from examples.scores.mastering import RATE, play
from examples.scores.writing import Score

__all__ = ["KINDS", "RATE", "Kind", "Planted", "planted"]

Kind = Literal["band", "period", "off_beat", "on_beat", "held"]
KINDS: Final[tuple[Kind, ...]] = ("band", "period", "off_beat", "on_beat", "held")

_SECONDS: Final = 14.0
_LEAD_DB: Final = {True: 0.0, False: 6.0}
"""How much louder the planted part is than the bed, RMS; as loud as a bed with drums, whose beat must stay the beat."""
_CHORDS: Final = ("c4+e4+g4", "a3+c4+e4", "d4+f4+a4", "g3+b3+d4", "e4+g4+b4", "f3+a3+c4")
_STABS: Final = (0, 4, 16, 17, 18, 26, 27, 28, 30, 56, 61)
"""Piano, electric piano, harpsichord or clavinet, organs, guitars, brass: what plays short chords."""
_BANDS: Final = {"bass": (32, 33, 34, 36, 38, 39), "flute": (73, 74, 75, 78), "shaker": (0,), "low_tom": (0,)}


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """A piece and what is true of its planted part.

    Attributes:
        name: Of the piece, with its kind and seed.
        kind: What was planted.
        whole: float32 [2, n] at `RATE`.
        bed: The same without the planted part.
        part: The planted part alone, at its level in `whole`.
        onsets_s: Where its notes begin.
        beats_s: Beats that can be heard: the score's, or of a figure alone over a held bed its own.
    """

    name: str
    kind: Kind
    whole: NDArray[np.float32]
    bed: NDArray[np.float32]
    part: NDArray[np.float32]
    onsets_s: tuple[float, ...]
    beats_s: tuple[float, ...]


def planted(kind: Kind, seed: int) -> Planted:
    """The piece of that kind and seed, the same every time.

    Raises:
        MissingTool: FluidSynth or its sound font is missing.
    """
    dice = random.Random(f"{kind}/{seed}")
    bpm = dice.uniform(84, 138)
    beats = int(_SECONDS * bpm / 60)
    drums = kind in ("off_beat", "on_beat", "held") or (kind == "band" and dice.random() < 0.5)
    bed = _played(_bed(bpm, beats, drums, dice))
    score, places = _planted(kind, bpm, beats, dice)
    part = _played(score)
    size = max(bed.shape[1], part.shape[1])
    bed, part = (np.pad(sound, ((0, 0), (0, size - sound.shape[1]))) for sound in (bed, part))
    scaled = part * (np.sqrt(np.mean(bed**2) / np.mean(part**2)) * 10 ** (_LEAD_DB[drums] / 20))
    loudest = np.abs(bed + scaled).max() / 0.9
    quiet, lead = (np.asarray(sound / loudest, np.float32) for sound in (bed, scaled))
    # Over a held bed, a figure that repeats is the only beat there is to hear.
    pulse = tuple(beat * 60 / bpm for beat in (places if kind == "period" else range(beats)))
    return Planted(f"{kind}-{seed}", kind, quiet + lead, quiet, lead, tuple(at * 60 / bpm for at in places), pulse)


def _bed(bpm: float, beats: int, drums: bool, dice: random.Random) -> Score:
    score = Score(bpm, "4/4", f"bed{dice.random()}")
    pad = score.part("Pad", dice.choice((48, 49, 88, 89, 91)), volume=70, reverb=20)
    chord = dice.choice(_CHORDS)
    pad.note(0, beats, chord, 50)
    if drums:
        kit = score.part("Drums", 0, drums=True, volume=110, reverb=10, timing_ms=3)
        snare = dice.choice(("snare", "stick", "clap"))
        for bar in range(beats // 4 + 1):
            kit.drums(4 * bar, {"kick": "x...x...x...x...", snare: "....x.......x..."}, 84)
    return score


def _planted(kind: Kind, bpm: float, beats: int, dice: random.Random) -> tuple[Score, list[float]]:
    """The score of the planted part, and where its notes begin, in beats."""
    score = Score(bpm, "4/4", f"planted{dice.random()}")
    if kind == "band":
        return score, _in_a_band(score, beats, dice)
    stab = score.part("Stab", dice.choice(_STABS), reverb=5, timing_ms=4, loudness=3)
    chord = dice.choice(_CHORDS)
    if kind == "held":
        places = [float(at) for at in range(0, beats, 4)]
        for at in places:
            stab.note(at, 3.8, chord, 90)
        return score, places
    if kind == "period":
        every = dice.choice((0.75, 1.0, 1.5, 2.0, 3.0))
        places = [every * index for index in range(int(beats / every))]
    else:
        places = [beat + (0.5 if kind == "off_beat" else 0.0) for beat in range(beats)]
    hats = kind != "period" and dice.random() < 0.3
    player = score.part("Hats", 0, drums=True, reverb=5, timing_ms=4) if hats else stab
    for at in places:
        player.note(at, 0.16, "f#2" if hats else chord, 94)
    return score, places


def _in_a_band(score: Score, beats: int, dice: random.Random) -> list[float]:
    what = dice.choice(tuple(_BANDS))
    drums = what in ("shaker", "low_tom")
    player = score.part(what, dice.choice(_BANDS[what]), drums=drums, reverb=5, timing_ms=4, loudness=4)
    figure = sorted({0, *dice.sample(range(8), dice.randint(3, 6))})
    notes = {
        "bass": ("e1", "g1", "a1", "b1"),
        "flute": ("e5", "g5", "a5", "b5"),
        "shaker": ("a#5",),
        "low_tom": ("a2",),
    }
    places = []
    for bar in range(beats // 4):
        for step in figure:
            places.append(4 * bar + step / 2)
            player.note(places[-1], 0.45, notes[what][step % len(notes[what])], 96)
    return places


def _played(score: Score) -> NDArray[np.float64]:
    """float64 [2, n] at `RATE`."""
    return np.ascontiguousarray(np.asarray(play(score.midi()), np.float64).T)
