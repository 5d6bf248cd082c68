"""Thresholds fitted on made-up songs keep their promise on others."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from genrelens.listening.certainty import Calibration, prediction_set
from genrelens.listening.fitting import conformal_threshold
from genrelens.listening.hearing import Hearing
from training.calibrate import measured_tiers, not_music_threshold
from training.corpus import LABELS, NOT_MUSIC, Clip
from training.listening import Heard
from training.metrics import softmax, truth_of


def songs(count: int, seed: int) -> tuple[np.ndarray, list[Clip]]:
    random = np.random.default_rng(seed)
    probabilities = softmax(2 * random.standard_normal((count, 16)))
    truth = [random.choice(16, p=p) for p in probabilities]
    return probabilities, [Clip("", "test", LABELS[t], "", "high", "", 20.0) for t in truth]


def calibration(threshold: float = 0.9) -> Calibration:
    return Calibration({1: 1.0}, threshold, 0.5, 1.0, {})


def threshold_of(count: int) -> float:
    probabilities, clips = songs(count, 1)
    return conformal_threshold(probabilities, truth_of(clips), 0.9)


def test_prediction_sets_cover_what_they_promise():
    threshold = threshold_of(2000)
    probabilities, clips = songs(2000, 2)
    sets = [prediction_set(p, LABELS, calibration(threshold)) for p in probabilities]
    assert np.mean([clip.label in found for clip, found in zip(clips, sets, strict=True)]) == pytest.approx(
        0.9, abs=0.02
    )


def test_too_few_songs_promise_everything():
    assert threshold_of(5) == 1.0


def test_tiers_share_all_songs():
    tiers = measured_tiers(*songs(500, 3), calibration())
    assert sum(tier["share"] for tier in tiers.values()) == pytest.approx(1.0, abs=1e-3)
    assert tiers["sure"]["precision"] > tiers["likely"]["precision"] > tiers["unsure"]["precision"]


def test_the_not_music_threshold_lies_between():
    def heard(label: str, logit: float) -> Heard:
        hearing = Hearing(np.zeros((1, 16), np.float32), np.array([logit], np.float32), None, None)
        return Heard(Clip("", "test", label, "", "high", "", 20.0), hearing)

    fitted = not_music_threshold([heard("Rock", -6.0)] * 50 + [heard(NOT_MUSIC, 4.0)] * 50)
    assert fitted["threshold"] == pytest.approx(1 / (1 + np.exp(1.0)), abs=1e-4)
    crossed = not_music_threshold([heard("Rock", 5.0)] * 50 + [heard(NOT_MUSIC, 4.0)] * 50)
    assert crossed["threshold"] == pytest.approx(1 / (1 + np.exp(-5.0)), abs=1e-4)
