"""A word is said only where it was right often enough, on what did not choose its threshold, in every source."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from genrelens.listening.bundle import read_bundle
from training.tag_report import markdown
from training.tag_sounds import SoundEar
from training.tag_words import WORDS, class_table, entries
from training.tags import (
    NEEDED,
    Cases,
    cases_of_clips,
    cases_of_scores,
    check_bundle,
    judge,
    lowest_threshold,
    measure,
    precision,
)

NAN = float("nan")
ONES = np.ones(25)


def make_cases(there: float, count: int = 400, source: str = "scores", seed: int = 0, flip: float = 0.0) -> Cases:
    """One word: it is in a quarter of the cases, its logits there are `there` higher than elsewhere, deviation 1."""
    random = np.random.default_rng(seed)
    truth = (np.arange(count) % 4 == 0).astype(np.float64)
    logits = random.standard_normal(count) + there * truth
    choosing = np.arange(count) % 8 < 4
    truth[~choosing & (random.random(count) < flip)] = 0.0
    return Cases(source, logits[:, None], truth[:, None], choosing, np.ones(count))


def test_precision_is_that_of_the_share_and_not_of_the_cases():
    truth = np.array([1.0] * 10 + [0.0] * 10 + [NAN] * 5)
    logits = np.array([1.0] * 8 + [-1.0] * 2 + [1.0] * 1 + [-1.0] * 9 + [5.0] * 5)
    assert precision(logits, truth, ONES, 0.0, 0.5) == (pytest.approx(0.8 / 0.9), 0.8, 9)
    assert precision(logits, truth, ONES, 0.0, 0.1)[0] == pytest.approx(0.08 / 0.17)
    light = np.where(truth == 0, np.where(logits > 0, 0.5, 1.0), 1.0)
    assert precision(logits, truth, light, 0.0, 0.5)[0] == pytest.approx(0.8 / (0.8 + 0.5 / 9.5))
    assert np.isnan(precision(logits, truth, ONES, 9.0, 0.1)[0])


def test_the_lowest_threshold_is_the_first_that_is_good_enough():
    truth = np.array([0.0, 1.0, 0.0] + [1.0] * 10)
    assert lowest_threshold(np.arange(13.0), truth, ONES[:13], 0.5) == 3.0
    assert lowest_threshold(-np.arange(13.0), truth, ONES[:13], 0.05) is None


def test_a_word_that_is_heard_well_is_said():
    row = judge(0, 0.1, [make_cases(6.0)])
    assert row["threshold"] > 1
    assert row["precision"] >= NEEDED
    assert row["sources"]["scores"]["judges"]
    assert row["why"] is None


@pytest.mark.parametrize(
    ("sources", "why"),
    [
        ([], "no source"),
        ([make_cases(0.0)], "nowhere"),
        ([make_cases(6.0), make_cases(0.0, source="teachers")], "nowhere"),
        ([make_cases(6.0, flip=0.6)], "other half"),
        ([make_cases(3.0, count=80)], "too rarely"),
    ],
)
def test_a_word_that_cannot_be_trusted_is_silent(sources, why):
    row = judge(0, 0.1, sources)
    assert row["threshold"] is None
    assert row["precision"] is None
    assert why in row["why"]


def test_the_threshold_serves_every_source():
    easy, hard = make_cases(8.0), make_cases(5.0, source="teachers", seed=1)
    both = judge(0, 0.1, [easy, hard])
    assert both["threshold"] == max(judge(0, 0.1, [cases])["threshold"] for cases in (easy, hard))
    assert both["precision"] == min(found["precision"] for found in both["sources"].values())


def test_a_word_that_scores_alone_judge_is_not_said_in_all_music():
    rare, always = np.full((10, 1), -9.0), np.full((10, 1), 99.0)
    assert judge(0, 0.1, [make_cases(6.0)], rare)["said_in_music"] == 0
    row = judge(0, 0.1, [make_cases(6.0)], always)
    assert row["threshold"] is None
    assert "100% of music" in row["why"]
    both = [make_cases(6.0), make_cases(6.0, source="teachers")]
    assert judge(0, 0.1, both, always)["threshold"] is not None


def test_a_source_without_cases_does_not_judge():
    mute = Cases("teachers", np.zeros((4, 1)), np.full((4, 1), NAN), np.array([True, False, True, False]), np.ones(4))
    assert judge(0, 0.1, [make_cases(6.0), mute])["threshold"] is not None


def test_scores_and_clips_become_cases(corpus):
    sounds = {str(number): np.full((1, 527), number, np.float32) for number in range(30)}
    cases = cases_of_scores(sounds, seed=3)
    assert cases.logits.shape == cases.truth.shape == (30, len(WORDS))
    assert np.array_equal(cases.logits[:, 0], np.arange(30.0))
    assert 5 < cases.choosing.sum() < 25

    clips = corpus.part("train")[:6]
    windows = {clip.id: np.stack([np.zeros(527), np.ones(527)]).astype(np.float32) for clip in clips[:4]}
    answers = {clips[0].id: np.zeros((5, 50), np.float32)}
    teachers, labels = cases_of_clips(windows, answers, clips, [["piano"] * 50] * 5, seed=3)
    assert teachers.logits.shape == labels.truth.shape == (4, len(WORDS))
    assert (teachers.logits == 0.5).all()
    piano = next(index for index, word in enumerate(WORDS) if word.id == "piano")
    assert np.isnan(teachers.truth[1:]).all()
    assert np.isnan(labels.truth[:, piano]).all()


def test_the_table_says_what_is_said_and_why_the_rest_is_not():
    good = {"en": "piano", **judge(0, 0.1, [make_cases(6.0)])}
    bad = {"en": "lute", **judge(0, 0.1, [])}
    text = markdown([good, bad])
    assert "| piano | " in text
    assert "Never said: lute (no source can judge it)." in text


def test_measured_rows_become_the_entries_of_a_bundle():
    rows = [{"threshold": float(index), "precision": 0.9} for index in range(len(WORDS))]
    assert [entry["threshold"] for entry in entries(rows)] == list(range(len(WORDS)))


def test_everything_is_measured_once_and_kept(corpus, tmp_path, monkeypatch):
    pytest.importorskip("mido", reason="scores need the extra dev")
    if shutil.which("fluidsynth") is None:
        pytest.skip("apt install fluidsynth fluid-soundfont-gm")
    monkeypatch.setattr("training.tags.LABELLED", 1)
    first, music = measure(corpus, 2, 2, tmp_path, 3)
    assert [cases.source for cases in first] == ["scores", "teachers", "labels"]
    assert [len(cases.logits) for cases in first] == [2, 5, 5]
    assert 1 <= len(music) <= 2

    def never(*_):
        raise AssertionError("what is kept is not heard again")

    monkeypatch.setattr("training.tag_sounds.SoundEar.hear", never)
    monkeypatch.setattr("training.tag_teachers.Teachers.tags", never)
    again, _ = measure(corpus, 2, 2, tmp_path, 3)
    assert all(np.array_equal(a.logits, b.logits) for a, b in zip(first, again, strict=True))


def test_a_bundle_must_say_the_same_words_and_logits(corpus, tmp_path):
    def bundle(words, tags):
        described = SimpleNamespace(tags=[SimpleNamespace(id=word) for word in words], folder="here")
        return SimpleNamespace(bundle=described, hear=lambda excerpt: SimpleNamespace(tags=tags(excerpt)))

    ear = SoundEar.open(corpus.folder / "teachers", tmp_path)
    ids = [word.id for word in WORDS]

    def right(excerpt):
        return ear.hear(excerpt)[:, np.array(class_table())].max(2)

    check_bundle(bundle(ids, right), corpus, tmp_path)
    with pytest.raises(ValueError, match="other words"):
        check_bundle(bundle(ids[1:], right), corpus, tmp_path)
    with pytest.raises(ValueError, match="differ"):
        check_bundle(bundle(ids, lambda excerpt: right(excerpt) + 0.1), corpus, tmp_path)


def test_the_report_keeps_the_rule_and_the_shipped_bundle_says_what_it_says():
    report = json.loads((Path(__file__).parents[2] / "docs" / "tags.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in report["words"]] == [word.id for word in WORDS]
    for row in report["words"]:
        judging = [found["precision"] for found in row["sources"].values() if found["judges"]]
        assert (row["threshold"] is None) == (row["why"] is not None)
        assert row["threshold"] is None or row["precision"] == min(judging) >= NEEDED
    shipped = read_bundle().tags
    expected = [(row["id"], row["en"], row["zh"], row["threshold"], row["precision"]) for row in report["words"]]
    found = [(word.id, word.names["en"], word.names["zh"], word.threshold, word.precision) for word in shipped]
    # A bundle from before the words has none.
    assert found == (expected if shipped else [])
