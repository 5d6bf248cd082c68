"""A timeline in one line, in either language: "0:00-0:22 Jazz 71 % (fairly sure), 0:22-1:05 R&B ..."."""

from __future__ import annotations

from genrelens.insight.timeline import Section, Timeline
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import clock, percent

__all__ = ["section_text", "timeline_text"]


def section_text(section: Section, language: str) -> str:
    """When, what, and how sure: one section as plain text."""
    return f"{clock(section.start_s)}-{clock(section.end_s)} {_what(section, language)}"


def timeline_text(timeline: Timeline, language: str) -> str:
    """All sections, one after the other, as one line of plain text."""
    separator = "；" if language == "zh" else ", "
    return separator.join(section_text(section, language) for section in timeline.sections)


def _what(section: Section, language: str) -> str:
    if section.silent:
        return say("timeline.silent", language)
    if section.tier == "not_music":
        return say("timeline.not_music", language, percent=percent(section.not_music or 0.0))
    first, second = section.top[:2]
    facts = {
        "genre": display_name(first.id, language),
        "percent": percent(first.probability),
        "rival": display_name(second.id, language),
        "rival_percent": percent(second.probability),
    }
    return say(f"timeline.{section.tier}", language, **facts)
