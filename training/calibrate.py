"""Fit what turns logits into probabilities that can be trusted, on the calibrating part alone.

Temperature by number of windows heard, threshold of the prediction sets, threshold of not-music, and what each
tier really holds. The songs go through the exported bundle and the product's own code; only `bundle.json` changes.

    python -m training.calibrate --config training/configs/base.yaml
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.listening.certainty import Calibration, song_probabilities
from genrelens.listening.fitting import conformal_by_label, conformal_threshold, tier_figures
from genrelens.listening.model import load_model
from training.corpus import LABELS, Clip, Corpus
from training.export import BUNDLE_FILE, bundle_folder
from training.files import write_json
from training.listening import Heard, hear_clips
from training.metrics import (
    accepted_hits,
    best_temperature,
    expected_calibration_error,
    policy_curve,
    strict_hits,
    truth_of,
)
from training.settings import Settings, command_line

__all__ = ["calibrate", "measured_tiers", "not_music_threshold"]

log = logging.getLogger(__name__)

COVERAGE: Final = 0.9
MUSIC_REFUSED: Final = 0.01
"""Share of music that the not-music threshold may refuse on the calibrating part."""


def calibrate(settings: Settings, folder: Path) -> None:
    """Fit the calibration of a bundle and write it into its `bundle.json`."""
    model = load_model(folder, device="cpu")
    heard = hear_clips(model, Corpus(settings.corpus, settings.seed), ("calibrating",))
    songs = [item for item in heard if item.clip.is_music]
    temperature = {"1": _window_temperature(songs), "2": _song_temperature(songs)}
    values: dict[str, Any] = {
        "temperature": temperature,
        "conformal": {"coverage": COVERAGE, "score": "1-p", "threshold": 1.0},
        "not_music": not_music_threshold(heard),
        "tiers": {},
    }
    calibration = Calibration.from_dict(values)
    probabilities = np.stack([song_probabilities(item.hearing.logits, calibration) for item in songs])
    clips = [item.clip for item in songs]
    values["conformal"]["threshold"] = conformal_threshold(probabilities, truth_of(clips), COVERAGE)
    by_label = conformal_by_label(probabilities, truth_of(clips), COVERAGE)
    values["conformal"]["by_label"] = {
        label: round(float(limit), 6) for label, limit in zip(LABELS, by_label, strict=True)
    }
    values["policy"] = policy_curve(probabilities, clips)
    values["tiers"] = measured_tiers(probabilities, clips, calibration)
    description = json.loads((folder / BUNDLE_FILE).read_text(encoding="utf-8"))
    write_json(folder / BUNDLE_FILE, {**description, "calibration": values})
    ece = expected_calibration_error(probabilities.max(1), strict_hits(probabilities, clips))
    log.info("calibrated on %d songs: %s, ECE %.3f", len(songs), values, ece)


def not_music_threshold(heard: Sequence[Heard]) -> dict[str, float]:
    """Threshold on the probability of not-music: half-way, in logits, between nearly all music and nearly all else."""
    logits = np.array([item.hearing.not_music.mean() for item in heard if item.hearing.not_music is not None])
    music = np.array([item.clip.is_music for item in heard])
    highest_music = float(np.quantile(logits[music], 1 - MUSIC_REFUSED))
    lowest_other = float(np.quantile(logits[~music], MUSIC_REFUSED))
    limit = max(highest_music, (highest_music + lowest_other) / 2)
    return {"threshold": round(1 / (1 + math.exp(-limit)), 6), "temperature": 1.0}


def measured_tiers(
    probabilities: NDArray[np.float64], clips: Sequence[Clip], calibration: Calibration
) -> dict[str, dict[str, float]]:
    """For each tier: precision strict and accepted, and the share of songs that fall into it."""
    right = {
        "precision": strict_hits(probabilities, clips),
        "precision_accepted": accepted_hits(probabilities, clips),
    }
    return tier_figures(probabilities, right, calibration)


def _window_temperature(songs: Sequence[Heard]) -> float:
    """Every window as if it had been heard alone."""
    windows = [(row, item.clip) for item in songs for row in item.hearing.logits]
    return best_temperature(np.array([row for row, _ in windows], np.float64), [clip for _, clip in windows])


def _song_temperature(songs: Sequence[Heard]) -> float:
    """Songs of which two windows or more were heard."""
    several = [item for item in songs if len(item.hearing.logits) > 1]
    means = np.stack([item.hearing.logits.mean(0, dtype=np.float64) for item in several])
    return best_temperature(means, [item.clip for item in several])


if __name__ == "__main__":
    chosen = command_line(__doc__)
    calibrate(chosen, bundle_folder(chosen))
