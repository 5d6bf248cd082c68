# ruff: noqa: E402 - torch may be absent
"""Where the tokens lie in time and frequency, and what the networks say of a window."""

from __future__ import annotations

import itertools

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from genrelens.listening.frontend import log_mel
from training.bodies import (
    BANDS,
    FEATURE_PARTS,
    FEATURES,
    MEL_16K,
    MEL_32K,
    PATCH_WIDTH,
    STEPS,
    TOKENS,
    WINDOW_S,
    Bodies,
    token_boxes,
)


def test_boxes_have_an_extent_and_lie_in_the_window():
    assert len(token_boxes()) == TOKENS == 128
    for box in token_boxes():
        assert 0 <= box["t0_s"] < box["t1_s"] <= WINDOW_S
        assert 0 <= box["f0_hz"] < box["f1_hz"] <= 15_000


def test_the_patches_tile_the_spectrogram():
    patches = token_boxes()
    area = sum((box["t1_s"] - box["t0_s"]) * (box["f1_hz"] - box["f0_hz"]) for box in patches)
    assert area == pytest.approx(WINDOW_S * 15_000, rel=1e-4)
    rows = [patches[band * STEPS : (band + 1) * STEPS] for band in range(BANDS)]
    assert all(a["t1_s"] == b["t0_s"] for row in rows for a, b in itertools.pairwise(row))
    assert all(low[0]["f1_hz"] == high[0]["f0_hz"] for low, high in itertools.pairwise(rows))


@torch.inference_mode()
def test_features_are_what_the_networks_say(teachers, golden):
    waves = golden["wave_32k"].astype("float32")[None], golden["wave_16k"].astype("float32")[None]
    mels = [torch.from_numpy(log_mel(wave, spec)) for wave, spec in zip(waves, (MEL_32K, MEL_16K), strict=True)]
    bodies = Bodies(teachers)
    patches, features = bodies(*mels)
    assert (patches.shape, features.shape) == ((1, TOKENS, PATCH_WIDTH), (1, FEATURES))
    mean, _, hidden, sounds, embedding, tags = features.split(FEATURE_PARTS, 1)
    last = bodies.mobilenet.features(mels[0][:, None])
    # Band after band, step after step: the order of the boxes.
    assert torch.allclose(patches[0, STEPS + 3], last[0, :, 1, 3], atol=1e-5)
    assert torch.allclose(mean, last.mean((2, 3)), atol=1e-5)
    for found, expected in zip((hidden, sounds), bodies.mobilenet.head(last.mean((2, 3))), strict=True):
        assert torch.allclose(found, expected, atol=1e-4)
    assert torch.allclose(tags, bodies.fcn.dense(embedding), atol=1e-5)
