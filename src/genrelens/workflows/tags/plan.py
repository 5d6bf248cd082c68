"""What would become of a file's genre, and why: decided before anything is written, never over a person's words.

Three policies say how sure the answer must be. A genre that a person (or another program) wrote stands whatever the
policy says, until one is told to add to it or to replace it; what GenreLens wrote itself, and nobody touched since, may
be written anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal

from genrelens.audio.sources import safe_text
from genrelens.catalogue.paths import to_text
from genrelens.errors import GenreLensError, TagError, UsageError, as_expected
from genrelens.workflows.tags.files import Stamp
from genrelens.workflows.tags.formats import Kind, Standing, read_standing, sidecar_of

__all__ = ["MODEL", "TagAction", "TagMode", "TagPlan", "TagPolicy", "TagWish", "facts_of", "plan_tags"]

MODEL: Final = "model"
"""Who decided where no person did."""
_SURE: Final = "sure"
"""The tier that needs no person."""
_NAME_CHARS: Final = 100
_SHOWN_CHARS: Final = 60

TagMode = Literal["keep", "add", "replace"]
"""What happens where a person's genre stands."""


class TagPolicy(StrEnum):
    """How sure an answer must be to be written."""

    SURE = "sure"
    EMPTY = "empty"
    ALWAYS = "always"


class TagAction(StrEnum):
    """What becomes of a file."""

    WRITE = "write"
    SIDECAR = "sidecar"
    SAME = "same"
    KEEP_PERSON = "keep-person"
    KEEP_STANDING = "keep-standing"
    KEEP_UNSURE = "keep-unsure"
    KEEP_NOTHING = "keep-nothing"
    FAILED = "failed"

    @property
    def writes(self) -> bool:
        """Whether something is written."""
        return self in (TagAction.WRITE, TagAction.SIDECAR)

    @property
    def kind(self) -> str:
        """What people want to tell apart: `write`, `same`, `keep` or `failed`."""
        return "write" if self.writes else self.value.split("-")[0]


@dataclass(frozen=True, slots=True)
class TagWish:
    """The genre that a file should have.

    Attributes:
        path: Of the file.
        genres: One or several, in the owner's own names; none where there is no answer.
        probability: Of the first genre, 0 to 1; None where a person decided without one.
        tier: Of the answer.
        model: Name and version of the model.
        decided_by: `model`, or the name of the person who decided.
        sha256: Of the bytes that were heard, in hex; "" where nobody knows.
        accepted: Whether a policy accepts the answer; None: its tier says it.
        error: Why there is no answer.
    """

    path: Path
    genres: tuple[str, ...]
    probability: float | None = None
    tier: str = ""
    model: str = ""
    decided_by: str = MODEL
    sha256: str = ""
    accepted: bool | None = None
    error: GenreLensError | None = None

    @property
    def certain(self) -> bool:
        """Whether no person need look: one did, or the answer is sure."""
        return self.decided_by != MODEL or (self.tier == _SURE if self.accepted is None else self.accepted)


@dataclass(frozen=True, slots=True)
class TagPlan:
    """What would become of one file.

    Attributes:
        wish: What was asked.
        action: What happens.
        reason: Why, as a word: `tagging.why_...` says it in every language.
        detail: What that is about: the genres that stand, a tier, a file.
        target: The file itself, where `wish.path` is a link to it.
        kind: How its tags are written; "sidecar" where it failed.
        place: The same for people.
        before: The genres that stand there.
        after: The genres that will stand there; the same where nothing is written.
        kept: Those of `after` that a person wrote.
        sha256: Of the bytes for which this was planned; "" where it failed.
        written: What was written, once it was; of a sidecar that, of a file the file.
        error: Why it failed.
    """

    wish: TagWish
    action: TagAction
    reason: str
    target: Path
    kind: Kind = "sidecar"
    place: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    sha256: str = ""
    written: Stamp | None = None
    detail: str = ""
    error: GenreLensError | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "path": to_text(self.wish.path),
            "action": self.action.value,
            "reason": self.reason,
            "detail": self.detail,
            "place": self.place,
            "before": [_shown(name) for name in self.before],
            "after": [_shown(name) for name in self.after],
            "probability": self.wish.probability,
            "tier": self.wish.tier,
            "model": self.wish.model,
            "decided_by": self.wish.decided_by,
            "error": None if self.error is None else self.error.to_dict(),
        }


def plan_tags(wishes: Iterable[TagWish], policy: TagPolicy, mode: TagMode = "keep") -> Iterator[TagPlan]:
    """What would become of each file, one after the other; nothing is written.

    Args:
        wishes: One for each file; a file that comes twice is planned once.
        policy: How sure an answer must be.
        mode: What happens where a person's genre stands.

    Yields:
        A plan for each wish, in order; what cannot be read is a plan that failed.

    Raises:
        UsageError: `TAGS_POLICY`: `empty` leaves every standing genre, so there is nothing to add to or to replace.
    """
    if policy is TagPolicy.EMPTY and mode != "keep":
        raise UsageError("TAGS_POLICY", f"empty writes only where no genre stands: --{mode} would never happen")
    return _plans(wishes, policy, mode)


