"""A policy, what its limits buy and what is proposed, in sentences."""

from __future__ import annotations

from genrelens.sentences.columns import aligned
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import NBSP
from genrelens.workflows.policy import Policy
from genrelens.workflows.policy_curve import Curve, Point, Songs
from genrelens.workflows.policy_proposal import GenreProposal, Proposal
from genrelens.workflows.policy_workload import Workload

__all__ = [
    "curve_lines", "curve_notes", "curve_rows", "curve_title", "genre_line", "limit_text", "point_text", "policy_lines",
    "proposal_lines", "proposal_note", "workload_line",
]  # fmt: skip


def policy_lines(policy: Policy, language: str) -> list[str]:
    """What a policy does, a sentence a line."""
    limits = policy.limits
    accepts = limits.accept_above < 1
    lines = [say("policy.accept" if accepts else "policy.never", language, accept=limit_text(limits.accept_above))]
    suggests = limits.suggest_from < limits.accept_above
    lines.append(
        say("policy.suggest" if suggests else "policy.suggest_none", language, suggest=limit_text(limits.suggest_from))
    )
    lines.append(say("policy.review", language))
    for genre, own in policy.genres.items():
        name = display_name(genre, language)
        if own is None:
            lines.append("  " + say("policy.genre_review", language, genre=name))
        else:
            facts = {"accept": limit_text(own.accept_above), "suggest": limit_text(own.suggest_from)}
            lines.append("  " + say("policy.genre", language, genre=name, **facts))
    if policy.health:
        lines.append(say("policy.health", language, codes=", ".join(policy.health)))
    if policy.tiers:
        tiers = (say(f"catalogue.tier_{tier}", language) for tier in policy.tiers)
        lines.append(say("policy.tiers", language, tiers=", ".join(tiers)))
    lines.append(say(f"policy.tag_{policy.tag_disagrees}", language))
    return lines


def workload_line(found: Workload, language: str) -> str:
    """How much a policy leaves to people."""
    facts = {name: getattr(found, name) for name in ("accept", "suggest", "review", "decided", "without")}
    return say("policy.workload", language, **facts)


def curve_lines(curve: Curve, language: str, songs: Songs | None = None) -> list[str]:
    """A curve as a table with its title, and what to keep in mind."""
    lines = [curve_title(curve, language), ""]
    lines += [f"  {line}" for line in aligned(curve_rows(curve, language))]
    notes = [] if curve.genre else curve_notes(curve, language, songs)
    return [*lines, "", *notes] if notes else lines


def curve_title(curve: Curve, language: str) -> str:
    """What a curve is made of, and what counts as right in it."""
    if curve.genre:
        genre = display_name(curve.genre, language)
        return say("policy.curve_title_genre", language, genre=genre, songs=curve.judged)
    if curve.source == "reviews":
        return say("policy.curve_title_reviews", language, songs=curve.judged)
    measure = say(f"policy.measure_{curve.measure}", language)
    return say("policy.curve_title_card", language, songs=curve.judged, measure=measure)


def curve_rows(curve: Curve, language: str) -> list[list[str]]:
    """A curve as a table: a row of names, then a row a limit."""
    counted = any(point.songs is not None for point in curve.points)
    seen = curve.source == "reviews"
    names = ["above", "right", "interval", "judged", "share"]
    names += (["songs"] if counted else []) + (["unseen"] if seen else [])
    heads = [say(f"policy.column_{name}", language) for name in names]
    return [heads, *(_row(point, counted, seen) for point in curve.points)]


def curve_notes(curve: Curve, language: str, songs: Songs | None = None) -> list[str]:
    """What to keep in mind of a curve."""
    lines = [say(f"policy.note_{curve.source}", language)]
    if curve.in_bulk:
        lines.append(say("policy.note_bulk", language, count=curve.in_bulk))
    if songs is not None and songs.forced:
        lines.append(say("policy.note_forced", language, count=songs.forced))
    return lines


def point_text(point: Point, language: str) -> str:
    """What one limit buys."""
    return say("policy.point" if point.precision is not None else "policy.point_unseen", language, **_facts(point))


def _row(point: Point, counted: bool, seen: bool) -> list[str]:
    cells = [
        limit_text(point.above),
        "-" if point.precision is None else _share(point.precision),
        f"{_share(point.low)} - {_share(point.high)}",
        str(point.judged),
        _share(point.share),
    ]
    cells += ["-" if point.songs is None else str(point.songs)] if counted else []
    return cells + ([_share(point.unseen)] if seen else [])


def proposal_lines(found: Proposal, language: str, songs: Songs | None = None) -> list[str]:
    """What is proposed, how sure that is, and what it leaves to people."""
    lines = []
    point = found.point
    if point is None:
        best = found.best
        facts = {
            "low": _share(best.low),
            "above": limit_text(best.above),
            "judged": best.judged,
            "needed": found.needed,
        }
        lines.append(say("policy.propose_refused", language, wished=_share(found.wished), **facts))
        unseen = found.curve.points[0].unseen
        if unseen:
            lines.append(say("policy.propose_unseen", language, unseen=_share(unseen)))
    else:
        promised = point.low >= found.wished
        key = "policy.propose_promised" if promised else "policy.propose_estimated"
        lines.append(say(key, language, **_facts(point)))
        if point.songs is not None and songs is not None:
            rest = songs.total + songs.forced - point.songs
            lines.append(say("policy.propose_songs", language, count=point.songs, rest=rest))
        if promised:
            lines.append(say("policy.propose_single", language))
    return lines + [f"  {genre_line(each, language)}" for each in found.genres]


def proposal_note(found: Proposal, language: str) -> str:
    """Where a proposed policy comes from, for the beginning of its file."""
    return say(
        "policy.propose_note",
        language,
        wished=_share(found.wished),
        by=say("policy.propose_by_estimate" if found.estimate else "policy.propose_by_bound", language),
        source=say(f"policy.source_{found.curve.source}", language),
        songs=found.curve.judged,
    )


def genre_line(found: GenreProposal, language: str) -> str:
    """What was found of one genre."""
    facts = _facts(found.point) if found.point is not None else {}
    facts |= {"genre": display_name(found.genre, language), "judged": found.judged}
    return say(f"policy.outcome_{found.outcome}", language, **facts)


def _facts(point: Point) -> dict[str, object]:
    return {
        "above": limit_text(point.above),
        "precision": "-" if point.precision is None else _share(point.precision),
        "low": _share(point.low),
        "high": _share(point.high),
        "judged": point.judged,
        "share": _share(point.share),
    }


def limit_text(value: float) -> str:
    """A limit as it is written: 0.85, 0.845."""
    return f"{value:.3f}".rstrip("0").ljust(4, "0")


def _share(value: float) -> str:
    return f"{value * 100:.1f}{NBSP}%"
