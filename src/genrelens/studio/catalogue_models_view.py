"""The look "models" of the tab "catalogue" as HTML: what another model would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from genrelens.catalogue.rows import NOT_MUSIC, CatalogueRow
from genrelens.listening.analysis import ModelInfo
from genrelens.sentences.catalogue import counted_lines, decided_lines, model_text, tiers_line
from genrelens.sentences.longtail import genre_text
from genrelens.studio.catalogue_parts import command_html, file_text, genre_html, place_html, play_html
from genrelens.words import LANGUAGES, both, each_line
from genrelens.words.forms import percent
from genrelens.workflows.model_diff import Difference, Pair

__all__ = ["alone_html", "changes_html", "models_html"]

_COMMAND: Final = "genrelens label MUSIC_FOLDER --catalogue my.db --bundle OTHER_MODEL_FOLDER"


def alone_html(models: Iterable[ModelInfo]) -> str:
    """What this is for, where there is one model."""
    name = ", ".join(map(model_text, models))
    return f"<p>{both('models_look.alone', name=name)}</p>{command_html(_COMMAND)}"


def models_html(models: Mapping[int, ModelInfo], a: int, b: int, found: Difference) -> str:
    """Which models, what differs, and a place for the songs."""
    said = each_line(lambda language: counted_lines(found, language))
    said += each_line(lambda language: [tiers_line(found, language)] if found.tiers else [])
    said += each_line(lambda language: decided_lines(found, language))
    lines = "".join(f"<p>{line}</p>" for line in said)
    return (
        f'<form class="pick-models">{_select("a", models, a)}{_select("b", models, b)}'
        f'<button type="submit" class="button small">{both("models_look.compare")}</button></form>'
        f'<div class="diff-said" data-changed="{found.changed}">{lines}</div>{_changed(found) if found.changed else ""}'
    )


def _select(name: str, models: Mapping[int, ModelInfo], chosen: int) -> str:
    options = "".join(
        f'<option value="{number}"{" selected" if number == chosen else ""}>{number}: '
        f"{escape(model_text(model))}</option>"
        for number, model in models.items()
    )
    words = both(f"models_look.{name}")
    return f'<label class="find"><span class="dim">{words}</span><select name="{name}">{options}</select></label>'


def _changed(found: Difference) -> str:
    heads = "".join(f'<th scope="col">{both(f"models_look.{name}")}</th>' for name in ("from", "to", "count"))
    rows = "".join(_change_row(*change) for change in found.genres)
    return (
        f'<div class="diff-changed"><div><h3>{both("models_look.changes")}</h3><p><button type="button" '
        f'class="link pick-change" aria-pressed="true">{both("models_look.all")}</button></p>'
        f'<div class="change-box" tabindex="0"><table class="change-rows"><thead><tr>{heads}</tr></thead>'
        f'<tbody>{rows}</tbody></table></div></div><div><ul class="song-list changed-songs"></ul>'
        f'<p><button type="button" class="button small more-changed" hidden>{both("cat.more")}</button></p></div></div>'
    )


def _change_row(a: str, b: str, count: int) -> str:
    texts = [{language: genre_text(label, language) for language in LANGUAGES} for label in (a, b)]
    return (
        f'<tr><td>{genre_html(a)}</td><td>{genre_html(b)}</td><td><button type="button" class="link pick-change" '
        f'aria-pressed="false" data-become="{escape(a)}&gt;{escape(b)}"><span aria-hidden="true">{count}</span>'
        f'<span class="sr">{both("catalogue.diff_pair", a=texts[0], b=texts[1], count=count)}</span></button></td></tr>'
    )


def changes_html(pairs: Iterable[Pair]) -> str:
    """Songs that changed, each with both answers."""
    return "".join(_change(pair) for pair in pairs)


def _change(pair: Pair) -> str:
    right = f'<span class="dim">{both(f"models_look.right_{pair.right}")}</span>' if pair.right else ""
    more = both("models_look.open", name=file_text(pair.a.path))
    return (
        f"<li>{play_html(pair.a.sha256, pair.b.doubtful_s, pair.a.path)}"
        f'<span class="song-main">{place_html(pair.a.path)}'
        f'<span class="both-answers">{_answer(pair.a)}<span class="to" aria-hidden="true">\u2192</span>'
        f"{_answer(pair.b)}</span>{right}</span>"
        f'<span class="song-side"><button type="button" class="link open-song" aria-expanded="false" '
        f'data-sha="{escape(pair.a.sha256)}"><span aria-hidden="true">\u2026</span>'
        f'<span class="sr">{more}</span></button></span></li>'
    )


def _answer(row: CatalogueRow) -> str:
    sure = f' <span class="dim">{percent(row.probability)}</span>' if row.top else ""
    tier = f' <span class="dim">{both(f"tail.tier_{row.tier}")}</span>' if row.tier else ""
    if row.tier == "not_music":
        return f'<span class="said">{genre_html(NOT_MUSIC)}</span>'
    return f'<span class="said">{genre_html(row.genre)}{sure}{tier}</span>'
