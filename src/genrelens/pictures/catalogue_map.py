"""A catalogue as a picture to take away: the map of its songs, and its songs by genre and certainty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from genrelens.catalogue.rows import NOT_MUSIC
from genrelens.pictures.colours import genre_colour
from genrelens.pictures.frame import Frame, Key, framed
from genrelens.pictures.palette import PALETTES, Theme
from genrelens.pictures.svg import SMALL, element, group, rect, text, text_width
from genrelens.sentences.longtail import genre_text
from genrelens.words import say
from genrelens.workflows.catalogue_map import CatalogueMap, MapPoint

__all__ = ["CERTAINTY", "certainty_of", "map_svg"]

Certainty = Literal["certain", "likely", "doubtful"]
CERTAINTY: Final[Mapping[Certainty, float]] = {"certain": 0.95, "likely": 0.65, "doubtful": 0.38}
"""How sure a song's genre is -> how opaque it is drawn."""
_RADIUS: Final[Mapping[Certainty, float]] = {"certain": 1.0, "likely": 0.85, "doubtful": 0.7}
_SIDE: Final = 620.0
_BAR: Final = 22.0
_MOST_BARS: Final = 24


def certainty_of(tier: str, decided: bool = False) -> Certainty:
    """In which of the three shades a song is drawn."""
    if decided or tier in ("decided", "sure"):
        return "certain"
    return "likely" if tier == "likely" else "doubtful"


def map_svg(found: CatalogueMap, language: str, *, theme: Theme = "light") -> str:
    """Map on the left, bars on the right; genres in the product's colours, certainty as size and shade."""
    shown = [genre for genre in found.counts if genre not in ("", NOT_MUSIC)]
    frame = Frame(
        say("mapped.title", language, count=len(found.points)),
        (say("tail.counts_title", language, songs=len(found.points), waiting=found.waiting, failed=found.failed,
             copies=found.copies),),
        (say("mapped.how", language), say("mapped.honest", language)),
        tuple(Key(genre_text(genre, language), genre_colour(genre)) for genre in shown),
        width=1120.0,
        theme=theme,
    )  # fmt: skip
    colours = PALETTES[theme]
    ground = rect(0, 0, _SIDE, _SIDE, rx=12, fill="none", stroke=colours.line)
    # The doubtful first, so that what is sure lies on top.
    points = sorted(found.points, key=lambda point: (CERTAINTY[_shade(point)], point.path))
    size = max(1.6, min(6.0, 150.0 / max(1.0, len(points) ** 0.5)))
    dots = [_dot(point, size, colours.ink) for point in points]
    bars, height = _bars(found, frame.inner - _SIDE - 40, language, theme)
    body = [ground, *dots, group(bars, _SIDE + 40, 0)]
    return framed(body, max(_SIDE, height), frame)


def _shade(point: MapPoint) -> Certainty:
    return certainty_of(point.tier, point.decided)


def _dot(point: MapPoint, size: float, edge: str) -> str:
    shade = _shade(point)
    return element(
        "circle",
        cx=12 + point.x * (_SIDE - 24),
        cy=12 + point.y * (_SIDE - 24),
        r=size * _RADIUS[shade],
        fill=genre_colour(point.genre),
        fill_opacity=CERTAINTY[shade],
        stroke=edge,
        stroke_width=0.7,
        stroke_opacity=0.35,
    )


def _bars(found: CatalogueMap, room: float, language: str, theme: Theme) -> tuple[list[str], float]:
    colours = PALETTES[theme]
    genres = list(found.counts)[:_MOST_BARS]
    names = {genre: genre_text(genre, language) for genre in genres}
    column = min(max((text_width(name, SMALL) for name in names.values()), default=0.0) + 12, room / 2.5)
    most = max((sum(tiers.values()) for tiers in found.counts.values()), default=1)
    full = room - column - 46
    drawn = [text(0, 14, say("mapped.bars", language), bold=True, room=room, fill=colours.ink)]
    top = 30.0
    for genre in genres:
        x = column
        shades = dict.fromkeys(CERTAINTY, 0)
        for tier, count in found.counts[genre].items():
            shades[certainty_of(tier)] += count
        drawn.append(text(0, top + 12, names[genre], size=SMALL, room=column - 8, fill=colours.ink))
        for shade, count in shades.items():
            width = full * count / most
            drawn.append(rect(x, top, width, 15, fill=genre_colour(genre), opacity=CERTAINTY[shade]))
            x += width
        drawn.append(text(x + 6, top + 12, str(sum(shades.values())), size=SMALL, fill=colours.dim))
        top += _BAR
    if len(found.counts) > len(genres):
        more = say("mapped.more", language, count=len(found.counts) - len(genres))
        drawn.append(text(0, top + 12, more, size=SMALL, fill=colours.dim))
        top += _BAR
    return [*drawn, *_shades(top + 8, room, language, theme)], top + 40


def _shades(top: float, room: float, language: str, theme: Theme) -> list[str]:
    """What the three shades mean, in grey, because they hold for every genre."""
    colours = PALETTES[theme]
    drawn, x = [], 0.0
    for shade, opacity in CERTAINTY.items():
        name = say(f"mapped.{shade}", language)
        drawn += [
            rect(x, top, 14, 12, rx=2, fill=colours.ink, opacity=opacity),
            text(x + 20, top + 10, name, size=SMALL, room=max(0.0, room - x - 20), fill=colours.ink),
        ]
        x += 20 + text_width(name, SMALL) + 18
    return drawn
