# ruff: noqa: E402 - torch may be absent
"""mn04 alone hears what it hears inside the whole network, and what was heard is kept."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from genrelens.listening.frontend import log_mel, normalise_level
from training.bodies import FEATURE_PARTS, MEL_32K, SOUNDS, Bodies
from training.tag_sounds import SoundEar, excerpt_of, keep, kept, sounds_of_clips


def test_a_clip_sounds_as_it_does_in_the_whole_network(corpus, teachers, tmp_path):
    clip = corpus.part("train")[0]
    ear = SoundEar.open(teachers, tmp_path)
    found = sounds_of_clips(ear, corpus, [clip], tmp_path)[clip.id]
    excerpt = excerpt_of(corpus, clip)
    mel = torch.from_numpy(log_mel(normalise_level(excerpt.windows), MEL_32K))
    with torch.inference_mode():
        features = Bodies(teachers)(mel, torch.zeros(len(mel), 96, 626))[1]
    expected = features.split(FEATURE_PARTS, 1)[FEATURE_PARTS.index(SOUNDS)].numpy()
    assert found.shape == (len(excerpt.windows), SOUNDS)
    assert np.abs(found - expected).max() < 1e-2
    assert np.array_equal(kept(tmp_path / "clips.npz")[clip.id], found)


def test_what_is_kept_comes_back(tmp_path):
    assert kept(tmp_path / "none.npz") == {}
    keep(tmp_path / "some.npz", {"a": np.ones((2, 3), np.float32)})
    assert np.array_equal(kept(tmp_path / "some.npz")["a"], np.ones((2, 3)))
