"""The report on a split: the shipped bundle, through the product's own code, against the corpus' labels.

Writes `docs/evaluation.md` for people and `docs/evaluation.json` for programs, and prints the former. Run it on `test`
once, when everything is chosen.

    python -m training.evaluate --split test
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.listening.bundle import Bundle
from genrelens.listening.certainty import not_music_probability, prediction_set, song_probabilities
from genrelens.listening.model import load_model
from training.calibrate import measured_tiers
from training.corpus import LABELS, Corpus, corpus_folder
from training.files import write_json
from training.listening import Heard, hear_clips
from training.metrics import (
    accepted_hits,
    bootstrap_interval,
    confusion,
    expected_calibration_error,
    macro_f1,
    per_genre,
    strict_hits,
    summary,
    top_hits,
)
from training.report import markdown
from training.settings import Settings

__all__ = ["evaluate", "figures_of"]

_PARTS: Final = {
    "test": ("test",),
    "validation": ("choosing", "calibrating"),
    "choosing": ("choosing",),
    "calibrating": ("calibrating",),
}
_BOOTSTRAP_SEED: Final = 7
_DOCS: Final = Path(__file__).resolve().parents[1] / "docs"


def evaluate(bundle: Path | None, split: str, corpus: Corpus) -> dict[str, Any]:
    """Hear a split and count.

    Args:
        bundle: Its folder; the shipped one when left out.
        split: "test", "validation", "choosing" or "calibrating".
        corpus: Where the clips are.

    Returns:
        Plain JSON: the whole report.
    """
    model = load_model(bundle, device="cpu")
    return {"split": split, **figures_of(model.bundle, hear_clips(model, corpus, _PARTS[split]))}


def figures_of(bundle: Bundle, heard: Sequence[Heard]) -> dict[str, Any]:
    """Every figure of the report, from what was heard."""
    songs = [item for item in heard if item.clip.is_music]
    clips = [item.clip for item in songs]
    probabilities = np.stack([song_probabilities(item.hearing.logits, bundle.calibration) for item in songs])
    strict = strict_hits(probabilities, clips)
    return {
        "bundle": {"name": bundle.name, "version": bundle.version, "sha256": bundle.model_sha256},
        "songs": len(songs),
        "not_music_clips": len(heard) - len(songs),
        "summary": _rounded(summary(probabilities, clips)),
        "ece_accepted": round(expected_calibration_error(probabilities.max(1), accepted_hits(probabilities, clips)), 4),
        "intervals": _intervals(probabilities, songs),
        "genres": {label: _rounded(figures) for label, figures in per_genre(probabilities, clips).items()},
        "tiers": measured_tiers(probabilities, clips, bundle.calibration),
        "conformal": _conformal(bundle, probabilities, songs),
        "not_music": _refusals(bundle, heard),
        "reliability": _reliability(probabilities.max(1), strict),
        "confusion": {"labels": list(LABELS), "rows_true_columns_first": confusion(probabilities, clips).tolist()},
    }


def _intervals(probabilities: NDArray[np.float64], songs: Sequence[Heard]) -> dict[str, list[float]]:
    clips = [item.clip for item in songs]
    hits = {
        "top1": strict_hits(probabilities, clips),
        "accepted": accepted_hits(probabilities, clips),
        "top3": top_hits(probabilities, clips, 3),
    }
    count = len(songs)
    intervals = {
        name: bootstrap_interval(lambda drawn, flags=flags: float(flags[drawn].mean()), count, _BOOTSTRAP_SEED)  # type: ignore[misc]
        for name, flags in hits.items()
    }
    intervals["macro_f1"] = bootstrap_interval(
        lambda drawn: macro_f1(probabilities[drawn], [clips[index] for index in drawn]), count, _BOOTSTRAP_SEED
    )
    return {name: [round(low, 4), round(high, 4)] for name, (low, high) in intervals.items()}


def _conformal(bundle: Bundle, probabilities: NDArray[np.float64], songs: Sequence[Heard]) -> dict[str, float]:
    sets = [prediction_set(p, LABELS, bundle.calibration) for p in probabilities]
    covered = [item.clip.label in labels for item, labels in zip(songs, sets, strict=True)]
    sizes = np.array([len(labels) for labels in sets])
    return _rounded(
        {"coverage": float(np.mean(covered)), "mean_size": float(sizes.mean()), "one_label": float(np.mean(sizes == 1))}
    )


def _refusals(bundle: Bundle, heard: Sequence[Heard]) -> dict[str, float]:
    limit = bundle.calibration.not_music_threshold
    refused: dict[bool, list[bool]] = {True: [], False: []}
    for item in heard:
        if item.hearing.not_music is not None:
            refused[item.clip.is_music].append(
                not_music_probability(item.hearing.not_music, bundle.calibration) > limit
            )
    shares = {"music_refused": refused[True], "not_music_refused": refused[False]}
    return {"threshold": limit, **_rounded({name: float(np.mean(flags)) for name, flags in shares.items() if flags})}


def _reliability(first: NDArray[np.float64], hits: NDArray[np.bool_], bins: int = 10) -> list[dict[str, float]]:
    order = np.array_split(np.argsort(first, kind="stable"), bins)
    return [
        _rounded({"said": float(first[part].mean()), "right": float(hits[part].mean()), "songs": len(part)})
        for part in order
        if len(part)
    ]


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: round(value, 4) if isinstance(value, float) and value == value else (None if value != value else value)
        for name, value in values.items()
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=sorted(_PARTS), default="test")
    parser.add_argument("--bundle", type=Path, help="folder of the bundle; the shipped one when left out")
    parser.add_argument("--corpus", type=Path, default=corpus_folder())
    parser.add_argument("--out", type=Path, default=_DOCS, help="where evaluation.md and evaluation.json go")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    report = evaluate(options.bundle, options.split, Corpus(options.corpus, Settings.seed))
    options.out.mkdir(parents=True, exist_ok=True)
    write_json(options.out / "evaluation.json", report)
    text = markdown(report)
    (options.out / "evaluation.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
