"""A song heard from many places: windows that may overlap, cut from its samples, through the network in batches.

`analyze` hears the few windows that an answer needs. A timeline, a comparison or a piece of evidence chooses its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song
from genrelens.listening.frontend import level_gain
from genrelens.listening.hearing import Hearing
from genrelens.listening.model import Model

__all__ = ["Along", "hear_along", "overlapping_starts"]

_BATCH: Final = 16
"""Windows that go through the network together; progress is told and stopping is asked for between batches."""


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """What was heard, and from where.

    Attributes:
        starts_s: Start of each window in the source, in seconds, ascending.
        window_s: Length of a window, in seconds; a part shorter than that is repeated to fill it.
        hearing: The network's answers, window by window.
    """

    starts_s: tuple[float, ...]
    window_s: float
    hearing: Hearing


def overlapping_starts(song: Song, window_s: float, hop_s: float) -> tuple[float, ...]:
    """Starts of windows every `hop_s` seconds, the last one ending with the song; at least one."""
    room = max(0.0, song.duration_s - window_s)
    count = int(room / hop_s + 1e-6) + 1
    starts = [song.start_s + index * hop_s for index in range(count)]
    if song.start_s + room - starts[-1] > hop_s / 4:
        starts.append(song.start_s + room)
    return tuple(starts)


def hear_along(
    model: Model,
    song: Song,
    starts_s: Sequence[float],
    *,
    step: Callable[[float], None] | None = None,
) -> Along:
    """The network's answers for windows of one song, its level normalised over all of it.

    Args:
        model: From `load_model`.
        song: At `model.bundle.sample_rate`.
        starts_s: Where the windows begin in the source, in seconds, ascending.
        step: Told the share that is done, 0 to 1, after each batch; what it raises ends the listening.
    """
    window_s = model.bundle.window_s
    hearings: list[Hearing] = []
    done = 0
    mono = song.mono()
    for windows in _batches(song, mono * np.float32(level_gain(mono)), starts_s, window_s):
        hearings.append(model.hear_windows(windows, song.sample_rate))
        done += len(windows)
        if step is not None:
            step(done / len(starts_s))
    return Along(tuple(starts_s), window_s, _joined(hearings))


def _batches(
    song: Song, mono: NDArray[np.float32], starts_s: Sequence[float], window_s: float
) -> Iterator[NDArray[np.float32]]:
    size = round(window_s * song.sample_rate)
    for first in range(0, len(starts_s), _BATCH):
        batch = np.zeros((len(starts_s[first : first + _BATCH]), size), np.float32)
        for row, start_s in zip(batch, starts_s[first : first + _BATCH], strict=True):
            begin = round((start_s - song.start_s) * song.sample_rate)
            row[:] = np.resize(mono[begin : begin + size], size)
        yield batch


def _joined(hearings: Sequence[Hearing]) -> Hearing:
    def together(name: str) -> NDArray[np.float32] | None:
        parts = [getattr(hearing, name) for hearing in hearings]
        return None if parts[0] is None else np.concatenate(parts)

    logits = together("logits")
    assert logits is not None
    return Hearing(logits, *(together(name) for name in ("not_music", "embedding", "patch_scores", "tags")))
