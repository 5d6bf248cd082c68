"""Everything, from the corpus to the calibrated bundle; every step resumes where a killed run was.

    python -m training.run --config training/configs/base.yaml

What is measured afterwards, in this order: `training.tags --bundle FOLDER` (which words may be said),
`training.evaluate --split test` (once, when everything is chosen), `training.hard_sounds`, `training.invariance`,
`training.seeds`, `training.unseen`, `training.suspects`, and `training.card`, which writes the model card of it all.
"""

from __future__ import annotations

from training.calibrate import calibrate
from training.export import bundle_folder, export_bundle
from training.settings import command_line
from training.store import build_stores
from training.train import train

__all__ = ["main"]


def main() -> None:
    """Stores, readers, graph, calibration."""
    settings = command_line(__doc__)
    build_stores(settings)
    train(settings)
    folder = bundle_folder(settings)
    export_bundle(settings, folder)
    calibrate(settings, folder)


if __name__ == "__main__":
    main()
