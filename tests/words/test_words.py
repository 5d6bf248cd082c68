"""Every sentence exists in every language, says the same things, and nothing on the page is left untranslated."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from genrelens import words
from genrelens.audio.health_advice import ADVICE
from genrelens.errors import HINTS
from genrelens.words import LANGUAGES, both, catalogue, say

PACKAGE = Path(words.__file__).parents[1]


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_languages_have_the_same_sentences_with_the_same_facts():
    english, chinese = catalogue("en"), catalogue("zh")
    assert set(english) == set(chinese)
    for key, text in english.items():
        assert text.strip()
        assert names(text) == names(chinese[key]), key


def test_chinese_is_chinese():
    same = {key for key, text in catalogue("zh").items() if not re.search(r"[\u4e00-\u9fff]", text)}
    # Templates of facts alone have no words of their own.
    assert same <= {
        "verdict.part", "verdict.comma", "facts.format_text", "homework.value",
        "catalogue.diff_title", "tail.comma", "tail.row", "tail.member",
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_and_every_finding_has_words(language):
    keys = set(catalogue(language))
    assert {key.split(".")[1] for key in keys if key.startswith("errors.")} == set(HINTS)
    assert all({f"errors.{code}.what", f"errors.{code}.todo"} <= keys for code in HINTS)
    assert {key.split(".")[1] for key in keys if key.startswith("findings.")} == set(ADVICE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_that_the_code_asks_for_is_there(language):
    source = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    asked = set(re.findall(r"(?:both|say)\(\s*[\x22\x27]([a-z_]+\.[a-z_]+)[\x22\x27]", source))
    assert len(asked) > 40
    assert asked <= set(catalogue(language))


def test_no_sentence_is_left_over():
    source = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    # Asked for with a part of the key filled in: f"verdict.{tier}".
    families = set(re.findall(r"""f["']([a-z_]+\.(?:[a-z]+_)?)\{""", source))
    asked = set(re.findall(r"""["']([a-z_]+\.[a-z_]+)["']""", source))
    assert [key for key in catalogue("en") if key not in asked and not key.startswith(tuple(families))] == []


def test_both_shows_each_language_with_its_tag_and_escapes_facts():
    html = both("drop.meant", genre={"en": "<b>", "zh": "民谣"})
    assert html == '<span class="w" lang="en">meant: &lt;b&gt;</span><span class="w" lang="zh-CN">本意：民谣</span>'


def test_a_missing_fact_is_a_bug():
    with pytest.raises(KeyError):
        say("drop.meant", "en")
