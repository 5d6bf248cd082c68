"""The answer for one song in a sentence or two: the same words on the page, in pictures and on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from genrelens.listening.analysis import Analysis, GenreScore
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import percent

__all__ = ["fusion_text", "tags_text", "verdict_text"]


def verdict_text(analysis: Analysis, language: str) -> str:
    """The certainty in one or two sentences of plain text."""
    if not analysis.top:
        return say("verdict.silent_text", language)
    first, second = analysis.top[0], analysis.top[min(1, len(analysis.top) - 1)]
    return say(
        f"verdict.{analysis.tier}_text",
        language,
        **{
            "sure": {"genre": display_name(first.id, language), "percent": percent(first.probability)},
            "likely": {
                "genre": display_name(first.id, language),
                "percent": percent(first.probability),
                "rival": display_name(second.id, language),
                "rival_percent": percent(second.probability),
            },
            "blend": {"parts": _parts(analysis.top[:3], language)},
            "unsure": {"genre": display_name(first.id, language), "percent": percent(first.probability)},
            "not_music": {"percent": percent(analysis.not_music or 0.0)},
        }[analysis.tier],
    )


def fusion_text(analysis: Analysis, language: str) -> str:
    """What a blend is called, where it has a name: one line of plain text; "" else."""
    from genrelens.insight.fusions import fusion_of

    found = fusion_of(analysis.top, analysis.tier)
    return "" if found is None else say("fusion.line", language, name=found.name[language], what=found.what[language])


def tags_text(analysis: Analysis, language: str) -> str:
    """The instruments and voices that may be named, one line of plain text; "" for none, and for what is no music."""
    if not analysis.tags or analysis.tier == "not_music":
        return ""
    return say(
        "tags.line", language, words=say("verdict.comma", language).join(t.names[language] for t in analysis.tags)
    )


def _parts(scores: Sequence[GenreScore], language: str) -> str:
    parts = [
        say("verdict.part", language, genre=display_name(s.id, language), percent=percent(s.probability))
        for s in scores
    ]
    joined = say("verdict.comma", language).join(parts[:-1])
    return f"{joined}{say('verdict.and', language)}{parts[-1]}" if joined else parts[-1]
