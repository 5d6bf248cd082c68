"""What a policy, a curve and a proposal say, in both languages."""

from __future__ import annotations

import unicodedata

import pytest

from genrelens.listening.bundle import read_bundle
from genrelens.sentences.columns import aligned
from genrelens.sentences.policy import curve_lines, policy_lines, proposal_lines, proposal_note
from genrelens.words import LANGUAGES
from genrelens.workflows.policy import DEFAULT, Limits, Policy
from genrelens.workflows.policy_curve import Songs, Tally, curve_of_card, curve_of_reviews
from genrelens.workflows.policy_proposal import propose


def width(line):
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_are_straight(language):
    lines = aligned([["高于", "right", ""], ["0.85", "96.5 %", "正确"]])
    assert len({width(line) for line in lines}) == 1
    table = [line for line in curve_lines(curve_of_card(read_bundle().model_sha256), language) if line.startswith("  ")]
    assert len(table) == 23
    assert len({width(line) for line in table}) == 1


@pytest.mark.parametrize(("language", "words"), [("en", "Hip-Hop: always reviewed"), ("zh", "嘻哈：总是复核")])
def test_every_setting_is_said(language, words):
    policy = Policy(Limits(1.0, 1.0), {"Hip-Hop": None, "Jazz": Limits(0.9, 0.5)}, ("CLIPPING",), ("blend",), "review")
    said = "\n".join(policy_lines(policy, language))
    for each in (words, "0.90", "0.50", "CLIPPING"):
        assert each in said
    assert said != "\n".join(policy_lines(DEFAULT, language))
    assert len(policy_lines(DEFAULT, language)) == 4


@pytest.mark.parametrize(("language", "unseen"), [("en", "count as wrong"), ("zh", "按错误计算")])
def test_why_nothing_can_be_promised(language, unseen):
    songs = Songs({"Rock": Tally()})
    songs.genres["Rock"].all.extend([0.5] * 30 + [0.97] * 30)
    songs.genres["Rock"].right.extend([0.5] * 30)
    proposal = propose(curve_of_reviews(songs), 0.95, DEFAULT)
    lines = proposal_lines(proposal, language, songs)
    assert "73" in lines[0]
    assert "50.0\u00a0%" in lines[1]
    assert unseen in lines[1]
    assert "95.0\u00a0%" in proposal_note(proposal, language)
