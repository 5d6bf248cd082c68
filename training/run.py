"""Everything, from the corpus to the calibrated bundle; every step resumes where a killed run was.

    python -m training.run --config training/configs/base.yaml

`python -m training.evaluate --split test` is not part of it: `test` is looked at once, when everything is chosen.
"""

from __future__ import annotations

from training.calibrate import calibrate
from training.export import bundle_folder, export_bundle
from training.settings import command_line
from training.store import build_stores
from training.train import train

__all__ = ["main"]


def main() -> None:
    """Stores, mixers, graph, calibration."""
    settings = command_line(__doc__)
    build_stores(settings)
    train(settings)
    folder = bundle_folder(settings)
    export_bundle(settings, folder)
    calibrate(settings, folder)


if __name__ == "__main__":
    main()
