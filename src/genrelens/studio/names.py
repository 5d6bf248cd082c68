"""A genre on the page: its name in every language, its colour, its probability in words."""

from __future__ import annotations

from typing import Any

from genrelens.pictures.colours import genre_colour
from genrelens.taxonomy import display_name
from genrelens.words import LANGUAGES, each
from genrelens.words.forms import percent

__all__ = ["dot", "name_of", "names_of", "score_of"]


def names_of(label: str) -> dict[str, str]:
    """Language -> the label's name; of a stranger's label the label itself."""
    return {language: display_name(label, language) for language in LANGUAGES}


def name_of(label: str) -> str:
    """HTML of the label's name."""
    return each(names_of(label))


def dot(label: str) -> str:
    """HTML of a dot in the label's colour; "" for no label."""
    return f'<span class="dot" aria-hidden="true" style="background:{genre_colour(label)}"></span>' if label else ""


def score_of(label: str, probability: float) -> dict[str, Any]:
    """What a script draws of a label and its probability: plain JSON."""
    said = {"text": percent(probability), "colour": genre_colour(label)}
    return {"id": label, "p": probability, **said, **names_of(label)}
