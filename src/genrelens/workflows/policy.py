"""Triage: which answers may be used as they are, which are a suggestion, and where a person should listen.

The default is that of the script this project began with: accept over 0.85, suggest from 0.60, review what is below
and what is no music.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from genrelens.audio.health import UNITS
from genrelens.catalogue.rows import CatalogueRow
from genrelens.taxonomy import GENRES, genres_named
from genrelens.workflows.written import Written, read_written

__all__ = [
    "DEFAULT", "Action", "Limits", "Policy", "Reason", "Triage", "policy_text", "read_policy",
]  # fmt: skip

Action = Literal["accept", "suggest", "review"]
Reason = Literal["above", "between", "below", "always", "not_music", "silent", "health", "tier", "tag"]
"""Over the limit for accepting; between the limits; below both; a genre that is always reviewed; no music; nothing to
hear; a finding about the sound; a tier; the file's own tag names another genre."""
OnTag = Literal["ignore", "suggest", "review"]

_TIERS: Final = ("sure", "likely", "blend", "unsure")


@dataclass(frozen=True, slots=True)
class Limits:
    """Probabilities of the likeliest genre: accepted above the first, suggested from the second on."""

    accept_above: float = 0.85
    suggest_from: float = 0.60


@dataclass(frozen=True, slots=True)
class Triage:
    """What to do with an answer, why, and what that is about: a code of health, a tier, or the tag's genres."""

    action: Action
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Which answers are accepted, suggested or reviewed.

    Attributes:
        limits: For genres that have none of their own.
        genres: Genre -> its own limits; None: always reviewed.
        health: Codes of findings with which a song is always reviewed.
        tiers: Tiers that are always reviewed; what is no music always is.
        tag_disagrees: What becomes of a song whose own genre tag names another genre: `ignore` the tag, at most
            `suggest`, or `review`.
    """

    limits: Limits = Limits()
    genres: Mapping[str, Limits | None] = field(default_factory=dict)
    health: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    tag_disagrees: OnTag = "ignore"

    def triage(self, row: CatalogueRow) -> Triage | None:
        """What to do with a file's answer; None where there is none."""
        if row.state != "done":
            return None
        if not row.top:
            return Triage("review", "silent")
        if row.tier == "not_music":
            return Triage("review", "not_music")
        for code in row.health:
            if code in self.health:
                return Triage("review", "health", code)
        if row.tier in self.tiers:
            return Triage("review", "tier", row.tier)
        return self._with_tag(row, self._by_limits(row.genre, row.probability))

    def action(self, row: CatalogueRow) -> Action | Literal[""]:
        """The action of `triage`; "" without an answer."""
        found = self.triage(row)
        return found.action if found is not None else ""

    def limits_of(self, genre: str) -> Limits | None:
        """The limits for a genre; None: always reviewed."""
        return self.genres.get(genre, self.limits)

    def unlimited(self) -> Policy:
        """The same with limits that accept all: what it does not accept then is not for limits to say."""
        always = {genre: own for genre, own in self.genres.items() if own is None}
        return replace(self, limits=Limits(0.0, 0.0), genres=always)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "accept_above": self.limits.accept_above,
            "suggest_from": self.limits.suggest_from,
            "genres": {
                genre: None if own is None else {"accept_above": own.accept_above, "suggest_from": own.suggest_from}
                for genre, own in self.genres.items()
            },
            "review_health": list(self.health),
            "review_tiers": list(self.tiers),
            "tag_disagrees": self.tag_disagrees,
        }

    def _by_limits(self, genre: str, probability: float) -> Triage:
        limits = self.limits_of(genre)
        if limits is None:
            return Triage("review", "always", genre)
        if probability > limits.accept_above:
            return Triage("accept", "above")
        return Triage("suggest", "between") if probability >= limits.suggest_from else Triage("review", "below")

    def _with_tag(self, row: CatalogueRow, found: Triage) -> Triage:
        if self.tag_disagrees == "ignore" or row.agrees != "no" or found.action == "review":
            return found
        if self.tag_disagrees == "suggest" and found.action == "suggest":
            return found
        return Triage(self.tag_disagrees, "tag", " ".join(genres_named(row.genre_tag)))


