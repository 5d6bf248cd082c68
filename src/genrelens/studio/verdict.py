"""One `Analysis` as HTML: verdict in words, bars, what was listened to, numbers, health, details.

Pure functions from values to strings. Whatever comes from outside (names, codecs, labels, advice) is
escaped here or in `words`, and nowhere else; every sentence comes from `words`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from genrelens.audio.health import HealthFinding
from genrelens.listening.analysis import Analysis, GenreScore
from genrelens.pictures.colours import genre_colour
from genrelens.sentences.answer import fusion_text, tags_text, verdict_text
from genrelens.studio.cards import answer_card
from genrelens.studio.names import dot, name_of
from genrelens.taxonomy import display_name
from genrelens.words import LANGUAGES, both, catalogue, each, say
from genrelens.words.forms import NBSP, clock, percent

__all__ = ["heard_pieces", "render", "render_facts", "tags_text", "verdict_text"]

_NAMING: Final = ("sure", "likely", "blend")
"""Tiers whose headline is a genre; the others' is the tier itself."""


def render(analysis: Analysis, *, tally: str = "") -> str:
    """The answer for one song: the verdict in words, and the bars.

    Args:
        analysis: What was found.
        tally: HTML of what a class guessed, shown beside the bars.
    """
    return (
        f'<article class="answer tier-{analysis.tier}">'
        f'<div class="columns"><div class="stack">{_verdict(analysis)}{_health_urgent(analysis.health)}</div>'
        f'<div class="stack">{_bars(analysis)}{tally}{_card(analysis)}</div></div></article>'
    )


def render_facts(analysis: Analysis, *, take: str = "") -> str:
    """What stands behind the answer: what was listened to, the sound's health, the numbers, details.

    Args:
        analysis: What was found.
        take: HTML of what can be taken away.
    """
    return (
        f'<div class="columns quiet"><div class="stack">{_heard(analysis)}{_health(analysis.health)}{take}</div>'
        f'<div class="stack">{_numbers(analysis)}{_details(analysis)}</div></div>'
    )


def heard_pieces(analysis: Analysis) -> list[dict[str, object]]:
    """What was listened to, for the player: start and end in seconds, and the colour of the likeliest genre there."""
    pieces: list[dict[str, object]] = []
    for index, (start, end) in enumerate(analysis.listened if analysis.top else ()):
        best = _best(analysis, index)
        pieces.append({"start": round(start, 3), "end": round(end, 3), "colour": genre_colour(best)})
    return pieces


def _verdict(analysis: Analysis) -> str:
    text = each({language: verdict_text(analysis, language) for language in LANGUAGES})
    named = analysis.top and analysis.tier in _NAMING
    tier = f'<p class="tier">{both(f"verdict.{analysis.tier}")}</p>' if named else ""
    doubt = (
        "" if analysis.model.calibrated or not analysis.top else f'<p class="dim">{both("verdict.uncalibrated")}</p>'
    )
    kind = analysis.tier if analysis.top else "silent"
    return (
        f'<section class="verdict" aria-labelledby="verdict-genre">{tier}'
        f'<h2 id="verdict-genre" class="genre">{_headline(analysis)}</h2><p class="said">{text}</p>'
        f"{_fusion(analysis)}{doubt}"
        f'<p class="next">{both(f"next.{kind}")}</p></section>'
    )


def _card(analysis: Analysis) -> str:
    return answer_card(analysis.top[0].id) if analysis.top and analysis.tier != "not_music" else ""


def _fusion(analysis: Analysis) -> str:
    texts = {language: fusion_text(analysis, language) for language in LANGUAGES}
    return f'<p class="fusion">{each(texts)}</p>' if all(texts.values()) else ""


def _headline(analysis: Analysis) -> str:
    if not analysis.top:
        return both("verdict.silent")
    if analysis.tier not in _NAMING:
        return both(f"verdict.{analysis.tier}")
    shown = analysis.top[: 3 if analysis.tier == "blend" else 1]
    names = [
        f'<span class="name" style="text-decoration-color:{genre_colour(score.id)}">{name_of(score.id)}</span>'
        for score in shown
    ]
    # The plus stays with the name before it, so that no line starts with one.
    joined = [
        f'<span class="part-of">{name}<span class="plus" aria-hidden="true">+</span></span>' for name in names[:-1]
    ]
    return "".join([*joined, f'<span class="part-of">{names[-1]}</span>'])


def _bars(analysis: Analysis) -> str:
    if not analysis.top:
        return ""
    rows = "".join(_bar(score, index) for index, score in enumerate(analysis.top5))
    return f'<section class="top5"><h3>{both("bars.title")}</h3><ol class="bars">{rows}</ol>{_tags(analysis)}</section>'


def _tags(analysis: Analysis) -> str:
    texts = {language: tags_text(analysis, language) for language in LANGUAGES}
    return f'<p class="tags">{each(texts)}</p>' if all(texts.values()) else ""


def _bar(score: GenreScore, index: int) -> str:
    value = f"{score.probability * 100:.1f}"
    return (
        f'<li class="bar" data-genre="{escape(score.id)}" data-probability="{score.probability:.4f}">'
        f'<button type="button" class="bar-name link" id="bar-{index}" data-why-genre="{escape(score.id)}" '
        f'aria-keyshortcuts="{index + 1}">{name_of(score.id)}</button>'
        f'<span class="bar-track" role="meter" aria-labelledby="bar-{index}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{value}"><span class="bar-fill" style="width:{value}%;background:{genre_colour(score.id)}">'
        f'</span></span><span class="bar-value">{escape(percent(score.probability))}</span></li>'
    )


