"""What was understood of a brief, and why a candidate fits, as sentences: the same in the command and on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from genrelens.insight.brief import Brief
from genrelens.insight.lexicon import Range, load_lexicon
from genrelens.insight.match import Fit, Match, Reason
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import percent

__all__ = ["brief_lines", "fit_rows", "reason_text", "reasons_text", "refusals_text", "wishes_text"]

_MOST_REASONS: Final = 6
_MOST_GENRES: Final = 4
_GENRE_SAID: Final = 0.25
"""Wish from which a genre is named among what is looked for."""


def reason_text(reason: Reason, language: str) -> str:
    """One reason as a sentence, without its weight."""
    facts = dict(reason.facts)
    shown: dict[str, object] = {}
    for name in ("genre", "first"):
        if name in facts:
            shown[name] = display_name(str(facts[name]), language)
    if facts.get("probability") is not None:
        shown["percent"] = percent(float(facts["probability"]))
    if "names" in facts:
        shown["tag"] = facts["names"][language]
    for name in ("measured", "low", "high"):
        if name in facts:
            shown[name] = f"{facts[name]:.0f}"
    return say(f"match.{reason.code}", language, **shown)


def reasons_text(fit: Fit, language: str, most: int = _MOST_REASONS) -> str:
    """The weightiest reasons in one line, each with what it adds or takes, and whatever could not be judged."""
    weighty = [reason for reason in fit.reasons if reason.amount][:most]
    parts = []
    for reason in (*weighty, *(reason for reason in fit.reasons if not reason.amount)):
        weight = f" ({reason.amount:+.2f})" if reason.amount else ""
        parts.append(reason_text(reason, language) + weight)
    return ("；" if language == "zh" else "; ").join(parts)


def brief_lines(brief: Brief, language: str) -> list[str]:
    """What was understood, guessed, not known, and is looked for."""
    colon, comma = ("：", "、") if language == "zh" else (": ", ", ")
    terms = load_lexicon().terms
    said = {
        wanted: list(
            dict.fromkeys(terms[item.id].name(language) for item in brief.found if (item.sense == "wanted") is wanted)
        )
        for wanted in (True, False)
    }
    lines = []
    if said[True]:
        lines.append(f"{say('brief.understood', language)}{colon}{comma.join(said[True])}")
    if said[False]:
        lines.append(f"{say('brief.excluded', language)}{colon}{comma.join(said[False])}")
    lines += [
        say("brief.guess", language, written=guess.written, meant=terms[guess.id].name(language))
        for guess in brief.guesses
    ]
    if brief.unknown:
        lines.append(say("brief.unknown", language, words=comma.join(brief.unknown)))
    if wishes := _wishes(brief, language):
        lines.append(f"{say('brief.wishes', language)}{colon}{comma.join(wishes)}")
    if brief.cut:
        lines.append(say("brief.cut", language))
    return lines


def fit_rows(match: Match, language: str) -> list[list[str | float | int | None]]:
    """Every candidate as a row of the table whose header is the sentence `matched.columns`."""
    rows: list[list[str | float | int | None]] = []
    for fit in match.fits:
        first = fit.top[0] if fit.top else None
        rows.append(
            [
                fit.rank,
                fit.path,
                fit.score,
                None if first is None else display_name(first.id, language),
                None if first is None else round(first.probability, 4),
                None if fit.tier is None else say(f"verdict.{fit.tier}", language),
                _rounded(fit.description.tempo_bpm, 1),
                _rounded(fit.description.energy, 2),
                _rounded(fit.description.brightness, 2),
                reasons_text(fit, language),
                None if fit.error is None else fit.error.code,
            ]
        )
    return rows


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def wishes_text(
    genres: Mapping[str, float],
    tempo_bpm: Range | None,
    energy: Range | None,
    brightness: Range | None,
    voice: str | None,
    language: str,
) -> list[str]:
    """What a brief, or one term of it, asks for, as short phrases; of the genres those that are wished for most."""
    wished = sorted(genres.items(), key=lambda pair: -pair[1])
    parts = [
        f"{display_name(genre, language)} {weight:+.1f}"
        for genre, weight in wished[:_MOST_GENRES]
        if weight >= _GENRE_SAID
    ]
    if tempo_bpm is not None:
        low, high = tempo_bpm
        parts.append(say("brief.tempo", language, low=f"{low:.0f}", high=f"{high:.0f}"))
    for span, words in (
        (energy, ("brief.calm", "brief.medium", "brief.lively")),
        (brightness, ("brief.dark", "brief.balanced", "brief.bright")),
    ):
        if span is not None:
            middle = (span[0] + span[1]) / 2
            parts.append(say(words[0 if middle < 0.4 else 1 if middle <= 0.6 else 2], language))
    if voice is not None:
        parts.append(say(f"brief.voice_{voice}", language))
    return parts


def refusals_text(brief: Brief, language: str) -> list[str]:
    """The genres that speak against a candidate, the worst first."""
    refused = sorted(brief.genres.items(), key=lambda pair: pair[1])
    return [
        f"{display_name(genre, language)} {weight:+.1f}"
        for genre, weight in refused[:_MOST_GENRES]
        if weight <= -_GENRE_SAID
    ]


def _wishes(brief: Brief, language: str) -> list[str]:
    return wishes_text(brief.genres, brief.tempo_bpm, brief.energy, brief.brightness, brief.voice, language)
