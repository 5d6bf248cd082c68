"""The direct path: a probe on token means, written token by token."""

# ruff: noqa: E402 - torch may be absent

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.batches import tensors
from training.corpus import LABELS, Clip
from training.direct import STRENGTH, clip_features, fit_direct, probe_weights, window_features
from training.mixer import Standard
from training.probe import fit_probe


@pytest.fixture
def clips() -> list[Clip]:
    return [Clip(f"c{n}", "train", LABELS[n % 16], "", "high", f"g{n}", 20.0) for n in range(48)]


def test_window_features_are_the_means_and_the_wholes(make_store):
    store = make_store(["a", "b"])
    features = window_features(store)
    assert features.shape == (2, 576 + 128 + 1153)
    assert features[1, :576] == pytest.approx(store.patches[1].astype(np.float32).mean(0), abs=1e-5)
    assert features[1, 704:] == pytest.approx(store.wholes[1])


def test_clip_features_are_means_over_the_clip_s_windows(make_store, clips):
    store = make_store([clips[1].id, "other", clips[0].id, clips[1].id])
    features = window_features(store)
    assert clip_features(clips[:2], store, features) == pytest.approx(np.stack([features[2], features[[0, 3]].mean(0)]))


def test_the_path_answers_as_the_probe_it_was_fitted_as(make_store, clips):
    store = make_store([clip.id for clip in clips])
    features = window_features(store)
    standards = Standard(576), Standard(128), Standard(1153)
    parts = tensors(store, range(len(clips)))
    for standard, part in zip(standards, parts, strict=True):
        standard.measure(part)
    targets = np.eye(16, dtype=np.float32)[[LABELS.index(clip.label) for clip in clips]]
    direct = fit_direct(features, targets, probe_weights(clips), standards)
    mean = np.concatenate([standard.mean.numpy() for standard in standards])
    inverse = np.concatenate([standard.inverse.numpy() for standard in standards])
    standardised = (features - mean) * inverse
    expected = fit_probe(standardised, targets, probe_weights(clips), STRENGTH).logits(standardised)
    scores = direct(*(standard(part) for standard, part in zip(standards, parts, strict=True)))
    assert scores.shape == (48, 142, 16)
    assert (scores.mean(1) + direct.bias).numpy() == pytest.approx(expected, abs=1e-3)


def test_rare_genres_and_sure_labels_weigh_more():
    common = [Clip(f"c{n}", "train", "Rock", "", "high", "g", 20.0) for n in range(20)]
    rare = [Clip("r", "train", "Blues", "", "high", "g", 20.0), Clip("w", "train", "Blues", "", "low", "g", 20.0)]
    weights = probe_weights(common + rare)
    assert weights.mean() == pytest.approx(1.0)
    assert weights[20] > weights[0]
    assert weights[21] < weights[20]