def _heard(analysis: Analysis) -> str:
    parts, duration = analysis.listened, clock(analysis.source.duration_s)
    seconds = f"{sum(end - start for start, end in parts):.0f}"
    if not analysis.top:
        text = both("heard.nothing", duration=duration)
    elif len(parts) == 1:
        text = both("heard.text_one", seconds=seconds, duration=duration)
    else:
        text = both("heard.text", parts=len(parts), seconds=seconds, duration=duration)
    rows = "".join(_heard_row(analysis, index) for index in range(len(parts))) if analysis.top else ""
    return (
        f'<section class="heard" data-duration="{analysis.source.duration_s:.3f}"><h3>{both("heard.title")}</h3>'
        f"<p>{text}</p>" + (f'<ol class="parts">{rows}</ol>' if rows else "") + "</section>"
    )


def _heard_row(analysis: Analysis, index: int) -> str:
    start, end = analysis.listened[index]
    probabilities = analysis.windows[index].probabilities if index < len(analysis.windows) else {}
    best = _best(analysis, index)
    shown = (
        f'{dot(best)}{name_of(best)} <span class="dim">{escape(percent(probabilities[best]))}</span>' if best else ""
    )
    return (
        f'<li class="part" data-start="{start:.3f}" data-end="{end:.3f}" data-colour="{genre_colour(best)}">'
        f'<button type="button" class="link" data-seek="{start:.3f}">{clock(start)}\u2013{clock(end)}</button>'
        f"<span>{shown}</span></li>"
    )


def _best(analysis: Analysis, index: int) -> str:
    """The likeliest genre of a window; "" where there is none."""
    if index >= len(analysis.windows):
        return ""
    probabilities = analysis.windows[index].probabilities
    return max(probabilities, key=lambda label: probabilities[label])


def _numbers(analysis: Analysis) -> str:
    if not analysis.top:
        return ""
    labels = {
        language: say("verdict.comma", language).join(
            display_name(label, language) for label in analysis.prediction_set
        )
        or say("numbers.set_none", language)
        for language in LANGUAGES
    }
    rows, explained = _fact(both("numbers.mix"), f"{analysis.mix_index:.0f}"), ["tiers", "mix"]
    if analysis.model.calibrated:  # what promises a share of right answers is for those that were counted
        rows += _fact(both("numbers.set"), each(labels))
        explained = ["percent", *explained, "set"]
    if analysis.not_music is not None:
        rows += _fact(both("numbers.not_music"), escape(percent(analysis.not_music)))
        explained.append("not_music")
    if tags_text(analysis, LANGUAGES[0]):
        explained.append("tags")
    lines = "".join(f"<p>{both(f'numbers.explain_{name}')}</p>" for name in explained)
    return (
        f'<section class="numbers"><h3>{both("numbers.title")}</h3><dl>{rows}</dl>'
        f'<details><summary>{both("numbers.explain")}</summary><div class="explain">{lines}</div></details></section>'
    )


def _health_urgent(findings: Sequence[HealthFinding]) -> str:
    """What puts the answer in doubt stands beside the answer."""
    return "".join(_finding(finding) for finding in findings if finding.severity == "error")


def _health(findings: Sequence[HealthFinding]) -> str:
    rest = [finding for finding in findings if finding.severity != "error"]
    if findings and not rest:
        return ""
    body = "".join(_finding(finding) for finding in rest) if rest else f"<p>{both('health.good')}</p>"
    return f'<section class="health"><h3>{both("health.title")}</h3>{body}</section>'


def _finding(finding: HealthFinding) -> str:
    advice = {language: finding.advice.get(language) or finding.advice.get("en", "") for language in LANGUAGES}
    measured = both(
        "health.measured", measured=_amount(finding.measured, finding.unit), limit=_amount(finding.limit, finding.unit)
    )
    return (
        f'<div class="finding {escape(finding.severity)}" data-code="{escape(finding.code)}">'
        f'<p class="finding-head"><strong>{_finding_name(finding)}</strong>'
        f'<span class="dim">{both(f"health.{finding.severity}")}</span></p>'
        f'<p>{each(advice)}</p><p class="dim">{measured}</p></div>'
    )


def _finding_name(finding: HealthFinding) -> str:
    key = f"findings.{finding.code}"
    return both(key) if key in catalogue(LANGUAGES[0]) else escape(finding.code)


def _amount(value: float, unit: str) -> str:
    number = f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return f"{number}{NBSP}{unit}"


def _details(analysis: Analysis) -> str:
    source, model, timing = analysis.source, analysis.model, analysis.timing_ms
    named = {1: "facts.mono", 2: "facts.stereo"}.get(source.channels, "facts.channels")
    kind = {
        language: say(
            "facts.format_text",
            language,
            codec=source.codec,
            rate=f"{source.sample_rate / 1000:g}",
            channels=say(named, language, count=source.channels),
        )
        for language in LANGUAGES
    }
    stages = {name: f"{timing.get(name, 0.0):.0f}" for name in ("decode", "features", "model", "rest")}
    rows = (
        _fact(both("facts.length"), clock(source.duration_s))
        + _fact(both("facts.format"), each(kind))
        + _fact(both("facts.model"), f"<bdi>{escape(model.name)} {escape(model.version)}</bdi>")
        + _fact(both("facts.time"), both("facts.time_text", total=f"{sum(timing.values()):.0f}", **stages))
    )
    return f'<section class="details"><h3>{both("facts.title")}</h3><dl>{rows}</dl></section>'


def _fact(name: str, value: str) -> str:
    return f"<div><dt>{name}</dt><dd>{value}</dd></div>"
