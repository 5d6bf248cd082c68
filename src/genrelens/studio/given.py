"""What a browser sends, read with suspicion: whatever it is, the result holds strings and numbers of bounded size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genrelens.audio.sources import safe_name
from genrelens.errors import AudioError, GenreLensError

if TYPE_CHECKING:
    from genrelens.studio.room import Room

__all__ = ["Given", "number_of", "text_of", "whole_of"]

_LONGEST_PATH = 4096
_MOST = 2**31


def text_of(data: Any, key: str, limit: int = _LONGEST_PATH) -> str:
    """The text under a key; "" for anything that is none."""
    value = data.get(key) if isinstance(data, dict) else None
    return str(value)[:limit] if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def number_of(data: Any, key: str) -> float | None:
    """The finite number under a key, also where it came as text; None for anything that is none."""
    value = data.get(key) if isinstance(data, dict) else None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def whole_of(data: Any, key: str) -> int:
    """The whole number under a key, at least 0; 0 for anything that is none."""
    number = number_of(data, key)
    return 0 if number is None else min(max(0, int(number)), _MOST)


@dataclass(frozen=True, slots=True)
class Given:
    """A song as the browser names it: an upload (`path`, with its `name`), an `example`, or an earlier result's."""

    path: str = ""
    name: str = ""
    example: str = ""
    token: str = ""
    start_s: float | None = None
    end_s: float | None = None

    @classmethod
    def from_event(cls, data: Any) -> Given:
        """Read one song out of what an event carried.

        Raises:
            GenreLensError: `NO_INPUT`: neither an upload nor an example is named.
        """
        path, name, example, token = (text_of(data, key) for key in ("path", "name", "example", "token"))
        if not path and not example and not token:
            raise GenreLensError("NO_INPUT", "no song was given")
        return cls(path, name, example, token, number_of(data, "start"), number_of(data, "end"))

    def resolve(self, room: Room, listener: str) -> tuple[Path, str]:
        """Where the song lies on this machine, and its harmless name.

        Raises:
            GenreLensError: `AUDIO_NOT_FOUND`: no such upload or example; `RESULT_NOT_FOUND`.
        """
        if self.token:
            result = room.results.get(self.token)
            if result is None:
                raise GenreLensError("RESULT_NOT_FOUND", "this result is not kept (any more)")
            return result.path, result.name
        if not self.example:
            return room.uploads.claim(listener, self.path), safe_name(self.name)
        for sample in room.samples:
            if sample.id == self.example:
                return sample.path, sample.path.name
        raise AudioError("AUDIO_NOT_FOUND", "no such example")
