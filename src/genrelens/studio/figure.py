"""A bare picture on the page, in every language; the style sheet shows the chosen one, as with words."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from genrelens.words import LANGUAGES, TAGS

__all__ = ["in_every_language"]


def in_every_language(draw: Callable[[str], str]) -> str:
    """HTML of `draw(language)`, an SVG, for each language.

    A pattern whose picture is hidden paints nothing, and an address inside a page finds the first of its name: so each
    picture's own names are made its own.
    """
    pictures = []
    for language in LANGUAGES:
        mark = f"hatch-{secrets.token_hex(4)}"
        svg = draw(language).replace('id="hatch"', f'id="{mark}"').replace("url(#hatch)", f"url(#{mark})")
        pictures.append(f'<div class="w picture-box" lang="{TAGS[language]}" tabindex="0">{svg}</div>')
    return "".join(pictures)
