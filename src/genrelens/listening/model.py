"""`Model`: a bundle with its network loaded, from windows of sound to a `Hearing`."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.windows import Excerpt
from genrelens.listening.bundle import Bundle, MelInput, PictureInput, read_bundle
from genrelens.listening.ear import Device, Ear
from genrelens.listening.frontend import log_mel, normalise_level, resample_windows
from genrelens.listening.hearing import Hearing
from genrelens.listening.picture import pictures

__all__ = ["Model", "load_model"]


@dataclass(frozen=True, slots=True)
class HeardTogether:
    """The hearings of several excerpts that went through the network as one batch, and the seconds that took."""

    hearings: tuple[Hearing, ...]
    features_s: float
    model_s: float


class Model:
    """A loaded bundle. One may be used from many threads; make it with `load_model`."""

    def __init__(self, bundle: Bundle, ear: Ear) -> None:
        self.bundle = bundle
        self._ear = ear

    @property
    def device(self) -> str:
        """Where the network runs: "cpu" or "cuda"."""
        return self._ear.device

    def hear(self, excerpt: Excerpt) -> Hearing:
        """The network's answer for every window of one excerpt (with at least one window)."""
        return self.hear_together([excerpt]).hearings[0]

    def hear_windows(self, windows: NDArray[np.float32], sample_rate: int) -> Hearing:
        """The network's answer for windows [n, samples] whose level is already that of `normalise_level`."""
        return self._ear.hear(self.spectrograms(windows, sample_rate))

    def hear_spectrograms(self, spectrograms: dict[str, NDArray[np.float32]]) -> Hearing:
        """The network's answer for windows that are spectrograms already, as `spectrograms` gives them."""
        return self._ear.hear(spectrograms)

    def hear_together(self, excerpts: Sequence[Excerpt]) -> HeardTogether:
        """Several excerpts in one batch, each with its own level normalised; the answers in the same order."""
        started = time.perf_counter()
        # One excerpt after the other: what is alive at a time is one song's sound, not a batch of songs'.
        per_song = [self.spectrograms(normalise_level(excerpt.windows), excerpt.sample_rate) for excerpt in excerpts]
        spectrograms = {
            item.name: np.concatenate([song[item.name] for song in per_song]) for item in self.bundle.inputs
        }
        featured = time.perf_counter()
        together = self._ear.hear(spectrograms)
        bounds = np.cumsum([0, *(len(excerpt.windows) for excerpt in excerpts)])
        hearings = tuple(together.part(int(a), int(b)) for a, b in pairwise(bounds))
        return HeardTogether(hearings, featured - started, time.perf_counter() - featured)

    def spectrograms(self, windows: NDArray[np.float32], sample_rate: int) -> dict[str, NDArray[np.float32]]:
        """The network's inputs, name -> [n, mels, frames] or pictures, of windows [n, samples], level as it is."""
        return {
            item.name: _seen(resample_windows(windows, sample_rate, item.spec.sample_rate), item)
            for item in self.bundle.inputs
        }


def _seen(windows: NDArray[np.float32], item: MelInput | PictureInput) -> NDArray[np.float32]:
    """One song's windows as an input of the network takes them."""
    return pictures(windows, item.spec) if isinstance(item, PictureInput) else log_mel(windows, item.spec)


_loaded: Final[dict[tuple[str, str], Model]] = {}
_loading: Final = threading.Lock()


def load_model(bundle: str | Path | None = None, *, device: Device = "auto") -> Model:
    """Load a bundle, once a process: a second call with the same bundle and device gives the same model.

    Args:
        bundle: Folder with `model.onnx` and `bundle.json`; the shipped one when left out.
        device: "cpu", "cuda", or "auto": the graphics card when the gpu extra and a card are there.

    Raises:
        BundleError: `BUNDLE_NOT_FOUND`, `BUNDLE_INVALID`, or `BUNDLE_NEEDS_IMPORT` for a PyTorch checkpoint.
        GenreLensError: `DEVICE_UNAVAILABLE`.
    """
    with _loading:
        description = read_bundle(bundle)
        key = (description.model_sha256 + str(description.folder.resolve()), device)
        known = _loaded.get(key)
        if known is None or known.bundle != description:
            known = _loaded[key] = Model(description, Ear(description, device))
        return known
