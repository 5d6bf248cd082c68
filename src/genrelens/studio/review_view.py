"""The HTML of the tab "review": who, what, the file with its buttons, the keys, and words for the script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from genrelens.audio.health import UNITS
from genrelens.pictures.colours import genre_colour
from genrelens.taxonomy import display_name
from genrelens.words import LANGUAGES, both, say

__all__ = ["policy_line", "review_html", "without_catalogue"]

_TIERS: Final = ("unsure", "blend", "likely", "not_music", "sure")
"""As `workflows.review.TIERS`, which is loaded only where there is a catalogue."""
_KEYS: Final = (
    ("Enter", "a", "key_accept"),
    ("2", "", "key_second"),
    ("1", "5", "key_pick"),
    ("o", "", "key_other"),
    ("n", "", "key_not_music"),
    ("s", "", "key_skip"),
    ("u", "", "key_undo"),
    ("Space", "", "key_play"),
    ("←", "→", "key_move"),
)
_DAYS: Final = ((0, "any_time"), (1, "last_day"), (7, "last_week"), (31, "last_month"))


def without_catalogue() -> str:
    """What the tab says where the page was opened without a catalogue."""
    commands = ("genrelens label MUSIC_FOLDER --catalogue my.db", "genrelens serve --catalogue my.db")
    lines = "".join(f"<li><code>{command}</code></li>" for command in commands)
    return f"""
<section class="review" data-state="off"><div class="review-off"><h2 class="review-title">
  {both("review.no_catalogue")}</h2><p>{both("review.no_catalogue_text")}</p><ol class="commands">{lines}</ol></div>
</section>"""


def review_html(labels: Sequence[str], policy_name: str = "") -> str:
    """The whole tab.

    Args:
        labels: The model's, for the filter and for "other".
        policy_name: Of the policy's file; "" for the default.
    """
    return f"""
<section class="review" data-state="name" data-labels="{escape(_label_data(labels))}">
  <form class="review-who">
    <label><span class="review-title">{both("review.who")}</span>
      <input class="person" type="text" maxlength="60" autocomplete="name" required></label>
    <p class="dim">{both("review.who_text")}</p>
    <button type="submit" class="button primary">{both("review.start")}</button>
  </form>
  <div class="review-desk">
    <div class="review-head">
      <p class="review-me"><bdi class="me"></bdi>
        <button type="button" class="link rename">{both("review.rename")}</button></p>
      <p class="review-count" role="status"><span><b class="left">0</b> {both("review.left")}</span>
        <span><b class="mine">0</b> {both("review.mine")}</span>
        <span><b class="others">0</b> {both("review.others")}</span>
        <span class="at-work" hidden>{both("review.at_work")} <bdi class="colleagues"></bdi></span></p>
      <progress class="review-bar" max="1" value="0" aria-labelledby="review-bar-name"></progress>
      <span class="sr" id="review-bar-name">{both("review.progress")}</span>
    </div>
    {_filters(labels)}
    {policy_line(policy_name)}
    <p class="review-note quiet" role="status"><span class="note-text"></span>
      <button type="button" class="button small note-undo" hidden>{both("review.undo")}</button>
      <button type="button" class="button small note-again" hidden>{both("review.again")}</button></p>
    <p class="review-empty">{both("review.empty")}</p>
    <p class="review-loading dim"><span class="spinner" aria-hidden="true"></span>{both("review.loading")}</p>
    {_item()}
    {_legend()}
    <div class="review-more">
      <details class="review-bulk"><summary>{both("review.bulk")}</summary>
        <p class="dim">{both("review.bulk_text")}</p>
        <p class="bulk-row"><button type="button" class="button small bulk-count">{both("review.bulk_count")}</button>
          <span class="bulk-found" hidden>{both("review.bulk_found")} <b class="bulk-number">0</b>
            <button type="button" class="button small bulk-go">{both("review.bulk_go")}</button></span></p>
      </details>
      <details class="review-agreement"><summary>{both("review.agreement")}</summary>
        <p class="dim">{both("review.agreement_text")}</p>
        <p class="agreed"></p>
        <p class="agreed-disputed" hidden>{both("review.disputed_files")} <b></b>. {both("review.disputed_how")}</p>
        <div class="scroller"><table class="pairs" hidden>
          <thead><tr><th scope="col">{both("review.pair")}</th><th scope="col">{both("review.pair_files")}</th>
          <th scope="col">{both("review.pair_same")}</th><th scope="col">{both("review.pair_kappa")}</th></tr></thead>
          <tbody></tbody></table></div>
      </details>
    </div>
  </div>
  <p class="sr announce" role="status"></p>
  {_word_store()}
</section>"""


def policy_line(name: str) -> str:
    """Which policy counts, as one small line."""
    which = f"<bdi>{escape(name)}</bdi>" if name else both("review.policy_default")
    return f'<p class="dim policy-name">{both("review.policy")} {which}</p>'


def _filters(labels: Sequence[str]) -> str:
    tiers = {"": "review.to_review", "doubtful": "review.doubtful_tiers", "all": "review.all"} | {
        tier: f"verdict.{tier}" for tier in _TIERS
    }
    days = {str(number): f"review.{key}" for number, key in _DAYS}
    which = {"": "review.undecided", "decided": "review.second", "disputed": "review.disputed"}
    orders = {"doubt": "review.by_doubt", "path": "review.by_path"}
    genres = [("", {language: say("review.every_genre", language) for language in LANGUAGES})]
    genres += [(label, {language: display_name(label, language) for language in LANGUAGES}) for label in labels]
    return f"""
