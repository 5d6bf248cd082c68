"""What mn04 hears in rendered pieces and in clips: all AudioSet logits, kept, so that words can change freely.

The words of a bundle are AudioSet logits of mn04 as published, through the product's front-end, whatever else a bundle
holds: so they can be measured on mn04 alone, before a bundle is trained and at a tenth of the cost. Everything is kept
in a folder and goes on where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genrelens.audio.windows import Excerpt, listen
from genrelens.errors import AudioError
from genrelens.listening.frontend import log_mel, normalise_level
from training.bodies import MEL_32K, WINDOW_S
from training.corpus import Clip, Corpus
from training.nets.mobilenet import MobileNet, load_mobilenet

__all__ = ["Kept", "SoundEar", "excerpt_of", "keep", "kept", "sounds_of_clips", "sounds_of_scores"]

log = logging.getLogger(__name__)

WINDOWS: Final = 2
"""Of 10 s; a clip of the corpus holds no more."""
_SAVE_EVERY: Final = 50
Kept = dict[str, NDArray[np.float32]]


class _Sounds(nn.Module):
    def __init__(self, mobilenet: MobileNet) -> None:
        super().__init__()
        self.mobilenet = mobilenet

    def forward(self, mel: Tensor) -> Tensor:
        return self.mobilenet.head(self.mobilenet.features(mel[:, None]).mean((2, 3)))[1]


@dataclass(frozen=True, slots=True)
class SoundEar:
    """mn04 alone, as an ONNX session."""

    session: Any

    @classmethod
    def open(cls, teachers: Path, folder: Path) -> SoundEar:
        """Of the published weights; the graph is kept in `folder`."""
        import onnxruntime

        path = folder / "mn04.onnx"
        if not path.exists():
            partial = path.with_suffix(".tmp")
            example = torch.zeros(2, MEL_32K.mels, MEL_32K.frames(round(WINDOW_S * MEL_32K.sample_rate)))
            axes = {"mel": {0: "n"}, "sounds": {0: "n"}}
            names: dict[str, Any] = {"input_names": ["mel"], "output_names": ["sounds"], "dynamic_axes": axes}
            torch.onnx.export(
                _Sounds(load_mobilenet(teachers)), (example,), str(partial), opset_version=17, dynamo=False, **names
            )
            partial.replace(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return cls(onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]))

    def hear(self, excerpt: Excerpt) -> NDArray[np.float32]:
        """AudioSet logits of an excerpt's windows, float32 [windows, 527]."""
        mel = log_mel(normalise_level(excerpt.windows), MEL_32K)
        result: NDArray[np.float32] = self.session.run(None, {"mel": mel})[0]
        return result


def excerpt_of(corpus: Corpus, clip: Clip) -> Excerpt | None:
    """What is heard of a clip, at most 20 s; None where it is silent or cannot be decoded."""
    try:
        excerpt = listen(corpus.read(clip), sample_rate=MEL_32K.sample_rate, window_s=WINDOW_S, count=WINDOWS)
    except AudioError as error:
        log.warning("%s: %s", clip.id, error)
        return None
    return excerpt if len(excerpt.windows) else None


def sounds_of_scores(ear: SoundEar, count: int, seed: int, folder: Path) -> Kept:
    """Number of each of the first `count` pieces -> AudioSet logits, float32 [windows, 527]."""
    from training.tag_scores import RATE, rendered

    path = folder / "scores.npz"
    known = kept(path)
    # Pieces are kept in order, so those that are missing are the last ones.
    for number, sound in rendered(len(known), count, seed):
        excerpt = listen(sound, sample_rate=MEL_32K.sample_rate, window_s=WINDOW_S, count=1, source_rate=RATE)
        known[str(number)] = ear.hear(excerpt)
        if len(known) % _SAVE_EVERY == 0 or number == count - 1:
            log.info("scores: %d of %d", len(known), count)
            keep(path, known)
    return {str(number): known[str(number)] for number in range(count)}


def sounds_of_clips(ear: SoundEar, corpus: Corpus, clips: Sequence[Clip], folder: Path) -> Kept:
    """Id of each clip that can be heard -> AudioSet logits, float32 [windows, 527]."""
    path = folder / "clips.npz"
    known = kept(path)
    for number, clip in enumerate([clip for clip in clips if clip.id not in known], 1):
        excerpt = excerpt_of(corpus, clip)
        if excerpt is not None:
            known[clip.id] = ear.hear(excerpt)
        if number % _SAVE_EVERY == 0:
            log.info("clips: %d more", number)
            keep(path, known)
    keep(path, known)
    return {clip.id: known[clip.id] for clip in clips if clip.id in known}


def kept(path: Path) -> Kept:
    """What a file of arrays holds; nothing where there is none."""
    if not path.exists():
        return {}
    with np.load(path) as arrays:
        return dict(arrays)


def keep(path: Path, values: Kept) -> None:
    """Write arrays by name, all or nothing."""
    partial = path.with_suffix(".tmp.npz")
    np.savez(partial, **values)  # type: ignore[arg-type]
    partial.replace(path)
