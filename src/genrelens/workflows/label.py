"""Labelling a collection: plan, claim, compute, commit - and after whatever ends a run, go on where it stopped.

Nothing is kept in memory that the catalogue does not know: what was answered stays answered, what was claimed and not
answered is done again.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from genrelens.catalogue.lock import labelling_lock
from genrelens.catalogue.paths import from_text, to_text
from genrelens.catalogue.store import Catalogue, FileRecord
from genrelens.errors import AudioError, CatalogueError, GenreLensError, UsageError
from genrelens.listening.analysis import Analysis
from genrelens.listening.model import Model
from genrelens.workflows.gather import Wanted, find_wanted, records_of

__all__ = ["Engine", "LabelOptions", "Labelled", "Progress", "label"]

_CLAIMED_TOGETHER: Final = 16
"""Files that one claim takes: all that a killed run does twice."""
_ASKED_TOGETHER: Final = 200
_KEPT_EVERY_S: Final = 2.0
"""Answers wait at most this long until they are on the disk."""
_LEASE_S: Final = 120.0
_WAIT_S: Final = 2.0
"""Between two looks at what another labeller is doing."""


class Engine(Protocol):
    """Where the hearing is done: `engines.local.LocalEngine` here."""

    @property
    def model(self) -> Model:
        """The model that hears."""
        ...

    def hear(self, paths: Iterator[Path]) -> Iterator[Analysis | GenreLensError]:
        """An answer or an error for each path, in order."""
        ...


@dataclass(frozen=True, slots=True)
class LabelOptions:
    """What a run is to do.

    Attributes:
        wanted: Which of the files found.
        retry_failed: Whether what failed in an earlier run is tried again.
        pretend: Whether to look only.
    """

    wanted: Wanted = field(default_factory=Wanted)
    retry_failed: bool = False
    pretend: bool = False


@dataclass(slots=True)
class Progress:
    """How far a run is; told after every step.

    Attributes:
        found: Files that are meant.
        known: Contents that had been answered before.
        copies: Files with the bytes of another one.
        to_do: Contents that this run has to answer; known when all files have been looked at.
        done: Contents answered by this run.
        failed: Contents and files that failed in this run.
        review: Of those done, how many a person should look at.
        elsewhere: Contents that another labeller answered meanwhile.
        looking: Whether files are still being looked at.
    """

    found: int = 0
    known: int = 0
    copies: int = 0
    to_do: int = 0
    done: int = 0
    failed: int = 0
    review: int = 0
    elsewhere: int = 0
    looking: bool = True


@dataclass(frozen=True, slots=True)
class Labelled:
    """How a run ended.

    Attributes:
        progress: The last of it.
        failed: Files among those meant that have no answer because they failed, in this run or before.
        stopped: Whether it was asked to stop before it was done.
        would_do: Paths that a run would hear, where it was to look only.
    """

    progress: Progress
    failed: int
    stopped: bool
    would_do: tuple[str, ...] = ()


def label(
    catalogue: Catalogue,
    engine: Engine,
    paths: Sequence[Path],
    options: LabelOptions = LabelOptions(),
    *,
    tell: Callable[[Progress], None] = lambda _: None,
    review: Callable[[Analysis], bool] = lambda _: False,
    stop: threading.Event | None = None,
) -> Labelled:
    """Label files into a catalogue; what was answered before, under whatever name, is not heard again.

    Args:
        catalogue: Takes the answers.
        engine: Hears.
        paths: Files, folders and patterns.
        options: What to do.
        tell: Called with how far it is.
        review: Whether a person should look at an answer; for the counting only.
        stop: Set it to end in order: what is being heard is finished and kept.

    Raises:
        CatalogueError: `CATALOGUE_LOCKED`, or the catalogue fails; what was kept stays.
        UsageError: `NO_INPUT` where nothing is meant.
    """
    stop = stop or threading.Event()
    with labelling_lock(None if options.pretend else catalogue.database.path):
        run = _Run(catalogue, engine, options, tell, review, stop)
        if options.pretend:
            return run.pretend(paths)
        if catalogue.database.path is not None:
            catalogue.release_claims(run.model_id)  # the lock is ours: whoever had claimed them is gone
        return run.go(paths)


class _Run:
    def __init__(
        self,
        catalogue: Catalogue,
        engine: Engine,
        options: LabelOptions,
        tell: Callable[[Progress], None],
        review: Callable[[Analysis], bool],
        stop: threading.Event,
    ) -> None:
        self._catalogue, self._engine, self._options = catalogue, engine, options
        self._tell, self._review, self._stop = tell, review, stop
        self.model_id = catalogue.model_id(engine.model.bundle, add=not options.pretend)
        self._owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._progress = Progress()
        self._places: dict[str, str] = {}
        """Content -> where it lies, for what this run is about."""
        self._copies: dict[str, list[str]] = {}
        """Content -> where else."""
        self._kept_at = time.monotonic()
        self._answered: list[tuple[str, Analysis | GenreLensError]] = []
        self._failed_here = 0
        self._failed_places = 0
        """Files that went away or were changed before they could be heard."""
        self._lost: set[str] = set()
        """Contents that lie nowhere any more."""

    def pretend(self, paths: Sequence[Path]) -> Labelled:
        """Look, and write nothing."""
        unread = 0
        for records in self._look(paths):
            unread += sum(record.sha256 is None for record in records)
        self._progress.looking = False
        contents, retried = list(self._places), self._options.retry_failed
        waiting = self._catalogue.would_plan(self.model_id, contents, retry_failed=retried)
        self._progress.to_do = len(waiting)
        self._progress.known = len(self._places) - len(waiting)
        return Labelled(self._progress, unread, False, tuple(sorted(self._places[sha] for sha in waiting)))

    def go(self, paths: Sequence[Path]) -> Labelled:
        """Plan all, then hear what is to be heard."""
        unread = 0
        for records in self._look(paths):
            self._catalogue.plan(self.model_id, records, retry_failed=self._options.retry_failed)
            unread += sum(record.sha256 is None for record in records)
            if self._stop.is_set():
                break
        self._forget_gone(paths)
        waiting = self._catalogue.unanswered(self.model_id, list(self._places))
        progress = self._progress
        progress.looking, progress.to_do = False, len(waiting)
        progress.known, progress.failed = len(self._places) - len(waiting), unread
        self._tell(progress)
        with self._heartbeat():
            try:
                self._hear(waiting)
            finally:
                try:
                    self._keep()
                finally:
                    self._catalogue.give_back(self._owner)
        failed = unread + self._failed_places + self._catalogue.failures(self.model_id, list(self._places))
        return Labelled(progress, failed, self._stop.is_set())

    def _look(self, paths: Sequence[Path]) -> Iterator[list[FileRecord]]:
        found = find_wanted(paths, self._options.wanted)
        if not found:
            raise UsageError("NO_INPUT", "there is no audio file in what you named")
        self._progress.found = len(found)
        self._tell(self._progress)
        for records in records_of(found, self._catalogue.known_files):
            for record in records:
                if record.sha256 is None:
                    continue
                if self._places.setdefault(record.sha256, record.path) != record.path:
                    self._copies.setdefault(record.sha256, []).append(record.path)
                    self._progress.copies += 1
            self._tell(self._progress)
            yield records

    def _forget_gone(self, paths: Sequence[Path]) -> None:
        if self._stop.is_set():
            return
        for folder in paths:
            if folder.is_dir():
                known = self._catalogue.paths_under(to_text(folder))
                gone = [path for path in known if not os.path.lexists(from_text(path))]
                self._catalogue.mark_gone(gone)

    def _hear(self, waiting: Sequence[str]) -> None:
        """Hear what can be claimed; then wait for what another labeller has claimed, and take over what it leaves."""
        left = list(waiting)
        while left and not self._stop.is_set():
            heard = self._hear_claimed(left)
            left = self._still(left)
            heard += self._hear_suspects(left)
            left = self._still(left)
            progress = self._progress
            progress.elsewhere = progress.to_do - len(left) - progress.done - self._failed_here
            self._tell(progress)
            if left and not heard:
                self._stop.wait(_WAIT_S)

    def _still(self, contents: Sequence[str]) -> list[str]:
        self._keep()
        return [sha for sha in self._catalogue.unanswered(self.model_id, contents) if sha not in self._lost]

    def _hear_claimed(self, contents: Sequence[str]) -> int:
        """Hear those of `contents` that can be claimed; how many that were."""
        order: deque[str] = deque()
        heard = 0

        def claimed() -> Iterator[Path]:
            for first in range(0, len(contents), _CLAIMED_TOGETHER):
                if self._stop.is_set():
                    return
                chunk = contents[first : first + _CLAIMED_TOGETHER]
                got = self._catalogue.claim(self.model_id, self._owner, chunk, lease_s=_LEASE_S)
                for sha in got:
                    if self._stop.is_set():
                        return
                    order.append(sha)
                    yield from_text(self._places[sha])

        for answer in self._engine.hear(claimed()):
            heard += 1
            self._take(order.popleft(), answer)
            if len(self._answered) >= _CLAIMED_TOGETHER or time.monotonic() - self._kept_at > _KEPT_EVERY_S:
                self._keep()
        return heard

    def _hear_suspects(self, contents: Sequence[str]) -> int:
        """Hear what was in hand when several runs ended unforeseen: each alone and kept at once, so that it harms
        nothing else and is not blamed for what happens next; how many that were."""
        heard = 0
        for first in range(0, len(contents), _ASKED_TOGETHER):
            chunk = contents[first : first + _ASKED_TOGETHER]
            while chunk := [sha for sha in chunk if sha not in self._lost]:
                if self._stop.is_set():
                    return heard
                got = self._catalogue.claim(self.model_id, self._owner, chunk, lease_s=_LEASE_S, suspects=True)
                if not got:
                    break
                for answer in self._engine.hear(iter([from_text(self._places[got[0]])])):
                    self._take(got[0], answer)
                self._keep()
                heard += 1
        return heard

    def _take(self, sha: str, answer: Analysis | GenreLensError) -> None:
        progress = self._progress
        if isinstance(answer, Analysis) and answer.source.sha256 != sha:
            answer = AudioError("FILE_CHANGED", "the file was changed while it was being heard")
        if isinstance(answer, Analysis):
            progress.done += 1
            progress.review += self._review(answer)
        elif answer.code in ("AUDIO_NOT_FOUND", "FILE_CHANGED"):
            self._lose(sha, answer)
            return
        else:
            progress.failed += 1
            self._failed_here += 1
        self._answered.append((sha, answer))
        self._tell(progress)

    def _lose(self, sha: str, error: GenreLensError) -> None:
        """The place is at fault, not the bytes: they are heard where else they lie, or when they turn up there."""
        place, others = self._places[sha], self._copies.get(sha)
        if others and not os.path.lexists(from_text(place)):
            self._catalogue.mark_gone([place])
            self._progress.found -= 1
        else:
            self._catalogue.plan(self.model_id, [FileRecord(place, 0, 0, None, error.code, error.message)])
            self._failed_places += 1
            self._progress.failed += 1
        if others:
            self._places[sha] = others.pop(0)
            self._progress.copies -= 1
        else:
            self._lost.add(sha)
            self._failed_here += 1
        self._tell(self._progress)

    def _keep(self) -> None:
        """Commit what was answered."""
        answered, self._answered = self._answered, []
        self._catalogue.commit(self.model_id, self._owner, answered)
        self._kept_at = time.monotonic()

    @contextlib.contextmanager
    def _heartbeat(self) -> Iterator[None]:
        """Hold the claims for as long as this run lives."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(_LEASE_S / 4):
                # A server that is away for a moment: the next beat is in time.
                with contextlib.suppress(CatalogueError):
                    self._catalogue.renew(self._owner, lease_s=_LEASE_S)

        thread = threading.Thread(target=beat, name="renew-claims", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
