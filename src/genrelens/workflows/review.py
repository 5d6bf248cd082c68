"""The review queue: what a person should listen to, one file at a time, and what is made of the verdict.

The queue is a list of contents in the wanted order, read from the catalogue when something has been labelled and at
its end; who gets which is settled by leases (`catalogue.decisions`), so that several people can work through the same
list.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, cast

from genrelens.audio.sources import safe_text
from genrelens.catalogue.contents import answered, contents
from genrelens.catalogue.decisions import About, Decisions, Desk, Lease, Progress, Verdict
from genrelens.catalogue.paths import from_text, to_text
from genrelens.catalogue.rows import NOT_MUSIC, CatalogueRow, Decision, DecisionKind, RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.errors import CatalogueError, UsageError
from genrelens.workflows.policy import DEFAULT, Action, Policy

__all__ = [
    "DOUBTFUL_S",
    "TIERS",
    "Order",
    "Review",
    "ReviewItem",
    "Standing",
    "Wish",
    "answer_of",
    "doubt",
    "person_named",
    "readable",
    "verdict_of",
]

DOUBTFUL_S: Final = 15.0
"""What a reviewer hears first."""
PERSON_CHARS: Final = 60
TIERS: Final = ("unsure", "blend", "likely", "not_music", "sure")
"""In the order in which a person would look at them."""

Order = Literal["doubt", "path"]

_CHUNK: Final = 500
_STALE_S: Final = 60.0
"""After so long the list is read again where something has been labelled meanwhile; later for a long one."""
_SHARE: Final = 20
"""It is left alone for so many times what reading it took."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to review.

    Attributes:
        only: Which rows; of what nobody has decided, without tiers, those that the policy leaves to people.
        order: The most doubtful first, or by folder and name.
        about: What has to be looked at. A decision on something disputed settles it.
        policy: Says which answers people have to listen to, and which may be accepted in bulk.
    """

    only: RowFilter = field(default_factory=RowFilter)
    order: Order = "doubt"
    about: About = "undecided"
    policy: Policy = DEFAULT


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One file to decide on, leased to who asked.

    Attributes:
        row: As the model heard it.
        start_s: Where the doubtful part begins, in seconds.
        end_s: Where it ends.
        until: When the lease ends, in seconds since 1970 (UTC).
        seen: As in `Lease`.
        opinions: Where it is shown as disputed, the decisions that differ.
    """

    row: CatalogueRow
    start_s: float
    end_s: float
    until: float
    seen: int
    opinions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the review is.

    Attributes:
        left: Files that the wish still asks for, those that others look at now included.
        done: Of all, by the asker and by others alone.
        at_work: Who looks at something now.
    """

    left: int
    done: Progress
    at_work: tuple[str, ...]


def person_named(text: Any) -> str:
    """A reviewer's name fit to be kept and shown.

    Raises:
        UsageError: `REVIEW_NO_NAME`.
    """
    name = safe_text(text, PERSON_CHARS)
    if not name:
        raise UsageError("REVIEW_NO_NAME", "nobody says who reviews")
    return name


def doubt(row: CatalogueRow) -> float:
    """How doubtful an answer is, 0 to 1."""
    if row.tier == "not_music":
        return 1.0 - (1.0 if row.not_music is None else row.not_music)
    return 1.0 - row.probability


def answer_of(row: CatalogueRow) -> str:
    """What the model says: a label, `NOT_MUSIC`, or "" without an answer."""
    return NOT_MUSIC if row.tier == "not_music" else row.genre


def verdict_of(row: CatalogueRow, said: str, labels: tuple[str, ...]) -> Verdict:
    """What a person's word on a row means.

    Args:
        row: With an answer.
        said: `accept`, `second`, `not_music`, `skip`, or a label.
        labels: Of the model.

    Raises:
        UsageError: `REVIEW_VERDICT`.
    """
    first, second = answer_of(row), row.top[1].id if len(row.top) > 1 else ""
    meant = {"accept": first, "second": second, "not_music": NOT_MUSIC, NOT_MUSIC: NOT_MUSIC, "skip": ""}
    verdict = meant.get(said, said)
    kind: DecisionKind
    if said == "skip":
        kind = "skip"
    elif verdict == NOT_MUSIC:
        kind = "not_music"
    elif verdict not in labels:
        raise UsageError("REVIEW_VERDICT", f"{said!r} is no verdict on this file")
    else:
        kind = "accept" if verdict == first else "second" if verdict == second else "other"
    return Verdict(row.sha256, cast(int, row.model_id), kind, verdict)


class Review:
    """One desk at work on a catalogue; not for several threads at once.

    Args:
        catalogue: Which.
        desk: Whose.
        wish: What is wanted.
        model_id: Whose answers; the model that answered last when left out.
    """

    def __init__(self, catalogue: Catalogue, desk: Desk, wish: Wish | None = None, model_id: int | None = None) -> None:
        self.desk = desk
        self.wish = wish or Wish()
        self.decisions = Decisions(catalogue.database)
        self._catalogue = catalogue
        self._model = catalogue.latest_model() if model_id is None else model_id
        self.labels = () if self._model is None else catalogue.labels(self._model)
        self._queue: list[str] = []
        self._fresh_until = 0.0
        self._answered = -1
        self._read_to = 0

    # what is next

    def next(self, most: int = 1, *, have: tuple[str, ...] = ()) -> list[ReviewItem]:
        """The next files, leased to the desk; fewer, or none, where no more are free.

        Args:
            most: How many.
            have: Contents that the desk already has before it, not to be given again.
        """
        for fresh in (False, True):
            self._refresh(fresh)
            waiting = [sha for sha in self._left() if sha not in have]
            leased = self.decisions.take(self.desk, waiting, most=most, about=self.wish.about)
            if leased:
                return [item for lease in leased if (item := self._item(lease)) is not None]
        return []

    def at(self, path: str) -> ReviewItem:
        """The file of a path (as `to_text` writes it), leased to the desk whatever has been decided.

        Raises:
            CatalogueError: `REVIEW_UNKNOWN_FILE`, or `REVIEW_TAKEN`.
        """
        return self._again(self.found(path))

    def found(self, path: str) -> CatalogueRow:
        """The row of a path, as the file system or as `to_text` writes it.

        Raises:
            CatalogueError: `REVIEW_UNKNOWN_FILE`.
        """
        known = self._catalogue.known_files([path, to_text(path)])
        record = known.get(path) or known.get(to_text(path))
        sha = None if record is None else record.sha256
        rows = [] if sha is None else list(self._rows(RowFilter(sha256s=(sha,), states=("done",))))
        row = next((row for row in rows if record is not None and row.path == record.path), None)
        if row is None:
            raise CatalogueError("REVIEW_UNKNOWN_FILE", "the catalogue has no answer for this file")
        return row

    def state(self) -> Standing:
        """How far the review is."""
        self._refresh(False)
        return Standing(len(self._left()), self.decisions.progress(self.desk.person), self.decisions.at_work())

    # verdicts

    def decide(self, item: ReviewItem, said: str, *, token: str | None = None) -> Decision:
        """Keep a verdict on a file.

        Args:
            item: The file.
            said: As in `verdict_of`.
            token: Names the decision, so that sending it again changes nothing.

        Raises:
            UsageError: `REVIEW_VERDICT`.
            CatalogueError: `REVIEW_TAKEN` or `REVIEW_DECIDED`.
        """
        verdict = verdict_of(item.row, said, self.labels)
        if self.wish.about == "disputed" and verdict.kind != "skip":
            verdict = replace(verdict, kind="settle")
        return self.decisions.decide(self.desk, verdict, token=token or secrets.token_hex(16), seen=item.seen)

    def undo(self, *, batch: str = "") -> tuple[list[Decision], ReviewItem | None]:
        """Take back the person's last decision, or a batch; a single file comes back to the desk, if it is free.

        Raises:
            CatalogueError: `REVIEW_NOTHING_TO_UNDO`.
        """
        undone = self.decisions.undo(self.desk.person, batch=batch)
        if undone[0].batch:
            self._fresh_until, self._answered = 0.0, -1
            return undone, None
        row = self.row(undone[0].sha256)
        if row is not None and row.sha256 not in self._queue:
            self._queue.insert(0, row.sha256)
        try:
            return undone, None if row is None else self._again(row)
        except CatalogueError:
            return undone, None

    def acceptable(self) -> list[CatalogueRow]:
        """What the wish's filter holds of undecided answers that the policy accepts, identical copies once."""
        rows = self._contents(replace(self.wish.only, decided=False, not_by=self.desk.person))
        return _once(sorted((row for row in rows if self._says(row, "accept")), key=lambda row: row.path))

    def accept_all(self, batch: str) -> int:
        """Accept all that is `acceptable`; gives how many decisions the batch has."""
        verdicts = [verdict_of(row, "accept", self.labels) for row in self.acceptable()]
        return self.decisions.decide_all(self.desk, verdicts, batch=batch)

    # the desk

    def renew(self) -> list[str]:
        """Keep what lies on the desk for longer; gives the contents that are still there."""
        return self.decisions.renew(self.desk)

    def leave(self) -> None:
        """Give back what lies on the desk."""
        self.decisions.give_back(self.desk)

    def row(self, sha256: str) -> CatalogueRow | None:
        """The first file with these bytes; None where there is none."""
        return next(iter(self._rows(RowFilter(sha256s=(sha256,)))), None)

    def with_rows(self, said: Sequence[Decision]) -> Iterator[tuple[Decision, CatalogueRow | None]]:
        """Decisions with the first file that each is about; None where no such file is there any more."""
        for first in range(0, len(said), _CHUNK):
            some = said[first : first + _CHUNK]
            wanted = tuple({decision.sha256 for decision in some})
            rows = {row.sha256: row for row in _once(self._rows(RowFilter(sha256s=wanted)))}
            yield from ((decision, rows.get(decision.sha256)) for decision in some)

    def file(self, row: CatalogueRow) -> Path | None:
        """As `readable`."""
        return readable(self._catalogue, row.sha256)

    def _rows(self, only: RowFilter) -> Iterator[CatalogueRow]:
        return self._catalogue.rows(self._model, only)

    def _contents(self, only: RowFilter) -> list[CatalogueRow]:
        if self._model is None:
            return []
        return contents(self._catalogue.database, self._model, only, findings=bool(self.wish.policy.health))

    def _says(self, row: CatalogueRow, action: Action) -> bool:
        return self.wish.policy.action(row) == action

    def _item(self, lease: Lease) -> ReviewItem | None:
        row = next(iter(self._rows(RowFilter(sha256s=(lease.sha256,), under=self.wish.only.under))), None)
        if row is None or row.state != "done":
            self.decisions.give_back(self.desk, [lease.sha256])
            return None
        if self.wish.about != "disputed":
            return _item(row, lease)
        return replace(_item(row, lease), opinions=self.decisions.disputes([row.sha256]).get(row.sha256, ()))

    def _again(self, row: CatalogueRow) -> ReviewItem:
        lease = self.decisions.hold(self.desk, row.sha256)
        return _item(row, lease)

    def _refresh(self, now: bool) -> None:
        """Read the list again: now, or where it is old and something has been labelled meanwhile."""
        began = time.monotonic()
        if not now and began < self._fresh_until:
            return
        answers = 0 if self._model is None else answered(self._catalogue.database, self._model)
        if now or answers != self._answered:
            self._answered = answers
            self._read_to = self.decisions.last_id()
            rows = sorted(self._wanted(), key=lambda row: row.path)
            if self.wish.order == "doubt":
                rows.sort(key=doubt, reverse=True)  # keeps the order of equal ones
            self._queue = list(dict.fromkeys(row.sha256 for row in rows))
        done = time.monotonic()
        self._fresh_until = done + max(_STALE_S, _SHARE * (done - began))

    def _wanted(self) -> list[CatalogueRow]:
        only, person, about = self.wish.only, self.desk.person, self.wish.about
        if about == "disputed":
            shas = tuple(self.decisions.disputes(person=person))
            chunks = (shas[first : first + _CHUNK] for first in range(0, len(shas), _CHUNK))
            return [row for chunk in chunks for row in self._contents(replace(only, sha256s=chunk))]
        rows = self._contents(replace(only, decided=about == "decided", not_by=person))
        return rows if only.tiers or about == "decided" else [row for row in rows if self._says(row, "review")]

    def _left(self) -> list[str]:
        gone = self.decisions.decided_since(self._read_to, person=self.desk.person)
        if self.wish.about != "decided":
            gone |= self.decisions.decided_since(self._read_to)
        return [sha for sha in self._queue if sha not in gone]


def readable(catalogue: Catalogue, sha256: str) -> Path | None:
    """A file of the catalogue that has these bytes and is there; None where there is none."""
    rows = catalogue.rows(None, RowFilter(sha256s=(sha256,)))
    return next((path for row in rows if (path := from_text(row.path)).is_file()), None)


def _item(row: CatalogueRow, lease: Lease) -> ReviewItem:
    length = row.duration_s if row.duration_s is not None else DOUBTFUL_S
    start = max(0.0, min(row.doubtful_s, length))
    return ReviewItem(row, start, min(length, start + DOUBTFUL_S), lease.until, lease.seen)


def _once(rows: Iterable[CatalogueRow]) -> list[CatalogueRow]:
    """The first row of each content."""
    found: dict[str, CatalogueRow] = {}
    for row in rows:
        found.setdefault(row.sha256, row)
    return list(found.values())
