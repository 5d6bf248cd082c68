"""The tab "Match" as HTML: where to write and drop, how a brief was understood, and the ranking with its reasons.

Everything that comes from outside (words of a brief, names of files) is escaped here; exact numbers stand in `data-`
attributes, so that the page can be compared with `genrelens match --json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from genrelens.errors import GenreLensError
from genrelens.insight.brief import Brief, Found
from genrelens.insight.description import Candidate
from genrelens.insight.lexicon import Term, load_lexicon
from genrelens.insight.match import Fit, Match, Reason
from genrelens.sentences.match import reason_text, refusals_text, wishes_text
from genrelens.studio.names import dot, name_of
from genrelens.studio.samples import Sample
from genrelens.studio.tables import MAX_ROWS
from genrelens.studio.uploads import MAX_BYTES
from genrelens.words import LANGUAGES, both, catalogue, each, say
from genrelens.words.forms import percent, short_name

__all__ = ["MOST_SHOWN", "brief_html", "ranking_html", "tab_html", "unranked_html"]

MOST_SHOWN: Final = 50
"""Candidates drawn at first: keeps the document light while answers come."""
_SAMPLES: Final = ("tech", "warm", "sport", "cafe")
_BEST: Final = 5
_MOST_REASONS: Final = 6
_MOST_CHIPS: Final = 40


def brief_html(brief: Brief) -> str:
    """What was understood, guessed and not known, and what is looked for."""
    if not brief.text.strip():
        return _nothing_written()
    terms = load_lexicon().terms
    chips = "".join(_chip(item, terms[item.id]) for item in brief.found[:_MOST_CHIPS])
    lines = [
        _line("guess", both("brief.guess", written=guess.written, meant=_names(terms[guess.id])))
        for guess in brief.guesses
    ]
    if brief.unknown:
        unknown = {language: _comma(language).join(brief.unknown) for language in LANGUAGES}
        lines.append(_line("unknown", both("brief.unknown", words=unknown)))
    if brief.cut:
        lines.append(_line("cut", both("brief.cut")))
    if not brief.understood:
        lines.append(_line("not-understood", both("matching.not_understood")))
    return f"{f'<ul class=terms>{chips}</ul>' if chips else ''}{_looking_for(brief)}{''.join(lines)}"


def _chip(item: Found, term: Term) -> str:
    sense = "" if item.sense == "wanted" else f'<span class="sense">{both(f"matching.{item.sense}")}</span> '
    wishes = {
        language: " · ".join(
            wishes_text(term.genres, term.tempo, term.energy, term.brightness, term.voice, language)[:4]
        )
        for language in LANGUAGES
    }
    # What a refused word would have wished for is not wished for: its effect stands in the sums below.
    shown = f'<span class="dim">{each(wishes)}</span>' if item.sense == "wanted" and wishes["en"] else ""
    written = f"<bdi>{escape(item.written)}</bdi>"
    return f'<li class="term {item.sense}" data-term="{escape(item.id)}">{sense}{written} {shown}</li>'


def _looking_for(brief: Brief) -> str:
    wishes, against = ({}, {})
    for language in LANGUAGES:
        spans = (brief.tempo_bpm, brief.energy, brief.brightness)
        wishes[language] = _comma(language).join(wishes_text(brief.genres, *spans, brief.voice, language))
        against[language] = _comma(language).join(refusals_text(brief, language))
    parts = [(key, texts) for key, texts in (("brief.wishes", wishes), ("matching.against", against)) if texts["en"]]
    rows = "".join(f"<div><dt>{both(key)}</dt><dd>{each(texts)}</dd></div>" for key, texts in parts)
    return f'<dl class="wishes">{rows}</dl>' if rows else ""


def _line(name: str, html: str) -> str:
    return f'<p class="reading-note note-{name}">{html}</p>'


def _names(term: Term) -> dict[str, str]:
    return {language: term.name(language) for language in LANGUAGES}


def _comma(language: str) -> str:
    return "、" if language == "zh" else ", "


def ranking_html(found: Match, files: Mapping[int, Candidate], most: int) -> str:
    """The candidates, the best first.

    Args:
        found: Each fit's `path` is the number of its file.
        files: Number -> candidate, whose `path` is the name of the file.
        most: Rows to draw.
    """
    judged = [fit for fit in found.fits if fit.error is None]
    unheard = sum(any(reason.code == "voice_unheard" for reason in fit.reasons) for fit in judged)
    notes = ""
    if judged and not found.shortlist(1):
        notes += f'<p class="note none-fits">{both("matched.none")}</p>'
    if unheard:
        notes += f'<p class="note dim voice-unheard">{both("matching.voice", count=unheard)}</p>'
    if found.impostors:
        notes += f'<p class="note dim">{both("matching.called_out", count=len(found.impostors))}</p>'
    rows = "".join(_fit(fit, files[int(fit.path)].path) for fit in judged[:most])
    more = (
        f'<p class="more"><button type="button" class="button small show-more">{both("matching.more")}</button></p>'
        if len(judged) > most
        else ""
    )
    title = f'<h2 class="sr">{both("matching.ranking")}</h2>'
    failed = _failures([(int(fit.path), fit.error) for fit in found.failed], files)
    return f'{title}{notes}<ol class="fits">{rows}</ol>{more}{failed}'


def unranked_html(files: Mapping[int, Candidate]) -> str:
    """What is shown while the brief says nothing: how many wait for it, and what failed."""
    failed = [(number, kept.answer) for number, kept in files.items() if isinstance(kept.answer, GenreLensError)]
    heard = len(files) - len(failed)
    return f'<p class="note unranked">{both("matching.nothing_yet", count=heard)}</p>{_failures(failed, files)}'


def _fit(fit: Fit, name: str) -> str:
    short = escape(short_name(name, 120))
    first = fit.top[0] if fit.top else None
    exact = {"id": fit.path, "rank": fit.rank, "score": json.dumps(fit.score)}
    if first is not None:
        exact |= {"genre": first.id, "probability": json.dumps(first.probability)}
    data = " ".join(f'data-{key}="{escape(str(value))}"' for key, value in exact.items())
    lead = fit.impostor
    called = f'<p class="impostor">{_reason_words(lead)}</p>' if lead else ""
    score = f"{fit.score or 0.0:+.2f}".replace("-", "\u2212")
    return (
        f'<li class="fit tier-{fit.tier}" {data}>'
        f'<label class="tick"><input type="checkbox" class="pick-one"><span class="sr">'
        f"{both('matching.take', name=short_name(name, 120))}</span></label>"
        f'<span class="fit-rank" aria-hidden="true">{fit.rank}</span>'
        f'<div class="fit-main"><p class="fit-name"><button type="button" class="fit-play" aria-pressed="false">'
        f'<span class="sr">{both("matching.play", name=short_name(name, 120))}</span></button>'
        f'<bdi title="{short}">{short}</bdi></p>{_genre(fit)}{called}{_reasons(fit)}</div>'
        f'<div class="fit-side"><p class="fit-score"><span class="sr">{both("matching.score_of", score=score)}</span>'
        f'<span aria-hidden="true">{score}</span></p>'
        f'<button type="button" class="link look-closer">{both("matching.listen")}</button></div></li>'
    )


def _genre(fit: Fit) -> str:
    if not fit.top:
        return f'<p class="fit-genre">{both("verdict.silent")}</p>'
    first = fit.top[0]
    return (
        f'<p class="fit-genre">{dot(first.id)}<b>{name_of(first.id)}</b> {percent(first.probability)} '
        f'<span class="dim">{both(f"verdict.{fit.tier}")}</span></p>'
    )


def _reasons(fit: Fit) -> str:
    weighty = [reason for reason in fit.reasons if reason.amount and reason.code != "impostor"][:_MOST_REASONS]
    said = [r for r in fit.reasons if not r.amount and r.code not in ("impostor", "voice_unheard")]
    return f'<ul class="reasons">{"".join(_reason(reason) for reason in (*weighty, *said))}</ul>'


def _reason(reason: Reason) -> str:
    kind = "helps" if reason.amount > 0 else "hurts" if reason.amount < 0 else "open"
    amount = f"{reason.amount:+.2f}".replace("-", "\u2212")
    shown = f'<span class="amount">{amount}</span> ' if reason.amount else ""
    exact = escape(json.dumps(reason.amount))
    return f'<li class="{kind}" data-code="{reason.code}" data-amount="{exact}">{shown}{_reason_words(reason)}</li>'


def _reason_words(reason: Reason) -> str:
    return each({language: reason_text(reason, language) for language in LANGUAGES})


def _failures(failed: Sequence[tuple[int, GenreLensError | None]], files: Mapping[int, Candidate]) -> str:
    rows = "".join(_failure(number, error, files[number].path) for number, error in failed if error is not None)
    if not rows:
        return ""
    title = f'<h3 class="failed-title">{both("matching.failed", count=len(failed))}</h3>'
    return f'<section class="failed-files">{title}<ul>{rows}</ul></section>'


def _failure(number: int, error: GenreLensError, name: str) -> str:
    code = error.code
    known = f"errors.{code}.what" in catalogue(LANGUAGES[0])
    what = f"{both(f'errors.{code}.what')} {both(f'errors.{code}.todo')}" if known else escape(error.message)
    return (
        f'<li class="failed-file" data-id="{number}" data-code="{escape(code)}">'
        f"<bdi>{escape(short_name(name, 120))}</bdi> "
        f'<code>{escape(code)}</code> <span class="dim">{what}</span></li>'
    )


def tab_html(samples: Sequence[Sample]) -> str:
    """The HTML of the tab: where to write, how it was understood, where to drop, how far it is, the ranking."""
    return f"""
