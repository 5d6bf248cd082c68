"""Evidence for a bundle that has none of its own: parts of the sound are taken away, and what the logit loses is told.

The method is occlusion (Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2),
on the sound's spectrogram, so that it works whatever the network is fed with. A block of time and frequency is not cut
out, which no music sounds like, but brought down to what is there in the quiet moments of the same frequencies. What
comes out is coarser than exact evidence, and does not add up: two parts may each be enough for a genre.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.song import Song
from genrelens.listening.bundle import Patch
from genrelens.listening.frontend import level_gain
from genrelens.listening.model import Model

__all__ = ["occlusion"]

_TIMES: Final = 8
"""Blocks along time: 1.25 s of a window of 10 s."""
_EDGES_HZ: Final = (0.0, 150.0, 400.0, 1000.0, 2500.0, 6000.0)
"""Between the bands; the last reaches up to half the sample rate."""
_FFT: Final = 2048
_HOP: Final = 512
_QUIET: Final = 0.1
"""Quantile of a frequency's magnitudes over the window that counts as its quiet moments."""
_BATCH: Final = 8

Floats = NDArray[np.float32]


def occlusion(
    model: Model, song: Song, *, start_s: float, step: Callable[[float], None] | None = None
) -> tuple[tuple[Patch, ...], Floats]:
    """What each genre's logit loses when a block of time and frequency of one window falls quiet.

    Args:
        model: Any bundle.
        song: At `model.bundle.sample_rate`.
        start_s: Of the window, in seconds of the source; inside the song.
        step: Told the share that is done, 0 to 1, after each batch; what it raises ends the listening.

    Returns:
        The blocks, in seconds from the window's start, and float32 [labels, blocks]: the logit of the whole sound less
        that of the sound without the block.
    """
    rate = song.sample_rate
    window = _window(song, start_s, round(model.bundle.window_s * rate))
    blocks = _blocks(model.bundle.window_s, rate)
    whole = model.hear_windows(window[None], rate).logits[0]
    drops = np.empty((len(whole), len(blocks)), np.float32)
    done = 0
    for batch in _batches(_without(window, blocks, rate)):
        logits = model.hear_windows(batch, rate).logits
        drops[:, done : done + len(batch)] = (whole - logits).T
        done += len(batch)
        if step is not None:
            step(done / len(blocks))
    return blocks, drops


def _window(song: Song, start_s: float, size: int) -> Floats:
    """float32 [size], levelled over the song, a short sound repeated: as `hear_along` hears it."""
    mono = song.mono()
    begin = round((start_s - song.start_s) * song.sample_rate)
    window: Floats = np.resize(mono[begin : begin + size], size) * np.float32(level_gain(mono))
    return window


def _blocks(window_s: float, rate: int) -> tuple[Patch, ...]:
    edges = [*(edge for edge in _EDGES_HZ if edge < rate / 2), rate / 2]
    times = np.linspace(0, window_s, _TIMES + 1)
    return tuple(Patch(float(t0), float(t1), low, high) for low, high in pairwise(edges) for t0, t1 in pairwise(times))


def _without(window: Floats, blocks: tuple[Patch, ...], rate: int) -> Iterator[Floats]:
    """The window without each block, in order."""
    from scipy.signal import istft, stft

    shape = {"fs": rate, "nperseg": _FFT, "noverlap": _FFT - _HOP}
    bins_hz, frames_s, spectrum = stft(window, **shape)
    loud = np.abs(spectrum)
    quiet = np.minimum(1.0, np.quantile(loud, _QUIET, axis=1, keepdims=True) / np.maximum(loud, 1e-12))
    for block in blocks:
        rows = slice(*np.searchsorted(bins_hz, [block.f0_hz, block.f1_hz + (block.f1_hz >= rate / 2)]))
        columns = slice(*np.searchsorted(frames_s, [block.t0_s, block.t1_s]))
        changed = spectrum.copy()
        changed[rows, columns] *= quiet[rows, columns]
        yield istft(changed, **shape)[1][: len(window)].astype(np.float32)


def _batches(sounds: Iterator[Floats]) -> Iterator[Floats]:
    waiting: list[Floats] = []
    for sound in sounds:
        waiting.append(sound)
        if len(waiting) == _BATCH:
            yield np.stack(waiting)
            waiting = []
    if waiting:
        yield np.stack(waiting)
