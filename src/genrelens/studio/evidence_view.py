"""An `Evidence` as HTML: the picture, what it says in words, the controls, and the numbers as a table."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Final

from genrelens.studio.figure import in_every_language
from genrelens.studio.names import names_of
from genrelens.studio.results import Result
from genrelens.taxonomy import display_name
from genrelens.words import LANGUAGES, both, each_line
from genrelens.words.forms import clock, percent

if TYPE_CHECKING:
    from genrelens.insight.evidence import Evidence

__all__ = ["claim_items", "render_evidence", "render_picture"]

_STEP_S: Final = 5.0
"""How far "earlier" and "later" move the window: half of it stays in view."""


def render_evidence(found: Evidence, result: Result) -> str:
    """The whole panel, without its frame."""
    from genrelens.pictures.evidence import evidence_svg

    names = names_of(found.label)
    said = claim_items(found)
    picture = in_every_language(partial(evidence_svg, found, bare=True))
    window = both(
        "why.window",
        start=clock(found.start_s),
        end=clock(found.end_s),
        genre=names,
        percent=percent(found.probability),
    )
    kind = "" if found.kind == "exact" else f'<p class="dim">{both("why.occlusion")}</p>'
    return (
        f'<div class="evidence" data-genre="{escape(found.label)}" data-start="{found.start_s:.3f}" '
        f'data-end="{found.end_s:.3f}" data-logit="{found.logit:.6f}" data-probability="{found.probability:.4f}">'
        f"{_controls(found, result)}<p>{window}</p>"
        + (f'<ul class="claims">{said}</ul>' if said else "")
        + f'{kind}<figure class="evidence-figure">{picture}</figure>{_table(found)}</div>'
    )


def render_picture(found: Evidence) -> str:
    """The picture and what it says, without controls and numbers."""
    from genrelens.pictures.evidence import evidence_svg

    said = claim_items(found)
    window = both(
        "why.window",
        start=clock(found.start_s),
        end=clock(found.end_s),
        genre=names_of(found.label),
        percent=percent(found.probability),
    )
    picture = in_every_language(partial(evidence_svg, found, bare=True))
    return (
        f"<p>{window}</p>"
        + (f'<ul class="claims">{said}</ul>' if said else "")
        + f'<figure class="evidence-figure">{picture}</figure>'
    )


def claim_items(found: Evidence) -> str:
    """What may be said about it, as items of a list."""
    from genrelens.sentences.evidence import claim_texts

    return "".join(f"<li>{line}</li>" for line in each_line(lambda language: claim_texts(found.claims, language)))


def _controls(found: Evidence, result: Result) -> str:
    options = "".join(
        f'<option value="{escape(score.id)}"{" selected" if score.id == found.label else ""}>'
        # An option holds text alone: both languages stand in it.
        f"{escape(_both_names(score.id))}</option>"
        for score in result.analysis.top
    )
    return (
        f'<div class="why-controls"><label><span>{both("why.genre")}</span>'
        f'<select class="why-genre">{options}</select></label>'
        f'<span><button type="button" class="button small" data-why-move="-{_STEP_S:g}">{both("why.earlier")}</button> '
        f'<button type="button" class="button small" data-why-here>{both("why.here")}</button> '
        f'<button type="button" class="button small" data-why-move="{_STEP_S:g}">{both("why.later")}</button></span>'
        f"<label><span>{both('why.strength')}</span>"
        f'<input type="range" class="why-strength" min="0" max="1" step="0.05" value="1"></label></div>'
    )


def _table(found: Evidence) -> str:
    rows = "".join(
        f"<tr><td>{row.t0_s:.2f}–{row.t1_s:.2f} s</td><td>{row.f0_hz:.0f}–{row.f1_hz:.0f} Hz</td>"
        f"<td>{row.shown:+.3f}</td></tr>"
        for row in found.table()
    )
    note = "" if found.bias is None else f'<p class="dim">{_sum(found, found.bias)}</p>'
    return (
        f'<details><summary>{both("why.table")}</summary>{note}<div class="scroller"><table class="patch-table">'
        f"<thead><tr><th>{both('why.table_time')}</th><th>{both('why.table_band')}</th>"
        f"<th>{both('why.table_score')}</th></tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _sum(found: Evidence, bias: float) -> str:
    return both(
        "why.sum",
        count=len(found.patches),
        mean=f"{found.logit - bias:.3f}",
        bias=f"{bias:.3f}",
        logit=f"{found.logit:.3f}",
    )


def _both_names(label: str) -> str:
    names = list(dict.fromkeys(display_name(label, language) for language in LANGUAGES))
    return " · ".join(names)
