"""A window's verdict in words; `evidence_claims.claim_texts` says the rest."""

from __future__ import annotations

from genrelens.insight.evidence import Evidence
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import clock, percent

__all__ = ["verdict_text"]


def verdict_text(found: Evidence, language: str) -> str:
    """How likely the genre is in this window, and what is likelier there, if anything is."""
    facts = {
        "start": clock(found.start_s),
        "end": clock(found.end_s),
        "genre": display_name(found.label, language),
        "percent": percent(found.probability),
    }
    if found.first == found.label:
        return say("evidence.verdict", language, **facts)
    rival = display_name(found.first, language)
    return say("evidence.verdict_other", language, **facts, first=rival, first_percent=percent(found.first_probability))
