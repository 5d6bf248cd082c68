"""Whether arbitration finds the genre better than a vote, the best source or the model: on simulated annotators.

    python -m benchmarks.arbitrate [--runs 1] [--seed 0] [--workers 2] [--json FILE]

Songs are drawn from the music clips of `validation` (with repetition), which gives each its genre and what the model
really says of it; without the corpus both are simulated, the model calibrated by construction. What the sources say is
simulated (`benchmarks.annotators`). Compared, as shares of songs that get their genre:

    ours     `workflows.arbitration.arbitrate`, with and without the model (names, copies, estimation, all of it)
    vote     majority vote of the sources, a tie shared out; with the model's first genre as one more vote
    best     the best single source, chosen with the truth at hand, which nobody has; where it is silent it is wrong
    model    its first genre

Intervals: 95 %, bootstrap over runs and songs of the paired difference. The bar: where sources are independent, ours is
nowhere worse than the vote beyond the interval. `sure` is the share of songs that nobody need look at, `right` how many
of those are right; in the last lines: how often the answers are right, and how often they say that they are.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.annotators import LABELS, NOTHING, label_songs
from benchmarks.heard import heard_clips
from genrelens.listening.model import load_model
from genrelens.workflows.arbitration.arbitrate import arbitrate
from genrelens.workflows.arbitration.table import LabelTable
from training.corpus import Corpus, corpus_folder

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Scenario:
    """Who labels, and whether they do so independently of each other, given the genre."""

    name: str
    kinds: tuple[str, ...]
    independent: bool = True


SCENARIOS: Final = (
    Scenario("2 fair", ("fair",) * 2),
    Scenario("3 fair", ("fair",) * 3),
    Scenario("3 careful", ("careful",) * 3),
    Scenario("3 mixed", ("careful", "fair", "poor")),
    Scenario("5 mixed", ("careful", "fair", "fair", "poor", "poor")),
    Scenario("1 careful, 6 poor", ("careful", *("poor",) * 6)),
    Scenario("9 poor", ("poor",) * 9),
    Scenario("2 mix genres", ("mixes", "mixes", "fair")),
    Scenario("2 lazy", ("lazy", "lazy", "fair", "careful")),
    Scenario("6 with gaps", ("skips",) * 6),
    Scenario("1 copy", ("poor", "copy", "fair", "careful"), False),
    Scenario("2 copies", ("poor", "copy", "copy", "fair", "careful"), False),
    Scenario("2 half copies", ("poor", "half copy", "half copy", "fair", "careful"), False),
)
RUNS: Final = {50: 8, 200: 4, 1000: 2}
"""Songs in a table -> how many tables are drawn."""
_DRAWS: Final = 1000
_METHODS: Final = ("ours", "ours_alone", "vote", "vote_model", "best", "model")


def votes(said: Ints, more: Ints | None = None) -> Floats:
    """Share of the majority that each genre has, [songs, genres]."""
    counts = np.zeros((said.shape[1], len(LABELS)))
    for row in said if more is None else [*said, more]:
        songs = np.flatnonzero(row != NOTHING)
        counts[songs, row[songs]] += 1
    return counts


def hits(scores: Floats, truth: Ints) -> Floats:
    """For each song the chance that its genre is taken: 1 or 0, or a part where several share the lead."""
    lead = scores == scores.max(axis=1, keepdims=True)
    found: Floats = lead[np.arange(len(truth)), truth] / lead.sum(axis=1)
    return found


def one_run(scenario: Scenario, songs: int, seed: int, pool: tuple[Ints, Floats]) -> dict[str, Floats]:
    """One table: for each method, which songs it gets right; and which ours is sure of, and how sure."""
    random = np.random.default_rng([seed, songs, SCENARIOS.index(scenario)])
    picked = random.integers(0, len(pool[0]), songs)
    truth, model = pool[0][picked], pool[1][picked]
    said = label_songs(scenario.kinds, truth, random)
    files = [f"{song}.mp3" for song in range(songs)]
    cells = {
        f"{at} {kind}": {files[song]: LABELS[row[song]] for song in np.flatnonzero(row != NOTHING)}
        for at, (kind, row) in enumerate(zip(scenario.kinds, said, strict=True))
    }
    table = LabelTable(cells, tuple(files))
    heard = {file: dict(zip(LABELS, row.tolist(), strict=True)) for file, row in zip(files, model, strict=True)}
    found = {
        "vote": hits(votes(said), truth),
        "vote_model": hits(votes(said, model.argmax(axis=1)), truth),
        "best": max(((row == truth).astype(float) for row in said), key=np.mean),
        "model": hits(model, truth),
    }
    for name, voter in (("ours", heard), ("ours_alone", None)):
        verdicts = arbitrate(table, voter).verdicts
        # What has no label gets no genre; the vote is as silent there.
        found[name] = np.array(
            [verdict.label == LABELS[at] for verdict, at in zip(verdicts, truth, strict=True)], float
        )
        if voter is not None:
            found["sure"] = np.array([not verdict.review for verdict in verdicts], float)
            found["said"] = np.array([verdict.probability for verdict in verdicts])
    return found


def interval(runs: Sequence[dict[str, Floats]], ours: str, other: str) -> tuple[float, float, float]:
    """Mean of ours - other in shares of songs, and its 95 % interval."""
    random = np.random.default_rng(0)
    differences = np.stack([run[ours] - run[other] for run in runs])
    means = []
    for _ in range(_DRAWS):
        rows = differences[random.integers(0, len(differences), len(differences))]
        songs = random.integers(0, rows.shape[1], rows.shape)
        means.append(np.take_along_axis(rows, songs, axis=1).mean())
    low, high = np.percentile(means, [2.5, 97.5])
    return float(differences.mean()), float(low), float(high)


def validation_pool(cache: Path) -> tuple[Ints, Floats]:
    """Genre of each music clip of `validation` and the model's distribution; simulated where the corpus is not here."""
    if not (corpus_folder() / "manifest.csv").is_file():
        return simulated_pool(600)
    corpus = Corpus(corpus_folder(), seed=0)
    heard = heard_clips(load_model(device="cpu"), corpus, ("choosing", "calibrating"), cache)
    music = [item for item in heard if item.clip.is_music]
    shares = [{score.id: score.probability for score in item.analysis.top} for item in music]
    return (
        np.array([LABELS.index(item.clip.label) for item in music]),
        np.array([[row[label] for label in LABELS] for row in shares]),
    )


