"""The look "policy" of the tab "catalogue" as HTML: what a limit buys, and the work that is left, also by genre."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Final

from genrelens.sentences.policy import (
    curve_notes,
    curve_rows,
    curve_title,
    genre_line,
    limit_text,
    point_text,
    policy_lines,
    proposal_lines,
)
from genrelens.studio.catalogue_looks import Evidence
from genrelens.studio.catalogue_parts import command_html, genre_html
from genrelens.words import LANGUAGES, both, each_line
from genrelens.words.forms import percent
from genrelens.workflows.policy import Policy
from genrelens.workflows.policy_curve import Curve
from genrelens.workflows.policy_proposal import Proposal
from genrelens.workflows.policy_workload import Workload

__all__ = ["policy_html", "sum_html", "work_html"]

_ACTIONS: Final = ("accept", "suggest", "review", "decided")
_WISHED: Final = 95


def policy_html(found: Evidence, source: str, policy: Policy, policy_name: str) -> str:
    """The whole look: curve, sliders, the form for a wish, and places for `sum_html` and `work_html`.

    Args:
        found: What limits can be judged by.
        source: Which of its curves; "" where there is none.
        policy: Whose limits are set at first.
        policy_name: Of its file; "" for the default.
    """
    curve = found.curves.get(source)
    follows = both("policy_look.from_file", name=policy_name) if policy_name else both("policy_look.from_default")
    picture = _curve(curve, found) if curve else f"<p>{both('policy_look.none')}</p>"
    wish = _wish(source) if curve else ""
    return (
        f'<div class="policy" data-source="{escape(source)}"><div class="policy-try"><p class="dim">{follows}</p>'
        f'{_sources(found.curves, source)}{picture}<div class="limits">{_slider("accept", policy.limits.accept_above)}'
        f"{_slider('suggest', policy.limits.suggest_from)}</div>{wish}{_more(curve, found) if curve else ''}</div>"
        '<div class="policy-work"><div class="policy-sum" aria-live="polite"></div>'
        '<div class="policy-more"></div></div></div>'
    )


def _slider(name: str, value: float) -> str:
    return (
        f'<label class="limit"><span>{both(f"policy_look.{name}")}</span>'
        f'<output>{limit_text(value)}</output><input type="range" name="{name}" min="0" max="1" step="0.001" '
        f'value="{value:g}"></label>'
    )


def _sources(curves: Mapping[str, Curve], chosen: str) -> str:
    if len(curves) < 2:
        return ""
    buttons = "".join(
        f'<button type="button" class="pick-source" data-source="{source}" '
        f'aria-pressed="{"true" if source == chosen else "false"}">{both(f"policy_look.source_{source}")}</button>'
        for source in curves
    )
    return (
        f'<p class="sources"><span class="dim">{both("policy_look.source")}</span><span class="choices">{buttons}'
        "</span></p>"
    )


def _wish(source: str) -> str:
    own = _check("per_genre") if source == "reviews" else ""
    return (
        f'<form class="wish"><h3>{both("policy_look.wish")}</h3><div class="wish-row"><label class="wished">'
        f'<span class="dim">{both("policy_look.wished")}</span><input type="number" name="wished" min="50" max="99.9" '
        f'step="0.1" value="{_WISHED}" required></label>'
        f'<button type="submit" class="button small">{both("policy_look.propose")}</button></div>'
        f"{own}{_check('estimate')}</form>"
    )


def _check(name: str) -> str:
    return (
        f'<label class="check"><input type="checkbox" name="{name}"><span>{both(f"policy_look.{name}")}</span></label>'
    )


def _curve(curve: Curve, found: Evidence) -> str:
    known = [point for point in curve.points if point.precision is not None]
    band = [*((p.above, p.low) for p in known), *((p.above, p.high) for p in reversed(known))]
    right = [(point.above, point.precision or 0.0) for point in known]
    share = [(point.above, point.share) for point in curve.points]
    levels = "".join(f'<span class="y-tick" style="top:{100 - at}%">{at}\u00a0%</span>' for at in (0, 50, 100))
    limits = "".join(f'<span class="x-tick" style="left:{10 * at}%">{at / 10:g}</span>' for at in range(0, 11, 2))
    title = each_line(lambda language: [curve_title(curve, language)])[0]
    return (
        f'<figure class="buys"><figcaption>{title}</figcaption>'
        f'<p class="buys-keys dim"><span class="key-right">{both("policy_look.right")}</span>'
        f'<span class="key-share">{both("policy_look.share")}</span></p>'
        f'<div class="buys-plot"><span class="sr">{both("policy_look.picture")}</span>'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="grid" d="M0 0H100M0 50H100M0 100H100"/>'
        f'<path class="band" d="{_path(band)}Z"/><path class="share" d="{_path(share)}"/>'
        f'<path class="right" d="{_path(right)}"/></svg>'
        '<i class="limit-mark suggest" aria-hidden="true"></i><i class="limit-mark accept" aria-hidden="true"></i>'
        f'<span aria-hidden="true">{levels}</span></div>'
        f'<div class="x-ticks dim" aria-hidden="true">{limits}</div></figure>'
    )


def _more(curve: Curve, found: Evidence) -> str:
    notes = "".join(f"<p>{line}</p>" for line in each_line(lambda language: curve_notes(curve, language, found.songs)))
    table = f'<summary>{both("policy_look.table")}</summary><div class="wide">{_curve_table(curve)}</div>'
    trust = f'<summary>{both("policy_look.notes")}</summary><div class="dim notes">{notes}</div>'
    return f"<details>{table}</details><details>{trust}</details>"


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{100 * x:.2f} {100 - 100 * y:.2f}" for x, y in points)


def _curve_table(curve: Curve) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in each_line(lambda lang: curve_rows(curve, lang)[0]))
    rows = curve_rows(curve, LANGUAGES[0])[1:]  # numbers alone
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table>"


def sum_html(found: Evidence, source: str, policy: Policy, proposal: Proposal | None) -> str:
    """What a policy makes of the catalogue, in a few words and numbers.

    Args:
        found: What limits can be judged by.
        source: Which of its curves.
        policy: Which.
        proposal: Where it comes from; None where somebody set its limits.
    """
    total = found.work.total(policy)
    curve = found.curves.get(source)
    lines: list[str] = []
    if proposal is not None:
        lines = each_line(lambda language: proposal_lines(replace(proposal, genres=()), language, found.songs))
    elif curve is not None and (point := curve.at(policy.limits.accept_above)) is not None:
        lines = each_line(lambda language: [point_text(point, language)])
    said = "".join(f"<p>{line}</p>" for line in lines)
    without = f'<p class="dim">{both("policy_look.without", count=total.without)}</p>' if total.without else ""
    return f'<div class="buys-said">{said}{_found(proposal)}</div>{_sums(total)}{without}'


def work_html(found: Evidence, policy: Policy, command: str) -> str:
    """The same by genre, what the policy says, and how to use it: `command` opens the page with it."""
    does = "".join(f"<li>{line}</li>" for line in each_line(lambda language: policy_lines(policy, language)))
    return (
        f'<details><summary>{both("policy_look.says")}</summary><ul class="says">{does}</ul></details>'
        f'<p><a class="button small take-policy" download="policy.yaml" href="#">{both("policy_look.take")}</a></p>'
        f'<div class="use"><p class="dim">{both("policy_look.use")}</p>{command_html(command)}</div>'
        f"<h3>{both('policy_look.by_genre')}</h3>{_genres(found, policy)}"
    )


def _found(proposal: Proposal | None) -> str:
    """What was found of each genre, where that was asked for."""
    if proposal is None or not proposal.genres:
        return ""
    lines = each_line(lambda language: [genre_line(genre, language) for genre in proposal.genres])
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<details><summary>{both("policy_look.found")}</summary><ul class="says">{items}</ul></details>'


def _sums(total: Workload) -> str:
    songs = sum(_parts(total).values()) or 1
    items = "".join(
        f'<li data-action="{action}" data-count="{count}">{_swatch(action)}<b>{count}</b> '
        f"<span>{both(f'policy_look.action_{action}')}</span> "
        f'<span class="dim">{percent(count / songs) if count else ""}</span></li>'
        for action, count in _parts(total).items()
    )
    return f'{_track(total, songs)}<ul class="sums">{items}</ul>'


def _swatch(action: str) -> str:
    return f'<span class="work-part work-{action}" aria-hidden="true"></span>'


def _parts(load: Workload) -> dict[str, int]:
    return {action: getattr(load, action) for action in _ACTIONS}


def _track(load: Workload, most: int) -> str:
    parts = "".join(
        f'<span class="work-{action}" style="width:{100 * count / most:.3f}%"></span>'
        for action, count in _parts(load).items()
        if count
    )
    return f'<div class="work-track" aria-hidden="true">{parts}</div>'


def _genres(found: Evidence, policy: Policy) -> str:
    heads = "".join(
        f'<th scope="col">{_swatch(action)}<span class="head-word">{both(f"policy_look.action_{action}")}</span></th>'
        for action in _ACTIONS
    )
    rows = "".join(_genre(name, load, policy) for name, load in found.work.by_genre(policy).items())
    return (
        f'<table class="work-rows"><thead><tr><th scope="col">{both("policy_look.genre")}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _genre(name: str, load: Workload, policy: Policy) -> str:
    cells = "".join(f'<td data-action="{action}">{count}</td>' for action, count in _parts(load).items())
    songs = sum(_parts(load).values()) or 1
    return (
        f'<tr data-genre="{escape(name)}"><th scope="row">{genre_html(name)}'
        f"{_own(name, policy)}{_track(load, songs)}</th>{cells}</tr>"
    )


def _own(name: str, policy: Policy) -> str:
    """The limits of a genre's own."""
    if name not in policy.genres:
        return ""
    own = policy.genres[name]
    if own is None:
        return f' <span class="dim">{both("policy_look.always")}</span>'
    facts = {"accept": limit_text(own.accept_above), "suggest": limit_text(own.suggest_from)}
    return f' <span class="dim">{both("policy_look.own", **facts)}</span>'
