"""The model card is what the measuring scripts wrote, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from genrelens.listening.bundle import read_bundle
from training.card import card, read_facts

DOCS = Path(__file__).parents[2] / "docs"


def test_the_committed_card_is_what_the_committed_figures_say():
    assert (DOCS / "model-card.md").read_text(encoding="utf-8") == card(read_facts()), "run python -m training.card"


def test_the_figures_are_of_the_shipped_bundle():
    shipped = read_bundle().model_sha256
    for name in ("evaluation", "invariance", "hard-sounds"):
        assert json.loads((DOCS / f"{name}.json").read_text())["bundle"]["sha256"] == shipped, name


def test_its_pictures_are_there():
    for name in ("confusion", "reliability", "risk-coverage"):
        assert (DOCS / "images" / f"card-{name}.png").stat().st_size > 5_000


def test_what_was_not_measured_is_left_out():
    text = card(replace(read_facts(), invariance=None, hard_sounds=None, seeds=None, suspects=None))
    assert "a harder exam" not in text.lower()
    assert "What changes the answer that should not" not in text
    assert "What it must not be used for" in text
