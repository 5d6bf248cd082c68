"""What has been made for each listener, to take away: reached by a token alone, forgotten with the tab.

One of a kind (feedback, a lesson sheet, settled labels) a listener: a new one takes the place of the one before.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

__all__ = ["MAX_AGE_S", "Made", "MadeSheets"]

MAX_AGE_S: Final = 3600.0
"""Seconds after which it is forgotten."""


Value = TypeVar("Value")


@dataclass(slots=True, eq=False)
class Made(Generic[Value]):
    """One piece of work.

    Attributes:
        token: Names it in addresses; nobody can guess it.
        value: What was found.
        files: (kind, language) -> the file, once it was asked for.
    """

    token: str
    value: Value
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    made_at: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def file(self, kind: str, language: str, make: Callable[[], bytes]) -> bytes:
        """The file of that kind, made once: a document of fifty pictures takes seconds."""
        with self._lock:
            if (kind, language) not in self.files:
                self.files[kind, language] = make()
            return self.files[kind, language]


class MadeSheets(Generic[Value]):
    """All of it. May be used from many threads."""

    def __init__(self) -> None:
        self._by_owner: dict[tuple[str, str], Made[Value]] = {}
        self._lock = threading.Lock()

    def put(self, listener: str, kind: str, value: Value) -> Made[Value]:
        """Keep a listener's new work in the place of the one before."""
        made = Made(secrets.token_urlsafe(16), value)
        with self._lock:
            self._by_owner[listener, kind] = made
        return made

    def get(self, token: str) -> Made[Value] | None:
        """The work of a token; None where there is none (any more)."""
        with self._lock:
            for made in self._by_owner.values():
                if secrets.compare_digest(made.token.encode(), token.encode("utf-8", "replace")):
                    return made
        return None

    def leave(self, listener: str) -> None:
        """The listener's tab closed: forget its work."""
        with self._lock:
            for key in [key for key in self._by_owner if key[0] == listener]:
                del self._by_owner[key]

    def sweep(self) -> None:
        """Forget what is too old."""
        oldest = time.monotonic() - MAX_AGE_S
        with self._lock:
            for key in [key for key, made in self._by_owner.items() if made.made_at < oldest]:
                del self._by_owner[key]
