"""The lexicon: complete in both languages, without contradictions, and found by longest match."""

from __future__ import annotations

import re

import pytest
import yaml

from genrelens.insight import lexicon as module
from genrelens.insight.lexicon import load_lexicon, stem, tokens_of
from genrelens.listening.bundle import read_bundle
from genrelens.taxonomy import GENRES

FILE = module.Path(module.__file__).with_name("lexicon.yaml")


@pytest.fixture(scope="module")
def lexicon():
    return load_lexicon()


def test_every_genre_exists_is_named_and_weights_are_in_range(lexicon):
    known = {genre.id for genre in GENRES}
    for term in lexicon.terms.values():
        assert set(term.genres) <= known, term.id
        assert all(-1 <= weight <= 1 for weight in term.genres.values()), term.id
    strongest = {genre for term in lexicon.terms.values() for genre, weight in term.genres.items() if weight == 1}
    assert strongest == known


def test_both_languages_are_covered(lexicon):
    for term in lexicon.terms.values():
        assert term.names["en"], term.id
        assert any(re.search(r"[\u4e00-\u9fff]", name) for name in term.names["zh"]), term.id
        assert not any(re.search(r"[\u4e00-\u9fff]", name) for name in term.names["en"]), term.id
        assert term.name("zh") in term.names["zh"]
    for language in ("en", "zh"):
        assert sum(len(term.names[language]) for term in lexicon.terms.values()) > 1000


def test_no_way_to_write_a_term_is_there_twice():
    tree = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    written = [
        tuple(token.key for token in tokens_of(str(name)))
        for kind, terms in tree.items()
        if kind not in ("schema_version", "grammar")
        for term in terms
        for language in ("en", "zh")
        for name in term[language]
    ]
    assert len(written) == len(set(written))


def test_every_wish_says_something(lexicon):
    for term in lexicon.terms.values():
        assert term.genres or term.tempo or term.energy or term.brightness or term.voice or term.tags, term.id


def test_every_tag_is_one_of_the_model(lexicon):
    known = {word.id for word in read_bundle().tags}
    assert {tag for term in lexicon.terms.values() for tag in term.tags} <= known


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("genres: {Polka: 1}", "Polka"),
        ("genres: {Jazz: 2}", "Jazz"),
        ("energy: [0.5, 1.5]", "range"),
        ("tempo: [120, 80]", "range"),
        ("voice: maybe", "maybe"),
        ("colour: red", "colour"),
    ],
)
def test_nonsense_in_a_lexicon_is_refused(tmp_path, change, words):
    file = tmp_path / "lexicon.yaml"
    file.write_text(f"grammar: {{}}\nmood:\n  - {{id: x, en: [x], zh: [某], {change}}}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        load_lexicon(file)


def test_a_word_with_two_meanings_is_refused(tmp_path):
    file = tmp_path / "lexicon.yaml"
    file.write_text("grammar: {}\nmood:\n  - {id: x, en: [loves], zh: [某]}\n  - {id: y, en: [love], zh: [么]}\n")
    with pytest.raises(ValueError, match="of 'x' and of 'y'"):
        load_lexicon(file)


@pytest.mark.parametrize(("one", "other"), [("relaxing", "relaxed"), ("drums", "drum"), ("Softly", "soft"),
                                            ("melodies", "melody"), ("dance", "dancing")])  # fmt: skip
def test_endings_do_not_part_words(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize("word", ["bass", "blues", "80s", "jazz", "swing", "sing"])
def test_short_words_and_own_endings_stay(word):
    assert stem(word) == word


def test_the_longest_match_wins(lexicon):
    for text, expected in [("非洲鼓", "african"), ("鼓机", "drum_machine"), ("acoustic guitar", "acoustic_guitar")]:
        tokens = tokens_of(text)
        phrase, length = lexicon.longest_match(tokens, 0)
        assert (phrase.term.id, length) == (expected, len(tokens))
