"""Whether the long-tail list finds hidden songs, and whether the map keeps neighbours, on the music of the corpus.

    python -m benchmarks.longtail [--split validation|choosing|calibrating|test] [--seeds 200] [--map] [--json FILE]

A catalogue for each seed: four fifths of the clips of common genres under their own labels, a tenth of them under a
wrong one; and 5 % clips of World, Latin, Folk, Reggae, Blues and Disco, hidden under common labels. Hidden how:
*chance*: a label drawn as often as the catalogue uses it; *mistaken*: drawn by what the model thinks the clip could be;
*worst*: the common genre that the model finds likeliest, so that label and model err together.
Without labels the list is the probability's own order.
One list for all six genres, sorted by score; average precision of the hidden clips, beside sorting by the rare genre's
probability. "each": the mean over one list a genre. Intervals: of the mean paired difference over seeds, 95 %; the
clips are the same few in all seeds, so they say nothing of other music. The trust in labels was chosen on `choosing`
and `calibrating`, where it had to help on both; `test` had no say. Bar: on `validation`, better under labels drawn by
chance.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.heard import HeardClip, heard_clips
from genrelens.listening.model import load_model
from genrelens.workflows.catalogue_map import nearest, placed, principal
from genrelens.workflows.longtail import tail_scores
from training.corpus import LABELS, Corpus, corpus_folder

RARE: Final = ("World", "Latin", "Folk", "Reggae", "Blues", "Disco")
MODES: Final = ("chance", "mistaken", "worst")
_PARTS: Final = {"validation": ("choosing", "calibrating"), "test": ("test",)}
_HIDDEN: Final = 0.05
_WRONG: Final = 0.1
_AT: Final = 10


def average_precision(scores: Any, hits: Any) -> float:
    """Mean over the hits of the precision down to each, the highest score first."""
    found = hits[np.argsort(-scores, kind="stable")]
    return float((np.cumsum(found) / np.arange(1, len(found) + 1))[found].mean())


def one_catalogue(p: Any, truth: Any, mode: str, seed: int) -> dict[str, float]:
    """Average precision of the list and of the probability, for all rare genres together and for each."""
    draw = np.random.default_rng(seed)
    rare = np.array([LABELS.index(name) for name in RARE])
    common = np.array([i for i in range(len(LABELS)) if i not in rare])
    plain = draw.permutation(np.flatnonzero(np.isin(truth, common)))
    plain = plain[: round(0.8 * len(plain))]
    count = max(2, round(len(plain) * _HIDDEN / (1 - _HIDDEN)))
    hidden = draw.choice(np.flatnonzero(np.isin(truth, rare)), count, replace=False)
    songs = np.concatenate([plain, hidden])
    shares = np.bincount(truth[plain], minlength=len(LABELS)) / len(plain)
    said = truth[songs].copy()
    wrong = np.flatnonzero(draw.random(len(plain)) < _WRONG)
    said[wrong] = draw.choice(len(LABELS), len(wrong), p=shares)
    for place in range(len(plain), len(songs)):
        likely = p[songs[place], common]
        if mode == "chance":
            said[place] = draw.choice(len(LABELS), p=shares)
        else:
            said[place] = common[likely.argmax()] if mode == "worst" else draw.choice(common, p=likely / likely.sum())
        names = [(LABELS[label],) for label in said]
    hits = np.arange(len(songs)) >= len(plain)
    ours = tail_scores(p[songs], names, ["tag"] * len(songs), LABELS)[:, rare]
    own = [(column, hits & (truth[songs] == genre)) for column, genre in enumerate(rare)]
    own = [(column, of) for column, of in own if of.any()]
    return {
        "list": average_precision(ours.max(axis=1), hits),
        "probability": average_precision(p[songs][:, rare].max(axis=1), hits),
        "each_list": float(np.mean([average_precision(ours[:, column], of) for column, of in own])),
        "each_probability": float(np.mean([average_precision(p[songs][:, rare[c]], of) for c, of in own])),
    }


def paired(rows: list[dict[str, float]], one: str, other: str) -> dict[str, float]:
    """Means, and the mean difference with its interval over the seeds."""
    gaps = np.array([row[one] - row[other] for row in rows])
    half = 1.96 * float(gaps.std(ddof=1)) / np.sqrt(len(gaps))
    means = {name: float(np.mean([row[name] for row in rows])) for name in (one, other)}
    gap = float(gaps.mean())
    return {**means, "gap": gap, "low": gap - half, "high": gap + half, "better_in": float((gaps > 0).mean())}


def map_figures(heard: list[HeardClip]) -> dict[str, dict[str, float]]:
    """How well two dimensions keep the ten nearest of each clip: our map beside plain PCA."""
    from sklearn.manifold import trustworthiness

    vectors = np.stack([item.analysis.embedding for item in heard if item.analysis.embedding is not None])
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.array([item.clip.label for item in heard])
    near, _ = nearest(units, _AT)
    figures = {}
    for name, places in (("map", placed(units)), ("pca", principal(units, 2))):
        gaps = ((places[:, None] - places[None]) ** 2).sum(axis=-1)
        np.fill_diagonal(gaps, np.inf)
        drawn = gaps.argsort(axis=1, kind="stable")[:, :_AT]
        kept = [len(set(a) & set(b)) / _AT for a, b in zip(near.tolist(), drawn.tolist(), strict=True)]
        figures[name] = {
            "trustworthiness": float(trustworthiness(units, places, n_neighbors=_AT, metric="cosine")),
            "neighbours_kept": float(np.mean(kept)),
            "same_genre": float((labels[drawn] == labels[:, None]).mean()),
        }
    figures["embedding"] = {"same_genre": float((labels[near] == labels[:, None]).mean())}
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("validation", "choosing", "calibrating", "test"), default="validation")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--map", action="store_true", help="measure the map, too")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "genrelens-benchmarks")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    corpus, model = Corpus(corpus_folder(), seed=0), load_model(device="cpu")
    parts = _PARTS.get(options.split, _PARTS["validation"])
    heard = [item for item in heard_clips(model, corpus, parts, options.cache) if item.clip.is_music]
    heard = [item for item in heard if options.split in (*_PARTS, item.clip.part)]
    p = np.array([[{s.id: s.probability for s in item.analysis.top}[name] for name in LABELS] for item in heard])
    truth = np.array([LABELS.index(item.clip.label) for item in heard])
    figures: dict[str, Any] = {"split": options.split, "clips": len(heard), "seeds": options.seeds, "modes": {}}
    for mode in MODES:
        rows = [one_catalogue(np.maximum(p, 1e-9), truth, mode, seed) for seed in range(options.seeds)]
        figures["modes"][mode] = {
            "together": paired(rows, "list", "probability"),
            "each": paired(rows, "each_list", "each_probability"),
        }
        for kind, row in figures["modes"][mode].items():
            ours, plain, gap, low, high, better = row.values()
            print(
                f"{mode:9} {kind:9} list {ours:.3f}  probability {plain:.3f}  "
                f"gap {gap:+.3f} [{low:+.3f}, {high:+.3f}], better in {better:.0%} of {options.seeds}"
            )
    if options.map:
        figures["map"] = map_figures(heard)
        for name, row in figures["map"].items():
            print(f"{name:10}", *(f"{key} {value:.3f}" for key, value in row.items()))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
