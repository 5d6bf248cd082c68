"""Briefs as people write them: negation, near misses, unknown words, numbers, and hostile text."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.insight.brief import parse_brief


def senses(text: str) -> dict[str, str]:
    return {item.id: item.sense for item in parse_brief(text).found}


def test_keywords_in_chinese():
    brief = parse_brief("科技感、未来、简洁")
    assert [item.id for item in brief.found] == ["tech", "futuristic", "minimal"]
    assert next(iter(brief.genres)) == "Electronic"
    assert (brief.language, brief.unknown, brief.genres["Electronic"]) == ("zh", (), 1.0)


def test_a_sentence_in_english_with_refusals():
    brief = parse_brief("warm, nostalgic, no vocals -rock")
    assert brief.voice == "unwanted"
    assert brief.excluded == ("Rock",)
    assert brief.genres["Rock"] == -1
    assert brief.energy is not None
    assert brief.energy[1] <= 0.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("不要人声和鼓，钢琴", {"vocals": "unwanted", "drums": "unwanted", "piano": "wanted"}),
        ("无人声", {"vocals": "unwanted"}),
        ("非摇滚，非洲鼓", {"rock": "unwanted", "african": "wanted"}),
        ("非常快", {"fast": "wanted"}),
        ("别太吵", {"loud": "less"}),
        ("不要说唱太多", {"rap": "less"}),
        ("不要说唱但要钢琴", {"rap": "unwanted", "piano": "wanted"}),
        ("no rap, rock or metal, warm", {"rap": "unwanted", "rock": "unwanted", "metal": "unwanted", "warm": "wanted"}),
        ("no vocals or drums", {"vocals": "unwanted", "drums": "unwanted"}),
        ("chill no vocals piano", {"relaxed": "wanted", "vocals": "unwanted", "piano": "wanted"}),
        ("no loud rock", {"loud": "unwanted", "rock": "unwanted"}),
        ("-sad piano", {"sad": "unwanted", "piano": "wanted"}),
        ("piano - warm", {"piano": "wanted", "warm": "wanted"}),
        ("lo-fi, feel-good", {"lofi": "wanted", "happy": "wanted"}),
        ("non-rock", {"rock": "unwanted"}),
        ("no jazz for a wedding", {"jazz": "unwanted", "wedding": "wanted"}),
        ("without drums\npiano", {"drums": "unwanted", "piano": "wanted"}),
    ],
)
def test_how_far_a_no_reaches(text, expected):
    assert senses(text) == expected


def test_a_near_miss_is_taken_and_said():
    (guess,) = parse_brief("nostalgik").guesses
    assert (guess.written, guess.meant, guess.id) == ("nostalgik", "nostalgic", "nostalgic")


def test_unknown_words_are_named_and_known_ones_are_not():
    brief = parse_brief("warm quuxly, 温馨的囧囧 music")
    assert brief.unknown == ("quuxly", "囧囧")
    assert {item.id for item in brief.found} == {"warm"}


def test_one_character_inside_an_unknown_word_is_no_term():
    brief = parse_brief("快递")
    assert (brief.found, brief.unknown) == ((), ("快递",))
    assert senses("快") == {"fast": "wanted"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("128 bpm", (124.0, 132.0)), ("90-110 BPM, warm", (90.0, 110.0)), ("每分钟120拍", (116.0, 124.0)),
     ("fast", (125.0, 200.0)), ("warm", None)],
)  # fmt: skip
def test_tempo(text, expected):
    assert parse_brief(text).tempo_bpm == expected


def test_how_strongly():
    assert [item.strength for item in parse_brief("very warm, slightly dark, calm").found] == [1.4, 0.6, 1.0]
    assert parse_brief("非常温馨").found[0].strength == 1.4


def test_a_word_about_voices_outweighs_what_a_use_implies():
    assert parse_brief("企业宣传片").voice == "unwanted"
    assert parse_brief("企业宣传片，女声").voice == "wanted"


def test_not_loud_asks_for_less_energy():
    low, high = parse_brief("not loud").energy
    assert (low, high) == (0.0, 0.7)


@pytest.mark.parametrize("text", ["", " ,，。", "qzxv", "的了着", "\x00\ud800"])
def test_nothing_to_understand(text):
    assert not parse_brief(text).understood


def test_a_page_of_nonsense_is_cut_and_quick():
    began = time.process_time()
    brief = parse_brief("blorp zzyzx 囧 " * 5000)
    assert brief.cut
    assert time.process_time() - began < 5


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_a_brief_that_is_json(text):
    brief = parse_brief(text)
    json.dumps(brief.to_dict(), allow_nan=False)
    assert all(-1 <= wish <= 1 for wish in brief.genres.values())
