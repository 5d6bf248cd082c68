"""The report on a split: the shipped bundle, through the product's own code, against the corpus' labels.

Writes `docs/evaluation.json`, of which `python -m training.card` makes the model card, and prints the headlines. Run it
on `test` once, when everything is chosen.

    python -m training.evaluate --split test
"""

from __future__ import annotations

import argparse
import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.listening.bundle import Bundle
from genrelens.listening.certainty import SURE_ABOVE, not_music_probability, prediction_set, song_probabilities
from genrelens.listening.model import load_model
from training.calibrate import measured_tiers
from training.corpus import LABELS, Clip, Corpus, corpus_folder
from training.files import write_json
from training.listening import Heard, hear_clips
from training.metrics import (
    accepted_hits,
    area_under_risk,
    bootstrap_interval,
    confusion,
    expected_calibration_error,
    macro_f1,
    per_genre,
    risk_coverage,
    strict_hits,
    summary,
    top_hits,
)
from training.settings import Settings

__all__ = ["evaluate", "figures_of"]

_PARTS: Final = {
    "test": ("test",),
    "validation": ("choosing", "calibrating"),
    "choosing": ("choosing",),
    "calibrating": ("calibrating",),
}
_BOOTSTRAP_SEED: Final = 7
_WISHED: Final = (0.9, 0.95, 0.98)
"""Precisions (accepted) that a policy may ask for."""
_WORST: Final = 20
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
    heard = hear_clips(model, corpus, _PARTS[split])
    report = {"split": split, **figures_of(model.bundle, heard)}
    if split == "test":
        both = [*heard, *hear_clips(model, corpus, _PARTS["validation"])]
        songs, probabilities = _songs(model.bundle, both)
        genres = per_genre(probabilities, [item.clip for item in songs])
        report["recall_accepted_with_validation"] = {
            label: round(row["recall_accepted"], 4) for label, row in genres.items()
        }
    return report


def figures_of(bundle: Bundle, heard: Sequence[Heard]) -> dict[str, Any]:
    """Every figure of the report, from what was heard."""
    songs, probabilities = _songs(bundle, heard)
    clips = [item.clip for item in songs]
    first = probabilities.max(1)
    accepted = accepted_hits(probabilities, clips)
    strict = strict_hits(probabilities, clips)
    return {
        "bundle": {"name": bundle.name, "version": bundle.version, "sha256": bundle.model_sha256},
        "songs": len(songs),
        "not_music_clips": len(heard) - len(songs),
        "summary": _rounded(summary(probabilities, clips)),
        "ece_accepted": round(expected_calibration_error(first, accepted), 4),
        "intervals": _intervals(probabilities, songs),
        "genres": {label: _rounded(figures) for label, figures in per_genre(probabilities, clips).items()},
        "tiers": measured_tiers(probabilities, clips, bundle.calibration),
        "conformal": _conformal(bundle, probabilities, songs),
        "not_music": _refusals(bundle, heard),
        "reliability": _reliability(first, strict),
        "risk_coverage": {"strict": risk_coverage(first, strict), "accepted": risk_coverage(first, accepted)},
        "aurc": _rounded({"strict": area_under_risk(first, strict), "accepted": area_under_risk(first, accepted)}),
        "policy": _policy(bundle, first, strict, accepted),
        "worst_errors": _worst_errors(probabilities, clips),
        "confusion": {"labels": list(LABELS), "rows_true_columns_first": confusion(probabilities, clips).tolist()},
    }


def _songs(bundle: Bundle, heard: Sequence[Heard]) -> tuple[list[Heard], NDArray[np.float64]]:
    songs = [item for item in heard if item.clip.is_music]
    return songs, np.stack([song_probabilities(item.hearing.logits, bundle.calibration) for item in songs])


def _policy(
    bundle: Bundle, first: NDArray[np.float64], strict: NDArray[np.bool_], accepted: NDArray[np.bool_]
) -> list[dict[str, float]]:
    """For each precision one may wish: the threshold that gave it on the calibrating part, and what it gives here."""
    described = json.loads((bundle.folder / "bundle.json").read_text(encoding="utf-8"))
    curve = described["calibration"].get("policy", [])
    rows = []
    for wished in _WISHED:
        fitting = [row for row in curve if row["precision_accepted"] >= wished]
        if fitting:
            above = min(row["above"] for row in fitting)
            inside = first > above
            figures = {"precision": strict[inside].mean(), "precision_accepted": accepted[inside].mean()}
            row = {"wished": wished, "above": above, "share": inside.mean(), **(figures if inside.any() else {})}
            rows.append(_rounded({name: float(value) for name, value in row.items()}))
    return rows


