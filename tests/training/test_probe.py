"""The linear probe and its out-of-fold probabilities."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.probe import fit_probe, out_of_fold


@pytest.fixture
def blobs():
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 300)
    features = (random.standard_normal((300, 8)) + 4 * np.eye(3, 8)[truth]).astype(np.float32)
    return features, truth, np.eye(3, dtype=np.float32)[truth]


def test_a_probe_separates_what_is_separable(blobs):
    features, truth, targets = blobs
    probe = fit_probe(features, targets, np.ones(300, np.float32), 1.0)
    assert (probe.logits(features).argmax(1) == truth).mean() > 0.95


def test_a_weaker_strength_gives_smaller_weights(blobs):
    features, _, targets = blobs
    norms = [np.abs(fit_probe(features, targets, np.ones(300, np.float32), c).weight).sum() for c in (1e-4, 1e-2, 1.0)]
    assert norms == sorted(norms)


def test_examples_without_weight_teach_nothing(blobs):
    features, truth, targets = blobs
    wrong = targets.copy()
    wrong[:150] = np.roll(wrong[:150], 1, axis=1)
    weights = np.r_[np.zeros(150), np.ones(150)].astype(np.float32)
    assert (fit_probe(features, wrong, weights, 1.0).logits(features).argmax(1) == truth).mean() > 0.9


def test_out_of_fold_probabilities_see_a_wrong_label(blobs):
    features, truth, targets = blobs
    targets = targets.copy()
    targets[7] = np.roll(targets[7], 1)
    thought = out_of_fold(
        features, targets, np.ones(300, np.float32), np.arange(300) % 5, [str(n) for n in range(300)], 1.0
    )
    assert thought.sum(1) == pytest.approx(1.0, abs=1e-5)
    assert thought[7].argmax() == truth[7]


def test_nobody_is_learnt_from_for_a_fold_that_holds_them(blobs):
    """One artist in two folds, with labels of their own making: neither half teaches the other."""
    features, truth, targets = blobs
    targets = targets.copy()
    same = np.arange(20)
    targets[same] = np.roll(targets[same], 1, axis=1)
    groups = ["one" if n < 20 else str(n) for n in range(300)]
    thought = out_of_fold(features, targets, np.ones(300, np.float32), np.arange(300) % 2, groups, 100.0)
    assert (thought[same].argmax(1) == truth[same]).all()


def test_logit_adjustment_gives_a_rare_label_its_due():
    random = np.random.default_rng(1)
    truth = (random.random(2000) < 0.05).astype(int)
    features = (random.standard_normal((2000, 1)) + 1.5 * truth[:, None]).astype(np.float32)
    targets, weights = np.eye(2, dtype=np.float32)[truth], np.ones(2000, np.float32)
    recall = [
        (fit_probe(features, targets, weights, 1.0, adjust).logits(features).argmax(1) == 1)[truth == 1].mean()
        for adjust in (0.0, 1.0)
    ]
    assert recall[1] > recall[0] + 0.3
