"""How boundaries are counted, and what the made songs are."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.splices import RATE, spliced, tiled
from benchmarks.timeline import boundary_f1, matched


def test_each_cut_is_matched_once_and_by_the_nearest():
    assert matched([20.0, 40.0], [21.0, 19.5, 36.0]) == 1
    assert matched([20.0, 24.0], [22.0]) == 1
    assert matched([20.0], [23.01]) == 0
    assert boundary_f1([([20.0, 40.0], [20.0]), ([10.0], [10.0, 30.0])]) == {
        "precision": pytest.approx(2 / 3),
        "recall": pytest.approx(2 / 3),
        "f1": pytest.approx(2 / 3),
    }


def test_spliced_songs(corpus):
    for song in spliced(corpus, ("choosing",), 2, seed=9):
        assert len({clip.label for clip in song.clips}) == len({clip.group for clip in song.clips}) == 3
        spans = [song.span(index) for index in range(3)]
        assert spans[0][0] == 0.0
        assert spans[-1][1] == len(song.sound) / RATE
        for (start, end), part in zip(spans, song.parts, strict=True):
            assert 12 <= len(part) / RATE <= 20
            assert end - start == pytest.approx(len(part) / RATE, abs=0.06)
            assert np.sqrt(np.mean(part**2)) == pytest.approx(10 ** (-18 / 20), rel=0.01)


def test_long_clips_last_a_minute(corpus):
    (song,) = tiled(corpus, ("choosing",), 1, seed=9)
    assert len(song.sound) / RATE == pytest.approx(60.0, abs=0.2)
    assert song.cuts_s == ()
