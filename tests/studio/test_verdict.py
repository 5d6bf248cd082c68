"""One analysis as HTML: every tier in words, bars with their values, nothing unescaped."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from genrelens.audio.health import HealthFinding
from genrelens.audio.health_advice import ADVICE
from genrelens.listening.analysis import GenreScore, WindowScores
from genrelens.listening.tags import HeardTag
from genrelens.studio.verdict import render, render_facts, verdict_text
from genrelens.words import LANGUAGES
from tests.studio.made import FIRST, TAGS, analysis, clipped

VOID = {"img", "input"}


def page_of(made) -> str:
    """The answer and the facts behind it."""
    return render(made) + render_facts(made)


class Reader(HTMLParser):
    """Text by language, tags in order, and whether every tag that is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict]] = []
        self.tags: list[tuple[str, dict]] = []
        self.plain: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        in_language = any("w" in attributes.get("class", "").split() for _, attributes in self.open)
        if data.strip() and not in_language:
            self.plain.append(data.strip())


@pytest.mark.parametrize("tier", FIRST)
def test_every_tier_is_whole_html_in_both_languages(tier):
    reader = Reader(page_of(analysis(tier, health=[clipped()])))
    assert reader.open == []
    # What is not in a language is numbers, clocks, the plus between names, and the model's name.
    for text in reader.plain:
        assert re.fullmatch(r"[\d\s%:<>.,+\u2013\u00a0]+|tiny 1\.0", text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_name_what_the_tier_calls_for(language):
    def of(tier):
        return verdict_text(analysis(tier), language).replace("\u00a0", " ")

    jazz, rock, metal = {"en": ("Jazz", "Rock", "Metal"), "zh": ("爵士", "摇滚", "金属")}[language]
    assert jazz in of("sure")
    assert "91 %" in of("sure")
    assert all(word in of("likely") for word in (rock, "77 %", metal, "15 %"))
    assert all(word in of("blend") for word in ("42 %", "38 %", "12 %", jazz))
    assert "28 %" in of("unsure")
    assert "97 %" in of("not_music")


def test_bars_are_meters_in_descending_order():
    reader = Reader(page_of(analysis("blend")))
    meters = [attributes for _, attributes in reader.tags if attributes.get("role") == "meter"]
    values = [float(meter["aria-valuenow"]) for meter in meters]
    assert len(values) == 5
    assert values == sorted(values, reverse=True)
    ids = {attributes.get("id") for _, attributes in reader.tags}
    assert all(meter["aria-labelledby"] in ids for meter in meters)


def test_what_was_heard_stands_under_the_bars_in_both_languages():
    html = page_of(analysis(tags=TAGS))
    reader = Reader(html)
    assert reader.open == []
    assert ("p", {"class": "tags"}) in reader.tags
    assert "Heard: saxophone, piano" in html
    assert "听到：萨克斯、钢琴" in html
    assert "four times in five" in html


@pytest.mark.parametrize(("tier", "tags"), [("likely", ()), ("not_music", TAGS)])
def test_no_line_where_there_is_no_word_or_no_music(tier, tags):
    html = page_of(analysis(tier, tags=tags))
    assert 'class="tags"' not in html
    assert "four times in five" not in html


def test_a_word_of_a_bundle_is_no_markup():
    html = page_of(analysis(tags=[HeardTag("x", {"en": "<b>x</b>", "zh": "<i>"}, 0.9)]))
    assert "<b>x" not in html
    assert "&lt;b&gt;x" in html


def test_parts_carry_what_the_wave_needs():
    reader = Reader(page_of(analysis()))
    parts = [attributes for _, attributes in reader.tags if attributes.get("class") == "part"]
    assert [(part["data-start"], part["data-end"]) for part in parts] == [
        ("10.000", "20.000"), ("40.000", "50.000"), ("70.000", "80.000"),
    ]  # fmt: skip
    assert all(re.fullmatch(r"#[0-9a-f]{6}", part["data-colour"]) for part in parts)


def test_silence_has_no_genre():
    html = page_of(analysis("not_music", silent=True, health=[HealthFinding("SILENT", "error", -120.0, -60.0, "dBFS")]))
    assert 'role="meter"' not in html
    assert "there is no genre" in html
    assert 'data-code="SILENT"' in html


@pytest.mark.parametrize("code", ADVICE)
def test_a_finding_shows_name_measured_value_and_advice(code):
    finding = HealthFinding(code, "warning", 2.314, 0.5, "%", {"en": "Do this.", "zh": "这样做。"})
    html = page_of(analysis(health=[finding]))
    assert f'data-code="{code}"' in html
    assert "measured 2.31\u00a0%, limit 0.5\u00a0%" in html
    assert "Do this." in html
    assert "这样做。" in html


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_nothing_from_outside_is_markup():
    made = analysis(name=HOSTILE, health=[HealthFinding(HOSTILE, "warning", 1.0, 2.0, HOSTILE, {"en": HOSTILE})])
    made = replace(
        made,
        source=replace(made.source, codec=HOSTILE),
        model=replace(made.model, name=HOSTILE, version=HOSTILE),
        top=(GenreScore(HOSTILE, 0.8), *made.top[1:]),
        windows=tuple(WindowScores(window.start_s, {HOSTILE: 0.8}) for window in made.windows),
        prediction_set=(HOSTILE,),
    )
    reader = Reader(page_of(made))
    assert not {"script", "img"} & {tag for tag, _ in reader.tags}
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
