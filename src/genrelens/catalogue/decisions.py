"""Who looks at what, and what was decided: leases for one reviewer at a time, decisions that are never changed.

A lease keeps everybody else away from a file's bytes until it ends or is given back. A decision is added and never
rewritten; taking it back only dates it. Every write may come twice (a lost connection, a browser that asks again):
tokens make the second one harmless.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from genrelens.catalogue.database import Database
from genrelens.catalogue.opinions import Judgement, decision_of, disputes, judgements
from genrelens.catalogue.reading import STANDS
from genrelens.catalogue.rows import Decision, DecisionKind
from genrelens.catalogue.schema import decisions, leases
from genrelens.errors import CatalogueError

__all__ = ["LEASE_S", "About", "Decisions", "Desk", "Lease", "Progress", "Verdict"]

About = Literal["undecided", "decided", "disputed"]
"""What is to be looked at: what nobody has decided; what others have, for a second opinion; where people differ."""

LEASE_S: Final = 300.0
"""Seconds after which a file that nobody renewed goes to the next reviewer."""
_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class Desk:
    """One place of work: a person, and which of the person's windows (two windows never share a file)."""

    person: str
    seat: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """A file's bytes, kept for one desk.

    Attributes:
        sha256: Of the bytes.
        until: When the lease ends, in seconds since 1970 (UTC).
        seen: Id of the last decision on it that stood then; 0 where there was none.
    """

    sha256: str
    until: float
    seen: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says of a file's bytes, looking at a model's answer; fields as in `Decision`."""

    sha256: str
    model: int
    kind: DecisionKind
    verdict: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How many files' bytes have a decision: by a person, and by others alone."""

    mine: int
    others: int


