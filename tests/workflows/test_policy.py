"""Triage by a policy, what is wrong in its file, and a policy written out and read back."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.catalogue.rows import CatalogueRow, Decision
from genrelens.listening.analysis import GenreScore
from genrelens.taxonomy import GENRES
from genrelens.workflows.policy import DEFAULT, Limits, Policy, Triage, policy_text, read_policy
from genrelens.workflows.policy_workload import Work, Workload, workload
from tests.catalogue.made import decide, synthetic_catalogue
from tests.workflows.by_hand import by_hand, complaint

ROW = CatalogueRow("/a.mp3", "0" * 64, 1, "", "done", "", "", None, 1)


def row(genre="Rock", probability=0.9, **values):
    top = (GenreScore(genre, probability), GenreScore("Pop", 1 - probability))
    return replace(ROW, **{"top": top, "tier": "sure", **values})


@pytest.mark.parametrize(
    ("probability", "action", "reason"),
    [
        (0.99, "accept", "above"),
        (0.8501, "accept", "above"),
        (0.85, "suggest", "between"),
        (0.6, "suggest", "between"),
        (0.5999, "review", "below"),
    ],
)
def test_the_default_is_the_origins(probability, action, reason):
    assert DEFAULT.triage(row(probability=probability)) == Triage(action, reason)
    assert DEFAULT.action(row(probability=probability)) == action


@pytest.mark.parametrize("policy", [DEFAULT, Policy(Limits(0, 0))])
def test_no_music_is_always_reviewed(policy):
    assert policy.triage(row(tier="not_music")) == Triage("review", "not_music")
    assert policy.triage(row(tier="not_music", top=())) == Triage("review", "silent")


@pytest.mark.parametrize("state", ["waiting", "failed"])
def test_without_an_answer_there_is_nothing_to_say(state):
    assert DEFAULT.triage(replace(ROW, state=state)) is None
    assert DEFAULT.action(replace(ROW, state=state)) == ""


FILE = """
accept_above: 0.8
suggest_from: 0.5
genres:
  folk: {accept_above: 0.95}
  World: review
  Jazz: {accept_above: 0.3, suggest_from: 0.1}
review:
  health: [CLIPPING, TRUNCATED]
  tiers: blend
