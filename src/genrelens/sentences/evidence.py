"""A window's verdict in words; `sentences.evidence.claim_texts` says the rest."""

from __future__ import annotations

from collections.abc import Sequence

from genrelens.insight.evidence import Evidence
from genrelens.insight.evidence_claims import Claim
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import clock, percent

__all__ = ["claim_texts", "verdict_text"]


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


def claim_texts(claims: Sequence[Claim], language: str) -> list[str]:
    """A sentence for each claim."""
    return [
        say(f"evidence.claim_{claim.code}", language, **{name: f"{value:g}" for name, value in claim.facts.items()})
        for claim in claims
    ]
