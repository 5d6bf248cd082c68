"""The look "tags" of the tab "catalogue" as HTML: what to write, how far the preview is, what would become of files."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from genrelens.audio.sources import safe_text
from genrelens.catalogue.paths import to_text
from genrelens.studio.catalogue_parts import command_html, place_html, play_html
from genrelens.studio.catalogue_tags import MOST, TagPreview
from genrelens.studio.failures import error_words
from genrelens.words import LANGUAGES, both, each, say
from genrelens.words.forms import percent
from genrelens.workflows.tags.plan import MODEL, TagPlan

__all__ = ["KINDS", "command_part", "form_html", "plans_html", "status_html"]

KINDS: Final = ("write", "same", "keep", "failed")
_CHOICES: Final = {"when": ("sure", "empty", "always"), "mode": ("keep", "add", "replace")}
_GENRE_CHARS: Final = 60


def form_html() -> str:
    """What to preview, and places for what comes."""
    choices = "".join(_choice(name, values) for name, values in _CHOICES.items())
    kinds = "".join(
        f'<button type="button" class="pick-kind" data-kind="{kind}" aria-pressed="{str(kind == "write").lower()}">'
        f"{both(f'tags_look.kind_{kind}')} <b></b></button>"
        for kind in KINDS
    )
    return (
        f'<h2 class="cat-title">{both("tags_look.title")}</h2><p class="dim">{both("tags_look.how")}</p>'
        f'<form class="tag-form">{choices}<p class="tag-actions">'
        f'<button type="submit" class="button small">{both("tags_look.start")}</button>'
        f'<button type="button" class="button small stop-tags" hidden>{both("tags_look.stop")}</button></p></form>'
        f'<div class="tag-found" hidden><div class="tag-command"></div><div class="tag-status" role="status"></div>'
        f'<p class="kinds choices">{kinds}</p><ul class="song-list tag-rows"></ul>'
        f'<p><button type="button" class="button small more-tags" hidden>{both("cat.more")}</button></p></div>'
    )


def _choice(name: str, values: Sequence[str]) -> str:
    options = "".join(
        f'<option value="{value}" '
        + " ".join(f'data-{lang}="{escape(say(f"tags_look.{name}_{value}", lang))}"' for lang in LANGUAGES)
        + "></option>"
        for value in values
    )
    words = both(f"tags_look.{name}")
    return f'<label class="find"><span class="dim">{words}</span><select name="{name}">{options}</select></label>'


def command_part(command: str, policy_name: str) -> str:
    """The command that writes it, and what counts as sure there."""
    sure = f'<p class="dim">{both("tags_look.policy", name=policy_name)}</p>' if policy_name else ""
    return f'<p class="dim">{both("tags_look.command")}</p>{command_html(command)}{sure}'


def status_html(preview: TagPreview) -> str:
    """How far it is."""
    done = preview.counts.total()
    if preview.error is not None:
        return f"<p>{each(error_words(preview.error))}</p>"
    if preview.running:
        share = 100 * done / max(1, preview.total)
        return (
            f"<p>{both('tags_look.progress', done=done, total=preview.total)}</p>"
            f'<div class="tag-bar" aria-hidden="true"><span style="width:{share:.1f}%"></span></div>'
        )
    if preview.stopped:
        return f"<p>{both('tags_look.stopped', done=done, total=preview.total)}</p>"
    if not done:
        return f"<p>{both('tags_look.empty')}</p>"
    capped = f" {both('tags_look.capped', count=MOST)}" if max(preview.counts.values()) > MOST else ""
    return f"<p>{both('tags_look.done', done=done)}{capped}</p>"


def plans_html(plans: Sequence[TagPlan]) -> str:
    """What becomes of files."""
    return "".join(_plan(plan) for plan in plans)


def _plan(plan: TagPlan) -> str:
    path = to_text(plan.wish.path)
    return (
        f'<li data-action="{plan.action.value}">{play_html(plan.wish.sha256, 0.0, path)}'
        f'<span class="song-main">{place_html(path)}</span>'
        f'<span class="song-side">{_genres(plan)}<span class="dim">{_why(plan)}</span></span></li>'
    )


def _why(plan: TagPlan) -> str:
    if plan.error is not None:
        return f"{each(error_words(plan.error))} <code>{escape(plan.error.code)}</code>"
    detail: str | dict[str, str] = plan.detail
    if plan.reason == "unsure" and plan.detail:
        detail = {language: say(f"tail.tier_{plan.detail}", language) for language in LANGUAGES}
    said = [both(f"tagging.why_{plan.reason}", detail=detail)]
    if plan.action.writes:
        wish = plan.wish
        said.append(escape(plan.place))
        if wish.decided_by != MODEL:
            said.append(both("tags_look.by", name=safe_text(wish.decided_by, _GENRE_CHARS)))
        elif wish.probability is not None:
            said.append(percent(wish.probability))
    return " \u00b7 ".join(said)


def _genres(plan: TagPlan) -> str:
    if not plan.action.writes:
        return ""
    arrow = '<span class="to" aria-hidden="true">\u2192</span>'
    before = f'<span class="said">{_names(plan.before)}</span>{arrow}' if plan.before else ""
    return f'<span class="both-answers">{before}<span class="said will">{_names(plan.after)}</span></span>'


def _names(genres: Sequence[str]) -> str:
    return ", ".join(f"<bdi>{escape(safe_text(genre, _GENRE_CHARS))}</bdi>" for genre in genres)