def simulated_pool(songs: int) -> tuple[Ints, Floats]:
    """A model that is right in about two thirds and calibrated: the posterior of a noisy sight of the genre."""
    random = np.random.default_rng(0)
    truth = random.integers(0, len(LABELS), songs)
    strength = 2.3
    seen = random.normal(size=(songs, len(LABELS)))
    seen[np.arange(songs), truth] += strength
    odds = np.exp(strength * (seen - seen.max(axis=1, keepdims=True)))
    return truth, odds / odds.sum(axis=1, keepdims=True)


def row_of(scenario: Scenario, songs: int, runs: Sequence[dict[str, Floats]]) -> dict[str, Any]:
    """The figures of one scenario and size."""
    sure = np.concatenate([run["sure"] for run in runs]) > 0
    right, said = (np.concatenate([run[name] for run in runs]) for name in ("ours", "said"))
    return {
        "scenario": scenario.name,
        "independent": scenario.independent,
        "songs": songs,
        "runs": len(runs),
        **{method: float(np.mean([run[method].mean() for run in runs])) for method in _METHODS},
        "ours_vs_vote_model": interval(runs, "ours", "vote_model"),
        "ours_alone_vs_vote": interval(runs, "ours_alone", "vote"),
        "ours_vs_best": interval(runs, "ours", "best"),
        "ours_vs_model": interval(runs, "ours", "model"),
        "sure": float(sure.mean()),
        "sure_right": float(right[sure].mean()) if sure.any() else float("nan"),
        "right": float(right.mean()),
        "said": float(said.mean()),
    }


def judged(rows: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Where ours wins and loses beyond the interval, by what it is compared with."""
    found: dict[str, list[str]] = {}
    for row in rows:
        for pair in ("ours_vs_vote_model", "ours_alone_vs_vote", "ours_vs_best", "ours_vs_model"):
            _, low, high = row[pair]
            if low > 0 or high < 0:
                key = f"{pair.replace('_', ' ')}: {'better' if low > 0 else 'worse'}"
                found.setdefault(key, []).append(f"{row['scenario']} ({row['songs']})")
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=float, default=1.0, help="times the usual number of tables; at least two")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "genrelens-benchmarks")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    begun = time.perf_counter()
    pool = validation_pool(options.cache)
    rows = []
    print(f"{'':18} songs  ours alone  vote +model  best model   ours - (vote + model)     alone - vote   sure  right")
    with ProcessPoolExecutor(options.workers) as workers:
        jobs = {
            (scenario, songs): [
                workers.submit(one_run, scenario, songs, options.seed + seed, pool)
                for seed in range(max(2, round(count * options.runs)))
            ]
            for songs, count in RUNS.items()
            for scenario in SCENARIOS
        }
        for (scenario, songs), runs in jobs.items():
            row = row_of(scenario, songs, [run.result() for run in runs])
            rows.append(row)
            shares = "  ".join(f"{row[method]:.3f}" for method in _METHODS)
            spans = "  ".join(
                "{:+.3f} [{:+.3f}, {:+.3f}]".format(*row[pair]) for pair in ("ours_vs_vote_model", "ours_alone_vs_vote")
            )
            mark = "" if scenario.independent else " *"
            print(f"{scenario.name + mark:18} {songs:5}  {shares}  {spans}  {row['sure']:.2f}  {row['sure_right']:.3f}")
    print("* not independent")
    verdict = judged(rows)
    for what, where in verdict.items():
        print(f"{what} in {len(where)} of {len(rows)}: {', '.join(where)}")
    names = ("ours_vs_vote_model", "ours_alone_vs_vote")
    worse = [row for row in rows if row["independent"] and any(row[name][2] < 0 for name in names)]
    print(f"bar (independent sources, never worse than the vote): {'met' if not worse else 'missed'}")
    print(f"right {np.mean([row['right'] for row in rows]):.3f}, said {np.mean([row['said'] for row in rows]):.3f}")
    print(f"{time.perf_counter() - begun:.0f} s")
    if options.json:
        figures = {"rows": rows, "judged": verdict, "bar_met": not worse}
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
