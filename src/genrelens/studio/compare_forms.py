"""The two forms of the tab "Compare" as HTML: slots for songs, and a button."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from genrelens.errors import AudioError
from genrelens.studio.failures import render_error
from genrelens.studio.samples import Sample
from genrelens.studio.uploads import MAX_BYTES
from genrelens.taxonomy import GENRES, display_name
from genrelens.words import LANGUAGES, both, say

__all__ = ["compare_form", "style_form"]


def compare_form(samples: Sequence[Sample]) -> str:
    """Two or three versions."""
    slots = "".join(_slot(f"comparing.slot_{letter}", f"c{letter}", samples) for letter in "abc")
    return f"""
<section class="asking" data-kind="compare" data-state="idle" data-least="2" data-max-bytes="{MAX_BYTES}">
  <h2 class="asking-title">{both("comparing.title")}</h2>
  <p class="dim asking-how">{both("comparing.how")}</p>
  <div class="slots">{slots}</div>
  {_foot("comparing.go", "comparing.need")}
</section>"""


def style_form(samples: Sequence[Sample]) -> str:
    """From one style to another: the song, and its original if there is one."""
    slots = _slot("restyling.slot_file", "sa", samples) + _slot("restyling.slot_original", "sb", samples)
    return f"""
<section class="asking" data-kind="style" data-state="idle" data-least="1" data-max-bytes="{MAX_BYTES}">
  <h2 class="asking-title">{both("restyling.title")}</h2>
  <p class="dim asking-how">{both("restyling.how")}</p>
  <div class="styles">{_styles("old")}{_styles("new")}</div>
  <div class="slots">{slots}</div>
  {_foot("restyling.go", "restyling.need", borrow=True)}
</section>"""


def _slot(key: str, name: str, samples: Sequence[Sample]) -> str:
    legend = {language: say(key, language) for language in LANGUAGES}
    too_large = render_error(AudioError("AUDIO_TOO_LARGE", f"over {MAX_BYTES // 10**6} MB"))
    return f"""
<div class="slot" role="group" aria-labelledby="slot-{name}" data-state="empty">
  <h3 class="slot-title" id="slot-{name}">{both(key)}</h3>
  <input class="slot-file" type="file" tabindex="-1" aria-hidden="true">
  <div class="slot-empty">
    <button type="button" class="button small slot-choose">{both("comparing.choose")}<span
      class="sr">: {both(key)}</span></button>
    <p class="dim slot-hint">{both("comparing.drop")}</p>
    <label class="slot-or"><span class="sr">{both(key)}, {both("comparing.example")}</span>
      <select class="slot-example">{_option("", "comparing.example_none")}{_examples(samples)}</select></label>
  </div>
  <div class="slot-given">
    <p class="slot-name"><bdi></bdi></p>
    <audio class="slot-audio" controls preload="none" aria-label="{escape(_label(legend))}"></audio>
    <p class="dim slot-share" hidden>{both("working.uploading")} <span class="share"></span></p>
    <button type="button" class="link slot-remove">{both("comparing.remove")}<span
      class="sr">: {both(key)}</span></button>
  </div>
  <template class="card-too-large">{too_large}</template>
  <div class="slot-error"></div>
</div>"""


def _label(legend: dict[str, str]) -> str:
    # An attribute has one text; a player's name is said in both languages rather than in the wrong one.
    return " · ".join(say("comparing.listen_to", language, slot=legend[language]) for language in LANGUAGES)


def _examples(samples: Sequence[Sample]) -> str:
    return "".join(
        f'<option value="{escape(sample.id)}" data-source="examples/{escape(quote(sample.path.name))}" '
        f'data-en="{escape(sample.title["en"])}" data-zh="{escape(sample.title["zh"])}"></option>'
        for sample in samples
    )


def _option(value: str, key: str) -> str:
    texts = " ".join(f'data-{language}="{escape(say(key, language))}"' for language in LANGUAGES)
    return f'<option value="{escape(value)}" {texts}></option>'


def _styles(which: str) -> str:
    # An option holds text alone: the script writes that of the chosen language.
    options = "".join(
        f'<option value="{escape(genre.id)}" '
        + " ".join(f'data-{language}="{escape(display_name(genre.id, language))}"' for language in LANGUAGES)
        + "></option>"
        for genre in GENRES
    )
    return (
        f'<label class="style-choice"><span>{both(f"restyling.{which}")}</span>'
        f'<select class="style-{which}"><option value=""></option>{options}</select></label>'
    )


def _foot(go: str, need: str, *, borrow: bool = False) -> str:
    borrowing = (
        f'<button type="button" class="button small borrow" hidden>{both("restyling.borrow")}</button>'
        if borrow
        else ""
    )
    return f"""<div class="asking-foot">
    <button type="button" class="button primary go" disabled>{both(go)}</button>
    <button type="button" class="button cancel-asking">{both("comparing.cancel")}</button>{borrowing}
    <p class="dim need">{both(need)}</p>
    <p class="network" role="alert" hidden>{both("error.network")}. {both("error.network_text")}</p>
  </div>"""
