# ruff: noqa: E402 - torch may be absent
"""Training on a few made-up tokens: it learns, it resumes, it leaves what the export needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.batches import Drawer
from training.bodies import LOW_SHAPES
from training.corpus import LABELS, NOT_MUSIC
from training.settings import Recipe, Settings, read_settings
from training.store import Store
from training.targets import Targets
from training.train import load_trained, song_means, train

RECIPE = Recipe(width=16, layers=1, heads=2, epochs=2, batch=8, windows_per_epoch=16, teacher=0.0)


@pytest.fixture
def settings(corpus, tmp_path, make_store):
    """A run over noise for every twentieth clip of train and every fifth of the choosing part."""
    settings = replace(Settings(), corpus=corpus.folder, runs=tmp_path, recipe=RECIPE)
    full = type(corpus)(corpus.folder, settings.seed)
    ids = [c.id for c in full.part("train")[::20]] + [c.id for c in full.part("choosing")[::5]]
    make_store(ids, f"{settings.stores.name}/plain")
    return settings


def test_a_run_leaves_a_mixer_and_resumes_to_the_same(settings):
    train(settings)
    first = load_trained(settings)
    assert first.figures[0]["nll"] > 0
    # A run killed after its first epoch: the checkpoint of two epochs cut back by a shorter recipe.
    again = replace(settings, name="again", recipe=replace(RECIPE, patience=-1))
    train(again)
    (again.folder / "mixer-1.pt").unlink()
    resumed = replace(settings, name="again")
    train(resumed)
    for a, b in zip(first.mixers[0].parameters(), load_trained(resumed).mixers[0].parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_drawer_balances_and_mixes(make_store):
    from training.corpus import Clip

    clips = tuple(
        Clip(f"c{n}", "train", "Rock" if n < 40 else "Blues" if n < 44 else NOT_MUSIC, "", "high", f"g{n}", 20.0)
        for n in range(48)
    )
    genre = np.array([[c.label == label for label in LABELS] for c in clips], np.float32)
    store: Store = make_store([clip.id for clip in clips])
    recipe = replace(RECIPE, balance=1.0, batch=300, windows_per_epoch=300, mixup=0.0)
    batch = next(Drawer(Targets(clips, genre, genre, np.ones(48, np.float32)), store, None, recipe, 1).epoch())
    rock, blues = (batch.labels[:, LABELS.index(label)].sum().item() for label in ("Rock", "Blues"))
    assert rock == pytest.approx(100, abs=30)
    assert blues == pytest.approx(100, abs=30)
    assert batch.not_music.sum().item() == pytest.approx(100, abs=30)
    assert (batch.low.shape[1:], batch.coarse.shape[1:]) == LOW_SHAPES
    assert (batch.low[:, :, :, 3] == 0).flatten(1).all(1).any()
    mixed = next(
        Drawer(Targets(clips, genre, genre, np.ones(48, np.float32)), store, None, replace(recipe, mixup=0.5), 1).epoch()
    )
    assert ((mixed.labels > 0.01).sum(1) > 1).any()


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
