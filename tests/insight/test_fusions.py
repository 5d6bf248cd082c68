"""Named fusions: a sound table, and names only where the parts are there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from genrelens.insight import fusions as module
from genrelens.insight.fusions import fusion_of, fusions
from genrelens.listening.analysis import GenreScore
from genrelens.taxonomy import GENRES

IDS = [genre.id for genre in GENRES]


def scores(**shares: float) -> tuple[GenreScore, ...]:
    """Named genres first, what is left over shared by the others; "R&B" is spelled RnB, "Hip-Hop" HipHop."""
    spelled = {"RnB": "R&B", "HipHop": "Hip-Hop"}
    named = {spelled.get(name, name): share for name, share in shares.items()}
    others = [genre for genre in IDS if genre not in named]
    rest = (1 - sum(named.values())) / len(others)
    return tuple(
        sorted(
            (GenreScore(genre, named.get(genre, rest)) for genre in IDS),
            key=lambda score: score.probability,
            reverse=True,
        )
    )


def test_the_table_is_sound():
    rows = yaml.safe_load(Path(module.__file__).with_name("fusions.yaml").read_text(encoding="utf-8"))
    assert len(rows) == len(fusions()) >= 16, "a combination is listed twice"
    for row in rows:
        assert len(set(row["parts"])) == len(row["parts"]) in (2, 3)
        assert set(row["parts"]) <= set(IDS)
        assert set(row["name"]) == set(row["what"]) == {"en", "zh"}
        assert re.search("[\u4e00-\u9fff]", row["name"]["zh"])
        assert re.search("[\u4e00-\u9fff]", row["what"]["zh"])
        assert len(row["what"]["en"]) <= 100


@pytest.mark.parametrize(
    ("shares", "name"),
    [
        ({"Jazz": 0.42, "Rap": 0.40}, "jazz rap"),
        ({"Rap": 0.42, "Jazz": 0.40}, "jazz rap"),
        ({"Electronic": 0.5, "Pop": 0.4}, "electropop"),
        ({"Country": 0.5, "Rock": 0.4}, "country rock"),
        ({"Blues": 0.5, "Rock": 0.4}, "blues rock"),
        ({"Latin": 0.5, "Jazz": 0.4}, "Latin jazz"),
        ({"Folk": 0.5, "Rock": 0.4}, "folk rock"),
        ({"Disco": 0.5, "RnB": 0.4}, "funk-disco"),
        ({"HipHop": 0.5, "Metal": 0.4}, "nu metal"),
        ({"Latin": 0.4, "Reggae": 0.3, "Rap": 0.2}, "reggaeton"),
    ],
)
def test_a_blend_of_strong_parts_has_its_name(shares, name):
    found = fusion_of(scores(**shares), "blend")
    assert found is not None
    assert found.name["en"] == name
    assert json.loads(json.dumps(found.to_dict()))["parts"] == sorted(found.parts)


@pytest.mark.parametrize("tier", ["sure", "unsure", "not_music"])
def test_other_tiers_get_no_name(tier):
    assert fusion_of(scores(Jazz=0.42, Rap=0.40), tier) is None


@pytest.mark.parametrize(
    "shares",
    [
        {"Jazz": 0.75, "Rap": 0.19},  # the second is a rival, no part
        {"Jazz": 0.3, "Rap": 0.25},  # nearly half is something else
        {"Classical": 0.45, "Reggae": 0.45},  # nobody has a name for that
    ],
)
def test_weak_parts_and_unknown_pairs_get_no_name(shares):
    assert fusion_of(scores(**shares), "blend") is None


def test_a_third_strong_genre_without_a_name_leaves_the_pair():
    found = fusion_of(scores(Jazz=0.4, Rap=0.35, World=0.2), "blend")
    assert found is not None
    assert found.name["en"] == "jazz rap"


def test_too_few_labels_are_no_fusion():
    assert fusion_of((GenreScore("Jazz", 1.0),), "blend") is None
    assert fusion_of((), "blend") is None


@given(st.lists(st.floats(0.001, 1), min_size=16, max_size=16), st.sampled_from(["blend", "likely", "sure", "unsure"]))
def test_a_name_always_names_what_leads(weights, tier):
    total = sum(weights)
    top = sorted(
        (GenreScore(g, w / total) for g, w in zip(IDS, weights, strict=True)), key=lambda s: s.probability, reverse=True
    )
    found = fusion_of(top, tier)
    if found is not None:
        assert tier in ("blend", "likely")
        assert set(found.parts) == {score.id for score in top[: len(found.parts)]}
        assert sum(score.probability for score in top[: len(found.parts)]) >= 0.6
