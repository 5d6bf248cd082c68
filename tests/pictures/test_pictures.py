"""Pictures are valid, harmless, whole and the same as PNG, in both languages."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from genrelens.audio.windows import SourceInfo
from genrelens.insight.timeline import Section, Timeline
from genrelens.listening.analysis import Analysis, GenreScore, ModelInfo
from genrelens.pictures import palette, svg
from genrelens.pictures.answer import answer_svg
from genrelens.pictures.colours import GENRE_COLOURS
from genrelens.pictures.frame import Frame, framed
from genrelens.pictures.png import to_png
from genrelens.pictures.timeline import timeline_svg
from genrelens.taxonomy import GENRES
from tests.pictures.test_colours import EYES, LAB, LMS, linear

HOSTILE = "<script>alert(1)</script>&\"'\x00\x1b\ud800\u202e 很长的名字" + "M" * 200 + ".mp3"
SOURCE = SourceInfo(HOSTILE, "0" * 64, 60.0, "mp3", 44100, 2)
MODEL = ModelInfo("genrelens-base", "1.2.3", "f" * 64)
LABELS = tuple(genre.id for genre in GENRES)


def top(first: str) -> tuple[GenreScore, ...]:
    return (GenreScore(first, 0.7), *(GenreScore(label, 0.02) for label in LABELS if label != first))


def an_answer() -> Analysis:
    return Analysis(SOURCE, ((3.0, 57.0),), top("R&B"), 0.01, "likely", 40.0, ("R&B",), (), (), None, MODEL, {})


def a_timeline() -> Timeline:
    rows = np.full((60, 16), 0.02)
    rows[:30, 7], rows[30:50, 9], rows[50:] = 0.7, 0.7, np.nan
    sections = (
        Section(0.0, 30.0, top("Jazz"), "likely", 0.0, 30.0, 3),
        Section(30.0, 50.0, top("Metal"), "sure", 0.0, 30.0, 2),
        Section(50.0, 60.0, (), "not_music", None, 0.0, 0),
    )
    return Timeline(SOURCE, 0.0, 60.0, False, LABELS, 1.0, rows, None, sections, 10, 1.0, MODEL)


def drawn(kind: str, language: str) -> str:
    return {
        "answer": lambda: answer_svg(an_answer(), language),
        "timeline": lambda: timeline_svg(a_timeline(), language),
        "dark": lambda: timeline_svg(a_timeline(), language, theme="dark"),
        "bare": lambda: timeline_svg(a_timeline(), language, bare=True, width=360),
    }[kind]()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["answer", "timeline", "dark", "bare"])
class TestEveryPicture:
    def test_is_valid_and_harmless(self, kind, language):
        root = ElementTree.fromstring(drawn(kind, language).encode())
        names = {element.tag.split("}")[1] for element in root.iter()}
        allowed = {"svg", "title", "desc", "defs", "pattern", "g", "rect", "line", "path", "text", "image"}
        assert names <= allowed
        assert "\u202e" not in "".join(root.itertext())

    def test_is_a_png_of_twice_its_size(self, kind, language):
        picture = drawn(kind, language)
        root = ElementTree.fromstring(picture.encode())
        image = Image.open(io.BytesIO(to_png(picture)))
        assert image.format == "PNG"
        assert image.size == pytest.approx((2 * float(root.get("width")), 2 * float(root.get("height"))), abs=1)

    def test_no_text_leaves_it(self, kind, language):
        """Drawn on a larger ground, nothing but ground lies outside its edges."""
        picture = drawn(kind, language)
        x, y, width, height = map(float, re.search(r'viewBox="([^"]+)"', picture)[1].split())
        wide = re.sub(r'(<svg[^>]*?) width="[^"]+" height="[^"]+"', rf'\1 width="{width + 80}" height="{height + 80}"',
                      picture, count=1)  # fmt: skip
        wide = wide.replace(f'viewBox="{"0 0 " + re.search("viewBox=.0 0 ([^@]+?).(?= role)", picture)[1]}"',
                            f'viewBox="{x - 40} {y - 40} {width + 80} {height + 80}"')  # fmt: skip
        pixels = np.array(Image.open(io.BytesIO(to_png(wide, 1))).convert("RGBA"))
        assert pixels.shape[1] >= width + 79
        for edge in (pixels[:38], pixels[-38:], pixels[:, :38], pixels[:, -38:]):
            assert not edge[..., 3].any()

    def test_carries_what_it_was_made_from(self, kind, language):
        words = "".join(ElementTree.fromstring(drawn(kind, language).encode()).itertext())
        assert kind == "bare" or ("genrelens-base 1.2.3" in words and "GenreLens" in words and "<script>" in words)
        assert ("currentColor" in drawn(kind, language)) == (kind == "bare")


def test_a_section_can_be_found_by_the_page():
    root = ElementTree.fromstring(timeline_svg(a_timeline(), "en", bare=True).encode())
    found = [e for e in root.iter() if e.get("class") == "section"]
    assert [(e.get("data-section"), e.get("data-start"), e.get("data-end")) for e in found] == [
        ("0", "0", "30"), ("1", "30", "50"), ("2", "50", "60")]  # fmt: skip


def test_silence_has_a_card_and_a_timeline():
    assert "Silence" in answer_svg(replace(an_answer(), top=(), tier="not_music", listened=()), "en")
    quiet = replace(a_timeline(), probabilities=np.full((60, 16), np.nan))
    ElementTree.fromstring(timeline_svg(quiet, "en"))


def test_for_and_against_look_different_to_every_eye():
    for eye in EYES.values():
        a, b = (
            np.cbrt(np.clip(linear(c) @ np.transpose(eye), 0, 1) @ np.transpose(LMS)) @ np.transpose(LAB)
            for c in (palette.FOR, palette.AGAINST)
        )
        assert np.linalg.norm(a - b) >= 0.2


@pytest.mark.parametrize("colour", GENRE_COLOURS.values())
def test_names_on_colours_can_be_read(colour):
    weights = np.array([0.2126, 0.7152, 0.0722])
    lights = sorted(0.05 + float(weights @ linear(c)) for c in (colour, palette.ink_on(colour)))
    assert lights[1] / lights[0] >= 4.5


def test_texts_are_fitted_and_wrapped():
    assert svg.fitted("short", 200) == "short"
    assert svg.text_width(svg.fitted("M" * 90, 100)) <= 100
    assert svg.fitted("MMM", 3) == ""
    lines = svg.wrapped("这是爵士，概率 93 %。可以直接采用。" * 4, 200)
    assert len(lines) > 2
    assert all(svg.text_width(line) <= 200 and line[0] not in "，。" for line in lines)


def test_a_frame_grows_with_its_sentences():
    heights = [
        float(ElementTree.fromstring(framed([], 50, Frame("t", ("o",), sentences=s))).get("height"))
        for s in ((), ("a",))
    ]
    assert heights[1] > heights[0]


def test_png_wants_a_sane_scale():
    with pytest.raises(ValueError):
        to_png("<svg/>", 100)
    with pytest.raises(ValueError):
        to_png("no svg", 1)
