"""What has been found for each listener while the page is open: to look at again, and to take away.

A result is reached by its token alone, which nobody can guess: it stands in its permalink and its downloads. Decoded
sound is large, so only that of the last few songs is kept; whoever needs an older one decodes it again.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from genrelens.audio.song import Song
from genrelens.listening.analysis import Analysis

if TYPE_CHECKING:
    from genrelens.insight.evidence import Evidence
    from genrelens.insight.notes import Notes
    from genrelens.insight.timeline import Timeline

__all__ = ["MAX_AGE_S", "Result", "Results"]

MAX_AGE_S: Final = 3600.0
"""Seconds after which a result is forgotten, as its upload is."""

_SOUND_BYTES: Final = 600 * 10**6
"""Decoded sound kept in memory for all listeners together: about ten songs."""
_MOST_A_LISTENER: Final = 50


@dataclass(slots=True, eq=False)
class Result:
    """One song (or part of one) that a listener asked about, and what has been found so far.

    Attributes:
        token: Names it in addresses.
        listener: The session that asked.
        path: Where the song lies here.
        name: Its harmless file name.
        analysis: The answer; its `source.name` is `name`.
        start_s: Start of the part that was asked about, seconds; None for the song's start.
        end_s: End of that part; None for the song's end.
        timeline: Once found.
        evidence: What was looked at last.
        notes: Once found.
        extra: What other tabs keep (a comparison, a table), by name.
    """

    token: str
    listener: str
    path: Path
    name: str
    analysis: Analysis
    start_s: float | None = None
    end_s: float | None = None
    timeline: Timeline | None = None
    evidence: Evidence | None = None
    notes: Notes | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    made_at: float = field(default_factory=time.monotonic)


class Results:
    """All results. May be used from many threads."""

    def __init__(self) -> None:
        self._by_token: OrderedDict[str, Result] = OrderedDict()
        self._songs: OrderedDict[str, Song] = OrderedDict()
        self._lock = threading.Lock()

    def add(
        self,
        listener: str,
        path: Path,
        name: str,
        analysis: Analysis,
        start_s: float | None = None,
        end_s: float | None = None,
    ) -> Result:
        """Keep an answer; the listener's oldest goes where there are too many."""
        result = Result(secrets.token_urlsafe(16), listener, path, name, analysis, start_s, end_s)
        with self._lock:
            self._by_token[result.token] = result
            own = [token for token, kept in self._by_token.items() if kept.listener == listener]
            for token in own[:-_MOST_A_LISTENER]:
                self._forget(token)
        return result

    def get(self, token: str) -> Result | None:
        """The result of a token; None where there is none (any more)."""
        with self._lock:
            result = self._by_token.get(token)
            if result is not None and time.monotonic() - result.made_at > MAX_AGE_S:
                self._forget(token)
                return None
            return result

    def song(self, result: Result, decode: Callable[[], Song]) -> Song:
        """The result's sound: kept, or decoded now and kept."""
        with self._lock:
            kept = self._songs.get(result.token)
            if kept is not None:
                self._songs.move_to_end(result.token)
                return kept
        song = decode()
        with self._lock:
            self._songs[result.token] = song
            while len(self._songs) > 1 and sum(kept.samples.nbytes for kept in self._songs.values()) > _SOUND_BYTES:
                self._songs.popitem(last=False)
        return song

    def leave(self, listener: str) -> None:
        """The listener's tab closed: forget what was found for it."""
        with self._lock:
            for token in [token for token, kept in self._by_token.items() if kept.listener == listener]:
                self._forget(token)

    def sweep(self) -> None:
        """Forget what is too old."""
        oldest = time.monotonic() - MAX_AGE_S
        with self._lock:
            for token in [token for token, kept in self._by_token.items() if kept.made_at < oldest]:
                self._forget(token)

    def _forget(self, token: str) -> None:
        self._by_token.pop(token, None)
        self._songs.pop(token, None)
