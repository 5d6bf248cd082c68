"""A card for every genre, the same in every language."""

from __future__ import annotations

import json
import re

import pytest

from genrelens.taxonomy import GENRES
from genrelens.words import LANGUAGES, catalogue
from genrelens.words.cards import card

IDS = [genre.id for genre in GENRES]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("genre", IDS)
def test_every_genre_has_a_whole_card(genre, language):
    found = card(genre, language)
    assert found is not None
    assert found.genre == genre
    assert 3 <= len(found.listen) <= 4
    assert len(dict(found.listen)) == len(found.listen)
    assert 2 <= len(found.neighbours) <= 3
    assert genre not in dict(found.neighbours)
    assert set(dict(found.neighbours)) <= set(IDS)
    assert found.question.endswith("?" if language == "en" else "？")
    assert re.search(r"\d{4}|centuries", found.origin)
    assert json.loads(json.dumps(found.to_dict()))["what"] == found.what


def test_the_languages_say_the_same_of_the_same():
    for genre in IDS:
        english, chinese = (card(genre, language) for language in LANGUAGES)
        assert [who for who, _ in english.neighbours] == [who for who, _ in chinese.neighbours]
        assert len(english.listen) == len(chinese.listen)


def test_numbers_are_the_same_in_both_languages():
    years = {
        language: {key: sorted(re.findall(r"\d{3,4}", text)) for key, text in catalogue(language).items()}
        for language in LANGUAGES
    }
    assert all(years["en"][key] == years["zh"][key] for key in years["en"] if key.startswith("cards."))


def test_each_listening_hint_is_its_own():
    for language in LANGUAGES:
        hints = [text for genre in IDS for _, text in card(genre, language).listen]
        assert len(set(hints)) == len(hints)


def test_a_strange_label_has_no_card():
    assert card("Polka", "en") is None
