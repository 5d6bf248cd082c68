"""The picture of a catalogue: a dot a song, a bar a genre, in both languages, whatever the labels are called."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from genrelens.pictures.catalogue_map import certainty_of, map_svg
from genrelens.pictures.colours import genre_colour
from genrelens.pictures.png import to_png
from genrelens.workflows.catalogue_map import CatalogueMap, MapPoint

SVG = "{http://www.w3.org/2000/svg}"


def point(number, genre="Jazz", tier="sure", decided=False):
    place = (number * 7919 % 100) / 100
    return MapPoint(f"{number:064x}", f"/m/{number}", place, 1 - place, genre, 0.9, tier, decided, 0.0)


def made(points, counts):
    return CatalogueMap(tuple(points), counts, 0, 2, 1, 3)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_dot_a_song_a_bar_a_genre(language):
    points = [point(i) for i in range(20)] + [point(20, "<b>&Polka", "unsure"), point(21, "not-music", "not_music")]
    counts = {"Jazz": {"sure": 20}, "<b>&Polka": {"unsure": 1}, "not-music": {"not_music": 1}}
    root = ET.fromstring(map_svg(made(points, counts), language))
    dots = list(root.iter(f"{SVG}circle"))
    assert len(dots) == 22
    assert sum(dot.get("fill") == genre_colour("Jazz") for dot in dots) == 20
    sure = next(dot for dot in dots if dot.get("fill") == genre_colour("Jazz"))
    doubtful = next(dot for dot in dots if dot.get("fill") == genre_colour("<b>&Polka"))
    assert float(sure.get("r")) > float(doubtful.get("r"))
    assert float(sure.get("fill-opacity")) > float(doubtful.get("fill-opacity"))
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert "<b>&Polka" in texts
    assert ("Jazz" if language == "en" else "爵士") in texts
    assert {"20", "1"} <= set(texts)


def test_an_empty_and_a_large_catalogue():
    assert to_png(map_svg(made([], {}), "en", theme="dark"), 0.5).startswith(b"\x89PNG")
    many = [point(i) for i in range(3000)]
    counts = {f"genre {i}": {"sure": 1} for i in range(60)} | {"Jazz": {"sure": 2940}}
    root = ET.fromstring(map_svg(made(many, counts), "en"))
    dots = list(root.iter(f"{SVG}circle"))
    assert len(dots) == 3000
    assert float(dots[0].get("r")) < 3
    assert [text.text for text in root.iter(f"{SVG}text") if text.text and "more" in text.text]


def test_decided_is_as_sure_as_sure():
    assert certainty_of("unsure", decided=True) == certainty_of("sure") == certainty_of("decided") == "certain"
    assert certainty_of("blend") == certainty_of("not_music") == "doubtful"
