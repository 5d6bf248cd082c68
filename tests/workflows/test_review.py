"""The queue and what becomes of a verdict: order, copies, second opinions, undo, agreement, and teaching with it."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from genrelens.catalogue.decisions import Decisions, Desk
from genrelens.catalogue.opinions import Judgement
from genrelens.catalogue.paths import to_text
from genrelens.catalogue.rows import NOT_MUSIC, RowFilter
from genrelens.catalogue.store import open_catalogue
from genrelens.errors import CatalogueError, UsageError
from genrelens.workflows.agreement import agreement
from genrelens.workflows.policy import Limits, Policy
from genrelens.workflows.review import Review, Wish, answer_of, doubt, person_named, readable, verdict_of
from genrelens.workflows.review_export import COLUMNS, export_decisions
from genrelens.workflows.teaching.examples import read_examples
from tests.catalogue.made import synthetic_catalogue
from tests.catalogue.reviewable import fill

ANNA, BEN = Desk("Anna", "1"), Desk("Ben", "2")


@pytest.fixture
def catalogue(tmp_path, model):
    files = {
        "/b/unsure.mp3": "unsure",
        "/a/blend.mp3": "blend",
        "/a/likely.mp3": "likely",
        "/a/speech.mp3": "not_music",
        "/a/sure.mp3": "sure",
        "/c/sure.mp3": "sure",
    }
    with open_catalogue(tmp_path / "my.db", create=True) as opened:
        fill(opened, model, [(Path(path), tier) for path, tier in files.items()], tag="Folk")
        yield opened


def all_of(review):
    found = []
    while items := review.next():
        found += items
        review.decide(items[0], "skip")
    return [item.row.path for item in found]


def test_what_the_policy_leaves_to_people_comes_the_most_doubtful_first(catalogue):
    assert all_of(Review(catalogue, ANNA)) == ["/b/unsure.mp3", "/a/blend.mp3", "/a/speech.mp3"]
    assert all_of(Review(catalogue, BEN, Wish(order="path"))) == ["/a/blend.mp3", "/a/speech.mp3", "/b/unsure.mp3"]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (RowFilter(tiers=("sure",)), ["/a/sure.mp3", "/c/sure.mp3"]),
        (RowFilter(tiers=("sure", "likely"), under="/a"), ["/a/likely.mp3", "/a/sure.mp3"]),
        (RowFilter(genres=("Hip-Hop",)), ["/a/blend.mp3"]),
        (RowFilter(text="UNSURE"), ["/b/unsure.mp3"]),
        (RowFilter(answered_since=4e9), []),
    ],
)
def test_filters(catalogue, only, expected):
    assert sorted(all_of(Review(catalogue, ANNA, Wish(only)))) == expected


def test_the_policy_says_what_is_reviewed_and_what_is_accepted_in_bulk(catalogue):
    policy = Policy(Limits(0.7, 0.1), {"Jazz": None})
    review = Review(catalogue, ANNA, Wish(policy=policy))
    assert [row.path for row in review.acceptable()] == ["/a/likely.mp3"]
    assert sorted(all_of(review)) == ["/a/speech.mp3", "/a/sure.mp3", "/c/sure.mp3"]
    by_tag = Policy(tag_disagrees="review")  # all are tagged Folk
    assert len(all_of(Review(catalogue, BEN, Wish(policy=by_tag)))) == 6


def test_findings_count_where_the_policy_asks_for_them(tmp_path):
    with synthetic_catalogue(tmp_path / "my.db", 100) as opened:
        clipped = {row.path for row in opened.rows(1) if "CLIPPING" in row.health and not row.copy_of}
        policy = Policy(Limits(0.0, 0.0), health=("CLIPPING",))
        found = set(all_of(Review(opened, ANNA, Wish(policy=policy))))
        assert clipped
        assert clipped < found
        assert not clipped & {row.path for row in Review(opened, BEN, Wish(policy=policy)).acceptable()}


def test_what_lies_between_two_items_does_not_grow_with_the_catalogue(tmp_path, model):
    steps = 0

    def count():
        nonlocal steps
        steps += 1

    def step_of(name, many):
        nonlocal steps
        fill(opened, model, [(Path(f"/{name}/{number}.mp3"), "unsure") for number in range(many)])
        review = Review(opened, Desk(name))
        (item,) = review.next()
        steps = 0
        review.decide(item, "accept")
        assert review.state().left
        assert review.next()
        return steps

    with open_catalogue(tmp_path / "my.db", create=True) as opened:
        raw = opened.database.raw()
        raw.driver_connection.set_progress_handler(
            count, 10
        )  # steps of SQLite's machine; the pool keeps the connection
        raw.close()
        few = step_of("a", 300)
        assert few
        assert step_of("b", 900) < 1.3 * few


def test_an_item_says_where_to_listen_and_is_leased(catalogue):
    (item,) = Review(catalogue, ANNA).next()
    assert (item.start_s, item.end_s) == (item.row.doubtful_s, item.row.doubtful_s + 15.0)
    assert Review(catalogue, BEN).next()[0].row.path == "/a/blend.mp3"
    with pytest.raises(CatalogueError) as caught:
        Review(catalogue, BEN).at(item.row.path)
    assert caught.value.code == "REVIEW_TAKEN"


def test_copies_come_once_and_any_of_them_is_heard(tmp_path, model, examples):
    paths = [tmp_path / "z.ogg", tmp_path / "a.ogg"]
    for path in paths:
        path.write_bytes(examples[0].read_bytes())
    with open_catalogue(tmp_path / "my.db", create=True) as opened:
        shas = fill(opened, model, [(path, "unsure") for path in paths])
        sha = next(iter(shas.values()))
        assert readable(opened, sha) == paths[1]
        paths[1].unlink()
        assert readable(opened, sha) == paths[0]
        review = Review(opened, ANNA)
        (item,) = review.next(5)
        assert item.row.path == str(paths[1])
        review.decide(item, "accept")
        assert review.next() == []


def test_what_each_word_means(catalogue, model):
    labels = model.bundle.labels
    rows = {row.path: row for row in catalogue.rows(catalogue.latest_model())}
    unsure, speech = rows["/b/unsure.mp3"], rows["/a/speech.mp3"]
    said = {
        word: (made := verdict_of(unsure, word, labels)).kind + " " + made.verdict
        for word in ("accept", "second", "Folk", "World", "Metal", "not-music", "not_music", "skip")
    }
    assert list(said.values()) == [
        "accept Folk", "second World", "accept Folk", "second World", "other Metal",
        f"not_music {NOT_MUSIC}", f"not_music {NOT_MUSIC}", "skip ",
    ]  # fmt: skip
    assert (answer_of(speech), verdict_of(speech, "accept", labels).kind) == (NOT_MUSIC, "not_music")
    assert verdict_of(speech, "Rap", labels).kind == "other"
    assert doubt(speech) == pytest.approx(0.03)
    for word in ("", "Polka", "=cmd"):
        with pytest.raises(UsageError) as caught:
            verdict_of(unsure, word, labels)
        assert caught.value.code == "REVIEW_VERDICT"


def test_a_second_opinion_is_asked_of_others_and_agreement_counted(catalogue):
    anna = Review(catalogue, ANNA, Wish(RowFilter(tiers=("unsure", "blend", "likely"))))
    for _ in range(3):
        anna.decide(anna.next()[0], "accept")
    assert Review(catalogue, ANNA, Wish(about="decided")).next() == []
    ben = Review(catalogue, BEN, Wish(about="decided"))
    for word in ("accept", "accept", "Jazz"):
        (item,) = ben.next()
        assert item.seen > 0
        ben.decide(item, word)
    found = agreement(ben.decisions.judgements())
    assert (found.files, found.share) == (3, pytest.approx(2 / 3))
    # Folk Folk, Hip-Hop Hip-Hop, Rock Jazz: chance (1/3)^2 * 2 for two people, over all words (4 + 4 + 1 + 1) / 36.
    assert found.pairs[0].kappa == pytest.approx((2 / 3 - 2 / 9) / (1 - 2 / 9))
    assert found.kappa == pytest.approx((2 / 3 - 10 / 36) / (1 - 10 / 36))
    assert agreement([]).share is None
    same = [Judgement("x", person, "Folk") for person in ("Anna", "Ben")]
    assert (agreement(same).share, agreement(same).kappa) == (1.0, None)


def test_what_is_disputed_is_shown_with_who_said_what_and_settled(catalogue):
    anna, ben = Review(catalogue, ANNA), Review(catalogue, BEN, Wish(about="decided"))
    anna.decide(anna.at("/b/unsure.mp3"), "Jazz")
    assert Review(catalogue, ANNA, Wish(about="disputed")).next() == []
    (item,) = ben.next()
    assert item.opinions == ()  # a second opinion is blind
    ben.decide(item, "Rock")
    cem = Review(catalogue, Desk("Cem"), Wish(RowFilter(under="/a"), about="disputed"))
    assert cem.next() == []
    cem = Review(catalogue, Desk("Cem"), Wish(about="disputed"))
    (item,) = cem.next()
    assert [(said.person, said.verdict) for said in item.opinions] == [("Anna", "Jazz"), ("Ben", "Rock")]
    cem.decide(item, "skip")
    assert (cem.next(), cem.state().left) == ([], 0)
    (item,) = Review(catalogue, ANNA, Wish(about="disputed")).next()
    made = Review(catalogue, ANNA, Wish(about="disputed")).decide(item, "Rock")
    assert (made.kind, made.verdict) == ("settle", "Rock")
    assert Review(catalogue, BEN, Wish(about="disputed")).next() == []
    assert agreement(ben.decisions.judgements()).share == 0.0


def test_undo_brings_the_file_back_and_a_batch_goes_as_one(catalogue):
    review = Review(catalogue, ANNA)
    (item,) = review.next()
    review.decide(item, "Metal")
    undone, again = review.undo()
    assert [decision.verdict for decision in undone] == ["Metal"]
    assert again is not None
    assert again.row.path == item.row.path
    assert [row.path for row in review.acceptable()] == ["/a/sure.mp3", "/c/sure.mp3"]
    assert review.accept_all("b1") == 2
    assert review.acceptable() == []
    undone, nothing = review.undo()
    assert (len(undone), nothing) == (2, None)
    assert len(review.acceptable()) == 2


def test_how_far_it_is(catalogue):
    anna, ben = Review(catalogue, ANNA), Review(catalogue, BEN)
    assert (anna.state().left, anna.state().done.mine) == (3, 0)
    anna.decide(anna.next()[0], "accept")
    (held,) = ben.next()
    state = ben.state()
    assert (state.left, state.done.mine, state.done.others, state.at_work) == (2, 0, 1, ("Ben",))
    ben.leave()
    assert anna.next()[0].row.path == held.row.path


def test_names_are_made_harmless():
    assert person_named("  An\u202ena\n\0 ") == "Anna"
    for nobody in ("", "\u202e", None, 7):
        with pytest.raises(UsageError):
            person_named(nobody)


def test_decisions_teach(tmp_path, model, examples):
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 \\x41.ogg"))
    names = [odd, tmp_path / "=cmd.ogg", tmp_path / "b.ogg", tmp_path / "c.ogg", tmp_path / "d.ogg", tmp_path / "e.ogg"]
    for path, example in zip(names, examples, strict=False):
        path.write_bytes(example.read_bytes())
    (tmp_path / "copy.ogg").write_bytes(examples[1].read_bytes())
    with open_catalogue(tmp_path / "my.db", create=True) as opened:
        fill(opened, model, [(path, "unsure") for path in (*names[:5], tmp_path / "copy.ogg")])
        fill(opened, model, [(names[5], "sure")])
        review = Review(opened, ANNA)
        for path, word in zip(names, ("Jazz", "accept", "not_music", "skip"), strict=False):
            review.decide(review.at(str(to_text(path))), word)
        review.accept_all("b")
        out = tmp_path / "decisions.csv"
        assert export_decisions(opened, out) == 4
        assert export_decisions(opened, tmp_path / "bulk.csv", bulk=True) == 5
        assert len(Decisions(opened.database).history()) == 5
    with out.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert tuple(rows[0]) == COLUMNS
    assert {row["decision"] for row in rows} == {"Jazz", "Folk", NOT_MUSIC, "skip"}
    assert {row["person"] for row in rows} == {"Anna", ""}
    learnt = read_examples(out, model.bundle.labels)
    assert {(song.path, song.label) for song in learnt.songs} == {(odd, "Jazz"), (names[1], "Folk")}
    assert (learnt.skipped, learnt.not_music) == (1, 1)
