"""Who reviews on this page: one desk a browser tab, reached by a token that only this tab knows."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from genrelens.audio.song import Song
from genrelens.errors import GenreLensError

if TYPE_CHECKING:
    from genrelens.workflows.review import Review

__all__ = ["Seat", "Seats"]

_MOST_SONGS: Final = 6
"""Cut sounds that are kept: what is played is looked at right after; 15 s are 4 MB."""
_DECODING: Final = 2
_MAX_AGE_S: Final = 12 * 3600.0


@dataclass(slots=True, eq=False)
class Seat:
    """One tab's place.

    Attributes:
        token: Names it in addresses.
        listener: The session that has it.
        review: What it works on; None before it has said who it is.
        lock: Held while a request works with `review`.
    """

    token: str
    listener: str
    review: Review | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    used_at: float = field(default_factory=time.monotonic)


class Seats:
    """All seats, and the sounds that were cut for them. May be used from many threads."""

    def __init__(self) -> None:
        self._by_token: dict[str, Seat] = {}
        self._songs: OrderedDict[tuple[str, float], Song] = OrderedDict()
        self._lock = threading.Lock()
        self.decoding = threading.Semaphore(_DECODING)

    def open(self, listener: str) -> Seat:
        """The seat of a session, new where it has none."""
        with self._lock:
            for seat in self._by_token.values():
                if seat.listener == listener:
                    return seat
            seat = Seat(secrets.token_urlsafe(16), listener)
            self._by_token[seat.token] = seat
            return seat

    def get(self, token: str) -> Seat | None:
        """The seat of a token; None where there is none (any more)."""
        with self._lock:
            seat = self._by_token.get(token)
            if seat is not None:
                seat.used_at = time.monotonic()
            return seat

    def leave(self, listener: str) -> None:
        """A tab closed: what lies on its desk goes to others."""
        self._end(lambda seat: seat.listener == listener)

    def sweep(self) -> None:
        """Forget seats that nobody has used for long."""
        oldest = time.monotonic() - _MAX_AGE_S
        self._end(lambda seat: seat.used_at < oldest)

    def song(self, key: tuple[str, float], cut: Callable[[], Song]) -> Song:
        """A cut sound: kept, or cut now and kept."""
        song = self._kept(key)
        if song is None:
            with self.decoding:
                song = self._kept(key) or cut()
        with self._lock:
            self._songs[key] = song
            self._songs.move_to_end(key)
            while len(self._songs) > _MOST_SONGS:
                self._songs.popitem(last=False)
        return song

    def _kept(self, key: tuple[str, float]) -> Song | None:
        with self._lock:
            return self._songs.get(key)

    def _end(self, over: Callable[[Seat], bool]) -> None:
        with self._lock:
            ended = [seat for seat in self._by_token.values() if over(seat)]
            for seat in ended:
                del self._by_token[seat.token]
        for seat in ended:
            # Where the catalogue cannot be reached, the lease ends by itself.
            with seat.lock, contextlib.suppress(GenreLensError):
                if seat.review is not None:
                    seat.review.leave()
