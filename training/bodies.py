"""The published networks, frozen: two spectrograms of a window in, tokens and features out.

Tokens are the *patches* of mn04's last map, 4 bands x 32 steps; their order is the same everywhere (training, graph,
`bundle.json`). Features are what both networks say of the window altogether.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from genrelens.listening.frontend import MelSpec
from training.nets.fcn import load_fcn
from training.nets.mobilenet import load_mobilenet

__all__ = [
    "BANDS",
    "FEATURES",
    "FEATURE_PARTS",
    "HIDDEN",
    "MEL_16K",
    "MEL_32K",
    "PATCH_WIDTH",
    "SOUNDS",
    "STEPS",
    "TOKENS",
    "WINDOW_S",
    "Bodies",
    "token_boxes",
]

WINDOW_S: Final = 10.0
MEL_32K: Final = MelSpec(
    sample_rate=32_000,
    n_fft=1024,
    win_length=800,
    hop=320,
    mels=128,
    fmin=0.0,
    fmax=15_000.0,
    formula="kaldi",
    window="hann_symmetric",
    preemphasis=0.97,
    log="ln",
    log_floor=1e-4,
    log_floor_mode="add",
    offset=4.5,
    scale=0.2,
)
"""What mn04 was trained on, but for the floor: there 1e-5, which 16-bit rounding and codecs reach in empty bands, so
that a quieter copy of a song was another song (docs/experiments.md, 16)."""
MEL_16K: Final = MelSpec(
    sample_rate=16_000,
    n_fft=512,
    win_length=512,
    hop=256,
    mels=96,
    fmin=0.0,
    fmax=8_000.0,
    formula="htk",
    log="db",
    log_floor=1e-10,
    log_floor_mode="max",
)
"""What msd_fcn was trained on; its batch norm of the spectrogram is inside the network."""

BANDS: Final = 4
STEPS: Final = 32
TOKENS: Final = BANDS * STEPS
PATCH_WIDTH: Final = 384
HIDDEN: Final = 512
"""Width of mn04's hidden layer."""
SOUNDS: Final = 527
"""AudioSet's classes."""
BEAT_WIDTH: Final = 128
"""Channels of msd_fcn's fourth map."""
FEATURE_PARTS: Final = (PATCH_WIDTH, BEAT_WIDTH, HIDDEN, SOUNDS, 64, 50)
"""Mean patch, msd_fcn's fourth map, mn04's hidden layer and AudioSet logits, msd_fcn's embedding and tags."""
FEATURES: Final = sum(FEATURE_PARTS)

_FRAMES_PER_STEP: Final = 32


class Bodies(nn.Module):
    """Both networks.

    Args:
        teachers: Folder with the published weights.
    """

    def __init__(self, teachers: Path) -> None:
        super().__init__()
        self.mobilenet, self.fcn = load_mobilenet(teachers), load_fcn(teachers / "msd_fcn.pth")

    def forward(self, mel_32k: Tensor, mel_16k: Tensor) -> tuple[Tensor, Tensor]:
        """Patches and features of n windows.

        Args:
            mel_32k: [n, 128, 1000].
            mel_16k: [n, 96, 626].

        Returns:
            [n, `TOKENS`, `PATCH_WIDTH`] and [n, `FEATURES`].
        """
        patches = self.mobilenet.features(mel_32k[:, None]).flatten(2).transpose(1, 2)
        mean = patches.mean(1)
        beats, embedding = self.fcn.maps(mel_16k)
        # Three steps of four bands, each the strongest of its stretch: what FCN's own next pool would have kept.
        beat = F.max_pool2d(beats, 3).mean((2, 3))
        return patches, torch.cat([mean, beat, *self.mobilenet.head(mean), embedding, self.fcn.dense(embedding)], 1)


def token_boxes() -> list[dict[str, float]]:
    """The patch of time (s) and frequency (Hz) of each token, in output order."""
    return _grid(MEL_32K, STEPS, _FRAMES_PER_STEP)


def _grid(spec: MelSpec, steps: int, frames: int) -> list[dict[str, float]]:
    centres = spec.band_edges_hz()[1:-1]
    per_band = spec.mels // BANDS
    # Where one group of bands ends and the next begins: half-way between their centres.
    between = [float(centres[k * per_band - 1 : k * per_band + 1].mean()) for k in range(1, BANDS)]
    borders = [spec.fmin, *between, spec.fmax]
    # A pooled step starts half a frame before the centre of its first frame.
    times = [min(WINDOW_S, max(0.0, spec.frame_time_s(step * frames - 0.5))) for step in range(steps + 1)]
    return [_box(t0, t1, f0, f1) for f0, f1 in pairwise(borders) for t0, t1 in pairwise(times)]


def _box(t0: float, t1: float, f0: float, f1: float) -> dict[str, float]:
    names = ("t0_s", "t1_s", "f0_hz", "f1_hz")
    return {name: round(float(value), 4) for name, value in zip(names, (t0, t1, f0, f1), strict=True)}
