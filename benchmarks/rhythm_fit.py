"""Fit the weights of `genrelens.insight.rhythm` on rendered scores: `python -m benchmarks.rhythm_fit --write`.

A conditional logit: of all (beat period, metre) pairs that a piece offers, those that are true shall have the higher
weighted sums of evidence. The sums' softmax is the certainty. Seeds of these scores are never used for figures.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.scores import Truth, pieces
from genrelens.insight.metre import METRES
from genrelens.insight.onsets import onsets_of
from genrelens.insight.pulses import METRE_NAMES, PULSE_NAMES, Pulse, pulses_of

__all__ = ["Case", "cases", "fit", "main", "right_metre", "right_tempo", "same_tempo"]

SEEDS: Final = (100, 101)
COUNT: Final = 330
TOLERANCE: Final = 0.04
"""A tempo within 4 % is right."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """A piece as the fit sees it: evidence [hypotheses, weights] and which hypotheses are true."""

    truth: Truth
    bpm: Doubles
    metre: NDArray[np.int64]
    evidence: Doubles
    true: NDArray[np.bool_]


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
    return Case(truth, bpm, metre, rows, np.array(true))


def _true(bpm: float, metre: int, truth: Truth) -> bool:
    near = abs(bpm / truth.tempo_bpm - 1) <= TOLERANCE
    if not truth.compound:
        return near and metre == truth.beats
    return (near and metre == 2) or (abs(bpm / (3 * truth.tempo_bpm) - 1) <= TOLERANCE and metre == 6)


def cases(count: int, seed: int) -> list[Case]:
    """The evidence of rendered pieces."""
    found = []
    for song, truth in pieces(count, seed):
        pulses = pulses_of(onsets_of(song.mono(), song.sample_rate))
        if pulses:
            found.append(_case(pulses, truth))
    return found


def fit(training: Sequence[Case], ridge: float) -> tuple[Doubles, Doubles]:
    """Weights and scales of the evidence, by maximum likelihood of the true hypotheses with a ridge."""
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    usable = [case for case in training if case.true.any()]
    scale = np.concatenate([case.evidence for case in usable]).std(axis=0) + 1e-9
    scaled = [(case.evidence / scale, case.true) for case in usable]

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        total, slope = ridge * float(weights @ weights), 2 * ridge * weights
        for rows, true in scaled:
            score = rows @ weights
            every, right = logsumexp(score), logsumexp(score[true])
            total += every - right
            slope = slope + np.exp(score - every) @ rows - np.exp(score[true] - right) @ rows[true]
        return total / len(scaled), slope / len(scaled)

    found = minimize(loss, np.zeros(scale.shape), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return found.x / scale, scale


def module_text(weights: dict[str, float]) -> str:
    """The Python module that holds the weights."""
    rows = "".join(f'    "{name}": {value:.4g},\n' for name, value in weights.items())
    return f'''"""The weights of `rhythm`: what each number of `pulses` counts. Written by `python -m benchmarks.rhythm_fit`."""

from __future__ import annotations

from typing import Final

__all__ = ["WEIGHTS"]

WEIGHTS: Final[dict[str, float]] = {{
{rows}}}
'''


def kept_cases(count: int, seed: int) -> list[Case]:
    """`cases`, kept beside the rendered sound until the evidence changes."""
    folder = Path(os.environ.get("GENRELENS_SCORES") or Path(tempfile.gettempdir()) / "genrelens-scores")
    path = folder / f"evidence-{seed}-{count}.pickle"
    if not path.is_file():
        path.write_bytes(pickle.dumps(cases(count, seed)))
    return list(pickle.loads(path.read_bytes()))


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, print how it does on pieces left out, and write the weights."""
    parser = argparse.ArgumentParser(prog="benchmarks.rhythm_fit", description=__doc__)
    parser.add_argument("--ridge", type=float, default=1.0)
    parser.add_argument("--write", type=Path, help="where the weights go (JSON)")
    options = parser.parse_args(arguments)
    every = [case for seed in SEEDS for case in cases(COUNT, seed)]
    weights, _ = fit(every, options.ridge)
    names = [*PULSE_NAMES, *METRE_NAMES]
    table = {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}
    print(json.dumps(table, indent=1))
    if options.write:
        options.write.write_text(json.dumps(table, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
