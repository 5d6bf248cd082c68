"""A section in one line: "0:00-0:22 Jazz 71 % (fairly sure)"."""

from __future__ import annotations

from genrelens.insight.timeline import Section
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import clock, percent

__all__ = ["section_text"]


def section_text(section: Section, language: str) -> str:
    """When, what, and how sure: one section as plain text."""
    return f"{clock(section.start_s)}-{clock(section.end_s)} {_what(section, language)}"


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
