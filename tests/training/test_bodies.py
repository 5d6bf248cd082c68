"""Where the tokens lie in time and frequency."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

import itertools

import torch

from training.bodies import (
    BANDS,
    BEAT_WIDTH,
    BEATS,
    FEATURES,
    HIDDEN,
    LOW_SHAPES,
    PATCH_WIDTH,
    PATCHES,
    SOUNDS,
    STEPS,
    WHOLE_WIDTH,
    WINDOW_S,
    Frozen,
    Lower,
    Stems,
    Upper,
    load_networks,
    token_boxes,
)


def test_there_is_one_box_a_token():
    assert len(token_boxes()) == PATCHES + BEATS + 1 == 141


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


def test_the_whole_spans_everything():
    assert token_boxes()[-1] == {"t0_s": 0.0, "t1_s": WINDOW_S, "f0_hz": 0.0, "f1_hz": 15_000.0}


@pytest.fixture(scope="module")
def mels(golden):
    from genrelens.listening.frontend import log_mel
    from training.bodies import MEL_16K, MEL_32K

    waves = golden["wave_32k"].astype("float32")[None], golden["wave_16k"].astype("float32")[None]
    return [torch.from_numpy(log_mel(wave, spec)) for wave, spec in zip(waves, (MEL_32K, MEL_16K), strict=True)]


@torch.inference_mode()
def test_the_parts_say_together_what_the_networks_say(teachers, mels):
    mobilenet, fcn = load_networks(teachers)
    low, coarse = Lower(mobilenet, fcn)(*mels)
    assert (low.shape[1:], coarse.shape[1:]) == LOW_SHAPES
    patches, beats, whole = Frozen(mobilenet, fcn)(low, coarse)
    assert (patches.shape[1:], whole.shape[1:]) == ((PATCHES, PATCH_WIDTH), (WHOLE_WIDTH,))
    hidden, sounds = mobilenet.head(mobilenet.features(mels[0][:, None]).mean((2, 3)))
    assert torch.allclose(whole[:, :HIDDEN], hidden, atol=1e-4)
    assert torch.allclose(whole[:, HIDDEN : HIDDEN + SOUNDS], sounds, atol=1e-3)
    tuned, tuned_beats = Upper(mobilenet, fcn)(low, coarse)
    assert torch.allclose(tuned, patches, atol=1e-4)
    assert torch.equal(tuned_beats, beats)


@torch.inference_mode()
def test_features_are_means_of_the_tokens(teachers, mels):
    stems = Stems(teachers)
    _, _, features = stems(*mels)
    patches, beats, whole = stems.frozen(*stems.lower(*mels))
    assert features.shape == (1, FEATURES)
    assert torch.allclose(features[:, :PATCH_WIDTH], patches.mean(1), atol=1e-5)
    second = features[:, PATCH_WIDTH : PATCH_WIDTH + BEAT_WIDTH]
    assert torch.allclose(second, beats.mean(1), atol=1e-5)
    assert torch.equal(features[:, -WHOLE_WIDTH:], whole)


def test_a_mixer_s_stems_are_a_copy(teachers):
    networks = load_networks(teachers)
    upper = Upper(*networks)
    with torch.no_grad():
        next(upper.parameters()).add_(1)
    assert not torch.equal(next(upper.parameters()), next(networks[0].features[7:].parameters()))
