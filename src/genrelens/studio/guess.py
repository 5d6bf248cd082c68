"""Guess first: in classroom mode the class guesses before the answer is shown, and hands are counted by genre."""

from __future__ import annotations

from html import escape

from genrelens.pictures.colours import genre_colour
from genrelens.studio.names import name_of, names_of
from genrelens.taxonomy import GENRES
from genrelens.words import both, each

__all__ = ["render_guess", "render_tally"]


def render_guess() -> str:
    """The panel with a counter for each genre; `guess.js` counts and reveals."""
    rows = "".join(_row(genre.id) for genre in GENRES)
    return (
        f'<section class="guess" aria-labelledby="guess-title"><h2 id="guess-title" class="guess-title">'
        f'{both("guess.title")}</h2><p class="dim">{both("guess.hint")}</p><ul class="guess-rows">{rows}</ul>'
        f'<button type="button" class="button primary guess-reveal">{both("guess.reveal")}</button></section>'
    )


def render_tally() -> str:
    """Where the class's guesses are shown beside the answer; hidden until something was revealed."""
    rows = "".join(
        f'<li data-tally="{escape(genre.id)}" hidden><span>{name_of(genre.id)}</span>'
        f'<span class="tally-track" aria-hidden="true"><span style="background:{genre_colour(genre.id)}"></span></span>'
        f'<span class="tally-count"></span></li>'
        for genre in GENRES
    )
    return (
        f'<section class="tally" hidden><h3>{both("guess.class")}</h3>'
        f'<p class="dim tally-none">{both("guess.none")}</p><ul>{rows}</ul></section>'
    )


def _row(genre: str) -> str:
    names = names_of(genre)
    return (
        f'<li class="guess-row" data-genre="{escape(genre)}" style="--genre:{genre_colour(genre)}">'
        f'<span class="guess-name">{each(names)}</span>'
        f'<button type="button" data-guess="-1" disabled><span aria-hidden="true">−</span>'
        f'<span class="sr">{both("guess.less", genre=names)}</span></button>'
        f'<span class="guess-count" role="status">0</span>'
        f'<button type="button" data-guess="1"><span aria-hidden="true">+</span>'
        f'<span class="sr">{both("guess.more", genre=names)}</span></button></li>'
    )