def facts_of(plan: TagPlan) -> dict[str, list[str]]:
    """Our own tags of a plan, name without `GENRELENS_` -> values: what we wrote, how sure, which model, who, when."""
    facts = _facts(plan.wish)
    facts["GENRE"] = list(plan.after[len(plan.kept) :])
    if plan.kept:
        facts["KEPT"] = list(plan.kept)
    facts["DATE"] = [datetime.now(UTC).date().isoformat()]
    return facts


def _plans(wishes: Iterable[TagWish], policy: TagPolicy, mode: TagMode) -> Iterator[TagPlan]:
    seen: set[str] = set()
    for wish in wishes:
        target = Path(os.path.realpath(wish.path))
        if wish.error is not None:
            yield _failed(wish, target, wish.error)
            continue
        if str(target) in seen:
            yield TagPlan(wish, TagAction.SAME, "twice", target)
            continue
        seen.add(str(target))
        try:
            plan = _plan(wish, target, read_standing(target), policy, mode)
            if plan.action.writes and wish.sha256 not in ("", plan.sha256):
                raise TagError("TAGS_FILE_CHANGED", "the file is not what was heard", "Label it again, then tag it.")
            yield plan
        except OSError as error:
            words = error.strerror or str(error)
            yield _failed(wish, target, TagError("TAGS_UNREADABLE", f"the file cannot be read: {words}"))
        except Exception as error:
            yield _failed(wish, target, as_expected(error))


def _plan(wish: TagWish, target: Path, standing: Standing, policy: TagPolicy, mode: TagMode) -> TagPlan:
    genres = _names(wish.genres)
    persons = standing.persons
    kept: tuple[str, ...] = ()
    if persons and mode == "add":
        spelled = {name.casefold() for name in persons}
        kept, genres = persons, tuple(name for name in genres if name.casefold() not in spelled)
    action, reason, detail = _judge(wish, genres, standing, policy, mode)
    after = (*kept, *genres) if action.writes else standing.genres
    return TagPlan(
        wish, action, reason, target, standing.kind, standing.place, standing.genres, after, kept, standing.sha256,
        detail=detail,
    )  # fmt: skip


def _judge(
    wish: TagWish, genres: tuple[str, ...], standing: Standing, policy: TagPolicy, mode: TagMode
) -> tuple[TagAction, str, str]:
    """What happens, why, and what that is about."""
    stands = ", ".join(map(_shown, standing.genres))
    if not _names(wish.genres):
        return TagAction.KEEP_NOTHING, "not_music" if wish.tier == "not_music" else "no_genre", ""
    if policy is not TagPolicy.ALWAYS and not wish.certain:
        return TagAction.KEEP_UNSURE, "unsure", wish.tier
    if standing.genres and policy is TagPolicy.EMPTY:
        return TagAction.KEEP_STANDING, "stands", stands
    if standing.persons:
        wanted = {name.casefold() for name in _names(wish.genres)}
        if wanted == {name.casefold() for name in standing.genres} and not standing.ours:
            return TagAction.SAME, "person_same", stands
        if mode == "keep":
            return TagAction.KEEP_PERSON, "person", ", ".join(map(_shown, standing.persons))
        if mode == "add" and not genres:
            return TagAction.SAME, "person_has", stands
    if _written(wish, genres, standing):
        return TagAction.SAME, "written", stands
    if standing.kind == "sidecar":
        return TagAction.SIDECAR, "sidecar", _shown(sidecar_of(wish.path).name)
    if not stands:
        return TagAction.WRITE, "empty", ""
    return TagAction.WRITE, "added" if standing.persons and mode == "add" else "replaced", stands


def _written(wish: TagWish, genres: tuple[str, ...], standing: Standing) -> bool:
    """Whether the same answer was written before, by the same model or person."""
    if standing.persons and standing.genres == standing.persons:
        return False
    same = {name: tuple(values) for name, values in _facts(wish).items()}
    joined = "/".join(genres)
    return "/".join(standing.ours) == joined and all(standing.facts.get(name) == same[name] for name in same)


def _facts(wish: TagWish) -> dict[str, list[str]]:
    said = {
        "PROBABILITY": "" if wish.probability is None else f"{wish.probability:.4f}",
        "TIER": wish.tier,
        "MODEL": wish.model,
        "DECIDED_BY": wish.decided_by,
    }
    return {name: [text] for name, value in said.items() if (text := safe_text(value, _NAME_CHARS))}


def _names(genres: Iterable[str]) -> tuple[str, ...]:
    """On one line, without what could end a value or change a terminal; each once."""
    found: dict[str, str] = {}
    for genre in genres:
        if name := safe_text(genre, _NAME_CHARS):
            found.setdefault(name.casefold(), name)
    return tuple(found.values())


def _shown(text: str) -> str:
    return safe_text(text, _SHOWN_CHARS)


def _failed(wish: TagWish, target: Path, error: GenreLensError) -> TagPlan:
    return TagPlan(wish, TagAction.FAILED, "failed", target, detail=error.message, error=error)
