"""The sixteen genres: ids, names, aliases and order.

This is only the default: a bundle brings its own labels, and everything that shows a label asks
`display_name`, which falls back to the label itself when it is not one of ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["GENRES", "Genre", "display_name", "genres_named", "plain_words"]


@dataclass(frozen=True, slots=True)
class Genre:
    """One genre: its stable `id` (also its English name), its Chinese name, other spellings in use."""

    id: str
    zh: str
    aliases: tuple[str, ...] = ()


GENRES: Final[tuple[Genre, ...]] = (
    Genre("Blues", "布鲁斯", ("蓝调",)),
    Genre("Classical", "古典", ("古典音乐", "classic")),
    Genre("Country", "乡村", ("乡村音乐",)),
    Genre("Disco", "迪斯科"),
    Genre("Electronic", "电子", ("电子音乐", "electronica", "edm")),
    Genre("Folk", "民谣", ("folk music",)),
    Genre("Hip-Hop", "嘻哈", ("hip hop", "hiphop")),
    Genre("Jazz", "爵士", ("爵士乐",)),
    Genre("Latin", "拉丁", ("拉丁音乐",)),
    Genre("Metal", "金属", ("heavy metal", "金属乐")),
    Genre("Pop", "流行", ("流行音乐",)),
    Genre("R&B", "节奏布鲁斯", ("rnb", "r and b", "rhythm and blues")),
    Genre("Rap", "说唱"),
    Genre("Reggae", "雷鬼", ("雷鬼乐",)),
    Genre("Rock", "摇滚", ("摇滚乐",)),
    Genre("World", "世界音乐", ("world music",)),
)
"""The default labels in the order in which the shipped model answers."""

_BY_ID: Final = {genre.id: genre for genre in GENRES}


def display_name(label: str, language: str = "en") -> str:
    """The name of a label in `language` ("en" or "zh"); a label that is not ours is its own name."""
    genre = _BY_ID.get(label)
    return genre.zh if genre is not None and language == "zh" else label


def genres_named(text: str) -> tuple[str, ...]:
    """The genres that a free text names, such as a file's genre tag, in our order; empty where it names none of ours.

    Whole words only, the longest name first: "Hip-Hop/Rap" names two, "Alternative Rock" names Rock, "R&B/Soul" and
    "Rhythm & Blues" name R&B and not Blues, "Techno" names none.
    """
    rest = plain_words(text)
    found = set()
    for name, genre in _NAMES:
        left = rest.replace(name, " | ")
        if left != rest:
            found.add(genre)
            rest = left
    return tuple(genre.id for genre in GENRES if genre.id in found)


def plain_words(text: str) -> str:
    """A text without case and marks: words between single spaces; Chinese as it is, because it writes none."""
    folded = text.casefold().replace("&", " and ")
    words = re.sub(r"[^\w\u4e00-\u9fff]+", " ", folded).split()
    return f" {' '.join(words)} "


def _name(text: str) -> str:
    plain = plain_words(text)
    return plain if plain.isascii() else plain.strip()


_NAMES: Final = sorted(
    ((_name(name), genre.id) for genre in GENRES for name in (genre.id, genre.zh, *genre.aliases)),
    key=lambda pair: -len(pair[0]),
)