<section class="pick" data-state="empty" data-max-bytes="{MAX_BYTES}" data-max-rows="{MAX_ROWS}"
  data-shown="{MOST_SHOWN}" data-best="{_BEST}" data-examples="{_listing(samples)}">
  <input class="files" type="file" multiple tabindex="-1" aria-hidden="true">
  <input class="folder" type="file" multiple webkitdirectory tabindex="-1" aria-hidden="true">
  <div class="brief">
    <h2 class="brief-title" id="brief-title">{both("matching.title")}</h2>
    <label class="sr" for="brief-text">{both("matching.brief")}</label>
    <textarea class="brief-text" id="brief-text" rows="2" maxlength="2500" autocomplete="off" spellcheck="false"
      {_said("matching.placeholder")}></textarea>
    <p class="brief-samples"><span class="dim">{both("matching.samples")}</span> {_sample_briefs()}</p>
    <div class="reading" role="region" aria-live="polite" aria-labelledby="reading-name"><span class="sr"
      id="reading-name">{both("matching.reading")}</span><div class="reading-body">{_nothing_written()}</div></div>
  </div>
  <div class="many-drop">
    <h2 class="pick-title">{both("matching.drop")}</h2>
    <div class="drop-actions">
      <button type="button" class="button primary choose-files">{both("matching.choose")}</button>
      <button type="button" class="button choose-folder">{both("matching.folder")}</button>
      {_use_examples(samples)}
    </div>
    <p class="dim">{both("matching.how", most=MAX_ROWS, megabytes=MAX_BYTES // 10**6)}</p>
  </div>
  <div class="many-work">
    <p class="many-count"><span class="answered">0</span> <span class="total-box">/ <span
      class="total">0</span></span> {both("matching.heard")}
      <span class="dim left-box">{both("matching.left")} <span class="left"></span></span></p>
    <div class="many-actions">
      <button type="button" class="button small cancel">{both("matching.cancel")}</button>
      <button type="button" class="button small add">{both("matching.add")}</button>
      <button type="button" class="button small clear">{both("matching.clear")}</button>
    </div>
    <progress class="many-bar" max="1" value="0" aria-labelledby="pick-bar-name"></progress>
    <span class="sr" id="pick-bar-name">{both("matching.progress")}</span>
    <p class="dim skipped" hidden>{both("matching.skipped")} <span class="skipped-count"></span></p>
    <p class="dim overfull" hidden>{both("matching.overfull", most=MAX_ROWS)}</p>
    <p class="network" role="alert" hidden>{both("error.network")}. {both("error.network_text")}</p>
  </div>
  <div class="shortlist" hidden>
    <p class="shortlist-count">{both("matching.shortlist")} <span class="picked">0</span></p>
    <div class="many-actions">
      <button type="button" class="button small best">{both("matching.best", count=_BEST)}</button>
      <button type="button" class="button small none-picked">{both("matching.none_ticked")}</button>
      <a class="button small take" data-kind="csv">{both("matching.csv")}</a>
      <a class="button small take" data-kind="m3u8">{both("matching.m3u")}</a>
    </div>
    <p class="dim m3u-how" hidden>{both("matching.m3u_how")}</p>
  </div>
  <div class="ranking"></div>
  <p class="sr announce" role="status"></p>
</section>"""


def _nothing_written() -> str:
    return f'<p class="dim">{both("matching.waiting")}</p>'


def _said(key: str) -> str:
    return " ".join(f'data-{language}="{escape(say(key, language))}"' for language in LANGUAGES)


def _sample_briefs() -> str:
    return " ".join(
        f'<button type="button" class="chip sample-brief" {_said(f"matching.sample_{name}")}>'
        f"{both(f'matching.sample_{name}')}</button>"
        for name in _SAMPLES
    )


def _use_examples(samples: Sequence[Sample]) -> str:
    if not samples:
        return ""
    return f'<button type="button" class="button use-examples">{both("matching.examples")}</button>'


def _listing(samples: Sequence[Sample]) -> str:
    return escape(json.dumps([{"example": sample.id, "name": sample.path.name} for sample in samples]))
