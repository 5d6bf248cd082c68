"""A term's pieces, by genre, with what is certain, and comparisons that are true."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from genrelens.errors import UsageError
from genrelens.insight.timeline import Section, Timeline
from genrelens.listening.analysis import GenreScore, ModelInfo
from genrelens.listening.tags import HeardTag
from genrelens.sentences.lesson_sheet import comparison_text
from genrelens.words import LANGUAGES
from genrelens.workflows.classroom.lesson_sheet import MAX_PIECES, LessonPiece, comparisons_of, grouped, lesson_sheet
from genrelens.workflows.classroom.piece import LESSON, Asked, hear_piece
from genrelens.workflows.classroom.questions import questions_of
from tests.workflows.heard import EXAMPLES, SOURCE, heard_sheet, piece


def numbered(*pieces):
    return [LessonPiece(number, one, ()) for number, one in enumerate(pieces, 1)]


def compared(*pieces):
    return [(some.code, some.pieces) for some in comparisons_of(numbered(*pieces))]


def test_grouped_by_genre_the_largest_first_and_failures_last():
    sheet = heard_sheet()
    assert [one.number for one in sheet.pieces] == list(range(1, 8))
    sizes = [len(group.pieces) for group in sheet.groups if group.genre is not None]
    assert sizes == sorted(sizes, reverse=True)
    assert sheet.groups[-1].genre is None
    assert [one.piece.error.code for one in sheet.failed] == ["AUDIO_UNREADABLE"]
    for group in sheet.groups[:-1]:
        assert {one.piece.genre for one in group.pieces} == {group.genre}
        firsts = [one.piece.analysis.top[0].probability for one in group.pieces]
        assert firsts == sorted(firsts, reverse=True)
    told = json.loads(json.dumps(sheet.to_dict(), allow_nan=False))
    assert len(told["pieces"]) == 7
    assert told["pieces"][-1]["error"]["code"] == "AUDIO_UNREADABLE"


def test_a_piece_is_heard_as_the_commands_hear_it(model):
    from genrelens.listening.analyze import analyze

    path = EXAMPLES / "bossa_nova.ogg"
    one = next(one for one in heard_sheet().pieces if one.piece.name == path.name)
    assert one.piece.analysis.top == analyze(model, path).top
    assert one.piece.evidence.label == one.piece.genre
    assert one.piece.timeline.sections[0].start_s == 0.0
    assert 2 <= len(one.questions) <= 3


def test_a_part_that_cannot_be_read_leaves_the_answer_standing(model):
    def reader(*_args, **_wished):
        raise ValueError("broken")

    found = hear_piece(model, Asked(EXAMPLES / "bossa_nova.ogg", "x"), LESSON, reader=reader)
    assert found.genre == "Jazz"
    assert found.notes is None


def test_comparisons_are_true_and_worth_it():
    jazz, metal_less = piece(bpm=120.0, metre=4), piece("likely", bpm=121.0, metre=3)
    assert compared(jazz, metal_less) == [("metre", (2, 1)), ("tempo", (1, 2))]
    assert compared(piece(bpm=120.0), piece("likely", bpm=140.0)) == []
    assert compared(piece(bpm=80.0), piece(bpm=160.0)) == [("apart", (1, 2))]
    assert compared(piece(bpm=80.0, other=160.0), piece(bpm=160.0)) == []
    assert compared(piece(bpm=120.0), piece("unsure", bpm=120.0)) == []
    sax = HeardTag("saxophone", {"en": "saxophone", "zh": "萨克斯"}, 0.9)
    assert compared(piece(tags=(sax,)), piece("likely", tags=(sax,))) == [("instrument", (1, 2))]
    crowd = [piece("likely" if n % 2 else "sure", bpm=120.0) for n in range(8)]
    turns = [number for _, pieces in compared(*crowd) for number in pieces]
    assert max(map(turns.count, turns)) <= 2
    for language in LANGUAGES:
        assert all("120" in comparison_text(some, language) for some in comparisons_of(numbered(*crowd)))


def test_a_change_of_sections_is_asked_about():
    def part(start, end, genre, tier="sure"):
        return Section(start, end, (GenreScore(genre, 0.9), GenreScore("Pop", 0.1)), tier, 0.0, 10.0, 3)

    about = ModelInfo("tiny", "1", "a" * 64)
    sections = (part(0.0, 40.0, "Jazz"), part(40.0, 80.0, "Jazz"), part(80.0, 200.0, "Rock"))
    along = Timeline(SOURCE, 0.0, 200.0, False, (), 1.0, None, None, sections, 9, 4.8, about)
    asked = questions_of(replace(piece(), timeline=along))[0]
    assert (asked.code, dict(asked.genres), dict(asked.numbers)) == (
        "change",
        {"genre": "Jazz", "rival": "Rock"},
        {"at_s": 80.0},
    )
    doubtful = (part(0.0, 80.0, "Jazz", "unsure"), part(80.0, 200.0, "Rock"))
    asked = questions_of(replace(piece(), timeline=replace(along, sections=doubtful)))
    assert "change" not in {one.code for one in asked}


def test_too_many_and_none_are_said(model):
    with pytest.raises(UsageError) as none:
        lesson_sheet(model, [])
    with pytest.raises(UsageError) as many:
        lesson_sheet(model, [Asked(EXAMPLES / "x.ogg", "x")] * (MAX_PIECES + 1))
    assert (none.value.code, many.value.code) == ("NO_INPUT", "LESSON_TOO_MANY")


def test_silence_has_a_group_of_its_own():
    from genrelens.workflows.classroom.piece import Piece
    from tests.studio.made import analysis

    silent = Piece("s.wav", analysis(silent=True))
    assert [group.genre for group in grouped([silent, piece(), piece("not_music")])] == ["Jazz", None]
