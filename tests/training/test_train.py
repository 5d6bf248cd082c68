# ruff: noqa: E402 - torch may be absent
"""Training on a few made-up tokens: it learns, it resumes, it leaves what the export needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.batches import Drawer
from training.bodies import FEATURES, PATCH_WIDTH
from training.corpus import LABELS, NOT_MUSIC, Clip
from training.settings import Recipe, Settings, read_settings
from training.store import Store
from training.targets import Targets
from training.train import _Run, load_trained, song_means, train, train_clips

RECIPE = Recipe(width=16, epochs=2, batch=8, patches=8, teacher=0.0)


@pytest.fixture
def settings(corpus, tmp_path, make_store):
    """A run over noise for every twentieth clip of train and every fifth of the choosing part."""
    settings = replace(Settings(), corpus=corpus.folder, runs=tmp_path, recipe=RECIPE)
    full = type(corpus)(corpus.folder, settings.seed)
    ids = [c.id for c in full.part("train")[::20]] + [c.id for c in full.part("choosing")[::5]]
    make_store(ids, f"{settings.stores.name}/plain")
    return settings


def test_a_run_leaves_a_reader_and_one_that_was_killed_resumes_to_the_same(settings, monkeypatch):
    train(settings)
    first = load_trained(settings)
    assert first.figures[0]["nll"] > 0
    resumed = replace(settings, name="again")
    epochs = _Run._epoch
    with monkeypatch.context() as patched:
        patched.setattr(_Run, "_epoch", lambda run: _killed() if run.epoch == 1 else epochs(run))
        with pytest.raises(KeyboardInterrupt):
            train(resumed)
    assert (resumed.folder / "checkpoint-1.pt").exists()
    assert not (resumed.folder / "reader-1.pt").exists()
    train(resumed)
    for a, b in zip(first.readers[0].parameters(), load_trained(resumed).readers[0].parameters(), strict=True):
        assert torch.equal(a, b)


def _killed() -> float:
    raise KeyboardInterrupt


@pytest.fixture
def targets() -> Targets:
    """Forty songs of Rock, four of Blues and four sounds that are no music."""
    names = ["Rock"] * 40 + ["Blues"] * 4 + [NOT_MUSIC] * 4
    clips = tuple(Clip(f"c{n}", "train", name, "", "high", f"g{n}", 20.0) for n, name in enumerate(names))
    labels = np.array([[name == label for label in LABELS] for name in names], np.float32)
    return Targets(clips, labels, labels[::-1].copy(), np.ones(48, np.float32))


def test_a_drawer_gives_every_window_once_an_epoch(make_store, targets):
    store: Store = make_store([clip.id for clip in targets.clips])
    varied = make_store([*(clip.id for clip in targets.clips[:20]), "synthetic-000"], "varied", seed=1)
    drawer = Drawer(targets, [store, varied], replace(RECIPE, batch=23, mixup=0.0), 1)
    batches = list(drawer.epoch())
    assert len(batches) == drawer.steps == 3
    assert batches[0].patches.shape == (23, RECIPE.patches, PATCH_WIDTH)
    assert batches[0].features.shape == (23, FEATURES)
    assert sum(batch.not_music.sum().item() for batch in batches) == 5
    features = np.concatenate([batch.features for batch in batches])
    assert len(np.unique(features[:, 0])) == 69
    # Two windows of a clip count half each, and what is no music nothing.
    assert drawer.frequencies[LABELS.index("Rock")].item() == pytest.approx(40 / 44)
    for batch in batches:
        assert not batch.weight[batch.not_music == 1].any() or not batch.labels[batch.not_music == 1].any()


def test_songs_are_mixed(make_store, targets):
    store: Store = make_store([clip.id for clip in targets.clips])
    batch = next(Drawer(targets, [store], replace(RECIPE, batch=48, mixup=1.0), 1).epoch())
    both = batch.labels[:, [LABELS.index("Rock"), LABELS.index("Blues")]]
    assert ((both > 0.01).sum(1) == 2).any()
    assert ((batch.not_music > 0.01) & (batch.not_music < 0.99)).any()


def test_a_share_of_train_is_a_share_of_its_artists(settings):
    every, half = (train_clips(replace(settings, share=share)) for share in (1.0, 0.5))
    assert 0.3 < len(half) / len(every) < 0.7
    assert not {clip.group for clip in half} & {clip.group for clip in every if clip not in set(half)}


def test_song_means():
    windows = np.array([[1.0, 0.0], [3.0, 2.0], [5.0, 5.0]])
    assert song_means(windows, np.array([1, 1, 0]), 2).tolist() == [[5.0, 5.0], [2.0, 1.0]]


def test_an_unknown_setting_is_named(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_text("recipe:\n  widht: 3\n")
    with pytest.raises(ValueError, match="widht"):
        read_settings(path)


def test_the_shipped_configuration_reads():
    settings = read_settings(Path(__file__).parents[2] / "training" / "configs" / "base.yaml")
    assert settings.name == "genrelens-base"
    assert settings.recipe.seeds
