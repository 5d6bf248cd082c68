"""The direct path: a probe on token means, written token by token."""

# ruff: noqa: E402 - torch may be absent

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.bodies import BEAT_WIDTH, BEATS, FEATURES, PATCH_WIDTH, PATCHES, WHOLE_WIDTH, features
from training.corpus import LABELS, Clip
from training.direct import as_tokens, fit_direct
from training.settings import Recipe
from training.store import clip_features
from training.targets import Targets


@pytest.fixture
def clips() -> list[Clip]:
    return [Clip(f"c{n}", "train", LABELS[n % 16], "", "high", f"g{n}", 20.0) for n in range(48)]


def test_clip_features_are_means_over_the_clip_s_windows(make_store, clips):
    store = make_store([clips[1].id, "other", clips[0].id, clips[1].id])
    expected = np.stack([store.features[2], store.features[[0, 3]].mean(0)])
    assert clip_features(clips[:2], store) == pytest.approx(expected)


def test_the_path_answers_as_the_probe_it_was_fitted_as(make_store, clips):
    store = make_store([clip.id for clip in clips])
    varied = make_store([clip.id for clip in clips[::2]], "varied", seed=1)
    labels = np.eye(16, dtype=np.float32)[[LABELS.index(clip.label) for clip in clips]]
    targets = Targets(tuple(clips), labels, np.full((48, 16), 1 / 16, np.float32), np.ones(48, np.float32))
    probe = fit_direct(targets, store, varied, Recipe())
    direct = as_tokens(probe)
    assert direct.patch.shape == (PATCH_WIDTH, 16)
    tokens = [torch.randn(5, *shape) for shape in ((PATCHES, PATCH_WIDTH), (BEATS, BEAT_WIDTH), (WHOLE_WIDTH,))]
    expected = probe.logits(features(*tokens).numpy())
    assert expected.shape == (5, 16)
    assert probe.weight.shape == (16, FEATURES)
    scores = direct(*tokens)
    assert scores.shape == (5, PATCHES + BEATS + 1, 16)
    assert (scores.mean(1) + direct.bias).numpy() == pytest.approx(expected, abs=1e-3)
