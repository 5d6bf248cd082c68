"""The list of words: no word twice, both languages, and classes that mean what they should."""

from __future__ import annotations

import csv

import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from genrelens.listening.tags import TagWord
from training.tag_teachers import tag_names
from training.tag_words import KIT, WORDS, class_table, entries


def test_every_word_is_there_once_in_both_languages():
    for names in ([word.id for word in WORDS], [word.en for word in WORDS], [word.zh for word in WORDS]):
        assert len(set(names)) == len(WORDS)
    assert all(any("\u4e00" <= character <= "\u9fff" for character in word.zh) for word in WORDS)


def test_the_table_of_classes_is_square_and_holds_what_the_words_say():
    table = class_table()
    assert len({len(row) for row in table}) == 1
    assert [set(row) for row in table] == [set(word.sounds) for word in WORDS]


def test_no_program_is_both_sure_and_doubtful():
    for word in WORDS:
        assert not set(word.programs) & set(word.doubtful), word.id
        assert all(0 <= program < KIT + 128 for program in (*word.programs, *word.doubtful))
        assert word.programs or word.tags or word.labels, f"nothing can judge {word.id}"


def test_the_classes_are_named_as_the_words(teachers):
    rows = list(csv.reader((teachers / "audioset_classes.csv").read_text(encoding="utf-8").splitlines()[1:]))
    names = {int(row[0]): row[2].lower() for row in rows}
    for word_id in (
        "piano",
        "harpsichord",
        "banjo",
        "saxophone",
        "clarinet",
        "rapping",
        "choir",
        "speech",
        "harmonica",
    ):
        word = next(word for word in WORDS if word.id == word_id)
        assert [names[index] for index in word.sounds] == [word_id]


def test_every_tag_is_one_that_some_tagger_knows(teachers):
    known = {tag for names in tag_names(teachers) for tag in names}
    assert all(tag in known for word in WORDS for tag in word.tags)


def test_words_that_nobody_measured_are_never_offered():
    words = [TagWord.from_dict(entry) for entry in entries()]
    assert [word.id for word in words] == [word.id for word in WORDS]
    assert all(word.threshold is None and word.precision is None for word in words)
