"""The tab "one song": drop or record, hear, read the answer.

The hero (drop zone, player, wave) is HTML of our own with `listen.js`; it draws the wave and plays the
song from the browser's own copy, so the upload never has to be served back to anybody. The answer is
HTML from `verdict`. Between them lies one event: where the upload lies (or which example), and its name.
"""

# No postponed annotations here: Gradio reads those of the event handlers at run time.

import json
from collections.abc import Sequence
from html import escape
from typing import Any, Final
from urllib.parse import quote

from genrelens.errors import AudioError, as_expected
from genrelens.pictures.colours import genre_colour
from genrelens.studio.deeper import build_deeper
from genrelens.studio.failures import render_error
from genrelens.studio.findings import result_of
from genrelens.studio.given import Given, text_of
from genrelens.studio.guess import render_guess, render_tally
from genrelens.studio.results import Result
from genrelens.studio.room import Room
from genrelens.studio.samples import Sample
from genrelens.studio.scripts import script_of, tell
from genrelens.studio.take import render_take
from genrelens.studio.uploads import MAX_BYTES
from genrelens.studio.verdict import heard_pieces, render, render_facts
from genrelens.taxonomy import display_name
from genrelens.words import both, each, say

__all__ = ["CONCURRENCY", "CONCURRENCY_ID", "answer", "build_listen", "example_cards", "hero", "open_link"]

CONCURRENCY_ID: Final = "ear"
"""Every listener of the page that decodes or runs the network shares this one limit."""
CONCURRENCY: Final = 2
"""Songs at a time: one is decoded, in a child process, while another goes through the network."""


def answer(data: Any, listener: str, room: Room) -> tuple[str, str]:
    """The HTML that answers one event: the answer, and the facts behind it. Never raises: errors become cards.

    Args:
        data: What came from the browser: a song (`Given`), and `run`, which numbers the asking.
        listener: The session that asks; what it uploaded goes when it leaves.
        room: The page's tools.
    """
    run = text_of(data, "run", 64)
    try:
        given = Given.from_event(data)
        path, name = given.resolve(room, listener)
        analysis = room.analyse(path, name, given.start_s, given.end_s)
        return _shown(run, room.results.add(listener, path, name, analysis, given.start_s, given.end_s))
    except Exception as error:
        return _failed(run, error)


def open_link(data: Any, room: Room) -> tuple[str, str]:
    """The HTML of an earlier result, as its permalink asks for it; as `answer`."""
    run = text_of(data, "run", 64)
    try:
        result = result_of(room, text_of(data, "token", 64))
    except Exception as error:
        return _failed(run, error)
    return _shown(run, result, f'data-sound="result/{quote(result.token)}/sound" data-name="{escape(result.name)}"')


def _shown(run: str, result: Result, more: str = "") -> tuple[str, str]:
    analysis = result.analysis
    heard = escape(json.dumps(heard_pieces(analysis)))
    head = (
        f'<div class="run" data-run="{escape(run)}" data-token="{escape(result.token)}" data-heard="{heard}" '
        f'data-duration="{analysis.source.duration_s:.3f}" {more}>'
    )
    facts = f'<section class="facts">{render_facts(analysis, take=render_take(result))}</section>'
    return f"{head}{render(analysis, tally=render_tally())}</div>", facts


def _failed(run: str, error: Exception) -> tuple[str, str]:
    card = render_error(as_expected(error))
    return f'<div class="run" data-run="{escape(run)}" data-token="" data-heard="[]">{card}</div>', ""


def build_listen(room: Room) -> None:
    """Put the tab into the surrounding `gr.Blocks`."""
    import gradio as gr

    song = gr.HTML(
        html_template=hero("page.private" if room.local else "page.private_network"),
        js_on_load=script_of("listen.js"),
        apply_default_css=False,
        elem_id="song",
        elem_classes="gl",
    )
    gr.HTML(render_guess(), js_on_load=None, apply_default_css=False, elem_id="guess", elem_classes="gl")
    shown = gr.HTML(
        "", js_on_load=tell("genrelens:answer"), apply_default_css=False, elem_id="answer", elem_classes="gl"
    )
    build_deeper(room, song)
    facts = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="facts", elem_classes="gl")
    if room.samples:
        gr.HTML(
            example_cards(room.samples), js_on_load=None, apply_default_css=False, elem_id="examples", elem_classes="gl"
        )

    def on_submit(event: gr.EventData, request: gr.Request) -> tuple[str, str]:
        return answer(event._data, request.session_hash or "", room)

    def on_link(event: gr.EventData) -> tuple[str, str]:
        return open_link(event._data, room)

    quiet: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private"}
    line: dict[str, Any] = {"concurrency_limit": CONCURRENCY, "concurrency_id": CONCURRENCY_ID}
    song.submit(on_submit, inputs=None, outputs=[shown, facts], **line, **quiet)
    song.select(on_link, inputs=None, outputs=[shown, facts], **quiet)


