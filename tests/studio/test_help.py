"""Help: whole, translated, and every figure read from where it was measured."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from genrelens.errors import HINTS
from genrelens.listening.bundle import DEFAULT_BUNDLE, read_bundle
from genrelens.studio.figures import Figures, figures
from genrelens.studio.help import _ERRORS, figures_html, help_html
from genrelens.studio.samples import find_samples
from genrelens.taxonomy import GENRES
from tests.studio.test_verdict import Reader

DOCS = Path(__file__).parents[2] / "docs"


def test_the_html_is_whole_translated_and_no_template():
    html = help_html(find_samples())
    reader = Reader(html)
    assert reader.open == []
    assert not any(mark in html for mark in ("${", "{{", "`", "\\"))
    # Names of keys and codes of errors are the same in every language.
    left = {text for text in reader.plain if re.search("[A-Za-z]{2}", text)}
    assert left == {*_ERRORS, "Home", "End", "Tab", "Enter"}
    assert set(_ERRORS) <= set(HINTS)


def test_every_genre_has_a_card_and_every_link_leads_somewhere():
    html = help_html(find_samples())
    anchors = set(re.findall(r'data-anchor="([^"]+)"', html))
    assert {genre.id.replace("&", "&amp;") for genre in GENRES} <= anchors
    links = {link.replace("%26", "&amp;") for link in re.findall(r'href="#help/([^"]+)"', html)}
    assert links <= anchors


def test_every_example_stands_in_the_card_of_its_genre():
    html = help_html(find_samples())
    for sample in find_samples():
        card = html.split(f'data-anchor="{sample.genre.replace("&", "&amp;")}"')[1].split("</details>")[0]
        assert f'data-example="{sample.id}"' in card


def test_the_figures_are_those_of_the_evaluation():
    bundle = read_bundle()
    measured = json.loads((DOCS / "evaluation.json").read_text())
    found = figures(bundle)
    assert found.songs == measured["songs"]
    assert found.accepted == measured["summary"]["accepted"]
    assert {tier: row.precision for tier, row in found.tiers.items()} == {
        tier: row["precision_accepted"] for tier, row in measured["tiers"].items()
    }
    html = figures_html(bundle, found)
    assert Reader(html).open == []
    text = html.replace("\u00a0", " ")
    for share in (measured["summary"]["accepted"], measured["tiers"]["sure"]["precision_accepted"]):
        assert f"{share * 100:.1f} %" in text
    assert f"on {measured['songs']} test songs" in text


def test_another_model_has_its_own_figures():
    bundle = replace(read_bundle(), model_sha256="0" * 64)
    found = figures(bundle)
    own = json.loads((DEFAULT_BUNDLE / "bundle.json").read_text())["calibration"]["tiers"]
    assert (found.songs, found.accepted) == (None, None)
    assert found.tiers["sure"].precision == own["sure"]["precision_accepted"]
    assert "calibrated with" in figures_html(bundle, found)


def test_a_model_without_figures_says_so(tmp_path):
    bundle = read_bundle()
    bundle = replace(bundle, calibration=replace(bundle.calibration, tiers={}), model_sha256="0" * 64)
    (tmp_path / "evaluation.json").write_text("[]")
    assert figures(bundle, (tmp_path / "evaluation.json", tmp_path / "none.json")) == Figures()
    assert "promise nothing" in figures_html(bundle, Figures())
