"""The tab "help": what the numbers mean, a card for each genre, the model in short, what to do when something is wrong.

Every part can be linked to: `#help/Jazz`, `#help/numbers`. Figures are read when the tab is first opened, so that the
page does not wait for the model.
"""

# No postponed annotations here: Gradio reads those of the event handlers at run time.

from collections.abc import Sequence
from html import escape
from typing import Final

from genrelens.audio.health import UNITS
from genrelens.listening.bundle import Bundle
from genrelens.studio.cards import card_body
from genrelens.studio.figures import Figures, figures
from genrelens.studio.names import dot, name_of
from genrelens.studio.room import Room
from genrelens.studio.samples import Sample
from genrelens.studio.scripts import script_of, tell
from genrelens.taxonomy import GENRES, display_name
from genrelens.words import LANGUAGES, both, each, say
from genrelens.words.cards import card
from genrelens.words.forms import NBSP, percent

__all__ = ["build_help", "figures_html", "help_html"]

_PARTS: Final = ("numbers", "cards", "model", "trouble", "keys", "private")
_NUMBERS: Final = ("percent", "tiers", "mix", "set", "not_music", "tags")
_ERRORS: Final = (
    "AUDIO_UNREADABLE", "AUDIO_NO_TRACK", "AUDIO_EMPTY", "AUDIO_TOO_LARGE", "AUDIO_TOO_LONG", "AUDIO_DECODER_CRASHED",
    "AUDIO_DECODER_TIMEOUT", "AUDIO_NOT_FOUND", "PORT_BUSY", "BUNDLE_INVALID", "INTERNAL",
)  # fmt: skip
"""The commonest; docs/errors.md has them all."""
_KEYS: Final = {
    "space": ("space",), "arrows": ("\u2190", "\u2192"), "pick": ("1", "\u2026", "5"), "wave": ("Home", "End"),
    "tabs": ("Tab", "\u2190", "\u2192"), "press": ("Enter",),
}  # fmt: skip


def build_help(room: Room) -> None:
    """Put the tab into the surrounding `gr.Blocks`."""
    import gradio as gr

    asked = gr.HTML(
        html_template=help_html(room.samples, "page.private" if room.local else "page.private_network"),
        js_on_load=script_of("help.js"),
        apply_default_css=False,
        elem_id="help",
        elem_classes="gl",
    )
    # Told here, then put in their places by the script: a new template would close every open card.
    told = gr.HTML(
        "", js_on_load=tell("genrelens:help"), apply_default_css=False, elem_id="help-figures", elem_classes="gl"
    )

    def on_submit() -> str:
        bundle = room.model().bundle
        return figures_html(bundle, figures(bundle))

    asked.submit(on_submit, outputs=told, show_progress="hidden", concurrency_limit=None, api_visibility="private")


def help_html(samples: Sequence[Sample], private_key: str = "page.private") -> str:
    """The HTML of the tab, without the figures of the model."""
    links = "".join(f'<li><a class="link" href="#help/{part}">{both(f"help.{part}")}</a></li>' for part in _PARTS)
    bodies = {
        "numbers": _numbers(),
        "cards": "".join(_card(genre.id, samples) for genre in GENRES),
        "model": '<div class="figure-slot" data-slot="model"></div>',
        "trouble": _trouble(),
        "keys": _keys(),
        "private": f"<p>{both(private_key)}</p><p>{both('help.private_text')}</p>",
    }
    parts = "".join(
        f'<section class="help-part" data-anchor="{part}"><h2 tabindex="-1">{both(f"help.{part}")}</h2>{body}</section>'
        for part, body in bodies.items()
    )
    return (
        f'<div class="helping"><p class="help-lead">{both("help.lead")}</p>'
        f'<div class="help-find"><label><span class="sr">{both("help.find")}</span>'
        f'<input type="search" class="find-help" autocomplete="off" data-en="{escape(say("help.find", "en"))}" '
        f'data-zh="{escape(say("help.find", "zh"))}"></label></div>'
        f'<nav class="help-nav"><ul>{links}</ul></nav>{parts}'
        f'<p class="dim help-none" role="status" hidden>{both("help.none")}</p></div>'
    )


def _entry(title: str, text: str) -> str:
    return f'<div class="help-entry"><dt>{title}</dt><dd>{text}</dd></div>'


def _numbers() -> str:
    rows = "".join(_entry(both(f"help.term_{name}"), both(f"numbers.explain_{name}")) for name in _NUMBERS)
    return f'<dl class="help-list">{rows}</dl><div class="figure-slot" data-slot="tiers"></div>'