def hero(private_key: str = "page.private") -> str:
    """The HTML of drop zone and player."""
    too_large = render_error(AudioError("AUDIO_TOO_LARGE", f"over {MAX_BYTES // 10**6} MB"))
    return f"""
<p class="guess-line"><label class="guess-switch"><input type="checkbox" class="guess-on">
  {both("guess.first")}</label></p>
<section class="hero" data-state="empty" data-max-bytes="{MAX_BYTES}"
  data-recording-en="{escape(say("facts.recording", "en"))}" data-recording-zh="{escape(say("facts.recording", "zh"))}">
  <input class="file" type="file" tabindex="-1" aria-hidden="true">
  <div class="drop">
    <p class="drop-title">{both("drop.title")}</p>
    <div class="drop-actions">
      <button type="button" class="button primary choose">{both("drop.choose")}</button>
      <button type="button" class="button record">{both("drop.record")}</button>
    </div>
    <p class="dim formats">{both("drop.formats")}</p>
  </div>
  <div class="recorder">
    <p class="drop-title"><span class="pulse" aria-hidden="true"></span>{both("working.recording")}
      <span class="recorded">0:00</span></p>
    <div class="drop-actions">
      <button type="button" class="button primary record-stop">{both("drop.stop")}</button>
      <button type="button" class="button record-cancel">{both("drop.cancel")}</button>
    </div>
    <div class="level" aria-hidden="true"><span></span></div>
  </div>
  <div class="player">
    <div class="player-head">
      <p class="song-name"><bdi></bdi></p>
      <p class="status" role="status"><span class="spinner" aria-hidden="true"></span>
        <span class="uploading">{both("working.uploading")} <span class="share"></span></span>
        <span class="listening">{both("working.listening")}</span></p>
      <div class="song-actions">
        <button type="button" class="button small choose">{both("drop.choose")}</button>
        <button type="button" class="button small record">{both("drop.record")}</button>
        <button type="button" class="button small cancel">{both("drop.cancel")}</button>
      </div>
    </div>
    <div class="deck">
      <button type="button" class="play" disabled>
        <svg class="icon-play" viewBox="0 0 24 24" aria-hidden="true"><path d="M8 5.5v13l11-6.5z"/></svg>
        <svg class="icon-pause" viewBox="0 0 24 24" aria-hidden="true"><path
          d="M7 5h3.5v14H7zM13.5 5H17v14h-3.5z"/></svg>
        <span class="sr on-paused">{both("player.play")}</span><span class="sr on-playing">{both("player.pause")}</span>
      </button>
      <div class="wave-box">
        <p class="sr" id="wave-label">{both("player.seek")}</p>
        <div class="wave" role="slider" tabindex="0" aria-labelledby="wave-label" aria-valuemin="0" aria-valuemax="0"
          aria-valuenow="0"><svg preserveAspectRatio="none" aria-hidden="true"><defs>
          <clipPath id="clip-heard"></clipPath><clipPath id="clip-played"><rect width="0" height="100"/></clipPath>
          </defs><path class="wave-all"/><path class="wave-heard" clip-path="url(#clip-heard)"/>
          <path class="wave-played" clip-path="url(#clip-played)"/></svg></div>
        <div class="chosen" hidden></div>
        <div class="marks"></div>
        <p class="times"><span class="now">0:00</span><span class="length"></span></p>
      </div>
      <audio preload="auto"></audio>
    </div>
    <div class="part-row">
      <span class="dim part-hint">{both("part.hint")}</span>
      <label class="part-field"><span>{both("part.from")}</span>
        <input class="part-from" inputmode="decimal" placeholder="0:00" autocomplete="off"></label>
      <label class="part-field"><span>{both("part.to")}</span>
        <input class="part-to" inputmode="decimal" placeholder="0:30" autocomplete="off"></label>
      <button type="button" class="button small part-play">{both("part.play")}</button>
      <button type="button" class="button small part-ask" disabled>{both("part.ask")}</button>
      <button type="button" class="button small part-all">{both("part.all")}</button>
    </div>
    <p class="dim note unplayable" hidden>{both("player.unplayable")}</p>
    <p class="dim note no-wave" hidden>{both("player.no_wave")}</p>
  </div>
  <p class="sr announce" role="status"></p>
  <div class="local-error"></div>
  <template class="card-too-large">{too_large}</template>
  <template class="card-network">{_card("network")}</template>
  <template class="card-microphone">{_card("microphone")}</template>
</section>
<p class="private dim">{both(private_key)}</p>"""


def _card(kind: str) -> str:
    return (
        f'<article class="failure" role="alert"><p class="tier">{both("error.title")}</p>'
        f'<h2 class="what">{both(f"error.{kind}")}</h2><p class="todo">{both(f"error.{kind}_text")}</p></article>'
    )


def example_cards(samples: Sequence[Sample]) -> str:
    """The HTML of the songs to click."""
    cards = "".join(
        f'<li><button type="button" class="example" data-example="{escape(sample.id)}" '
        f'data-source="{_address(sample)}" '
        f'data-title-en="{escape(sample.title["en"])}" data-title-zh="{escape(sample.title["zh"])}">'
        f'<span class="example-title">{each(sample.title)}</span><span class="dim">'
        f'<span class="dot" aria-hidden="true" style="background:{genre_colour(sample.genre)}"></span>'
        f"{_meant(sample)}</span></button></li>"
        for sample in samples
    )
    return (
        f'<section class="examples"><h2 class="section-title">{both("drop.examples")}</h2>'
        f'<ul>{cards}</ul><p class="dim">{both("drop.example_hint")}</p></section>'
    )


def _address(sample: Sample) -> str:
    return escape(f"examples/{quote(sample.path.name)}")


def _meant(sample: Sample) -> str:
    return both("drop.meant", genre={language: display_name(sample.genre, language) for language in ("en", "zh")})
