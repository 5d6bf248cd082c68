"""How much work a policy leaves to people, in all and by genre: read once, then counted anew for any limits."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from genrelens.catalogue.rows import NOT_MUSIC, CatalogueRow
from genrelens.workflows.policy import Policy, Triage

__all__ = ["Work", "Workload", "workload"]


@dataclass(frozen=True, slots=True)
class Workload:
    """Files of a catalogue by what a policy says of them; those that a person has decided are none of these.

    Attributes:
        accept: Used as they are.
        suggest: To be looked at.
        review: To be listened to.
        decided: Decided by a person.
        without: Without an answer: failed, or not yet heard.
    """

    accept: int = 0
    suggest: int = 0
    review: int = 0
    decided: int = 0
    without: int = 0


@dataclass(slots=True)
class _Genre:
    """Files with one answer: probabilities where limits decide, and where they can suggest at most; the others."""

    free: array[float] = field(default_factory=lambda: array("d"))
    suggest_at_most: array[float] = field(default_factory=lambda: array("d"))
    review: int = 0
    decided: int = 0


class Work:
    """Files of a catalogue as far as a policy's limits are about them."""

    def __init__(self) -> None:
        self._genres: dict[str, _Genre] = {}
        self._without = 0

    def add(self, row: CatalogueRow, found: Triage | None) -> None:
        """Count a file by what `Policy.unlimited` says of it."""
        if found is None and row.decision is None:
            self._without += 1
            return
        said = NOT_MUSIC if row.tier == "not_music" else row.genre
        genre = self._genres.setdefault(said, _Genre())
        if row.decision is not None:
            genre.decided += 1
        elif found is None or found.action == "review":
            genre.review += 1
        else:
            (genre.free if found.action == "accept" else genre.suggest_at_most).append(row.probability)

    def by_genre(self, policy: Policy) -> dict[str, Workload]:
        """What a policy with these limits says, for each first genre, `NOT_MUSIC`, and "" for silence.

        Args:
            policy: Differs from the one that files were counted by in limits alone.
        """
        return {name: _under(genre, name, policy) for name, genre in sorted(self._genres.items())}

    def total(self, policy: Policy) -> Workload:
        """The same for all files."""
        loads = self.by_genre(policy).values()
        sums = {name: sum(getattr(load, name) for load in loads) for name in ("accept", "suggest", "review", "decided")}
        return Workload(**sums, without=self._without)


def workload(rows: Iterable[CatalogueRow], policy: Policy) -> Workload:
    """How many files a policy accepts, suggests and leaves to people."""
    unlimited, work = policy.unlimited(), Work()
    for row in rows:
        work.add(row, unlimited.triage(row))
    return work.total(policy)


def _under(genre: _Genre, name: str, policy: Policy) -> Workload:
    limits = policy.limits_of(name)
    open_ = len(genre.free) + len(genre.suggest_at_most)
    if limits is None:
        return Workload(review=genre.review + open_, decided=genre.decided)
    accept = sum(p > limits.accept_above for p in genre.free)
    # A limit for suggesting of 1 does not take back what is above the other one.
    suggest = sum(limits.suggest_from <= p <= limits.accept_above for p in genre.free)
    suggest += sum(p >= limits.suggest_from for p in genre.suggest_at_most)
    return Workload(accept, suggest, genre.review + open_ - accept - suggest, genre.decided)
