"""A card for each genre: what makes it, what to listen for, where it comes from, and how to tell it from its neighbours.

The words are in `words/*/cards.yaml`; the card is what the Help tab and the classroom reveal show.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from genrelens.taxonomy import GENRES
from genrelens.words import catalogue

__all__ = ["Card", "card"]

_SLUGS: Final = {genre.id: re.sub("[^a-z]+", "_", genre.id.lower()) for genre in GENRES}
_IDS: Final = {slug: genre_id for genre_id, slug in _SLUGS.items()}


@dataclass(frozen=True, slots=True)
class Card:
    """What a teacher says of a genre.

    Attributes:
        genre: Its id.
        what: What makes it, one sentence.
        listen: (aspect, what to listen for), the aspect as a heading: rhythm, instruments, sound, form.
        origin: Place and decade.
        neighbours: (genre id, how to tell it apart) of what it is easily taken for.
        question: One for the class.
    """

    genre: str
    what: str
    listen: tuple[tuple[str, str], ...]
    origin: str
    neighbours: tuple[tuple[str, str], ...]
    question: str

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            **asdict(self),
            "listen": [list(pair) for pair in self.listen],
            "neighbours": [list(pair) for pair in self.neighbours],
        }


def card(genre_id: str, language: str) -> Card | None:
    """The card of a genre in `language` ("en" or "zh"); None for a label that is not one of ours."""
    if genre_id not in _SLUGS:
        return None
    words = catalogue(language)
    topic = f"cards.{_SLUGS[genre_id]}"
    return Card(
        genre=genre_id,
        what=words[f"{topic}.what"],
        listen=tuple((words[f"cards.{aspect}"], text) for aspect, text in _block(language, f"{topic}.listen.")),
        origin=words[f"{topic}.origin"],
        neighbours=tuple((_IDS[slug], text) for slug, text in _block(language, f"{topic}.unlike.")),
        question=words[f"{topic}.question"],
    )


def _block(language: str, prefix: str) -> list[tuple[str, str]]:
    """(last part of the key, text) of all sentences below `prefix`, in their order in the file."""
    return [(key.removeprefix(prefix), text) for key, text in catalogue(language).items() if key.startswith(prefix)]
