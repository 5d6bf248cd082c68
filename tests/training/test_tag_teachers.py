"""When taggers agree, and what a label says of a word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from genrelens.audio.windows import listen
from training.corpus import Clip
from training.tag_sounds import keep
from training.tag_teachers import TAGGERS, Teachers, agreement, ask_teachers, tag_names, truth_by_label
from training.tag_words import WORDS

NAMES = [["piano", "guitar"], ["guitar", "piano"], ["flute"], ["piano"], ["violin"]]
CLIP = Clip("a", "train", "Rap", "", "high", "someone", 20.0)


def word(word_id):
    return next(word for word in WORDS if word.id == word_id)


def test_two_that_are_sure_say_yes_and_all_that_hear_nothing_say_no():
    piano = replace(word("piano"), share=0.1)
    tags = np.random.default_rng(0).uniform(0, 0.05, (200, 5, 2)).astype(np.float32)
    tags[:12, :2] = 0.5  # the guitar of these two, and their piano
    tags[5:12, 0, 0], tags[5:12, 1, 1], tags[:12, 3, 0] = 0.04, 0.04, 0.0
    tags[:5, 0, 0] = tags[:5, 1, 1] = 0.9
    truth = agreement(piano, tags, NAMES)
    assert (truth[:5] == 1).all()
    assert not (truth[5:] == 1).any()
    assert (truth[5:] == 0).sum() > 50
    assert np.isnan(truth).sum() > 20


def test_small_numbers_are_not_sure_and_one_tagger_is_not_two():
    tags = np.random.default_rng(0).uniform(0, 0.05, (200, 5, 2)).astype(np.float32)
    assert not (agreement(word("piano"), tags, NAMES) == 1).any()
    assert np.isnan(agreement(word("flute"), tags, NAMES)).all()


@pytest.mark.parametrize(
    ("word_id", "changes", "expected"),
    [
        ("rapping", {}, True),
        ("rapping", {"label2": "Hip-Hop"}, True),
        ("rapping", {"confidence": "low"}, None),
        ("rapping", {"label": "Hip-Hop"}, None),
        ("rapping", {"label": "Jazz", "label2": "Rap"}, None),
        ("rapping", {"label": "Jazz"}, False),
        ("rapping", {"label": "R&B"}, False),
        ("distorted_guitar", {"label": "Metal"}, True),
        ("distorted_guitar", {"label": "Rock"}, None),
        ("speech", {"label": "not-music", "title": "TTS speech en_US"}, True),
        ("speech", {"label": "not-music", "title": "Helicopter"}, None),
        ("speech", {"label": "Classical"}, False),
    ],
)
def test_what_a_label_says(word_id, changes, expected):
    assert truth_by_label(word(word_id), replace(CLIP, **changes)) is expected


def test_answers_are_kept_and_not_asked_for_again(corpus, teachers, tmp_path):
    known = np.full((5, 50), 0.25, np.float32)
    keep(tmp_path / "teachers.npz", {corpus.clips[0].id: known})
    answers = ask_teachers(teachers, corpus, corpus.clips[:1], tmp_path / "teachers.npz")
    assert np.array_equal(answers[corpus.clips[0].id], known)


def test_the_teachers_hear_a_piece(teachers, examples):
    prelude = next(path for path in examples if path.stem == "bach_prelude")
    tags = Teachers(teachers).tags(listen(prelude, sample_rate=32_000, window_s=10.0, count=2))
    assert tags.shape == (len(TAGGERS), 50)
    assert ((tags >= 0) & (tags <= 1)).all()
    for own, names in zip(tags[:2], tag_names(teachers), strict=False):
        assert "classical" in [names[index] for index in np.argsort(-own)[:3]]