def _trouble() -> str:
    sound = "".join(_entry(both(f"findings.{code}"), both(f"help.health_{code}")) for code in sorted(UNITS))
    errors = "".join(
        _entry(f"<code>{code}</code>", f"{both(f'errors.{code}.what')} {both(f'errors.{code}.todo')}")
        for code in _ERRORS
    )
    return (
        f'<h3>{both("help.sound")}</h3><dl class="help-list">{sound}</dl>'
        f'<h3>{both("help.errors")}</h3><dl class="help-list">{errors}</dl><p class="dim">{both("help.doctor")}</p>'
    )


def _keys() -> str:
    rows = "".join(
        f'<tr><th scope="row">{" ".join(_key(key) for key in keys)}</th><td>{both(f"help.key_{name}")}</td></tr>'
        for name, keys in _KEYS.items()
    )
    return (
        f'<table class="help-table"><thead><tr><th scope="col">{both("help.key")}</th>'
        f'<th scope="col">{both("help.does")}</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _key(key: str) -> str:
    if key == "\u2026":
        return key
    return f"<kbd>{both('help.space') if key == 'space' else key}</kbd>"


def _card(genre: str, samples: Sequence[Sample]) -> str:
    cards = {language: card(genre, language) for language in LANGUAGES}
    known = {language: found for language, found in cards.items() if found is not None}
    if len(known) < len(LANGUAGES):
        return ""
    return (
        f'<details class="genre-card help-entry" data-anchor="{escape(genre)}">'
        f'<summary>{dot(genre)}<span class="card-name">{name_of(genre)}</span>'
        f'<span class="dim card-what">{each({k: c.what for k, c in known.items()})}</span></summary>'
        f'<div class="card-body">{card_body(genre, samples)}</div></details>'
    )


def figures_html(bundle: Bundle, measured: Figures) -> str:
    """The figures of the model: a table of tiers, the card in short, and a line for each genre's card."""
    source = both("help.of_test", songs=measured.songs) if measured.songs else both("help.of_calibration")
    return (
        f'<div data-fills="tiers">{_tiers(measured, source)}</div>'
        f'<div data-fills="model">{_model(bundle, measured, source)}</div>'
        + "".join(_recall(label, *row) for label, row in measured.genres.items())
    )


def _recall(label: str, recall: float, songs: int) -> str:
    text = both("help.recall", percent=percent(recall), songs=songs)
    return f'<span data-fills-recall="{escape(label)}">{text}</span>'


def _tiers(measured: Figures, source: str) -> str:
    if not measured.tiers:
        return f"<p>{both('verdict.uncalibrated')}</p>"
    rows = "".join(
        f'<tr data-tier="{tier}"><th scope="row">{both(f"verdict.{tier}")}</th>'
        f'<td class="number">{escape(_exact(row.precision))}</td>'
        f'<td class="number">{escape(_exact(row.share))}</td></tr>'
        for tier, row in measured.tiers.items()
    )
    return (
        f'<table class="help-table"><thead><tr><th scope="col">{both("help.tier")}</th>'
        f'<th scope="col">{both("help.right")}</th><th scope="col">{both("help.share")}</th></tr></thead>'
        f'<tbody>{rows}</tbody></table><p class="dim">{source}</p>'
    )


def _model(bundle: Bundle, measured: Figures, source: str) -> str:
    training = bundle.training
    size = bundle.model_path.stat().st_size / 1e6
    facts = {
        "name": f"<bdi>{escape(bundle.name)} {escape(bundle.version)}</bdi>",
        "licence": f"<bdi>{escape(bundle.licence)}</bdi>",
        "size": f"{size:.1f}{NBSP}MB",
        "sha": f"<code>{escape(bundle.model_sha256[:16])}</code>",
        "labels": each({k: say("verdict.comma", k).join(display_name(x, k) for x in bundle.labels) for k in LANGUAGES}),
        "trained": escape(str(training.get("date", ""))),
        "clips": escape(str(training.get("clips", ""))),
        "accepted": _share(measured.accepted),
        "strict": _share(measured.strict),
        "top3": _share(measured.top3),
        "coverage": _share(measured.coverage),
        "not_music_refused": _share(measured.not_music_refused),
        "music_refused": _share(measured.music_refused),
    }
    rows = "".join(_fact(both(f"help.model_{name}"), value) for name, value in facts.items() if value)
    return f'<dl class="model-facts">{rows}</dl><p class="dim">{source}</p><p>{both("help.limits")}</p>'


def _share(value: float | None) -> str:
    return "" if value is None else escape(_exact(value))


def _exact(value: float) -> str:
    """A measured share: with a decimal, and 0 and 100 where they were measured."""
    return f"{value * 100:.1f}{NBSP}%"


def _fact(name: str, value: str) -> str:
    return f"<div><dt>{name}</dt><dd>{value}</dd></div>"
