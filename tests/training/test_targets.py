"""What a clip should answer, and what it counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.corpus import LABELS, NOT_MUSIC, Clip
from training.settings import Settings
from training.targets import clip_weights, make_targets

PLAIN = Clip("c", "train", "Rock", "", "high", "g", 20.0, "s")


def clips() -> list[Clip]:
    names = (*LABELS, NOT_MUSIC)
    return [replace(PLAIN, id=f"c{n}", label=names[n % 17], group=f"g{n}", source=f"s{n % 9}") for n in range(68)]


def test_labels_and_thoughts_are_distributions_for_music_and_nothing_else(make_store):
    store = make_store([clip.id for clip in clips() for _ in range(2)])
    targets = make_targets(clips(), store, Settings())
    music = np.array([clip.is_music for clip in clips()])
    for rows in (targets.labels, targets.thought):
        assert rows[music].sum(1) == pytest.approx(1.0, abs=1e-5)
        assert not rows[~music].any()
    own = [LABELS.index(clip.label) for clip in clips() if clip.is_music]
    assert (targets.labels[music, own] == 1.0).all()


def test_what_is_thought_of_a_song_does_not_come_from_its_source(make_store):
    """Two sources of one genre each, told apart by their sound alone: the teacher must not know it."""
    some = [replace(PLAIN, id=f"c{n}", label=LABELS[n % 2], group=f"g{n}", source=f"s{n % 2}") for n in range(40)]
    store = make_store([clip.id for clip in some])
    features = np.array(store.features)
    features[:, 0] = [9.0 * (n % 2) for n in range(40)]
    np.save(store.features.filename, features)
    thought = make_targets(some, type(store).open(store.features.filename.parent), Settings()).thought
    own = thought[np.arange(40), [n % 2 for n in range(40)]]
    assert own.max() < 0.5


def test_weak_labels_large_sources_and_busy_artists_count_less():
    weak, known, other = replace(PLAIN, confidence="low"), replace(PLAIN, source="t"), replace(PLAIN, group="h")
    weights = clip_weights([*[PLAIN] * 20, weak, known, other])
    assert weights.mean() == pytest.approx(1.0)
    assert weights[20] < weights[0] < min(weights[21], weights[22])
