"""One score for two players: Bach's Prelude in C major on a piano, and the same harmony as a trap beat.

Why it exists: `benchmarks.style` cross-fades the two renders. They share tempo, key, chords and broken-chord figure,
so that what changes from step to step is the style alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from examples.scores import bach_prelude
from examples.scores.mastering import RATE, master, play
from examples.scores.writing import Feel, Score

__all__ = ["RATE", "STEPS", "cross_faded", "piano", "trap"]

STEPS: Final = 7
BPM: Final = 70.0

HATS: Final = ("x.x.x.x.x.x.xxx.", "x.x.xxx.x.x.x.x.", "x.x.x.x.xxxxx.x.", "x.xxx.x.x.x.xxxx")
"""Two quarters in thirty-seconds, with the rolls that make the style."""
KICKS: Final = ("X.....x...x.....", "X..x......x..x..")


def piano() -> Score:
    """The prelude an octave lower, where the sampled piano is warmest, at the tempo that both share."""
    score = Score(BPM, "4/4", "style/piano")
    bach_prelude.write(score)
    for part in score.parts:
        part.notes[:] = [replace(note, number=note.number - 12) for note in part.notes]
    return score


def trap() -> Score:
    """The same bars half-time over 808, claps and rolling hats; the broken chords on a bell."""
    score = Score(BPM, "4/4", "style/trap")
    feel = Feel(timing_ms=1.5, loudness=3)
    drums = score.part("Drums", 25, drums=True, volume=122, reverb=8, feel=feel)
    bass = score.part("808", 38, volume=127, reverb=0, feel=feel)
    bass.generator(0, 8, -1900)
    sub = score.part("Sub", 80, volume=96, reverb=0, feel=feel)
    sub.generator(0, 8, -2300)
    pad = score.part("Pad", 89, volume=54, reverb=60, feel=feel)
    bell = score.part("Bell", 9, volume=50, reverb=70, feel=feel)
    for bar, voices in enumerate(line.split() for line in bach_prelude.BARS):
        at = 4.0 * bar
        drums.drums(at, {"kick": KICKS[bar % 2], "clap": "........X......."}, 110)
        for half in range(2):
            drums.drums(at + 2 * half, {"hat": HATS[(bar * 2 + half) % 4]}, 84, step=0.125)
            for index, voice in enumerate(bach_prelude.FIGURE):
                bell.note(at + 2 * half + index * 0.25, 0.2, voices[voice], 56)
        root = voices[0][:-1] + "2"
        for start, length in ((0.0, 1.4), (1.5, 0.9), (2.5, 1.4)):
            bass.note(at + start, length, root, 112)
            sub.note(at + start, length, root, 112)
        pad.note(at, 3.9, voices[1:4], 50)
    return score


def cross_faded() -> list[NDArray[np.float32]]:
    """float32 [2, n] at 44.1 kHz for each step: all piano first, all trap last, equal power between.

    Raises:
        MissingTool: FluidSynth or its sound font is missing.
    """
    old, new = (master(play(score.midi())).T for score in (piano(), trap()))
    length = min(old.shape[1], new.shape[1])
    angles = np.linspace(0, np.pi / 2, STEPS)
    return [
        (0.7 * (np.cos(angle) * old[:, :length] + np.sin(angle) * new[:, :length])).astype(np.float32)
        for angle in angles
    ]