class Decisions:
    """Leases and decisions of one catalogue; may be used from many threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # leases

    def take(
        self,
        desk: Desk,
        contents: Sequence[str],
        *,
        most: int = 1,
        about: About = "undecided",
        lease_s: float = LEASE_S,
    ) -> list[Lease]:
        """Lease the first of some contents that nobody else looks at and that are still to be looked at.

        Args:
            desk: For whom.
            contents: SHA-256s, in the order in which they are wanted.
            most: How many at most.
            about: What has to be looked at.
            lease_s: How long nobody else gets them.
        """
        wanted = list(dict.fromkeys(contents))

        def work(connection: Connection) -> list[Lease]:
            got: list[Lease] = []
            for chunk in _chunks(wanted):
                away = _held_by_others(connection, desk, chunk) | _answered(connection, desk, chunk, about)
                for sha in chunk:
                    if len(got) >= most:
                        return got
                    if sha in away or not _hold(connection, desk, [sha], lease_s):
                        continue
                    # Looked at again now that nobody else can decide: they may have, a moment ago.
                    if _answered(connection, desk, [sha], about):
                        _give_back(connection, desk, [sha])
                    else:
                        got.append(Lease(sha, time.time() + lease_s, _last_id(connection, sha)))
            return got

        return self._database.write(work) if wanted else []

    def hold(self, desk: Desk, sha256: str, *, lease_s: float = LEASE_S) -> Lease:
        """Lease one content, whatever has been decided on it.

        Raises:
            CatalogueError: `REVIEW_TAKEN`.
        """

        def work(connection: Connection) -> Lease:
            if not _hold(connection, desk, [sha256], lease_s):
                raise CatalogueError("REVIEW_TAKEN", "somebody else looks at this file now")
            return Lease(sha256, time.time() + lease_s, _last_id(connection, sha256))

        return self._database.write(work)

    def renew(self, desk: Desk, *, lease_s: float = LEASE_S) -> list[str]:
        """Hold what the desk has for longer; gives the contents that it still has."""
        query = update(leases).where(_of(desk)).values(until=time.time() + lease_s).returning(leases.c.sha256)
        return sorted(row.sha256 for row in self._database.write(lambda connection: connection.execute(query).all()))

    def give_back(self, desk: Desk, contents: Sequence[str] | None = None) -> None:
        """Free some of what the desk holds, or all of it."""
        query = delete(leases).where(_of(desk))
        if contents is not None:
            query = query.where(leases.c.sha256.in_(contents))
        self._database.write(lambda connection: connection.execute(query))

    def at_work(self) -> tuple[str, ...]:
        """Who looks at something now, sorted."""
        query = select(leases.c.person).where(leases.c.until > time.time()).distinct()
        return tuple(sorted(row.person for row in self._database.fetch(query)))

    # deciding

    def decide(self, desk: Desk, verdict: Verdict, *, token: str, seen: int = 0) -> Decision:
        """Keep a decision, and give the file back.

        Args:
            desk: Who decides.
            verdict: What.
            token: Names this decision, at most 40 characters: sent again, it is the same one.
            seen: As in `Lease`.

        Raises:
            CatalogueError: `REVIEW_TAKEN`: the lease was lost, and somebody else looks at it; `REVIEW_DECIDED`:
                somebody else has decided meanwhile. Nothing was kept.
        """
        sha = verdict.sha256

        def work(connection: Connection) -> Decision:
            kept = _with_token(connection, token)
            if kept is not None:
                return kept
            if not _hold(connection, desk, [sha], LEASE_S):
                raise CatalogueError("REVIEW_TAKEN", "somebody else looks at this file now")
            kept = _with_token(connection, token)
            if kept is not None:
                _give_back(connection, desk, [sha])
                return kept
            newer = select(decisions.c.person).where(
                decisions.c.sha256 == sha, decisions.c.id > seen, decisions.c.person != desk.person, *STANDS
            )
            person = connection.execute(newer.limit(1)).scalar()
            if person is not None:
                raise CatalogueError("REVIEW_DECIDED", f"{person} has decided on this file meanwhile")
            connection.execute(insert(decisions), [_values(desk.person, verdict, token, "")])
            _give_back(connection, desk, [sha])
            made = _with_token(connection, token)
            assert made is not None
            return made

        return self._database.write(work)

    def decide_all(self, desk: Desk, verdicts: Sequence[Verdict], *, batch: str) -> int:
        """Keep many decisions at once, of what nobody has decided and nobody else looks at.

        Args:
            desk: Who decides.
            verdicts: What.
            batch: Names them all, at most 40 characters: sent again, nothing is added; undone together.

        Returns:
            How many decisions the batch has.
        """
        # In one order for everybody: two that lock the same rows otherwise wait for each other.
        by_sha = {verdict.sha256: verdict for verdict in sorted(verdicts, key=lambda verdict: verdict.sha256)}

        def work(connection: Connection) -> int:
            for chunk in _chunks(list(by_sha)):
                held = _hold(connection, desk, chunk, LEASE_S)
                answered = _answered(connection, desk, held, "undecided")
                free = [sha for sha in held if sha not in answered]
                values = [_values(desk.person, by_sha[sha], _token(batch, sha), batch) for sha in free]
                if values:
                    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
                    connection.execute(make(decisions).on_conflict_do_nothing(index_elements=["token"]), values)
                _give_back(connection, desk, held)
            mine = select(func.count()).where(decisions.c.batch == batch, decisions.c.undone_at.is_(None))
            return int(connection.execute(mine).scalar_one())

        return self._database.write(work)

    def undo(self, person: str, *, batch: str = "") -> list[Decision]:
        """Take back a person's last decision, with its whole batch where it was one of many; or a named batch.

        Raises:
            CatalogueError: `REVIEW_NOTHING_TO_UNDO`.
        """
        theirs = and_(decisions.c.person == person, decisions.c.undone_at.is_(None))
        query = select(decisions).where(theirs)
        if batch:
            query = query.where(decisions.c.batch == batch)
        last = self._database.fetch(query.order_by(decisions.c.id.desc()).limit(1))
        if not last:
            raise CatalogueError("REVIEW_NOTHING_TO_UNDO", f"there is no decision of {person} that could be undone")
        # Named before it is undone: called twice, it takes back the same one.
        same = decisions.c.batch == last[0].batch if last[0].batch else decisions.c.id == last[0].id

        def work(connection: Connection) -> list[Decision]:
            found = connection.execute(select(decisions).where(theirs, same).order_by(decisions.c.id)).all()
            connection.execute(update(decisions).where(theirs, same).values(undone_at=time.time()))
            return [decision_of(row) for row in found]

        return self._database.write(work)

    # reading

    def history(self, sha256: str = "", *, person: str = "", undone: bool = False) -> list[Decision]:
        """Decisions, the first one first: on a content, by a person, or all; those taken back only when asked for."""
        query = select(decisions).order_by(decisions.c.id)
        if sha256:
            query = query.where(decisions.c.sha256 == sha256)
        if person:
            query = query.where(decisions.c.person == person)
        if not undone:
            query = query.where(decisions.c.undone_at.is_(None))
        return [decision_of(row) for row in self._database.fetch(query)]

    def last_id(self) -> int:
        """Id of the newest decision of all; 0 without one."""
        query = select(func.coalesce(func.max(decisions.c.id), 0))
        return int(self._database.read(lambda connection: connection.execute(query).scalar_one()))

    def state(self) -> tuple[int, int]:
        """What changes with every decision: the newest one's id, and how many were taken back."""
        query = select(func.coalesce(func.max(decisions.c.id), 0), func.count(decisions.c.undone_at))
        newest, undone = self._database.read(lambda connection: connection.execute(query).one())
        return int(newest), int(undone)

    def decided_since(self, last_id: int, *, person: str = "") -> set[str]:
        """Contents with a standing decision newer than a given one, by anybody, or by one person (skips included)."""
        query = select(decisions.c.sha256).where(decisions.c.id > last_id, decisions.c.undone_at.is_(None))
        query = query.where(decisions.c.person == person) if person else query.where(decisions.c.kind != "skip")
        return {row.sha256 for row in self._database.fetch(query.distinct())}

    def judgements(self) -> list[Judgement]:
        """As `opinions.judgements`."""
        return self._database.read(judgements)

    def disputes(self, contents: Sequence[str] | None = None, *, person: str = "") -> dict[str, tuple[Decision, ...]]:
        """As `opinions.disputes`."""
        return self._database.read(lambda connection: disputes(connection, contents, person=person))

    def skipped(self) -> list[str]:
        """Contents that somebody skipped and nobody has decided, sorted."""
        decided = select(decisions.c.sha256).where(*STANDS)
        query = select(decisions.c.sha256).where(decisions.c.kind == "skip", decisions.c.undone_at.is_(None))
        query = query.where(decisions.c.sha256.not_in(decided)).distinct().order_by(decisions.c.sha256)
        return [row.sha256 for row in self._database.fetch(query)]

    def progress(self, person: str) -> Progress:
        """How much has been decided, and by whom."""
        count = select(func.count(decisions.c.sha256.distinct())).where(*STANDS)

        def work(connection: Connection) -> Progress:
            whole = int(connection.execute(count).scalar_one())
            mine = int(connection.execute(count.where(decisions.c.person == person)).scalar_one())
            return Progress(mine, whole - mine)

        return self._database.read(work)


