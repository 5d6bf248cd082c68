"""Where the tokens lie in time and frequency."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

import itertools

from training.bodies import BANDS, BEATS, PATCHES, STEPS, WHOLE_WIDTHS, WINDOW_S, token_boxes


def test_there_is_one_box_a_token():
    assert len(token_boxes()) == PATCHES + BEATS + len(WHOLE_WIDTHS) == 142


def test_boxes_have_an_extent_and_lie_in_the_window():
    for box in token_boxes():
        assert 0 <= box["t0_s"] < box["t1_s"] <= WINDOW_S
        assert 0 <= box["f0_hz"] < box["f1_hz"] <= 15_000


def test_the_patches_tile_the_spectrogram():
    patches = token_boxes()[:PATCHES]
    area = sum((box["t1_s"] - box["t0_s"]) * (box["f1_hz"] - box["f0_hz"]) for box in patches)
    assert area == pytest.approx(WINDOW_S * 15_000, rel=1e-4)
    rows = [patches[band * STEPS : (band + 1) * STEPS] for band in range(BANDS)]
    assert all(a["t1_s"] == b["t0_s"] for row in rows for a, b in itertools.pairwise(row))
    assert all(low[0]["f1_hz"] == high[0]["f0_hz"] for low, high in itertools.pairwise(rows))


def test_the_beats_are_three_seconds_of_a_quarter_of_the_bands():
    beats = token_boxes()[PATCHES : PATCHES + BEATS]
    assert beats[0]["f0_hz"] == 0
    assert beats[-1]["f1_hz"] == 8_000
    assert all(3.0 < box["t1_s"] - box["t0_s"] < 3.1 for box in beats)


def test_the_wholes_span_everything():
    for box in token_boxes()[-len(WHOLE_WIDTHS) :]:
        assert box == {"t0_s": 0.0, "t1_s": WINDOW_S, "f0_hz": 0.0, "f1_hz": 15_000.0}
