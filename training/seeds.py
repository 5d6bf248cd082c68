"""How much of the figures is luck, and what more data would do: single seeds on `test`, and a learning curve.

    python -m training.seeds --config training/configs/base.yaml

For every seed of the finished run: a bundle of that reader alone, calibrated for itself, evaluated. The learning curve
is of the recipe's first seed, trained anew on a part of the artists, on the choosing part. Writes `docs/seeds.json`;
`test` is looked at, and decides nothing.
"""

from __future__ import annotations

import logging
import os
import platform
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from training.calibrate import calibrate
from training.corpus import Corpus
from training.evaluate import evaluate
from training.export import export_bundle
from training.files import write_json
from training.settings import Settings, command_line
from training.train import load_trained, train, train_clips

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
    """One reader trained on a quarter of the artists of train, on two, three and all, on the choosing part."""
    rows = []
    for quarters in range(1, _QUARTERS + 1):
        part = replace(
            settings,
            name=f"{settings.name}-curve-{quarters}",
            recipe=replace(settings.recipe, seeds=settings.recipe.seeds[:1]),
            share=quarters / _QUARTERS,
            idea="",
        )
        train(part)
        figures = load_trained(part).figures[0]
        kept = {name: round(figures[name], 4) for name in ("top1", "accepted", "macro_f1", "nll")}
        rows.append({"share": part.share, "clips": len(train_clips(part)), **kept})
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
