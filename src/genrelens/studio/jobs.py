"""Work that a listener may call off: one job of a kind at a time for each, a new one ends the one before."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Final, Generic, TypeVar

__all__ = ["Cancelled", "Job", "Jobs", "stream"]

T = TypeVar("T")


class Cancelled(Exception):
    """The listener called the job off."""


class Job:
    """One piece of work. `check` (or `step`, for those who tell their share) raises once it has been called off."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def cancel(self) -> None:
        """Call it off: the next `check` ends it."""
        self._over.set()

    @property
    def cancelled(self) -> bool:
        """Whether it has been called off."""
        return self._over.is_set()

    def check(self) -> None:
        """Go on, or end.

        Raises:
            Cancelled: It has been called off.
        """
        if self._over.is_set():
            raise Cancelled

    def step(self, share: float) -> None:
        """`check`, as a progress callback."""
        self.check()


class Jobs:
    """The jobs of all listeners. May be used from many threads."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, str], Job] = {}
        self._lock = threading.Lock()

    def begin(self, listener: str, kind: str) -> Job:
        """A new job; the listener's earlier one of this kind is called off."""
        job = Job()
        with self._lock:
            before = self._running.get((listener, kind))
            self._running[listener, kind] = job
        if before is not None:
            before.cancel()
        return job

    def cancel(self, listener: str, kind: str | None = None) -> None:
        """Call off what a listener has running: one kind, or all."""
        with self._lock:
            keys = [key for key in self._running if key[0] == listener and kind in (None, key[1])]
            jobs = [self._running.pop(key) for key in keys]
        for job in jobs:
            job.cancel()


class _End(Generic[T]):
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


_POLL_S: Final = 0.25


def stream(job: Job, work: Callable[[Callable[[T], None]], None]) -> Iterator[T]:
    """What `work` emits, as it comes, while it runs in a thread of its own.

    Args:
        job: Called off when nobody reads on.
        work: Gets the function that emits; what it raises is raised here, but for `Cancelled`, which ends the stream.
    """
    items: queue.Queue[T | _End[T]] = queue.Queue()

    def run() -> None:
        try:
            work(items.put)
        except BaseException as error:
            items.put(_End(error))
        else:
            items.put(_End(None))

    threading.Thread(target=run, name="studio-job", daemon=True).start()
    try:
        while True:
            try:
                item = items.get(timeout=_POLL_S)
            except queue.Empty:
                if job.cancelled:
                    return
                continue
            if isinstance(item, _End):
                if item.error is not None and not isinstance(item.error, Cancelled):
                    raise item.error
                return
            yield item
    finally:
        job.cancel()
