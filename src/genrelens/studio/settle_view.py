"""The tab "Settle" as HTML: what to give, what was found, whom to trust, and the songs.

Names of files, sources and genres are strangers': everything is escaped by `each` and `escape`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import Final, get_args

from genrelens.catalogue.rows import NOT_MUSIC
from genrelens.sentences.arbitration import (
    MOST_UNKNOWN,
    genre_text,
    said_text,
    source_lines,
    source_text,
    summary_lines,
    unknown_line,
    unmatched_lines,
    why_text,
)
from genrelens.studio.names import dot
from genrelens.studio.settled import Settled
from genrelens.words import LANGUAGES, both, each, each_line, say
from genrelens.words.forms import percent, short_name
from genrelens.workflows.arbitration.answer import Arbitration, Say, Show, SourceReport, Verdict

__all__ = ["form_html", "result_html", "songs_html"]

_COLUMNS: Final = ("song", "answer", "said", "why")
_NOT_SAID: Final = "?"
_MOST_SOURCES: Final = 12
"""Sources that are shown unasked."""


def form_html(max_bytes: int, max_songs: int, *, catalogue: bool) -> str:
    """The HTML of the tab, still empty."""
    shapes = "".join(
        f"<div><p>{both(f'settle.{shape}')}</p><pre>{lines}</pre></div>"
        for shape, lines in (
            ("wide", "file,discogs,shop,me\na.mp3,Techno,电子,\nb.mp3,Hip Hop/Rap,Rap,说唱"),
            ("long", "file,source,label\na.mp3,discogs,Techno\na.mp3,shop,电子"),
        )
    )
    model = both("settle.with_model" if catalogue else "settle.without_model")
    command = "" if catalogue else " <code>genrelens serve --catalogue my.db</code>"
    return f"""
