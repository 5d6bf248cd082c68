"""A comparison and a style check as HTML: verdict in words, bars, notes, timelines on one scale, evidence side by side.

Every number that is shown rounded stands beside it exactly, in a `data-` attribute: what a command's `--json` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from genrelens.errors import GenreLensError
from genrelens.pictures.colours import genre_colour
from genrelens.pictures.comparison import drawn_labels, version_letter
from genrelens.sentences.comparison import changed_texts, number_text, points
from genrelens.studio.evidence_view import claim_items
from genrelens.studio.failures import render_error
from genrelens.studio.figure import in_every_language
from genrelens.studio.names import names_of
from genrelens.words import LANGUAGES, TAGS, both, each, each_line, say
from genrelens.words.forms import clock, percent, short_name

if TYPE_CHECKING:
    from genrelens.insight.compare import Comparison, Difference, GenreChange, Heard
    from genrelens.insight.evidence import Evidence
    from genrelens.insight.style import OldSection, StyleCheck
    from genrelens.insight.timeline import Timeline

__all__ = [
    "failure_of",
    "over",
    "render_comparison",
    "render_evidences",
    "render_style",
    "render_timelines",
    "working",
]


def working(run: str, key: str, *, share: float | None = None, **facts: object) -> str:
    """A panel that is being worked on."""
    amount = "" if share is None else f' <span class="share">{share * 100:.0f} %</span>'
    return (
        f'<section class="compared is-working" data-working="{escape(run)}" aria-busy="true"><p class="working dim" '
        f'role="status"><span class="spinner" aria-hidden="true"></span><span>{both(key, **facts)}{amount}</span></p>'
        "</section>"
    )


def over(run: str, body: str) -> str:
    """The last of what one asking is answered: it tells the form that all is there."""
    return f'<div data-over="{escape(run)}">{body}</div>'


def failure_of(error: GenreLensError, index: int | None = None) -> str:
    """What went wrong, and with which version."""
    head = "" if index is None else f'<p class="failed-version">{_version_name(index)}</p>'
    return f'<section class="compared">{head}{render_error(error)}</section>'


def render_comparison(found: Comparison, token: str) -> str:
    """Who is compared, the verdict, bars and notes, and what can be taken away."""
    said = "".join(f'<p class="verdict-line">{_verdict(difference)}</p>' for difference in found.differences)
    who = "".join(_who(index, heard) for index, heard in enumerate(found.versions))
    rest = "" if found.model.calibrated else f'<p class="dim">{both("verdict.uncalibrated")}</p>'
    return (
        f'<section class="compared comparison" data-difference="{str(found.difference).lower()}" '
        f'data-largest="{escape(found.largest or "")}"><div role="status">{said}</div>{rest}'
        f'<ol class="who">{who}</ol>{_bars(found)}{_notes(found)}{_take(token)}</section>'
    )


def _version_name(index: int) -> str:
    return both("comparing.version", version=version_letter(index))


def _verdict(difference: Difference) -> str:
    facts: dict[str, object] = {"version": version_letter(difference.version), "reference": version_letter(0)}
    largest = difference.largest
    if largest is None:
        return both("compare.none", **facts)
    return both("compare.heard", **facts, genre=names_of(largest.label), points=points(largest.difference))


def _who(index: int, heard: Heard) -> str:
    first = max(heard.probabilities, key=lambda label: heard.probabilities[label])
    reference = f' <span class="dim">{both("comparing.reference")}</span>' if index == 0 else ""
    return (
        f'<li><span class="letter">{version_letter(index)}</span><span class="who-name"><bdi>'
        f"{escape(short_name(heard.source.name) or '?')}</bdi>{reference}</span>"
        f'<span class="dim">{clock(heard.end_s - heard.start_s)} · {both(f"verdict.{heard.tier}")}: '
        f"{each(names_of(first))} {escape(percent(heard.probabilities[first]))}</span></li>"
    )


def _bars(found: Comparison) -> str:
    drawn = drawn_labels(found)
    left = [label for label in found.labels if label not in drawn]
    rest = (
        f'<details><summary>{both("comparing.other_genres")}</summary><ol class="genre-rows">'
        f"{''.join(_genre(found, label) for label in left)}</ol></details>"
        if left
        else ""
    )
    return (
        f'<h3 class="compared-title">{both("comparing.bars")}</h3><p class="dim">{both("comparing.bars_hint")}</p>'
        f'<ol class="genre-rows">{"".join(_genre(found, label) for label in drawn)}</ol>{rest}'
    )


def _genre(found: Comparison, label: str) -> str:
    changes = {each.version: genre for each in found.differences for genre in each.genres if genre.label == label}
    bars = "".join(_bar(index, heard, label, changes.get(index)) for index, heard in enumerate(found.versions))
    return (
        f'<li class="genre-row" data-genre="{escape(label)}"><span class="genre-name">{each(names_of(label))}</span>'
        f'<ol class="genre-bars">{bars}</ol></li>'
    )


def _bar(index: int, heard: Heard, label: str, change: GenreChange | None) -> str:
    probability = heard.probabilities[label]
    counts = "" if change is None else f' data-counts="{str(change.counts).lower()}"'
    return (
        f'<li class="version-bar" data-version="{index}" data-probability="{probability:.6f}"{counts}>'
        f'<span class="letter">{version_letter(index)}</span><span class="bar-track" aria-hidden="true">'
        f'<span class="bar-fill" style="width:{probability * 100:.2f}%;background:{genre_colour(label)}"></span></span>'
        f'<span class="bar-value">{escape(percent(probability))}</span>{_difference(change)}</li>'
    )


def _difference(change: GenreChange | None) -> str:
    if change is None:
        return '<span class="bar-difference"></span>'
    mark = both("compare.counts" if change.counts else "compare.noise", floor=round(change.floor * 100))
    return (
        f'<span class="bar-difference" data-points="{change.difference:.6f}" data-floor="{change.floor:.6f}">'
        f'{points(change.difference)} · <span class="bar-mark">{mark}</span></span>'
    )


def _notes(found: Comparison) -> str:
    several = len(found.differences) > 1
    blocks = "".join(_changed(difference, several) for difference in found.differences)
    return f'<h3 class="compared-title">{both("comparing.changed")}</h3>{blocks}{_measured(found)}'


def _changed(difference: Difference, several: bool) -> str:
    head = f'<p class="dim">{_version_name(difference.version)}</p>' if several else ""
    lines = "".join(f"<li>{line}</li>" for line in each_line(lambda language: changed_texts(difference, language)))
    return head + (f'<ul class="changed">{lines}</ul>' if lines else f"<p>{both('compare.notes_same')}</p>")


def _measured(found: Comparison) -> str:
    """Every note of every version, for whoever wants the numbers."""
    heads = "".join(f'<th scope="col">{version_letter(index)}</th>' for index in range(len(found.versions)))
    codes = list(dict.fromkeys(note.code for difference in found.differences for note in difference.notes))
    rows = "".join(_note_row(found, code) for code in codes)
    return (
        f"<details><summary>{both('comparing.measured')}</summary><div class='table-box'><table class='measured'>"
        f'<thead><tr><th scope="col">{both("comparing.measured_note")}</th>{heads}<th scope="col"></th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _note_row(found: Comparison, code: str) -> str:
    notes = {each.version: note for each in found.differences for note in each.notes if note.code == code}
    one = next(iter(notes.values()))
    cells = f'<td data-value="{one.before!r}">{escape(number_text(one.before, one.unit))}</td>'
    for index in range(1, len(found.versions)):
        note = notes.get(index)
        mark = "" if note is None else f' data-value="{note.after!r}" data-counts="{str(note.counts).lower()}"'
        cells += f"<td{mark}>{'' if note is None else escape(number_text(note.after, note.unit))}</td>"
    least = both("comparing.measured_counts", least=number_text(one.least, one.unit))
    return (
        f'<tr data-note="{escape(code)}"><th scope="row">{both(f"compare.{code}")}</th>{cells}'
        f'<td class="dim">{least}</td></tr>'
    )


def _take(token: str) -> str:
    base = f"compare/{quote(token)}"

    def link(name: str, key: str, language: str = "") -> str:
        query = f"?lang={language}" if language else ""
        return f'<a class="link" download href="{escape(base)}/{name}{query}">{both(key)}</a>'

    def pictures(language: str) -> str:
        links = f"{link('comparison.png', 'take.png', language)} {link('comparison.svg', 'take.svg', language)}"
        return f'<span class="w" lang="{TAGS[language]}">{links}</span>'

    return (
        f'<section class="take-comparison"><h3 class="compared-title">{both("comparing.take")}</h3><p>'
        f"{both('comparing.picture')} {''.join(pictures(language) for language in LANGUAGES)}</p>"
        f"<p>{both('comparing.data')} {link('comparison.json', 'take.json')}</p></section>"
    )


def render_timelines(timelines: Sequence[Timeline]) -> str:
    """One below the other, all on the scale of the longest."""
    from genrelens.pictures.timeline import timeline_svg

    span_s = max(found.end_s - found.start_s for found in timelines)
    figures = "".join(
        f'<figure class="one-time" role="group" aria-labelledby="time-{index}"><figcaption id="time-{index}"><span '
        f'class="letter">{version_letter(index)}</span> <bdi>{escape(short_name(found.source.name))}</bdi></figcaption>'
        + in_every_language(partial(timeline_svg, found, bare=True, span_s=span_s))
        + f'<ol class="sr">{"".join(_section(found, number) for number in range(len(found.sections)))}</ol></figure>'
        for index, found in enumerate(timelines)
    )
    return f'<section class="compared"><h3 class="compared-title">{both("comparing.times")}</h3>{figures}</section>'


def _section(found: Timeline, number: int) -> str:
    section = found.sections[number]
    names = names_of(section.genre) if section.genre else _silence()
    times = {"start": clock(section.start_s), "end": clock(section.end_s)}
    return f"<li>{both('deeper.section_label', number=number + 1, genre=names, **times)}</li>"


def render_evidences(seen: Sequence[Evidence]) -> str:
    """What spoke for one genre in each version, where it was strongest."""
    from genrelens.pictures.evidence import evidence_svg

    figures = ""
    for index, found in enumerate(seen):
        claims = claim_items(found)
        window = both(
            "why.window",
            start=clock(found.start_s),
            end=clock(found.end_s),
            genre=names_of(found.label),
            percent=percent(found.probability),
        )
        kind = "" if found.kind == "exact" else f'<p class="dim">{both("why.occlusion")}</p>'
        drawn = in_every_language(partial(evidence_svg, found, bare=True, width=560.0))
        figures += (
            f'<figure class="one-why" data-start="{found.start_s:.3f}" data-probability="{found.probability:.6f}">'
            f'<figcaption><span class="letter">{version_letter(index)}</span> {window}</figcaption>'
            f'{drawn}<ul class="claims">{claims}</ul>{kind}</figure>'
        )
    title = both("comparing.why", genre=names_of(seen[0].label))
    return (
        f'<section class="compared"><h3 class="compared-title">{title}</h3><div class="whys">{figures}</div></section>'
    )


def render_style(found: StyleCheck, token: str) -> str:
    """Verdict, both probabilities, the sections that still sound old, and the numbers to take away."""
    from genrelens.sentences.style import style_text

    first, *more = each_line(lambda language: style_text(found, language))
    lines = "".join(f"<p>{line}</p>" for line in more)
    sections = "".join(_old_section(section, found.old) for section in found.sections)
    if sections:
        sections = f'<h3 class="compared-title">{both("style.sections")}</h3><ol class="old-sections">{sections}</ol>'
    else:
        key = "restyling.none" if found.verdict == "done" else "restyling.all_over"
        sections = f"<p>{both(key, old=names_of(found.old))}</p>"
    return (
        f'<section class="compared style-check" data-verdict="{found.verdict}" '
        f'data-way="{"" if found.way is None else f"{found.way:.6f}"}">'
        f'<div role="status"><p class="verdict-line">{first}</p>{lines}</div>'
        f'<ol class="style-bars">{_style_bar("old_value", found.old, found.old_probability)}'
        f"{_style_bar('new_value', found.new, found.new_probability)}</ol>{sections}"
        f'<p class="take-comparison">{both("comparing.data")} <a class="link" download '
        f'href="compare/{quote(token)}/style.json">{both("take.json")}</a></p></section>'
    )


def _style_bar(key: str, label: str, probability: float) -> str:
    return (
        f'<li class="style-bar" data-genre="{escape(label)}" data-probability="{probability:.6f}"><span>'
        f'<span class="dim">{both(f"restyling.{key}")}</span> {each(names_of(label))}</span>'
        f'<span class="bar-track" aria-hidden="true"><span class="bar-fill" '
        f'style="width:{probability * 100:.2f}%;background:{genre_colour(label)}"></span></span>'
        f'<span class="bar-value">{escape(percent(probability))}</span></li>'
    )


def _old_section(section: OldSection, old: str) -> str:
    from genrelens.sentences.style import section_text

    first, *more = each_line(lambda language: section_text(section, old, language))
    lines = "".join(f"<li>{line}</li>" for line in more)
    return (
        f'<li class="old-section" data-start="{section.start_s:.3f}" data-end="{section.end_s:.3f}" '
        f'data-probability="{section.old:.6f}"><strong>{first}</strong>'
        f"<ul>{lines}</ul></li>"
    )


def _silence() -> dict[str, str]:
    return {language: say("deeper.section_silent", language) for language in LANGUAGES}
