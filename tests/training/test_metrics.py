"""The figures, on cases that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training import metrics
from training.corpus import LABELS, Clip

CLIPS = [
    Clip("", "test", *labels, "high", "", 20.0) for labels in (("Rock", ""), ("R&B", "Pop"), ("Rap", ""), ("Jazz", ""))
]


def answers(*labels: str, p: float = 0.7) -> np.ndarray:
    rest = (1 - p) / (len(LABELS) - 1)
    return np.array([[p if label == name else rest for name in LABELS] for label in labels])


def test_strict_and_accepted():
    given = answers("Rock", "Pop", "Hip-Hop", "Blues")
    assert metrics.strict_hits(given, CLIPS).tolist() == [True, False, False, False]
    assert metrics.accepted_hits(given, CLIPS).tolist() == [True, True, True, False]


def test_top_hits_count_the_own_label():
    given = answers("Rock", "Pop", "Hip-Hop", "Blues")
    given[1, LABELS.index("R&B")] = 0.2
    assert metrics.top_hits(given, CLIPS, 2)[:2].tolist() == [True, True]
    assert metrics.top_hits(given, CLIPS, len(LABELS)).all()


def test_confusion_and_macro_f1():
    given = answers("Rock", "Rock", "Rap", "Blues")
    matrix = metrics.confusion(given, CLIPS)
    assert matrix[LABELS.index("R&B"), LABELS.index("Rock")] == 1
    # Rock 2/3, Rap 1, and R&B, Jazz, Blues 0: genres that are neither true nor answered do not count.
    assert metrics.macro_f1(given, CLIPS) == pytest.approx((2 / 3 + 1) / 5)


def test_ece_is_the_gap_between_said_and_right():
    first = np.full(100, 0.8)
    hits = np.arange(100) % 5 != 0
    assert metrics.expected_calibration_error(first, hits, bins=5) == pytest.approx(0.0)
    assert metrics.expected_calibration_error(first, np.ones(100, bool), bins=5) == pytest.approx(0.2)


def test_best_temperature_undoes_a_scale():
    random = np.random.default_rng(0)
    clips = [CLIPS[n] for n in random.integers(0, 4, 4000)]
    logits = random.standard_normal((4000, 16))
    probabilities = metrics.softmax(logits)
    truth = [random.choice(16, p=p) for p in probabilities]
    clips = [Clip("", "test", LABELS[t], "", "high", "", 20.0) for t in truth]
    assert metrics.best_temperature(3 * logits, clips) == pytest.approx(3.0, rel=0.1)


def test_per_genre_says_nan_where_nothing_was_answered():
    rows = metrics.per_genre(answers("Rock", "Rock", "Rap", "Blues"), CLIPS)
    assert rows["Rock"]["precision"] == 0.5
    assert rows["R&B"]["recall"] == 0.0
    assert np.isnan(rows["R&B"]["precision"])


def test_the_bootstrap_holds_the_figure():
    flags = np.arange(200) % 4 != 0
    low, high = metrics.bootstrap_interval(lambda drawn: float(flags[drawn].mean()), 200, seed=1)
    assert low < 0.75 < high
    assert high - low == pytest.approx(0.12, abs=0.03)


def test_risk_falls_where_the_sure_are_right():
    from training.metrics import area_under_risk, risk_coverage

    first = np.linspace(1, 0, 200)
    hits = np.arange(200) < 150
    curve = risk_coverage(first, hits)
    assert curve[0]["risk"] == 0.0
    assert curve[-1] == {"coverage": 1.0, "risk": 0.25, "from_p": 0.0}
    assert area_under_risk(first, hits) < area_under_risk(first[::-1], hits)
