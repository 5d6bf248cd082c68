"""Fit the weights of `genrelens.insight.rhythm` on rendered scores: `python -m benchmarks.rhythm_fit --write`.

A conditional logit: of all (beat period, metre) pairs that a piece offers, those that are true shall have the higher
weighted sums of evidence. The sums' softmax is the certainty. Corpus clips from `train`
in genres that count in four join with less weight, so that real recordings have a say about what a bar of four sounds
like. Seeds of these scores, and `train`, are never used for figures.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.scores import Truth, pieces
from genrelens.audio.song import read_song
from genrelens.errors import GenreLensError
from genrelens.insight.metre import METRES
from genrelens.insight.onsets import onsets_of
from genrelens.insight.pulses import METRE_NAMES, PULSE_NAMES, Pulse, pulses_of

__all__ = ["Case", "cases", "fit", "main", "songs", "right_metre", "right_tempo", "same_tempo"]

SEEDS: Final = (100, 101)
COUNT: Final = 330
TOLERANCE: Final = 0.04
"""A tempo within 4 % is right."""
SONGS_EACH: Final = 40
"""Clips of each genre in four."""
SONG_COUNTS: Final = 0.3
WEIGHTS_FILE: Final = Path(__file__).resolve().parents[1] / "src/genrelens/insight/rhythm_weights.py"

_IN_FOUR: Final = frozenset({"Pop", "Rock", "Rap", "Hip-Hop", "Disco", "Electronic", "R&B", "Metal", "Reggae"})

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """A sound as the fit sees it: evidence [hypotheses, weights], which hypotheses are true, and what it counts."""

    evidence: Doubles
    true: NDArray[np.bool_]
    counts: float = 1.0


def same_tempo(one: float, other: float) -> bool:
    """Whether two tempi are within 4 % of each other."""
    return abs(one / other - 1) <= TOLERANCE


def right_tempo(bpm: float, truth: Truth, ratio: float = 1.0) -> bool:
    """Whether it is within 4 % of `ratio` times the true tempo; of 6/8 the dotted quarter's or the eighth's."""
    true = [truth.tempo_bpm * ratio, *([truth.tempo_bpm * 3 * ratio] if truth.compound else [])]
    return any(same_tempo(bpm, tempo) for tempo in true)


def right_metre(metre: int, truth: Truth) -> bool:
    """Whether it is the metre of the score; of 6/8 both six (eighths) and two (dotted quarters) are."""
    return metre == truth.beats or (truth.compound and metre == 2)


def evidence(pulses: Sequence[Pulse]) -> tuple[Doubles, NDArray[np.int64], Doubles]:
    """Tempo, metre and evidence of each hypothesis: metres change fastest."""
    bpm = np.repeat([pulse.bpm for pulse in pulses], len(METRES))
    rows = [np.concatenate([np.tile(pulse.pulse, (len(METRES), 1)), pulse.metre], axis=1) for pulse in pulses]
    return bpm, np.tile(METRES, len(pulses)), np.concatenate(rows)


def _case(pulses: Sequence[Pulse], truth: Truth) -> Case:
    bpm, metre, rows = evidence(pulses)
    true = [_true(float(b), int(m), truth) for b, m in zip(bpm, metre, strict=True)]
    return Case(rows, np.array(true))


def _true(bpm: float, metre: int, truth: Truth) -> bool:
    near = same_tempo(bpm, truth.tempo_bpm)
    if not truth.compound:
        return near and metre == truth.beats
    return (near and metre == 2) or (same_tempo(bpm, 3 * truth.tempo_bpm) and metre == 6)


def cases(count: int, seed: int) -> list[Case]:
    """The evidence of rendered pieces."""
    found = []
    for song, truth in pieces(count, seed):
        pulses = pulses_of(onsets_of(song.mono(), song.sample_rate))
        if pulses:
            found.append(_case(pulses, truth))
    return found


def songs(each: int, seed: int) -> list[Case]:
    """The evidence of corpus clips from `train` whose genres are in four: true is every tempo that is not absurd.

    A few of them are not in four; they count for less than a score, and the ridge forgives them.
    """
    from training.corpus import Corpus, corpus_folder

    corpus = Corpus(corpus_folder(), seed=0)
    clips = [clip for clip in corpus.part("train") if clip.label in _IN_FOUR and clip.confidence == "high"]
    order = [clips[i] for i in np.random.default_rng(seed).permutation(len(clips)) if clips[i].duration_s >= 15]
    taken, groups, found = Counter[str](), set(), []
    for clip in order:
        if taken[clip.label] == each or clip.group in groups:
            continue
        groups.add(clip.group)
        taken[clip.label] += 1
        try:
            song = read_song(corpus.read(clip))
        except GenreLensError:
            continue
        pulses = pulses_of(onsets_of(song.mono(), song.sample_rate))
        if pulses:
            bpm, metre, rows = evidence(pulses)
            found.append(Case(rows, (metre == 4) & (bpm > 60) & (bpm < 190), SONG_COUNTS))
    return found


def fit(training: Sequence[Case], ridge: float) -> Doubles:
    """Weights of the evidence, by maximum likelihood of the true hypotheses with a ridge."""
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    usable = [case for case in training if case.true.any()]
    scale = np.concatenate([case.evidence for case in usable]).std(axis=0) + 1e-9
    scaled = [(case.evidence / scale, case.true, case.counts) for case in usable]

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        total, slope = ridge * float(weights @ weights), 2 * ridge * weights
        for rows, true, counts in scaled:
            score = rows @ weights
            every, right = logsumexp(score), logsumexp(score[true])
            total += counts * (every - right)
            slope = slope + counts * (np.exp(score - every) @ rows - np.exp(score[true] - right) @ rows[true])
        return total / len(scaled), slope / len(scaled)

    found = minimize(loss, np.zeros(scale.shape), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x / scale)


def module_text(weights: dict[str, float]) -> str:
    """The Python module that holds the weights."""
    rows = "".join(f'    "{name}": {value:.4g},\n' for name, value in weights.items())
    return f'''"""The weights of `rhythm`: what each number of `pulses` counts. `python -m benchmarks.rhythm_fit` wrote them."""

from __future__ import annotations

from typing import Final

__all__ = ["WEIGHTS"]

WEIGHTS: Final[dict[str, float]] = {{
{rows}}}
'''


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and write the weights."""
    parser = argparse.ArgumentParser(prog="benchmarks.rhythm_fit", description="Fit the weights of rhythm.")
    parser.add_argument("--ridge", type=float, default=1.0)
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS_FILE}; else print")
    options = parser.parse_args(arguments)
    every = [case for seed in SEEDS for case in cases(COUNT, seed)] + songs(SONGS_EACH, 1)
    weights = fit(every, options.ridge)
    text = module_text(dict(zip((*PULSE_NAMES, *METRE_NAMES), weights.tolist(), strict=True)))
    if options.write:
        WEIGHTS_FILE.write_text(text, "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
