"""A genre's card as HTML: in the Help tab, and beside an answer."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from genrelens.studio.names import name_of, names_of
from genrelens.studio.samples import Sample
from genrelens.words import LANGUAGES, both, each
from genrelens.words.cards import card

__all__ = ["answer_card", "card_body"]


def answer_card(genre: str) -> str:
    """The card of the genre that was answered, to be opened; the classroom's reveal opens it."""
    body = card_body(genre)
    if not body:
        return ""
    names = names_of(genre)
    return (
        f'<details class="genre-card"><summary>{both("guess.card", genre=names)}</summary>'
        f'<div class="card-body">{body}</div></details>'
    )


def card_body(genre: str, samples: Sequence[Sample] = ()) -> str:
    """What to listen for, where it comes from, what it is taken for, a question, and the pieces of ours that show it.

    "" for a label that is not one of ours.
    """
    found = {language: card(genre, language) for language in LANGUAGES}
    cards = {language: known for language, known in found.items() if known is not None}
    if len(cards) < len(LANGUAGES):
        return ""
    listen = "".join(
        _fact(each(_column(pairs, 0)), each(_column(pairs, 1)))
        for pairs in _side_by_side({language: found.listen for language, found in cards.items()})
    )
    unlike = "".join(
        f'<li><a class="link" href="#help/{quote(pairs["en"][0])}">{name_of(pairs["en"][0])}</a> '
        f"{each(_column(pairs, 1))}</li>"
        for pairs in _side_by_side({language: found.neighbours for language, found in cards.items()})
    )
    shown = "".join(_example(sample) for sample in samples if sample.genre == genre)
    pieces = f'<h3>{both("help.hear")}</h3><p class="card-examples">{shown}</p>' if shown else ""
    return (
        f"<h3>{both('help.listen')}</h3><dl>{listen}</dl>"
        f"<h3>{both('help.origin')}</h3><p>{each({k: c.origin for k, c in cards.items()})}</p>"
        f'<h3>{both("help.unlike")}</h3><ul class="unlike">{unlike}</ul>'
        f"<h3>{both('help.question')}</h3><p>{each({k: c.question for k, c in cards.items()})}</p>{pieces}"
        f'<p class="dim" data-recall="{escape(genre)}"></p>'
    )


def _side_by_side(pairs: dict[str, tuple[tuple[str, str], ...]]) -> list[dict[str, tuple[str, str]]]:
    """The n-th pair of every language together."""
    return [dict(zip(pairs, row, strict=True)) for row in zip(*pairs.values(), strict=True)]


def _column(pairs: dict[str, tuple[str, str]], index: int) -> dict[str, str]:
    return {language: pair[index] for language, pair in pairs.items()}


def _example(sample: Sample) -> str:
    return (
        f'<button type="button" class="button small" data-example="{escape(sample.id)}" '
        f'data-source="{escape(f"examples/{quote(sample.path.name)}")}" '
        f'data-title-en="{escape(sample.title["en"])}" data-title-zh="{escape(sample.title["zh"])}">'
        f'<span aria-hidden="true">\u25b6\ufe0e</span>&nbsp;{each(sample.title)}</button>'
    )


def _fact(name: str, value: str) -> str:
    return f"<div><dt>{name}</dt><dd>{value}</dd></div>"
