"""Rare genres that hide in a catalogue, what it holds twice, and neighbours from what was heard already."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrelens.catalogue.decisions import Decisions, Desk, Verdict
from genrelens.catalogue.paths import to_text
from genrelens.catalogue.rows import RowFilter
from genrelens.catalogue.store import FileRecord, open_catalogue
from genrelens.catalogue.vectors import unit_vectors
from genrelens.errors import CatalogueError, UsageError
from genrelens.listening.analysis import ModelInfo
from genrelens.listening.bundle import read_bundle
from genrelens.workflows.duplicates import alike_pairs, find_duplicates
from genrelens.workflows.longtail import long_tail, tail_scores
from genrelens.workflows.more_like import model_of, nearest_candidates
from tests.catalogue.made import answer_all, synthetic_analysis, synthetic_catalogue

LABELS = ("Blues", "Jazz", "Pop")


@pytest.fixture(scope="module")
def bundle():
    return read_bundle()


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """400 made-up files, and what is hidden among them."""
    where = tmp_path_factory.mktemp("tail") / "my.db"
    with synthetic_catalogue(where, 400) as catalogue:
        yield catalogue, catalogue.latest_model()


def store(where, bundle, songs):
    """A catalogue of songs: (path, analysis), each with bytes of its own."""
    catalogue = open_catalogue(where, create=True)
    model_id = catalogue.model_id(bundle)
    answers, records = {}, []
    for path, analysis in songs:
        answers[analysis.source.sha256] = analysis
        records.append(FileRecord(to_text(path), 1000, 1, analysis.source.sha256))
    catalogue.plan(model_id, records)
    answer_all(catalogue, model_id, "maker", answers)
    return catalogue, model_id


def song(bundle, name, number=0, **source):
    """A made-up song with a genre."""
    info = ModelInfo(bundle.name, bundle.version, bundle.model_sha256, bundle.calibration.calibrated)
    sha = hashlib.sha256(name.encode()).hexdigest()
    made = next(
        made
        for step in range(20)
        if (made := synthetic_analysis(7, number + step, sha, bundle, info)).top and made.tier != "not_music"
    )
    return replace(made, source=replace(made.source, sha256=sha, **source))


def test_a_label_that_the_song_does_not_sound_like_speaks_for_the_rare_genre():
    p = np.array([[0.4, 0.1, 0.5], [0.4, 0.5, 0.1]])
    scores = tail_scores(p, [("Pop",), ("Pop",)], ["tag", "tag"], LABELS)
    assert scores.sum(axis=1) == pytest.approx(1.0)
    assert scores[1, 0] > scores[0, 0]
    assert scores[0, 0] < 0.4
    # By hand: a tag is right half of the time, a quarter where the model hears it anyway; else it was drawn as often as
    # it is used (2.5 of 3.5 here).
    used = 2.5 / 3.5
    for row, right in ((0, 0.25), (1, 0.5)):
        by_hand = p[row] * ((1 - right) * used + right * np.array([0, 0, 1]))
        assert scores[row] == pytest.approx(by_hand / by_hand.sum())


def test_several_tags_are_heard_together_and_a_decision_is_never_doubted_more():
    p = np.array([[0.7, 0.15, 0.15], [0.4, 0.1, 0.5]])
    scores = tail_scores(p, [("Jazz", "Pop"), ("Pop",)], ["tag", "decision"], LABELS)
    used = np.array([0.5, 1.5, 2.5]) / 4.5
    one = p[0] * (0.75 * used[1:].sum() + 0.25 * np.array([0, 1, 1]))
    two = p[1] * (0.1 * used[2] + 0.9 * np.array([0, 0, 1]))
    assert scores == pytest.approx(np.stack([one / one.sum(), two / two.sum()]))


def test_without_labels_the_probability_stands_and_a_decision_weighs_more_than_a_tag():
    p = np.array([[0.4, 0.1, 0.5]])
    alone, tag, decision = (
        tail_scores(p, [("Pop",)], [source], LABELS)[0, 0] for source in ("model", "tag", "decision")
    )
    assert alone == pytest.approx(0.4)
    assert alone > tag > decision


def test_hidden_beats_the_probability_alone():
    """The bar, small: labels drawn by chance; the whole is `python -m benchmarks.longtail`."""
    from benchmarks.longtail import average_precision, one_catalogue

    assert average_precision(np.array([3.0, 2.0, 1.0]), np.array([True, False, True])) == pytest.approx((1 + 2 / 3) / 2)
    draw = np.random.default_rng(0)
    truth = np.repeat(np.arange(16), 20)
    logits = draw.normal(size=(320, 16)) + 2.2 * np.eye(16)[truth]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    rows = [one_catalogue(p, truth, "chance", seed) for seed in range(30)]
    gaps = [row["list"] - row["probability"] for row in rows]
    assert np.mean(gaps) > 0.02


def test_finds_are_what_nobody_calls_so_and_say_why(found):
    catalogue, model_id = found
    tail = long_tail(catalogue, model_id, most=10)
    rows = {row.sha256: row for row in catalogue.rows(model_id, RowFilter(states=("done",), first_copies=True))}
    assert tail.genres
    assert all(tail.labelled[genre] < 0.03 * tail.songs for genre in tail.genres)
    assert [find.score for find in tail.finds] == sorted((find.score for find in tail.finds), reverse=True)
    for find in tail.finds:
        row = rows[find.sha256]
        assert find.label_source == "model" or find.genre not in find.label
        assert row.top[find.rank - 1].id == find.genre
        assert find.probability == row.top[find.rank - 1].probability
        assert ("first" in find.why) == (find.rank == 1)
        assert find.in_prediction_set == (find.genre in row.prediction_set)
        windows = catalogue.analysis(find.sha256, model_id)["windows"]
        assert find.moment.probability == max(window["probabilities"][find.genre] for window in windows)
    assert json.loads(json.dumps(tail.to_dict(), allow_nan=False))["songs"] == tail.songs


def test_named_genres_and_what_is_wrong(found, tmp_path, bundle):
    catalogue, model_id = found
    tail = long_tail(catalogue, model_id, genres=["Rock", "Rock"], most=3)
    assert tail.genres == ("Rock",)
    assert {find.genre for find in tail.finds} == {"Rock"}
    with pytest.raises(UsageError, match="Polka") as wrong:
        long_tail(catalogue, model_id, genres=["Polka"])
    assert wrong.value.code == "GENRE_UNKNOWN"
    with open_catalogue(tmp_path / "new.db", create=True) as empty, pytest.raises(CatalogueError) as nothing:
        long_tail(empty, empty.model_id(bundle))
    assert nothing.value.code == "CATALOGUE_EMPTY"


def test_neighbours_that_are_known_and_a_decision_that_ends_the_search(tmp_path, bundle):
    songs = [(f"/m/{number}.mp3", song(bundle, f"n{number}", genre_tag="Jazz")) for number in range(6)]
    rare = next(
        made
        for number in range(40)
        if (made := song(bundle, "rare", number, genre_tag="Rock")).top[0].id not in ("Jazz", "Rock")
    )
    other = rare.top[0].id
    kin = replace(song(bundle, "kin", genre_tag=other), embedding=rare.embedding)
    catalogue, model_id = store(tmp_path / "my.db", bundle, [*songs, ("/m/rare.mp3", rare), ("/m/kin.mp3", kin)])
    with catalogue:
        finds = long_tail(catalogue, model_id, genres=[other]).finds
        [mine] = [find for find in finds if find.path.endswith("rare.mp3")]
        assert (mine.kin[0].path, mine.kin[0].known_by) == (to_text("/m/kin.mp3"), "tag")
        assert mine.kin[0].likeness == pytest.approx(1.0, abs=1e-4)
        assert mine.why[0] == "first"
        assert "neighbours" in mine.why
        assert not [find for find in finds if find.path.endswith("kin.mp3")]
        verdict = Verdict(mine.sha256, model_id, "other", other)
        Decisions(catalogue.database).decide(Desk("me"), verdict, token="t1")
        after = long_tail(catalogue, model_id, genres=[other])
        assert not [find for find in after.finds if find.sha256 == mine.sha256]
        assert after.labelled[other] == 2


def test_pairs_in_blocks_are_those_of_the_whole_product():
    draw = np.random.default_rng(3)
    units = draw.normal(size=(1500, 8)).astype(np.float32)
    units[1000:1100] = units[:100] + draw.normal(scale=0.05, size=(100, 8)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    lengths = draw.uniform(30, 60, 1500)
    lengths[1000:1050] = lengths[:50] + 1.0
    lengths[40:50] = np.nan
    found = list(alike_pairs(units, lengths))
    pairs = {tuple(sorted(pair[:2])) for pair in found}
    likes = units @ units.T
    near = (likes >= 0.93) & (np.abs(lengths[:, None] - lengths[None]) <= 2.0)
    assert pairs == {(i, j) for i, j in np.argwhere(near).tolist() if i < j}
    assert len(found) == len(pairs)
    assert all(alike == pytest.approx(likes[i, j], abs=1e-5) for i, j, alike in found)
    assert {(i, 1000 + i) for i in range(40)} & pairs
    assert not list(alike_pairs(units, np.full(1500, np.nan)))


def test_short_vectors_lose_no_pair():
    """300 songs of one length in 200 dimensions, more than the short vectors have, most pairs near the limit."""
    draw = np.random.default_rng(4)
    units = draw.normal(size=200) + draw.normal(scale=0.28, size=(300, 200))
    units = (units / np.linalg.norm(units, axis=1, keepdims=True)).astype(np.float32)
    same = int(np.triu(units @ units.T >= 0.93, 1).sum())
    assert 1000 < same < 40_000
    assert len(list(alike_pairs(units, np.full(300, 30.0)))) == same


def test_duplicates_by_bytes_and_by_recording(tmp_path, bundle):
    one = song(bundle, "one", 1)
    again = replace(
        song(bundle, "again", 1),
        embedding=one.embedding * 3,
        source=replace(one.source, sha256="a" * 64, duration_s=one.source.duration_s + 1),
    )
    longer = replace(again, source=replace(one.source, sha256="b" * 64, duration_s=one.source.duration_s + 9))
    spoken = [replace(again, tier="not_music", source=replace(one.source, sha256=c * 64)) for c in "cd"]
    songs = [("/m/one.mp3", one), ("/m/again.ogg", again), ("/m/longer.mp3", longer)]
    songs += [(f"/m/spoken{number}.mp3", talk) for number, talk in enumerate(spoken)]
    songs += [("/m/two.mp3", song(bundle, "two", 40))]
    catalogue, model_id = store(tmp_path / "my.db", bundle, songs)
    with catalogue:
        two = songs[-1][1].source.sha256
        catalogue.plan(model_id, [FileRecord("/m/two copy.mp3", 1000, 1, two)])
        groups = find_duplicates(catalogue, model_id).groups
    assert [(group.kind, sorted(Path(m.path).name for m in group.members)) for group in groups] == [
        ("recording", ["again.ogg", "one.mp3"]),
        ("file", ["two copy.mp3", "two.mp3"]),
    ]
    assert groups[0].likeness == pytest.approx(1.0, abs=1e-3)


def test_nearest_candidates(found, bundle, tmp_path):
    catalogue, model_id = found
    assert model_of(catalogue, bundle) == model_id
    shas, units = unit_vectors(catalogue, model_id)
    near = nearest_candidates(catalogue, model_id, units[5] * 3, 7)
    assert len(near) <= 7
    alike = units @ units[5]
    best = [shas[i] for i in np.argsort(-alike, kind="stable")[:7]]
    heard = [candidate.answer.source.sha256 for candidate in near]
    assert heard == [sha for sha in best if sha in heard]
    assert heard[0] == shas[5] or shas[5] not in heard
    with open_catalogue(tmp_path / "new.db", create=True) as empty, pytest.raises(CatalogueError):
        model_of(empty, bundle)
