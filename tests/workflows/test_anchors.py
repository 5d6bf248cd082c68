"""Averages that stand for songs."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.errors import BundleError
from genrelens.workflows.anchors import ANCHORS_FILE, read_anchors, summarise, write_anchors


def songs(count, seed=0):
    random = np.random.default_rng(seed)
    mixing = np.random.default_rng(1).normal(0, 1, (8, 8))
    truth = np.arange(count) % 3
    return (5.0 * truth[:, None] + random.normal(0, 1, (count, 8)) @ mixing).astype(np.float32), truth


def test_stand_ins_lie_as_the_songs_do(tmp_path):
    features, truth = songs(600)
    write_anchors(tmp_path, summarise(features, truth, 3))
    anchors = read_anchors(tmp_path, "abc", 8)
    drawn = anchors.draw(2000, seed=0).reshape(3, 2000, 8)
    for label in range(3):
        own = features[truth == label]
        np.testing.assert_allclose(drawn[label].mean(0), own.mean(0), atol=0.3)
        np.testing.assert_allclose(drawn[label].std(0), own.std(0), rtol=0.2)
    spread = np.corrcoef(features[truth == 0].T), np.corrcoef(drawn[0].T)
    assert np.abs(spread[0] - spread[1]).mean() < 0.1


def test_more_songs_of_an_old_label_and_of_a_new_one():
    features, truth = songs(60)
    more = np.concatenate([np.full((20, 8), 7.0), np.full((5, 8), -1.0)]).astype(np.float32)
    new = summarise(features, truth, 3).with_songs(more, np.repeat([1, 3], [20, 5]), 4)
    assert new.counts.tolist() == [20, 40, 20, 5]
    np.testing.assert_allclose(new.means[1], (features[truth == 1].mean(0) + 7) / 2, rtol=1e-4)
    np.testing.assert_allclose(new.means[3], -1.0)


def test_fewer_songs_than_numbers_can_be_summarised():
    features, truth = songs(6)
    assert np.isfinite(summarise(features, truth, 3).draw(5, seed=0)).all()


def test_anchors_that_do_not_fit(tmp_path):
    features, truth = songs(60)

    def refused(labels, width):
        with pytest.raises(BundleError) as caught:
            read_anchors(tmp_path, labels, width)
        return caught.value.code == "BUNDLE_UNTEACHABLE"

    assert refused("abc", 8)
    write_anchors(tmp_path, summarise(features, truth, 3))
    assert refused("abcd", 8)
    assert refused("abc", 9)
    (tmp_path / ANCHORS_FILE).write_bytes(b"PK no archive")
    assert refused("abc", 8)
