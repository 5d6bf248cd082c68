"""A section, or a whole song, in one line: "0:00-0:22 Jazz 71 % (fairly sure)"."""

from __future__ import annotations

from genrelens.insight.timeline import Section
from genrelens.listening.analysis import Analysis
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import clock, percent

__all__ = ["section_text", "short_verdict"]


def section_text(section: Section, language: str) -> str:
    """When, what, and how sure: one section as plain text."""
    return f"{clock(section.start_s)}-{clock(section.end_s)} {short_verdict(section, language)}"


def short_verdict(heard: Section | Analysis, language: str) -> str:
    """What, and how sure: "Jazz 71 % (fairly sure)"."""
    if not heard.top:
        return say("timeline.silent", language)
    if heard.tier == "not_music":
        return say("timeline.not_music", language, percent=percent(heard.not_music or 0.0))
    first, second = heard.top[0], heard.top[min(1, len(heard.top) - 1)]
    facts = {
        "genre": display_name(first.id, language),
        "percent": percent(first.probability),
        "rival": display_name(second.id, language),
        "rival_percent": percent(second.probability),
    }
    return say(f"timeline.{heard.tier}", language, **facts)
