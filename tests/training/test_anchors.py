"""Which songs travel with the bundle."""

from __future__ import annotations

from collections import Counter

from training.anchors import choose_anchors
from training.corpus import Clip


def clip(number, label, group, confidence="high"):
    return Clip(str(number), "train", label, "", confidence, group, 20.0)


def test_many_artists_before_many_songs_of_one():
    clips = [clip(n, "Jazz", "one") for n in range(50)] + [clip(50 + n, "Jazz", f"other{n}") for n in range(5)]
    chosen = choose_anchors(clips, 8)
    assert Counter(c.group for c in chosen).most_common(1)[0] == ("one", 3)
    assert len({c.id for c in chosen}) == len(chosen) == 8


def test_sure_labels_first_and_no_noise():
    clips = [clip(0, "Folk", "a", "low"), clip(1, "Folk", "b"), clip(2, "not-music", "c")]
    assert [c.id for c in choose_anchors(clips, 1)] == ["1"]
    assert [c.id for c in choose_anchors(clips, 9)] == ["1", "0"]
