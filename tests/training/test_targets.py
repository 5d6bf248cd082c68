"""Soft targets: labels mixed with out-of-fold probabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.corpus import LABELS, NOT_MUSIC, Clip
from training.settings import Recipe, Settings
from training.targets import make_targets


def clips() -> list[Clip]:
    return [
        Clip(f"c{n}", "train", (*LABELS, NOT_MUSIC)[n % 17], "", "low" if n % 5 == 0 else "high", f"g{n}", 20.0)
        for n in range(68)
    ]


@pytest.mark.parametrize("teacher", [0.0, 0.6])
def test_targets_are_distributions_for_music_and_nothing_else(make_store, teacher):
    store = make_store([clip.id for clip in clips() for _ in range(2)])
    targets = make_targets(clips(), store, replace(Settings(), recipe=Recipe(teacher=teacher)))
    music = np.array([clip.is_music for clip in clips()])
    assert targets.genre[music].sum(1) == pytest.approx(1.0, abs=1e-5)
    assert not targets.genre[~music].any()
    own = targets.genre[music, [LABELS.index(clip.label) for clip in clips() if clip.is_music]]
    assert (own >= 1 - teacher - 1e-6).all()
    assert (own.max() == 1.0) == (teacher == 0.0)


def test_weak_labels_weigh_less(make_store):
    store = make_store([clip.id for clip in clips()])
    targets = make_targets(clips(), store, Settings())
    weak = np.array([clip.confidence == "low" and clip.is_music for clip in clips()])
    assert targets.weight[weak].max() < targets.weight[~weak].min()
