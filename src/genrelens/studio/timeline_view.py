"""A `Timeline` as HTML: the curve of genres, and the sections with what can be done with each."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING

from genrelens.pictures.colours import genre_colour
from genrelens.studio.figure import in_every_language
from genrelens.studio.names import dot
from genrelens.taxonomy import display_name
from genrelens.words import LANGUAGES, both, each, say
from genrelens.words.forms import clock, percent

if TYPE_CHECKING:
    from genrelens.insight.timeline import Section, Timeline

__all__ = ["render_timeline"]


def render_timeline(found: Timeline) -> str:
    """The whole panel, without its frame."""
    from genrelens.pictures.timeline import timeline_svg

    count = len(found.sections)
    picture = in_every_language(partial(timeline_svg, found, bare=True))
    said = both("deeper.sections_one") if count == 1 else both("deeper.sections_many", count=count)
    cut = f'<p class="dim">{both("deeper.cut", end=clock(found.end_s))}</p>' if found.cut else ""
    rows = "".join(_row(section, number) for number, section in enumerate(found.sections, 1))
    return (
        f'<figure class="curve" role="img" aria-labelledby="curve-label">{picture}'
        f'<figcaption id="curve-label" class="dim">{both("deeper.curve")}</figcaption></figure>'
        f'<p class="said-sections">{said}</p>{cut}<ol class="sections">{rows}</ol>'
    )


def _row(section: Section, number: int) -> str:
    genre = section.genre or ""
    names = {
        language: display_name(genre, language) if genre else say("deeper.section_silent", language)
        for language in LANGUAGES
    }
    start, end = f"{section.start_s:.3f}", f"{section.end_s:.3f}"
    times = clock(section.start_s), clock(section.end_s)
    label = both("deeper.section_label", number=number, genre=names, start=times[0], end=times[1])
    return (
        f'<li class="section" data-section-start="{start}" data-section-end="{end}" data-tier="{section.tier}" '
        f'data-colour="{genre_colour(genre)}" data-genre="{escape(genre)}"><span class="sr">{label}</span>'
        f'<span class="section-time" aria-hidden="true">{times[0]}–{times[1]}</span>'
        f'<span class="section-name">{dot(genre)}{each(names)}</span>{_how_sure(section)}'
        f'<span class="section-actions">'
        f'<button type="button" class="link" data-play-start="{start}" data-play-end="{end}">'
        f"{both('deeper.section_play')}</button>{_why(genre, start, end)}"
        f'<button type="button" class="link" data-ask-part data-start="{start}" data-end="{end}">'
        f"{both('deeper.section_alone')}</button></span></li>"
    )


def _how_sure(section: Section) -> str:
    if not section.top:
        return '<span class="section-value"></span><span class="section-tier"></span>'
    probability = section.top[0].probability
    return (
        f'<span class="section-value" data-probability="{probability:.4f}">{escape(percent(probability))}</span>'
        f'<span class="section-tier dim">{both(f"verdict.{section.tier}")}</span>'
    )


def _why(genre: str, start: str, end: str) -> str:
    if not genre:
        return ""
    return (
        f'<button type="button" class="link" data-why-genre="{escape(genre)}" data-why-start="{start}" '
        f'data-why-end="{end}">{both("deeper.section_why")}</button>'
    )