def _of(desk: Desk) -> ColumnElement[bool]:
    return and_(leases.c.person == desk.person, leases.c.seat == desk.seat)


def _hold(connection: Connection, desk: Desk, contents: Sequence[str], lease_s: float) -> list[str]:
    """Lease contents that are free or the desk's own, in one statement; gives those that it got, sorted.

    Until the transaction ends, nobody else can lease them, even where PostgreSQL runs several at once.
    """
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    now = time.time()
    rows = [
        {"sha256": sha, "person": desk.person, "seat": desk.seat, "until": now + lease_s} for sha in sorted(contents)
    ]
    if not rows:
        return []
    statement = make(leases).values(rows)
    new = {name: statement.excluded[name] for name in ("person", "seat", "until")}
    free = or_(leases.c.until < now, _of(desk))
    statement = statement.on_conflict_do_update(index_elements=["sha256"], set_=new, where=free)
    return sorted(row.sha256 for row in connection.execute(statement.returning(leases.c.sha256)))


def _give_back(connection: Connection, desk: Desk, contents: Sequence[str]) -> None:
    connection.execute(delete(leases).where(_of(desk), leases.c.sha256.in_(contents)))


def _held_by_others(connection: Connection, desk: Desk, contents: Sequence[str]) -> set[str]:
    query = select(leases.c.sha256).where(leases.c.sha256.in_(contents), leases.c.until >= time.time(), ~_of(desk))
    return {row.sha256 for row in connection.execute(query)}


def _answered(connection: Connection, desk: Desk, contents: Sequence[str], about: About) -> set[str]:
    """Those that the desk has not to look at: its person's own, skipped ones too, and those of others."""
    if about == "disputed":
        return set(contents) - disputes(connection, contents, person=desk.person).keys()
    mine = decisions.c.person == desk.person
    closed = mine if about == "decided" else or_(mine, decisions.c.kind != "skip")
    query = select(decisions.c.sha256).where(decisions.c.sha256.in_(contents), decisions.c.undone_at.is_(None), closed)
    return {row.sha256 for row in connection.execute(query)}


def _last_id(connection: Connection, sha256: str) -> int:
    query = select(func.coalesce(func.max(decisions.c.id), 0)).where(decisions.c.sha256 == sha256, *STANDS)
    return int(connection.execute(query).scalar_one())


def _with_token(connection: Connection, token: str) -> Decision | None:
    row = connection.execute(select(decisions).where(decisions.c.token == token)).first()
    return None if row is None else decision_of(row)


def _values(person: str, verdict: Verdict, token: str, batch: str) -> dict[str, Any]:
    return {
        "token": token,
        "sha256": verdict.sha256,
        "model": verdict.model,
        "person": person,
        "at": time.time(),
        "kind": verdict.kind,
        "verdict": verdict.verdict,
        "batch": batch or None,
    }


def _token(batch: str, sha256: str) -> str:
    return hashlib.sha256(f"{batch} {sha256}".encode()).hexdigest()[:40]


def _chunks(items: Iterable[str]) -> Iterator[list[str]]:
    whole = list(items)
    for first in range(0, len(whole), _CHUNK):
        yield whole[first : first + _CHUNK]
