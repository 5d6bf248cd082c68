"""A song heard from many places: windows that may overlap, cut from its samples, through the network in batches.

`analyze` hears the few windows that an answer needs. A timeline, a comparison or a piece of evidence chooses its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song
from genrelens.listening.bundle import Bundle, MelInput
from genrelens.listening.frontend import level_gain, log_mel, resample_windows
from genrelens.listening.hearing import Hearing
from genrelens.listening.model import Model

__all__ = ["Along", "hear_along", "overlapping_starts"]

Floats: TypeAlias = NDArray[np.float32]

_BATCH: Final = 16
"""Windows that go through the network together; progress is told and stopping is asked for between batches."""

_SHARED_FROM: Final = 1.0
"""Seconds of windows for each second of song from which one spectrogram of the song is less work than one a window."""

_COARSEST_S: Final = 0.25
"""Inputs whose frames meet more seldom than that are not cut out of a shared spectrogram."""


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """What was heard, and from where.

    Attributes:
        starts_s: Where each window began in the source, in seconds, ascending.
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

    Windows that overlap share their spectrograms: those are made once over the song and cut on the frames that all
    inputs have in common (every 80 ms for the shipped model). A window then begins up to half such a step from where
    it was asked for, and `Along.starts_s` says where; and its first and last frames see the sound beyond the window
    where a window alone sees its own reflection, which moves a logit by a hundredth or two.

    Args:
        model: From `load_model`.
        song: At `model.bundle.sample_rate`.
        starts_s: Where the windows begin in the source, in seconds, ascending.
        step: Told the share that is done, 0 to 1, after each batch; what it raises ends the listening.
    """
    mono = song.mono()
    mono = mono * np.float32(level_gain(mono))
    window_s = model.bundle.window_s
    grid = _common_grid(model.bundle) if len(starts_s) * window_s > _SHARED_FROM * song.duration_s else None
    if grid is not None and song.duration_s >= window_s:
        begins = _on_grid(song, starts_s, round(window_s * song.sample_rate), grid)
        starts_s = [song.start_s + begin / song.sample_rate for begin in begins]
        batches = _shared(model.bundle, mono, begins)
    else:
        batches = _alone(model, song, mono, starts_s)
    hearings: list[Hearing] = []
    done = 0
    for spectrograms in batches:
        hearings.append(model.hear_spectrograms(spectrograms))
        done += len(hearings[-1].logits)
        if step is not None:
            step(done / len(starts_s))
    return Along(tuple(starts_s), window_s, _joined(hearings))


def _common_grid(bundle: Bundle) -> int | None:
    """Samples of the song between places where a frame of every input begins; None where there are none in common."""
    steps = []
    for item in bundle.inputs:
        if not isinstance(item, MelInput):
            return None
        samples = Fraction(item.spec.hop * bundle.sample_rate, item.spec.sample_rate)
        steps.append(samples.numerator)  # the least whole number of samples that is whole frames, too
    grid = lcm(*steps)
    return grid if grid <= _COARSEST_S * bundle.sample_rate else None


def _on_grid(song: Song, starts_s: Sequence[float], size: int, grid: int) -> list[int]:
    last = (song.samples.shape[1] - size) // grid
    return [grid * min(last, round((start - song.start_s) * song.sample_rate / grid)) for start in starts_s]


def _shared(bundle: Bundle, mono: Floats, begins: Sequence[int]) -> Iterator[dict[str, Floats]]:
    """Batches cut out of spectrograms of the whole song."""
    whole = {}
    for item in bundle.inputs:
        assert isinstance(item, MelInput)
        sound = resample_windows(mono[None], bundle.sample_rate, item.spec.sample_rate)
        hop = item.spec.hop * bundle.sample_rate // item.spec.sample_rate
        whole[item.name] = log_mel(sound, item.spec)[0], hop, item.frames
    for first in range(0, len(begins), _BATCH):
        batch = begins[first : first + _BATCH]
        yield {
            name: np.stack([mel[:, begin // hop : begin // hop + frames] for begin in batch])
            for name, (mel, hop, frames) in whole.items()
        }


def _alone(model: Model, song: Song, mono: Floats, starts_s: Sequence[float]) -> Iterator[dict[str, Floats]]:
    """Batches of which each window was cut from the sound; a part shorter than a window is repeated to fill it."""
    size = round(model.bundle.window_s * song.sample_rate)
    for first in range(0, len(starts_s), _BATCH):
        batch = np.zeros((len(starts_s[first : first + _BATCH]), size), np.float32)
        for row, start_s in zip(batch, starts_s[first : first + _BATCH], strict=True):
            begin = round((start_s - song.start_s) * song.sample_rate)
            row[:] = np.resize(mono[begin : begin + size], size)
        yield model.spectrograms(batch, song.sample_rate)


def _joined(hearings: Sequence[Hearing]) -> Hearing:
    def together(name: str) -> NDArray[np.float32] | None:
        parts = [getattr(hearing, name) for hearing in hearings]
        return None if parts[0] is None else np.concatenate(parts)

    logits = together("logits")
    assert logits is not None
    return Hearing(logits, *(together(name) for name in ("not_music", "embedding", "patch_scores", "tags")))
