"""How much of the figures is luck, and what more data would do: single seeds on `test`, and a learning curve.

    python -m training.seeds --config training/configs/base.yaml

For every seed of the finished run: a bundle of the direct path and that mixer alone, calibrated for itself, evaluated.
The learning curve is of the direct path, which has no seed, on the choosing part. Writes `docs/seeds.json`; `test` is
looked at, and decides nothing.
"""

from __future__ import annotations

import logging
import os
import platform
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from training.calibrate import calibrate
from training.corpus import Corpus, folds
from training.direct import fit_direct
from training.evaluate import evaluate
from training.export import export_bundle
from training.files import write_json
from training.metrics import best_temperature, softmax, summary
from training.settings import Settings, command_line
from training.store import Store, clip_features
from training.targets import make_targets
from training.train import load_trained

__all__ = ["learning_curve", "single_seeds"]

log = logging.getLogger(__name__)

_DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
_QUARTERS: Final = 4


def single_seeds(settings: Settings) -> list[dict[str, Any]]:
    """The headline figures of each seed on `test`."""
    rows = []
    for seed in settings.recipe.seeds:
        alone = replace(settings, recipe=replace(settings.recipe, seeds=(seed,)))
        folder = settings.folder / f"seed-{seed}"
        export_bundle(alone, folder)
        calibrate(alone, folder)
        report = evaluate(folder, "test", Corpus(settings.corpus, settings.seed))
        sure = report["tiers"]["sure"]
        figures = {
            **report["summary"],
            "sure_precision_accepted": sure.get("precision_accepted"),
            "sure_share": sure["share"],
        }
        rows.append({"seed": seed, **figures})
        log.info("seed %d: %s", seed, figures)
    return rows


def learning_curve(settings: Settings) -> list[dict[str, float]]:
    """The direct path fitted on a quarter of the artists of train, on two, three and all, on the choosing part."""
    plain = Store.open(settings.stores / "plain")
    corpus = Corpus(settings.corpus, settings.seed)
    heard = set(plain.ids.tolist())
    songs = [clip for clip in corpus.part("train") if clip.id in heard and clip.is_music]
    choosing = [clip for clip in corpus.part("choosing") if clip.id in heard and clip.is_music]
    quarter = folds([clip.group for clip in songs], _QUARTERS, settings.seed)
    asked = clip_features(choosing, plain)
    rows = []
    for last in range(_QUARTERS):
        some = [clip for clip, part in zip(songs, quarter, strict=True) if part <= last]
        targets = make_targets(some, plain, settings)
        logits = fit_direct(targets, plain, None, settings.recipe).logits(asked).astype(np.float64)
        figures = summary(softmax(logits / best_temperature(logits, choosing)), choosing)
        kept = {name: round(figures[name], 4) for name in ("top1", "accepted", "macro_f1", "nll")}
        rows.append({"share": (last + 1) / _QUARTERS, "clips": len(some), **kept})
    return rows


def main() -> None:
    """The command line."""
    settings = command_line(__doc__)
    seconds = load_trained(settings).seconds
    report = {
        "seeds": single_seeds(settings),
        "learning_curve": learning_curve(settings),
        "learning_curve_on": "on the choosing part (about 220 songs: a point of accuracy is two songs)",
        "machine": f"{os.cpu_count()} cores ({platform.machine()})",
        "minutes": round(seconds / 60, 1),
    }
    write_json(_DOCS / "seeds.json", report)


if __name__ == "__main__":
    main()
