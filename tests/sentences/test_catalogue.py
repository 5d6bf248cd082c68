"""What is said of a catalogue, in both languages."""

from __future__ import annotations

import pytest

from genrelens.catalogue.inventory import Info, ModelCounts
from genrelens.catalogue.store import Counts
from genrelens.catalogue.upkeep import Checked, Problem
from genrelens.listening.analysis import ModelInfo
from genrelens.sentences.catalogue import changed_lines, checked_lines, difference_lines, info_lines
from genrelens.words import LANGUAGES
from genrelens.workflows.model_diff import Difference

MODEL = ModelInfo("ours", "1.0", "ab" * 32)
KINDS = ("file", "columns", "no_answer", "no_model", "unreadable", "mismatch", "half", "decision")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_has_words(language):
    problems = tuple(Problem(kind, 3, ("\x1b[2J/evil\n",)) for kind in KINDS)
    lines = checked_lines(Checked(7, 8, 9, problems), language)
    assert len(lines) == 1 + 2 * len(KINDS)
    assert len(set(lines)) == 2 + len(KINDS)
    assert all("\x1b" not in line and "\n" not in line for line in lines)
    assert all("3" in line for line in lines[1::2])


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("sure 5", "Hip-Hop 4", "no music 1")), ("zh", ("有把握 5", "嘻哈 4"))]
)
def test_what_a_catalogue_holds(language, words):
    model = ModelCounts(1, MODEL, Counts(1, 2, 3), {"sure": 5, "brand-new": 1}, {"Hip-Hop": 4})
    found = Info("my.db", 2_500_000, 10, 1, 9, 0, (model,), {"not_music": 1}, {"ann\x07": 1})
    said = "\n".join(info_lines(found, language))
    for each in (*words, "2.5\u00a0MB", "ours 1.0", "abababab", "ann? 1", "brand-new 1"):
        assert each in said
    empty = "\n".join(info_lines(Info("my.db", 1, 0, 0, 0, 0, ()), language))
    assert len(empty.splitlines()) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_models(language):
    def said(chance, a, b, changed=3):
        decided = {"both": 1, "a": a, "b": b, "neither": 0}
        genres, tiers = (("Rock", "not-music", changed),), (("sure", "blend", 2),)
        found = Difference(MODEL, MODEL, 10, 1, 0, changed, genres, tiers, decided, 4, 0, chance)
        assert changed_lines(found, [], language) == []
        return difference_lines(found, language)

    better_a, better_b, equal = said(0.01, 9, 0), said(0.0001, 0, 14), said(0.5, 3, 2)
    assert len({lines[-2] for lines in (better_a, better_b, equal)}) == 3
    assert "<\u00a00.1\u00a0%" in better_b[-2]
    assert "30.0\u00a0%" in better_a[2]
    assert said(1.0, 0, 0, changed=0)[2] != better_a[2]