<details class="review-filters"><summary>{both("review.filters")}</summary><form class="filter-row">
  {_select("about", "review.about", [(value, _said(key)) for value, key in which.items()])}
  {_select("tier", "review.tier", [(value, _said(key)) for value, key in tiers.items()])}
  {_select("genre", "review.genre", genres)}
  {_select("days", "review.days", [(value, _said(key)) for value, key in days.items()])}
  {_select("order", "review.order", [(value, _said(key)) for value, key in orders.items()])}
  <label class="filter"><span>{both("review.folder")}</span>
    <input name="folder" type="text" autocomplete="off" spellcheck="false"></label>
  <label class="filter"><span>{both("review.text")}</span><input name="text" type="search" autocomplete="off"></label>
</form></details>"""


def _said(key: str) -> dict[str, str]:
    return {language: say(key, language) for language in LANGUAGES}


def _select(name: str, key: str, options: Sequence[tuple[str, dict[str, str]]]) -> str:
    # An option holds text alone: the script puts the chosen language into it.
    made = "".join(
        f'<option value="{escape(value)}" data-en="{escape(said["en"])}" data-zh="{escape(said["zh"])}">'
        f"{escape(said['en'])}</option>"
        for value, said in options
    )
    return f'<label class="filter"><span>{both(key)}</span><select name="{name}">{made}</select></label>'


def _item() -> str:
    return f"""
<article class="review-item" aria-labelledby="review-name">
  <header><h2 class="review-name" id="review-name" tabindex="-1"><bdi></bdi></h2>
    <p class="dim review-folder"><bdi></bdi></p></header>
  <div class="cut">
    <button type="button" class="cut-play" disabled aria-keyshortcuts="Space">
      <svg class="icon-play" viewBox="0 0 24 24" aria-hidden="true"><path d="M8 5.5v13l11-6.5z"/></svg>
      <svg class="icon-pause" viewBox="0 0 24 24" aria-hidden="true"><path
        d="M7 5h3.5v14H7zM13.5 5H17v14h-3.5z"/></svg>
      <span class="sr on-paused">{both("player.play")}</span><span class="sr on-playing">{both("player.pause")}</span>
    </button>
    <div class="cut-line"><p class="cut-words"><span class="cut-doubtful">{both("review.doubtful")}</span>
      <span class="cut-times"></span></p>
      <div class="song-line" aria-hidden="true"><span class="song-cut"><span class="song-now"></span></span></div></div>
    <button type="button" class="button small cut-back"><span aria-hidden="true">−15 s</span>
      <span class="sr">{both("review.earlier")}</span></button>
    <button type="button" class="button small cut-on"><span aria-hidden="true">+15 s</span>
      <span class="sr">{both("review.later")}</span></button>
    <label class="check auto"><input type="checkbox" class="auto-play" checked> {both("review.auto")}</label>
    <audio preload="auto"></audio>
  </div>
  <p class="cut-problem" role="alert" hidden></p>
  <p class="review-opinions" hidden><span>{both("review.opinions")}</span></p>
  <p class="dim review-facts"></p>
  <ol class="choices" aria-label="Top 5"></ol>
  <div class="verdicts">
    <button type="button" class="button no-music" aria-keyshortcuts="n"><kbd>n</kbd>{both("review.not_music")}
      <span class="dim not-music-share"></span></button>
    <button type="button" class="button other" aria-keyshortcuts="o" aria-expanded="false"
      aria-controls="review-other"><kbd>o</kbd>{both("review.other")}</button>
    <button type="button" class="button skip-item" aria-keyshortcuts="s"><kbd>s</kbd>{both("review.skip")}</button>
    <button type="button" class="button undo" aria-keyshortcuts="u"><kbd>u</kbd>{both("review.undo")}</button>
  </div>
  <div class="other-box" id="review-other" hidden>
    <label><span class="sr">{both("review.find")}</span><input class="other-find" type="text" role="combobox"
      aria-expanded="true" aria-controls="review-others" aria-autocomplete="list" autocomplete="off"
      data-en="{escape(say("review.find", "en"))}" data-zh="{escape(say("review.find", "zh"))}"></label>
    <ul class="other-list" id="review-others" role="listbox" aria-label="Genres"></ul>
  </div>
  <section class="review-why" aria-busy="true"><h3 class="panel-title">{both("review.why")}</h3>
    <p class="why-working dim"><span class="spinner" aria-hidden="true"></span>{both("review.why_working")}</p>
    <div class="why-found"></div></section>
</article>"""


def _legend() -> str:
    def keys(first: str, last: str) -> str:
        between = "–" if last.isdigit() else ""
        return f"<kbd>{first}</kbd>" + (f"{between}<kbd>{last}</kbd>" if last else "")

    rows = "".join(
        f"<div><dt>{keys(first, last)}</dt><dd>{both(f'review.{key}')}</dd></div>" for first, last, key in _KEYS
    )
    return f'<dl class="legend" aria-label="Keyboard">{rows}</dl>'


def _label_data(labels: Sequence[str]) -> str:
    import json

    known = [
        {"id": label, "en": label, "zh": display_name(label, "zh"), "colour": genre_colour(label)} for label in labels
    ]
    return json.dumps(known, ensure_ascii=False)


def _word_store() -> str:
    """Words that the script copies."""
    names = (
        "gone", "tag", "agrees", "disagrees", "health", "set", "decided", "undone", "bulk_done", "bulk_undone",
        "network", "nobody", "kappa", "of",
    )  # fmt: skip
    store = {name: both(f"review.{name}") for name in names}
    store |= {f"tier-{tier}": both(f"verdict.{tier}") for tier in _TIERS}
    store |= {f"health-{code}": both(f"findings.{code}") for code in sorted(UNITS)}
    store["silent"] = both("verdict.silent")
    return "".join(f'<template data-word="{escape(name)}">{html}</template>' for name, html in store.items())
