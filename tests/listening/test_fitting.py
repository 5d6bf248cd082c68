"""What is fitted keeps its promise on songs that it was not fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.listening.certainty import Calibration, prediction_set, softmax
from genrelens.listening.fitting import best_temperature, conformal_by_label, conformal_threshold

LABELS = tuple("abcdef")


def songs(count, seed, rare_is_hard=True):
    """Six labels; the last is a tenth as common as the others and often taken for them."""
    random = np.random.default_rng(seed)
    truth = random.choice(6, count, p=[0.196] * 5 + [0.02])
    logits = random.standard_normal((count, 6))
    logits[np.arange(count), truth] += np.where(truth == 5, 0.3, 3.0)
    return softmax(logits), truth


def test_a_temperature_undoes_overconfidence():
    random = np.random.default_rng(0)
    logits = 2 * random.standard_normal((4000, 6))
    truth = np.array([random.choice(6, p=p) for p in softmax(logits)])
    assert best_temperature(3 * logits, truth) == pytest.approx(3.0, rel=0.1)


def test_a_rare_hard_label_is_covered_better_with_a_threshold_of_its_own():
    known, truth = songs(1500, 1)
    asked, theirs = songs(20_000, 2)
    shared = conformal_threshold(known, truth, 0.9)
    own = dict(zip(LABELS, conformal_by_label(known, truth, 0.9).tolist(), strict=True))
    covered = {}
    for name, by_label in (("shared", {}), ("own", own)):
        calibration = Calibration({1: 1.0}, shared, 0.5, 1.0, {}, by_label)
        sets = [prediction_set(p, LABELS, calibration) for p in asked]
        covered[name] = np.array([LABELS[t] in found for t, found in zip(theirs, sets, strict=True)])
    assert covered["own"].mean() == pytest.approx(0.9, abs=0.04)
    assert covered["own"][theirs == 5].mean() > covered["shared"][theirs == 5].mean() + 0.1
