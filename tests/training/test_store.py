"""The cache holds what the bodies hear, can be killed and goes on, and never holds a test clip."""

# ruff: noqa: E402 - torch may be absent

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from genrelens.audio.windows import listen
from genrelens.listening.frontend import log_mel, normalise_level, resample_windows
from training.bodies import MEL_16K, MEL_32K, Bodies
from training.corpus import Clip
from training.settings import Settings
from training.store import SYNTHETIC, Store, build_store, clip_features


@pytest.fixture(scope="module")
def settings(corpus, tmp_path_factory):
    return replace(Settings(), corpus=corpus.folder, runs=tmp_path_factory.mktemp("runs"), workers=1)


def test_a_plain_store_holds_what_the_networks_hear_in_the_product_s_windows(corpus, settings):
    clips = corpus.part("train")[:400:200]
    build_store(settings, "plain", [clip.id for clip in clips])
    store = Store.open(settings.stores / "plain")
    windows = normalise_level(listen(corpus.read(clips[0])).windows)
    mels = log_mel(windows, MEL_32K), log_mel(resample_windows(windows, 32_000, 16_000), MEL_16K)
    expected = Bodies(settings.teachers)(*map(torch.from_numpy, mels))
    rows = store.ids == clips[0].id
    for found, answer in zip((store.patches, store.features), expected, strict=True):
        assert found[rows].shape == answer.shape
        np.testing.assert_allclose(found[rows], answer.numpy(), rtol=2e-3, atol=1e-2)
    assert list(dict.fromkeys(store.ids.tolist())) == [clip.id for clip in clips]


def test_a_varied_store_holds_crops_and_noise(corpus, settings):
    clip = corpus.part("train")[0]
    build_store(settings, "varied", [clip.id, f"{SYNTHETIC}-000"])
    store = Store.open(settings.stores / "varied")
    assert store.ids.tolist() == [clip.id] * settings.crops + [f"{SYNTHETIC}-000"]
    assert all(np.isfinite(x).all() for x in (store.patches, store.features))


def test_a_finished_store_is_not_made_again(corpus, settings):
    build_store(settings, "done", [corpus.part("train")[0].id])
    before = (settings.stores / "done" / "patches.npy").stat().st_mtime_ns
    build_store(settings, "done", [corpus.part("train")[0].id])
    assert (settings.stores / "done" / "patches.npy").stat().st_mtime_ns == before


def test_clip_features_are_means_over_the_clip_s_windows(make_store):
    store = make_store(["b", "other", "a", "b"])
    expected = np.stack([store.features[2], store.features[[0, 3]].mean(0)])
    clips = [Clip(name, "train", "Rock", "", "high", name, 20.0) for name in "ab"]
    assert clip_features(clips, store) == pytest.approx(expected)