tag_disagrees: suggest
"""


@pytest.fixture
def write(tmp_path):
    return partial(by_hand, tmp_path / "policy.yaml")


@pytest.mark.parametrize(
    ("answer", "triage"),
    [
        (row(probability=0.81), Triage("accept", "above")),
        (row("Folk", 0.95), Triage("suggest", "between")),
        (row("Folk", 0.96), Triage("accept", "above")),
        (row("Folk", 0.49), Triage("review", "below")),  # suggest_from is the general one
        (row("World", 0.99), Triage("review", "always", "World")),
        (row("Jazz", 0.31), Triage("accept", "above")),
        (row("Jazz", 0.1), Triage("suggest", "between")),
        (row(health=("BAND_LIMITED", "TRUNCATED")), Triage("review", "health", "TRUNCATED")),
        (row(health=("BAND_LIMITED",)), Triage("accept", "above")),
        (row(tier="blend"), Triage("review", "tier", "blend")),
        (row(genre_tag="Jazz/Blues"), Triage("suggest", "tag", "Blues Jazz")),
        (row(probability=0.6, genre_tag="Jazz"), Triage("suggest", "between")),
        (row(probability=0.2, genre_tag="Jazz"), Triage("review", "below")),
        (row(genre_tag="Alternative Rock"), Triage("accept", "above")),
        (row(genre_tag="Techno"), Triage("accept", "above")),  # none of ours
    ],
)
def test_a_policy_of_ones_own(answer, triage, write):
    assert read_policy(write(FILE)).triage(answer) == triage


def test_a_tag_that_disagrees_may_force_a_look(write):
    policy = read_policy(write("tag_disagrees: review"))
    assert policy.triage(row(genre_tag="Jazz")) == Triage("review", "tag", "Jazz")
    assert read_policy(write("tag_disagrees: ignore")).triage(row(genre_tag="Jazz")) == Triage("accept", "above")


def test_limits_that_are_left_out(write):
    assert read_policy(None) == DEFAULT
    assert read_policy(write("accept_above: 0.5")).limits == Limits(0.5, 0.5)
    assert read_policy(write("suggest_from: 0.7")).limits == Limits(0.85, 0.7)
    assert read_policy(write("genres:\n  Rock: {accept_above: 0.4}")).genres == {"Rock": Limits(0.4, 0.4)}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("accept_above: 0.5\nsuggest_from: 0.6\n", 2, "must not be above accept_above 0.5"),
        ("accept: 0.5\n", 1, "did you mean accept_above?"),
        ("accept_above: high\n", 1, "no number"),
        ("accept_above: 85\n", 1, "not between 0 and 1"),
        ("accept_above: -0.1\n", 1, "not between 0 and 1"),
        ("genres:\n  Regae: review\n", 2, "did you mean Reggae?"),
        ("genres:\n  Reggae: always\n", 2, "known: review"),
        ("genres:\n  Reggae: {suggest_from: 0.9}\n", 2, "must not be above"),
        ("genres:\n  Reggae: review\n  REGGAE: review\n", 3, "twice"),
        ("review:\n  health: [CLIPING]\n", 2, "did you mean CLIPPING?"),
        ("review:\n  tiers: [not_music]\n", 2, "known: sure"),
        ("review:\n  health: [CLIPPING, CLIPPING]\n", 2, "twice"),
        ("tag_disagrees: no\n", 1, "is not known"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, line, said, write):
    message = complaint(read_policy, write(text), "POLICY_INVALID")
    assert f"policy.yaml, line {line}: " in message
    assert said in message


def test_genres_of_another_model(write):
    policy = read_policy(write("genres: {house: review}"), labels=["House", "Techno"])
    assert policy.genres == {"House": None}


limits = st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)).map(
    lambda pair: Limits(max(pair) / 10_000, min(pair) / 10_000)
)
policies = st.builds(
    Policy,
    limits=limits,
    genres=st.dictionaries(st.sampled_from([genre.id for genre in GENRES]), st.one_of(st.none(), limits), max_size=5),
    health=st.lists(st.sampled_from(["CLIPPING", "SHORT", "TRUNCATED"]), unique=True).map(tuple),
    tiers=st.lists(st.sampled_from(["sure", "blend", "unsure"]), unique=True).map(tuple),
    tag_disagrees=st.sampled_from(["ignore", "suggest", "review"]),
)


@settings(deadline=None)
@given(policy=policies)
def test_a_policy_comes_back_from_its_file(policy, tmp_path_factory):
    file = tmp_path_factory.mktemp("policy") / "policy.yaml"
    file.write_text(policy_text(policy, ["a note: with a colon"]), encoding="utf-8")
    assert read_policy(file) == policy


@given(policy=policies, probability=st.floats(0, 1), genre=st.sampled_from([genre.id for genre in GENRES]))
def test_surer_answers_are_never_treated_worse(policy, probability, genre):
    order = ["review", "suggest", "accept"]
    less, more = (order.index(policy.triage(row(genre, p)).action) for p in (probability, (1 + probability) / 2))
    assert less <= more


def test_the_work_that_is_left(tmp_path):
    with synthetic_catalogue(tmp_path / "a.db", 200) as made:
        model = made.latest_model()
        rows = list(made.rows(model))
        before = workload(rows, DEFAULT)
        assert before.without == sum(answer.state != "done" for answer in rows) > 0
        accepted = sum(a.probability > 0.85 and a.tier != "not_music" for a in rows)
        suggested = sum(0.6 <= a.probability <= 0.85 and a.tier != "not_music" for a in rows)
        assert (before.accept, before.suggest) == (accepted, suggested)
        assert before.decided == 0
        review = next(answer for answer in rows if DEFAULT.action(answer) == "review")
        decide(made, model, review.sha256, "Rock")
        after = workload(made.rows(model), DEFAULT)
        copies = sum(answer.sha256 == review.sha256 for answer in rows)
        assert after == replace(before, review=before.review - copies, decided=copies)
        assert sum(getattr(after, name) for name in Workload.__slots__) == 200
        for policy in POLICIES:
            work = Work()
            for each in rows:
                work.add(each, policy.unlimited().triage(each))
            said = Counter(policy.action(each) or "without" for each in rows)
            assert asdict(work.total(policy)) == dict.fromkeys(Workload.__slots__, 0) | said
            jazz = Counter(policy.action(each) for each in rows if each.genre == "Jazz" and each.tier != "not_music")
            assert asdict(work.by_genre(policy)["Jazz"]) == dict.fromkeys(Workload.__slots__, 0) | jazz


POLICIES = (
    DEFAULT,
    Policy(Limits(1.0, 1.0)),
    Policy(Limits(0.5, 0.5), {"Jazz": Limits(0.9, 0.2), "Rock": None}, tag_disagrees="suggest"),
    Policy(Limits(0.7, 0.3), health=("CLIPPING",), tiers=("blend",), tag_disagrees="review"),
)


def test_a_decision_does_not_change_what_a_policy_says():
    decision = Decision(1, ROW.sha256, "ann", 0.0, "other", "Jazz", 1)
    assert DEFAULT.triage(row(decision=decision)) == DEFAULT.triage(row())
