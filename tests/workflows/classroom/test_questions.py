"""Questions are made of what is true of a piece, and of nothing else."""

from __future__ import annotations

import pytest

from genrelens.listening.tags import HeardTag
from genrelens.sentences.questions import question_text, question_texts
from genrelens.words import LANGUAGES
from genrelens.workflows.classroom.questions import question, questions_of
from tests.workflows.heard import piece

SAX = HeardTag("saxophone", {"en": "saxophone", "zh": "萨克斯"}, 0.9)
DRUMS = HeardTag("drum_kit", {"en": "drums", "zh": "鼓"}, 0.9)


def codes(most=9, **heard):
    return [asked.code for asked in questions_of(piece(**heard), most)]


def test_the_showcase_five_four_and_a_saxophone():
    heard = {"bpm": 172.0, "metre": 5, "tags": (DRUMS, SAX)}
    assert codes(3, **heard) == ["metre_grouped", "instrument", "card"]
    english, chinese = (question_texts(questions_of(piece(**heard)), language) for language in LANGUAGES)
    assert english[0].startswith("It counts in 5.")
    assert english[1].startswith("Saxophone is heard.")
    assert "5 拍" in chinese[0]
    assert "萨克斯" in chinese[1]


def test_each_question_needs_its_fact():
    assert codes() == ["card", "why_here"]
    assert codes(evidence=False) == ["card"]
    assert codes(tier="unsure")[0] == codes(tier="blend")[0] == "between"
    assert "between" not in codes(tier="likely")
    assert "off_beat" in codes(claims=("off_beat",))
    assert "two_tempi" in codes(bpm=80.0, other=160.0)
    assert "two_tempi" not in codes(bpm=80.0)
    assert "key_minor" in codes(key="minor")
    assert "metre" in codes(bpm=90.0, metre=3)
    assert "metre" not in codes(bpm=90.0, metre=4)
    assert codes(tags=(DRUMS,)) == ["card", "why_here"]
    assert codes(tier="not_music") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_to_tell_two_genres_apart_comes_from_either_card(language):
    one = question_text(question("neighbour", {"genre": "Disco", "rival": "Electronic"}), language)
    assert len(one) > 40 or language == "zh"
    plain = question_text(question("neighbour", {"genre": "Metal", "rival": "Latin"}), language)
    assert "Latin" in plain or "拉丁" in plain
    assert question_text(question("card", {"genre": "Zydeco"}), language) == ""
