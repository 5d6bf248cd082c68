"""Augmented sound stays sound: finite, as long as asked, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.augment import crop, synthetic_noise, varied

RATE = 32_000


@pytest.fixture(scope="module")
def music():
    time = np.arange(4 * RATE) / RATE
    return (0.2 * np.sin(2 * np.pi * 220 * time) * (1 + np.sin(2 * np.pi * 3 * time))).astype(np.float32)


def test_a_crop_is_a_piece_of_the_sound(music):
    piece = crop(music, RATE, np.random.default_rng(1))
    assert len(piece) == RATE
    assert any(np.array_equal(music[start : start + RATE], piece) for start in range(len(music) - RATE + 1))


def test_a_short_sound_is_repeated(music):
    piece = crop(music[:1000], 5000, np.random.default_rng(1))
    assert np.array_equal(piece[:4000], piece[1000:])


@pytest.mark.parametrize("seed", range(8))
def test_variations_are_finite_of_about_the_same_length_and_level(music, seed):
    sound = varied(music, RATE, np.random.default_rng(seed))
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert 0.9 < len(sound) / len(music) < 1.1
    assert 0.3 < np.sqrt(np.mean(sound**2) / np.mean(music**2)) < 3
    assert np.array_equal(sound, varied(music, RATE, np.random.default_rng(seed)))


@pytest.mark.parametrize("seed", range(14))
def test_synthetic_noise_is_finite_and_audible(seed):
    sound = synthetic_noise(RATE, RATE, np.random.default_rng(seed))
    assert sound.shape == (RATE,)
    assert np.isfinite(sound).all()
    assert 0.01 < np.sqrt(np.mean(sound**2)) < 1
