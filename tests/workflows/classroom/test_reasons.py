"""What the sound says to a student's reasons: numbers are compared, words answered."""

from __future__ import annotations

import pytest

from genrelens.listening.tags import HeardTag, TagWord
from genrelens.workflows.classroom.reasons import echoes_of
from tests.workflows.heard import piece

WORDS = (
    TagWord("saxophone", {"en": "saxophone", "zh": "萨克斯"}, 0.1, 0.9),
    TagWord("drum_kit", {"en": "drums", "zh": "鼓"}, 0.1, 0.9),
    TagWord("guitar", {"en": "guitar", "zh": "吉他"}, None, None),
    TagWord("electric_guitar", {"en": "electric guitar", "zh": "电吉他"}, None, None),
)
HEARD = HeardTag("saxophone", {"en": "saxophone", "zh": "萨克斯"}, 0.9)


def said(reasons, **heard):
    return [(echo.topic, echo.written, echo.verdict) for echo in echoes_of(reasons, piece(**heard), WORDS)]


@pytest.mark.parametrize(
    ("reasons", "verdict"),
    [
        ("at 120 BPM", "agrees"),
        ("bpm: 123", "agrees"),
        ("60 bpm", "agrees"),
        ("每分钟 240 拍", "agrees"),
        ("about 100 beats per minute", "differs"),
        ("it is fast", "told"),
    ],
)
def test_a_tempo_is_compared_as_people_tap(reasons, verdict):
    assert [echo[2] for echo in said(reasons, bpm=120.0)] == [verdict]
    assert [echo[2] for echo in said(reasons)] == ["open"]


@pytest.mark.parametrize(
    ("reasons", "metre", "verdict"),
    [
        ("in 5/4", 5, "agrees"),
        ("in 5/4", 4, "differs"),
        ("a waltz", 3, "agrees"),
        ("圆舞曲", 4, "differs"),
        ("三拍子", 3, "agrees"),
        ("6/8", 2, "agrees"),
        ("the time signature", 4, "told"),
        ("in 3/4", None, "open"),
    ],
)
def test_a_metre_is_compared(reasons, metre, verdict):
    assert [echo[2] for echo in said(reasons, bpm=120.0, metre=metre)] == [verdict]


def test_instruments_are_heard_open_or_beyond_the_model():
    assert said("saxophone, drums, and an electric guitar", tags=(HEARD,)) == [
        ("instrument", "saxophone", "agrees"),
        ("instrument", "drums", "open"),
        ("instrument", "electric guitar", "mute"),
    ]
    assert said("有萨克斯和电吉他", tags=(HEARD,)) == [
        ("instrument", "萨克斯", "agrees"),
        ("instrument", "电吉他", "mute"),
    ]


@pytest.mark.parametrize("reasons", ["no drums", "without any saxophone", "没有鼓", "it isn't fast", "不是小调"])
def test_what_is_denied_is_not_answered(reasons):
    assert said(reasons, bpm=120.0, key="minor") == []


def test_off_beats_and_beats_are_answered_by_the_evidence():
    assert said("guitar on the off-beats", claims=("off_beat",))[-1] == ("off_beat", "off-beats", "agrees")
    assert said("反拍") == [("off_beat", "反拍", "open")]
    four = echoes_of("four-on-the-floor", piece(claims=("period",)), ())[0]
    assert (four.topic, four.verdict, four.claim.code) == ("beat", "told", "period")
    assert echoes_of("kick", piece(), ())[0].note == "struck"
    slow = echoes_of("kick", piece(claims=("period",), period_s=1.26), ())[0]
    assert (slow.note, slow.claim) == ("struck", None)


def test_brightness_is_answered_where_there_is_a_word_for_it():
    assert said("bright") == [("brightness", "bright", "told")]
    assert said("bright", brightness=None) == [("brightness", "bright", "open")]


def test_words_inside_words_say_nothing_and_each_topic_is_answered_once():
    assert said("breakfast in the darkroom, minority, monkey") == []
    assert said("fast, a fast tempo, very fast", bpm=120.0) == [("tempo", "fast", "told")]
    assert said("") == []
    assert said("fast", tier="not_music") == []
