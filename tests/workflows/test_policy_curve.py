"""What limits buy: against scipy, against simulated reviewers with known truth, against the model card's figures."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from genrelens.catalogue.rows import RowFilter
from genrelens.errors import PolicyError
from genrelens.listening.bundle import read_bundle
from genrelens.workflows.policy import DEFAULT, Limits, Policy
from genrelens.workflows.policy_curve import (
    Songs,
    Tally,
    curve_of_card,
    curve_of_reviews,
    lowest_limit,
    songs_needed,
    songs_of,
    wilson,
)
from genrelens.workflows.policy_proposal import propose
from tests.catalogue.made import decide, synthetic_catalogue
from tests.conftest import REPO

CARD = json.loads((REPO / "docs" / "evaluation.json").read_text(encoding="utf-8"))
SHA = read_bundle().model_sha256


@given(songs=st.integers(1, 5000), share=st.floats(0, 1))
def test_wilson_is_scipys(songs, share):
    right = round(songs * share)
    expected = binomtest(right, songs).proportion_ci(method="wilson")
    assert wilson(right / songs, songs) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_nothing_is_known_of_no_songs():
    assert wilson(0.5, 0) == (0.0, 1.0)


@pytest.mark.parametrize("wished", [0.5, 0.9, 0.95, 0.98, 0.99])
def test_songs_needed_are_enough_and_no_more(wished):
    needed = songs_needed(wished)
    assert wilson(1.0, needed)[0] >= wished > wilson(1.0, needed - 1)[0]


# the model card


def test_the_cards_curve_is_the_cards():
    for strict, name in ((False, "precision_accepted"), (True, "precision")):
        curve = curve_of_card(SHA, strict=strict)
        assert (curve.source, curve.judged) == ("card", CARD["songs"])
        sure = next(point for point in curve.points if point.above == 0.85)
        assert sure.precision == CARD["tiers"]["sure"][name]
        assert sure.judged == round(CARD["tiers"]["sure"]["share"] * CARD["songs"])
        whole = curve.points[0]
        assert whole.judged == CARD["songs"]
        assert whole.precision == pytest.approx(CARD["summary"]["top1" if strict else "accepted"], abs=1e-4)
        likely = next(point for point in curve.points if point.above == 0.7)
        right = sum(CARD["tiers"][tier]["share"] * CARD["tiers"][tier][name] for tier in ("sure", "likely"))
        assert likely.precision * likely.share == pytest.approx(right)
        assert [point.above for point in curve.points] == sorted(point.above for point in curve.points)
        for low, high in zip(curve.points, curve.points[1:], strict=False):
            assert low.judged >= high.judged
        for point in curve.points:
            # Songs are whole: the figures belong to the number behind them.
            assert point.precision * point.judged == pytest.approx(round(point.precision * point.judged), abs=0.06)
            assert point.low <= point.precision <= point.high


def test_another_model_was_not_measured():
    with pytest.raises(PolicyError) as caught:
        curve_of_card("0" * 64)
    assert caught.value.code == "POLICY_NO_EVIDENCE"


def test_the_card_promises_what_it_can():
    curve = curve_of_card(SHA)
    promised = lowest_limit(curve, 0.9)
    assert promised.low >= 0.9
    below = [point for point in curve.points if point.above < promised.above]
    assert all(point.low < 0.9 for point in below)
    estimated = lowest_limit(curve, 0.9, estimate=True)
    assert estimated.above < promised.above
    assert estimated.precision >= 0.9 > estimated.low
    refused = propose(curve, 0.99, DEFAULT)
    assert refused.point is None
    assert refused.policy.limits.accept_above == 1.0
    assert refused.needed > curve.judged / 2
    accepted = propose(curve, 0.9, Policy(tiers=("blend",), genres={"World": None, "Jazz": Limits(0.9, 0.5)}))
    assert accepted.policy == Policy(Limits(promised.above, 0.6), {"World": None}, tiers=("blend",))


# reviews


def reviewed(seed, songs=3000, looked=300, doubtful_first=True, truth=lambda p: p, genre="Rock"):
    """Songs whose truth is known, of which some were reviewed; and (probability, right) of all."""
    random = np.random.default_rng(seed)
    p = np.clip(random.beta(2, 1.2, songs), 0.07, 0.999)
    right = random.random(songs) < truth(p)
    order = np.argsort(p + random.normal(0, 0.25, songs)) if doubtful_first else random.permutation(songs)
    found = Songs()
    tally = found.genres.setdefault(genre, Tally())
    tally.all.extend(p)
    for index in order[:looked]:
        (tally.right if right[index] else tally.wrong).append(p[index])
    return found, p, right


def test_doubtful_ones_first_does_not_fool_the_curve():
    """Weighted, the figure above 0.5 is nearly right; counted as they come, reviewed songs say far too little."""
    weighted, naive, inside = [], [], 0
    for seed in range(40):
        songs, p, right = reviewed(seed, looked=1500)
        point = next(point for point in curve_of_reviews(songs).points if point.above == 0.5)
        true = right[p > 0.5].mean()
        tally = songs.genres["Rock"]
        counted = [sum(x > 0.5 for x in values) for values in (tally.right, tally.wrong)]
        weighted.append(point.precision - true)
        naive.append(counted[0] / sum(counted) - true)
        inside += point.low <= true <= point.high
    assert abs(np.mean(weighted)) < 0.01
    assert np.mean(naive) < -0.06
    assert inside >= 38


def test_promises_are_kept():
    made = broken = 0
    for seed in range(40):
        songs, p, right = reviewed(seed, looked=1500, doubtful_first=False)
        limit = lowest_limit(curve_of_reviews(songs), 0.9)
        if limit is not None:
            made += 1
            broken += right[p > limit.above].mean() < 0.9
    assert made > 25
    assert broken <= 2


def test_what_nobody_looked_at_counts_as_wrong_in_the_lower_bound():
    songs = Songs({"Rock": Tally()})
    rock = songs.genres["Rock"]
    rock.all.extend([0.62] * 100 + [0.96] * 100)
    rock.right.extend([0.62] * 100)
    point = next(point for point in curve_of_reviews(songs).points if point.above == 0.6)
    assert (point.precision, point.unseen, point.judged, point.songs) == (1.0, 0.5, 100, 200)
    assert point.low == pytest.approx(wilson(1, 100)[0] / 2)
    assert point.high == 1.0
    top = next(point for point in curve_of_reviews(songs).points if point.above == 0.95)
    assert (top.precision, top.low, top.high) == (None, 0.0, 1.0)
    assert lowest_limit(curve_of_reviews(songs), 0.9) is None
    assert lowest_limit(curve_of_reviews(songs), 0.9, estimate=True) is None
    rock.right.extend([0.96] * 100)
    assert lowest_limit(curve_of_reviews(songs), 0.9).above == 0.0


def test_limits_are_exclusive_as_in_the_policy():
    songs = Songs({"Rock": Tally()})
    songs.genres["Rock"].all.extend([0.85, 0.86])
    songs.genres["Rock"].right.extend([0.86])
    songs.genres["Rock"].wrong.extend([0.85])
    points = {point.above: point for point in curve_of_reviews(songs).points}
    assert (points[0.85].judged, points[0.85].precision) == (1, 1.0)
    assert (points[0.8].judged, points[0.8].precision) == (2, 0.5)
    assert songs.above(0.85) == 1


def test_genres_on_their_own():
    songs, _, _ = reviewed(0, looked=2900, doubtful_first=False, truth=lambda p: p**0.1)
    bad, _, _ = reviewed(1, songs=200, looked=190, doubtful_first=False, truth=lambda p: p * 0.3, genre="World")
    few, _, _ = reviewed(2, songs=100, looked=8, doubtful_first=False, truth=lambda p: p**0.1, genre="Disco")
    none, _, _ = reviewed(3, songs=50, looked=0, genre="Folk")
    songs.genres |= bad.genres | few.genres | none.genres
    found = propose(curve_of_reviews(songs), 0.9, DEFAULT, per_genre=songs)
    said = {each.genre: each for each in found.genres}
    assert {genre: each.outcome for genre, each in said.items()} == {
        "Rock": "own", "World": "contradicted", "Disco": "too_few", "Folk": "too_few",
    }  # fmt: skip
    assert said["Rock"].point.low >= 0.9
    assert said["World"].point.high < 0.9
    assert (said["Disco"].judged, said["Folk"].judged) == (8, 0)
    assert found.policy.genres["World"] is None
    assert found.policy.genres["Rock"].accept_above == said["Rock"].point.above
    assert set(found.policy.genres) == {"Rock", "World"}


def test_decisions_of_a_catalogue(tmp_path):
    with synthetic_catalogue(tmp_path / "a.db", 400) as made:
        model = made.latest_model()
        free = [row for row in made.rows(model, RowFilter(first_copies=True)) if row.top and row.tier != "not_music"]
        with pytest.raises(PolicyError) as caught:
            curve_of_reviews(songs_of(made, model, DEFAULT))
        assert caught.value.code == "POLICY_NO_EVIDENCE"
        for row in free[:20]:
            decide(made, model, row.sha256, row.genre, kind="accept")
        for row in free[20:30]:
            decide(made, model, row.sha256, row.top[1].id, kind="second")
        decide(made, model, free[30].sha256, "not-music", kind="not_music")
        decide(made, model, free[31].sha256, "", kind="skip")
        for row in free[40:100]:
            decide(made, model, row.sha256, row.genre, kind="accept", batch="bulk 1")
        songs = songs_of(made, model, DEFAULT)
        assert (songs.judged, songs.in_bulk, songs.total) == (31, 60, len(free))
        assert sum(len(tally.right) for tally in songs.genres.values()) == 20
        curve = curve_of_reviews(songs)
        assert (curve.judged, curve.in_bulk, curve.points[0].songs) == (31, 60, len(free))
        everything = list(made.rows(model, RowFilter(first_copies=True)))
        assert songs.total + songs.forced + songs.without == len(everything)
        # What a policy always reviews is no limit's matter.
        strict = Policy(genres={free[0].genre: None}, health=("CLIPPING",))
        left = songs_of(made, model, strict)
        assert free[0].genre not in left.genres
        assert left.total == sum(row.genre != free[0].genre and "CLIPPING" not in row.health for row in free)
        card = curve_of_card(SHA, songs=songs)
        sure = next(point for point in card.points if point.above == 0.85)
        assert sure.songs == sum(row.probability > 0.85 for row in free)
        assert sure.share == sure.songs / len(free)
