"""Logits to probabilities, tiers, mix index and prediction sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from genrelens.errors import BundleError
from genrelens.listening.certainty import (
    Calibration,
    mix_index,
    not_music_probability,
    prediction_set,
    song_probabilities,
    tier_of,
    window_probabilities,
)

VALUES = {
    "temperature": {"1": 2.0, "2": 1.5, "4": 1.0},
    "conformal": {"coverage": 0.9, "threshold": 0.8},
    "not_music": {"threshold": 0.4, "temperature": 1.0},
}
CALIBRATION = Calibration.from_dict(VALUES)


@pytest.mark.parametrize(("windows", "temperature"), [(1, 2.0), (2, 1.5), (3, 1.5), (4, 1.0), (60, 1.0)])
def test_temperature_by_number_of_windows_heard(windows, temperature):
    assert CALIBRATION.temperature(windows) == temperature


def test_fewer_windows_than_any_temperature_take_the_smallest():
    calibration = Calibration.from_dict({**VALUES, "temperature": {"3": 1.7}})
    assert calibration.temperature(1) == 1.7


def test_song_probability_is_the_softmax_of_the_mean_logit_over_the_temperature():
    logits = np.array([[2.0, 0.0], [4.0, 0.0]], np.float32)
    expected = 1 / (1 + np.exp(-3.0 / 1.5))
    assert song_probabilities(logits, CALIBRATION)[0] == pytest.approx(expected)
    assert window_probabilities(logits, CALIBRATION)[:, 0] == pytest.approx(1 / (1 + np.exp(-np.array([1.0, 2.0]))))


@given(arrays(np.float32, (3, 16), elements=st.floats(-1e4, 1e4, width=32)))
def test_probabilities_are_a_distribution_whatever_the_logits(logits):
    probabilities = song_probabilities(logits, CALIBRATION)
    assert np.all(np.isfinite(probabilities))
    assert probabilities.sum() == pytest.approx(1.0)
    assert 0.0 <= mix_index(probabilities) <= 100 * (1 - 1 / 16) + 1e-9


@given(st.integers(1, 20))
def test_mix_index_of_equal_parts(parts):
    assert mix_index(np.full(parts, 1 / parts)) == pytest.approx(100 * (1 - 1 / parts), abs=1e-9)


def test_not_music_is_a_sigmoid_of_its_own():
    assert not_music_probability(np.array([0.0, 2.0]), CALIBRATION) == pytest.approx(1 / (1 + np.exp(-1)))


@pytest.mark.parametrize(
    ("probabilities", "not_music", "tier"),
    [
        ([0.86, 0.1, 0.04, 0.0], 0.0, "sure"),
        ([0.85, 0.1, 0.05, 0.0], 0.0, "likely"),
        ([0.71, 0.1, 0.1, 0.09], 0.0, "likely"),
        ([0.42, 0.38, 0.12, 0.08], 0.0, "blend"),
        ([0.4, 0.2, 0.2, 0.2], 0.0, "unsure"),
        ([0.86, 0.1, 0.04, 0.0], 0.41, "not_music"),
        ([0.86, 0.1, 0.04, 0.0], None, "sure"),
    ],
)
def test_tiers(probabilities, not_music, tier):
    assert tier_of(np.array(probabilities), not_music, CALIBRATION) == tier


def test_prediction_set_is_ordered_and_never_empty():
    labels = ("a", "b", "c")
    assert prediction_set(np.array([0.3, 0.5, 0.2]), labels, CALIBRATION) == ("b", "a", "c")
    assert prediction_set(np.array([0.1, 0.85, 0.05]), labels, CALIBRATION) == ("b",)
    strict = Calibration.from_dict({**VALUES, "conformal": {"threshold": 0.0}})
    assert prediction_set(np.array([0.3, 0.4, 0.3]), labels, strict) == ("b",)


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": {}},
        {"temperature": {"1": 0.0}},
        {"temperature": {"one": 1.0}},
        {"conformal": {}},
        {"not_music": None},
    ],
)
def test_a_calibration_that_cannot_be_is_refused(change):
    with pytest.raises(BundleError) as caught:
        Calibration.from_dict({**VALUES, **change})
    assert caught.value.code == "BUNDLE_INVALID"