<section class="settle" data-state="empty" data-max-bytes="{max_bytes}">
  <div class="settle-drop">
    <input class="table-file" type="file" accept=".csv,.tsv,.txt" tabindex="-1" aria-hidden="true">
    <h2 class="settle-title">{both("settle.title")}</h2>
    <p class="dim how">{both("settle.how", megabytes=max_bytes // 10**6, songs=max_songs)}</p>
    <div class="drop-actions">
      <button type="button" class="button primary choose">{both("settle.choose")}</button>
      <button type="button" class="button try">{both("settle.try")}</button></div>
    <details class="shapes"><summary>{both("settle.shapes")}</summary><div>{shapes}</div>
      <p><a class="link" href="settle/example.csv" download="labels.csv">{both("settle.example")}</a></p></details>
    <p class="dim">{model}{command}</p>
  </div>
  <p class="settle-wait" role="status" hidden><span class="spinner"></span><span
    class="given-name"></span> {both("settle.working")}</p>
  <p class="network" role="alert" hidden>{both("error.network")}. {both("error.network_text")}</p>
  <p class="too-large" role="alert" hidden>{both("settle.too_large", megabytes=max_bytes // 10**6)}</p>
  <p class="gone" role="alert" hidden>{both("settle.gone")}</p>
  <div class="result"></div>
  <p class="sr announce" role="status"></p>
</section>"""


def result_html(settled: Settled) -> str:
    """All but the songs, which come by page."""
    found, catalogued = settled.found, settled.catalogued
    songs, review = len(found.verdicts), found.to_review
    _, *lines = each_line(lambda language: summary_lines(found, language))
    lines.insert(0, both("settle.when", sources=len(found.sources), threshold=percent(found.threshold)))
    if catalogued is not None:
        lines += each_line(lambda language: unmatched_lines(catalogued.matched, language))
    notes = "".join(f"<li>{line}</li>" for line in lines)
    heads = "".join(f'<th scope="col" data-column="{name}">{both(f"settle.{name}")}</th>' for name in _COLUMNS)
    chips = "".join(_chip(found, show) for show in get_args(Show))
    takes = "".join(
        f'<a class="button take" data-kind="{kind}" download="settled.{kind}">{both(f"settle.{kind}")}</a>'
        for kind in ("csv", "json")
    )
    return f"""
<p class="counts">{both("settle.counts", settled=songs - review, songs=songs, review=review)}</p>
<ul class="notes dim">{notes}</ul>
<div class="drop-actions take-box">{takes}</div>
<section><h3>{both("settle.sources")}</h3>{_sources(found)}</section>
{_unknown(settled)}
<section><h3>{both("settle.songs")}</h3>
  <div class="chips" role="group" aria-labelledby="settle-filter"><span class="sr"
    id="settle-filter">{both("settle.filter")}</span>{chips}</div>
  <table class="song-rows"><caption class="sr">{both("settle.songs")}</caption>
    <thead><tr>{heads}</tr></thead><tbody></tbody></table>
  <p class="none dim" hidden>{both("settle.none")}</p>
  <p class="more" hidden><button type="button" class="button small">{both("settle.more")}</button></p></section>"""


def _chip(found: Arbitration, show: Show) -> str:
    pressed = str(show == "all").lower()
    return (
        f'<button type="button" class="chip" data-show="{show}" aria-pressed="{pressed}">'
        f'{both(f"settle.show_{show}")} <span class="chip-count">{len(found.doubtful_first(show))}</span></button>'
    )


def _sources(found: Arbitration) -> str:
    lines = [_source(found, source) for source in found.sources]
    first, more = lines[:_MOST_SOURCES], lines[_MOST_SOURCES:]
    shown = f'<ul class="sources">{"".join(first)}</ul>'
    if more:
        shown += f'<details><summary>{both("settle.more_sources", count=len(more))}</summary><ul class="sources">'
        shown += f"{''.join(more)}</ul></details>"
    return shown


def _source(found: Arbitration, source: SourceReport) -> str:
    first, *rest = each_line(lambda language: source_lines(found, source, language))
    more = "".join(f'<span class="dim">{line}</span>' for line in rest)
    trust = source.known if found.method == "estimated" else source.right
    bar = f'<span class="trust" aria-hidden="true"><span style="width:{100 * trust:.0f}%"></span></span>'
    facts = f'data-source="{escape(source.name)}" data-copy="{escape(source.copy.of if source.copy else "")}"'
    return f"<li {facts}>{bar}<span><bdi>{first}</bdi>{more}</span></li>"


def _unknown(settled: Settled) -> str:
    """What nobody knows, and what the listener said that it means."""
    found = settled.found
    if not found.unknown and not settled.names:
        return ""
    rows = [_meant(settled, name, escape(name)) for name in settled.names]
    rows += [_meant(settled, name.written, _each(partial(unknown_line, name))) for name in found.unknown[:MOST_UNKNOWN]]
    more = "<li>…</li>" if len(found.unknown) > MOST_UNKNOWN else ""
    take = (
        f'<a class="link take" data-kind="yaml" download="names.yaml">{both("settle.yaml")}</a>'
        if settled.names
        else ""
    )
    return (
        f'<section class="unknown"><h3>{both("settle.unknown", count=len(found.unknown))}</h3>'
        f'<ul>{"".join(rows)}{more}</ul><p class="dim">{both("settle.unknown_how")} {take}</p>'
        f'<p><button type="button" class="button small again">{both("settle.again")}</button></p></section>'
    )


def _meant(settled: Settled, name: str, shown: str) -> str:
    """A name, and a choice of what it means."""
    chosen = settled.names.get(name, _NOT_SAID)
    choices = {
        _NOT_SAID: _texts("settle.not_said"),
        **{label: {language: genre_text(label, language) for language in LANGUAGES} for label in settled.labels},
        NOT_MUSIC: _texts("verdict.not_music"),
        "": _texts("settle.no_genre"),
    }
    options = "".join(
        f'<option value="{escape(value)}" data-en="{escape(texts["en"])}" data-zh="{escape(texts["zh"])}"'
        f"{' selected' if value == chosen else ''}>{escape(texts['en'])}</option>"
        for value, texts in choices.items()
    )
    return f'<li><label><bdi>{shown}</bdi><select data-name="{escape(name)}">{options}</select></label></li>'


def _texts(key: str) -> dict[str, str]:
    return {language: say(key, language) for language in LANGUAGES}


def songs_html(verdicts: Sequence[Verdict]) -> str:
    """Rows of the table of songs."""
    return "".join(map(_song, verdicts))


def _song(verdict: Verdict) -> str:
    label = verdict.label
    answer = f"{dot(label)}{_each(lambda lang: genre_text(label, lang))}" if label else both("settle.open")
    sure = f' <span class="dim">{percent(verdict.probability)}</span>' if label else ""
    said = "".join(map(_say, verdict.says))
    cells = (
        f'<th scope="row"><bdi>{escape(short_name(verdict.file, 160))}</bdi></th>'
        f'<td class="answer">{_label("answer")}<span>{answer}{sure}</span></td>'
        f'<td>{_label("said")}<ul class="says">{said}</ul></td>'
        f"<td>{_label('why')}{_each(lambda lang: why_text(verdict, lang))}</td>"
    )
    return f'<tr class="row" data-genre="{escape(label)}" data-review="{" ".join(verdict.review)}">{cells}</tr>'


def _say(one: Say) -> str:
    source = _each(lambda language: source_text(one.source, one.is_model, language))
    said = _each(lambda language: said_text(one, language))
    side = "copy" if one.copy_of else one.side
    return f'<li class="say-{side}"><bdi>{source}</bdi>: <bdi>{said}</bdi></li>'


def _label(column: str) -> str:
    """The column's name, for narrow screens."""
    return f'<span class="cell-label">{both(f"settle.{column}")}</span> '


def _each(text: Callable[[str], str]) -> str:
    return each({language: text(language) for language in LANGUAGES})