DEFAULT: Final = Policy()


def read_policy(path: Path | None, labels: Sequence[str] | None = None) -> Policy:
    """Read a policy, as `policy_text` writes one.

    Args:
        path: A YAML file; None: the default policy.
        labels: The genres of the model; our sixteen when left out.

    Raises:
        PolicyError: `POLICY_INVALID`, with the line and what would be right.
    """
    if path is None:
        return DEFAULT
    written = read_written(path, "POLICY_INVALID")
    said = written.mapping(("accept_above", "suggest_from", "genres", "review", "tag_disagrees"))
    known = tuple(labels or (genre.id for genre in GENRES))
    limits = _limits(written, said, DEFAULT.limits)
    own = said["genres"].labelled(known) if "genres" in said else {}
    review = said["review"].mapping(("health", "tiers")) if "review" in said else {}
    tag: OnTag = "ignore"
    if "tag_disagrees" in said:
        tag = said["tag_disagrees"].choice(("ignore", "suggest", "review"))  # type: ignore[assignment]
    return Policy(
        limits=limits,
        genres={genre: _own(part, limits) for genre, part in own.items()},
        health=_words(review.get("health"), tuple(UNITS)),
        tiers=_words(review.get("tiers"), _TIERS),
        tag_disagrees=tag,
    )


def _own(part: Written, general: Limits) -> Limits | None:
    if not part.is_mapping():
        part.choice(("review",))
        return None
    return _limits(part, part.mapping(("accept_above", "suggest_from")), general)


def _limits(part: Written, said: Mapping[str, Written], general: Limits) -> Limits:
    accept = said["accept_above"].number() if "accept_above" in said else general.accept_above
    suggest = said["suggest_from"].number() if "suggest_from" in said else min(general.suggest_from, accept)
    if suggest > accept:
        named = said.get("suggest_from") or said.get("accept_above") or part
        raise named.wrong(f"suggest_from {suggest:g} must not be above accept_above {accept:g}")
    return Limits(accept, suggest)


def _words(part: Written | None, known: Sequence[str]) -> tuple[str, ...]:
    if part is None:
        return ()
    for item in part.items():
        item.choice(known)
    return part.texts()


def policy_text(policy: Policy = DEFAULT, notes: Sequence[str] = ()) -> str:
    """A policy as a commented file that `read_policy` reads back.

    Args:
        policy: Which.
        notes: Lines of a comment at its beginning.
    """
    lines = ["# policy.yaml: what GenreLens does with an answer - accept, suggest or review."]
    lines += [f"# {note}" for note in notes]
    lines += [
        "# `genrelens policy curve` says what a limit buys, `genrelens policy propose` finds one.",
        "",
        "# The likeliest genre is accepted above this probability,",
        f"accept_above: {policy.limits.accept_above:g}",
        "# suggested from this one on, and below it a person should listen. What is no music is always reviewed.",
        f"suggest_from: {policy.limits.suggest_from:g}",
        "",
        "# Limits of single genres; `review` alone: always.",
    ]
    lines += _genre_lines(policy.genres)
    lines += [
        "",
        "# What is always reviewed, however sure the answer is.",
        "review:",
        f"  # Findings about the sound: {', '.join(UNITS)}.",
        f"  health: [{', '.join(policy.health)}]",
        f"  # Tiers: {', '.join(_TIERS)}.",
        f"  tiers: [{', '.join(policy.tiers)}]",
        "",
        "# A song whose own genre tag names another genre of ours: ignore (the tag), suggest (at most), or review.",
        f"tag_disagrees: {policy.tag_disagrees}",
    ]
    return "\n".join(lines) + "\n"


def _genre_lines(genres: Mapping[str, Limits | None]) -> list[str]:
    if not genres:
        return ["genres:", "  # Folk: {accept_above: 0.95, suggest_from: 0.70}", "  # World: review"]
    lines = ["genres:"]
    for genre, own in genres.items():
        name = json.dumps(genre, ensure_ascii=False)  # quoted: a label may hold a colon
        limits = "review"
        if own is not None:
            limits = f"{{accept_above: {own.accept_above:g}, suggest_from: {own.suggest_from:g}}}"
        lines.append(f"  {name}: {limits}")
    return lines
