"""The benchmark of briefs counts what it says it counts."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from benchmarks.heard import HeardClip
from benchmarks.match import _BRIEFS, judged
from genrelens.taxonomy import GENRES
from tests.insight.candidates import candidate
from training.corpus import Clip


def heard(number: int, label: str, genre: str, label2: str = "") -> HeardClip:
    clip = Clip(str(number), "test", label, label2, "high", str(number), 20.0)
    found = candidate(str(number), **{genre: 0.9})
    return HeardClip(clip, found.answer, found.description)


def test_the_briefs_are_thirty_a_language_with_genres_that_exist():
    briefs = yaml.safe_load(_BRIEFS.read_text(encoding="utf-8"))["briefs"]
    assert Counter(brief["language"] for brief in briefs) == {"zh": 30, "en": 30}
    assert len({brief["id"] for brief in briefs}) == 60
    assert all(brief["genres"] and set(brief["genres"]) <= {genre.id for genre in GENRES} for brief in briefs)


def test_precision_and_chance_are_counted_by_the_labels():
    # Seven sound like jazz, of which four are labelled so, one by its second label; three are metal.
    clips = [heard(number, "Jazz", "Jazz") for number in range(3)]
    clips += [heard(3, "Pop", "Jazz", "Jazz"), *(heard(number, "Pop", "Jazz") for number in range(4, 7))]
    clips += [heard(number, "Metal", "Metal") for number in range(7, 10)]
    row = judged({"id": "x", "language": "en", "text": "jazz", "genres": ["Jazz"]}, clips)
    assert (row["precision"], row["chance"]) == (pytest.approx(0.8), pytest.approx(0.4))


def test_a_brief_that_is_not_understood_finds_nothing():
    row = judged({"id": "x", "language": "en", "text": "qzxv", "genres": ["Jazz"]}, [heard(0, "Jazz", "Jazz")])
    assert (row["precision"], row["unknown"]) == (0.0, ["qzxv"])