def _worst_errors(probabilities: NDArray[np.float64], clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """The songs that were most surely wrong, not even accepted: what they are, and what was heard."""
    accepted = accepted_hits(probabilities, clips)
    wrong = [index for index in np.argsort(-probabilities.max(1)) if not accepted[index]]
    rows = []
    for index in wrong[:_WORST]:
        clip, order = clips[index], np.argsort(-probabilities[index])
        own = float(probabilities[index][LABELS.index(clip.label)])
        heard = [{"genre": LABELS[k], "p": round(float(probabilities[index][k]), 3)} for k in order[:3]]
        rows.append(
            {"artist": clip.artist, "title": clip.title, "label": clip.label, "own_p": round(own, 3), "heard": heard}
        )
    return rows


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
    first = probabilities.max(1)
    intervals["ece"] = bootstrap_interval(
        lambda drawn: expected_calibration_error(first[drawn], hits["top1"][drawn]), count, _BOOTSTRAP_SEED
    )
    sure = first > SURE_ABOVE
    intervals["sure_share"] = bootstrap_interval(lambda drawn: float(sure[drawn].mean()), count, _BOOTSTRAP_SEED)
    intervals["sure_precision_accepted"] = bootstrap_interval(
        lambda drawn: float(hits["accepted"][drawn][sure[drawn]].mean()), count, _BOOTSTRAP_SEED
    )
    return {name: [round(low, 4), round(high, 4)] for name, (low, high) in intervals.items()}


def _conformal(bundle: Bundle, probabilities: NDArray[np.float64], songs: Sequence[Heard]) -> dict[str, Any]:
    sets = [prediction_set(p, LABELS, bundle.calibration) for p in probabilities]
    covered = np.array([item.clip.label in labels for item, labels in zip(songs, sets, strict=True)])
    sizes = np.array([len(labels) for labels in sets])
    own = np.array([item.clip.label for item in songs])
    return {
        **_rounded({"coverage": covered.mean(), "mean_size": sizes.mean(), "one_label": (sizes == 1).mean()}),
        "by_genre": _rounded({label: covered[own == label].mean() for label in LABELS if (own == label).any()}),
    }


def _refusals(bundle: Bundle, heard: Sequence[Heard]) -> dict[str, Any]:
    limit = bundle.calibration.not_music_threshold
    refused: dict[bool, list[bool]] = {True: [], False: []}
    for item in heard:
        if item.hearing.not_music is not None:
            refused[item.clip.is_music].append(
                not_music_probability(item.hearing.not_music, bundle.calibration) > limit
            )
    shares = {"music_refused": refused[True], "not_music_refused": refused[False]}
    missed = [
        item.clip.id
        for item in heard
        if not item.clip.is_music
        and item.hearing.not_music is not None
        and not_music_probability(item.hearing.not_music, bundle.calibration) <= limit
    ]
    figures = {name: float(np.mean(flags)) for name, flags in shares.items() if flags}
    return {"threshold": limit, **_rounded(figures), "missed": missed}


def _reliability(first: NDArray[np.float64], hits: NDArray[np.bool_], bins: int = 10) -> list[dict[str, float]]:
    order = np.array_split(np.argsort(first, kind="stable"), bins)
    return [
        _rounded({"said": float(first[part].mean()), "right": float(hits[part].mean()), "songs": len(part)})
        for part in order
        if len(part)
    ]


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    """Four digits; None for what is not a number."""
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}
    return {
        name: (None if math.isnan(value) else round(value, 4)) if isinstance(value, float) else value
        for name, value in plain.items()
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=sorted(_PARTS), default="test")
    parser.add_argument("--bundle", type=Path, help="folder of the bundle; the shipped one when left out")
    parser.add_argument("--corpus", type=Path, default=corpus_folder())
    parser.add_argument("--out", type=Path, default=_DOCS, help="where evaluation.json goes")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    report = evaluate(options.bundle, options.split, Corpus(options.corpus, Settings.seed))
    options.out.mkdir(parents=True, exist_ok=True)
    write_json(options.out / "evaluation.json", report)
    for name, value in report["summary"].items():
        print(f"{name:9} {value:.3f}  {report['intervals'].get(name, '')}")
    for name in ("tiers", "conformal", "not_music", "policy"):
        print(name, report[name])
    worst = min((row["recall_accepted"], label) for label, row in report["genres"].items())
    print("worst genre", worst, "aurc", report["aurc"])


if __name__ == "__main__":
    main()
