"""The published networks as convolutional stems: two spectrograms of a window in, tokens out.

Each network is cut in two. The lower part stays as published and is heard once (`Lower`); what it gives is small
enough to keep for every window of the corpus. The upper part exists frozen (`Frozen`), for the direct path, and once
more for every mixer, tuned with it (`Upper`).

Tokens, in this order everywhere (training, graph, `bundle.json`):

1. *patches*: mn04's last map, 4 bands x 32 steps;
2. *beats*: msd_fcn's fourth map, pooled to 4 bands x 3 steps;
3. one *whole*, of the direct path alone: what the frozen networks say of the window altogether.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from genrelens.listening.frontend import MelSpec
from training.nets.fcn import FcnTagger, load_fcn
from training.nets.mobilenet import MobileNet, load_mobilenet

__all__ = [
    "BANDS",
    "BEATS",
    "BEAT_WIDTH",
    "FEATURES",
    "FEATURE_PARTS",
    "HIDDEN",
    "LOW_SHAPES",
    "MEL_16K",
    "MEL_32K",
    "PATCHES",
    "PATCH_WIDTH",
    "SOUNDS",
    "STEPS",
    "TOKENS",
    "WHOLE_WIDTH",
    "WINDOW_S",
    "Frozen",
    "Lower",
    "Stems",
    "Upper",
    "features",
    "load_networks",
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

CUT: Final = 7
"""Blocks of mn04 that stay as published."""
LOW_SHAPES: Final = ((16, 16, 125), (128, 12, 9))
"""Of the lower maps of a window."""
BANDS: Final = 4
STEPS: Final = 32
BEAT_STEPS: Final = 3
PATCHES: Final = BANDS * STEPS
BEATS: Final = BANDS * BEAT_STEPS
TOKENS: Final = PATCHES + BEATS + 1
PATCH_WIDTH: Final = 384
BEAT_WIDTH: Final = 128
HIDDEN: Final = 512
"""Width of mn04's hidden layer, the beginning of the whole."""
SOUNDS: Final = 527
"""AudioSet's classes, whose logits come next."""
WHOLE_WIDTH: Final = HIDDEN + SOUNDS + 64 + 50
FEATURE_PARTS: Final = (PATCH_WIDTH, BEAT_WIDTH, WHOLE_WIDTH)
FEATURES: Final = sum(FEATURE_PARTS)

_FRAMES_PER_STEP: Final = 32
_FRAMES_PER_BEAT: Final = 192


class Lower(nn.Module):
    """The lower parts: mn04's first blocks, msd_fcn's first three.

    Args:
        mobilenet: As published.
        fcn: As published.
    """

    def __init__(self, mobilenet: MobileNet, fcn: FcnTagger) -> None:
        super().__init__()
        self.mobilenet, self.fcn = mobilenet, fcn

    def forward(self, mel_32k: Tensor, mel_16k: Tensor) -> tuple[Tensor, Tensor]:
        """The maps of n windows.

        Args:
            mel_32k: [n, 128, 1000].
            mel_16k: [n, 96, 626].

        Returns:
            mn04's map [n, 16, 16, 125] and msd_fcn's [n, 128, 12, 9].
        """
        return self.mobilenet.features[:CUT](mel_32k[:, None]), self.fcn.lower(mel_16k)


class Upper(nn.Module):
    """The upper parts: maps to tokens. What a mixer tunes.

    Args:
        mobilenet: As published; copied.
        fcn: As published; copied.
    """

    def __init__(self, mobilenet: MobileNet, fcn: FcnTagger) -> None:
        super().__init__()
        self.blocks = copy.deepcopy(mobilenet.features[CUT:])
        self.beats = copy.deepcopy(fcn.layer4)

    def forward(self, low: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
        """Patches [n, 128, 384] and beats [n, 12, 128]."""
        patches = self.blocks(low).flatten(2).transpose(1, 2)
        return patches, F.max_pool2d(self.beats(coarse), 3).flatten(2).transpose(1, 2)


class Frozen(nn.Module):
    """The upper parts as published, with everything that they say.

    Args:
        mobilenet: As published.
        fcn: As published.
    """

    def __init__(self, mobilenet: MobileNet, fcn: FcnTagger) -> None:
        super().__init__()
        self.mobilenet, self.fcn = mobilenet, fcn

    def forward(self, low: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Patches [n, 128, 384], beats [n, 12, 128], whole [n, `WHOLE_WIDTH`], `HIDDEN` and `SOUNDS` first."""
        patches = self.mobilenet.features[CUT:](low).flatten(2).transpose(1, 2)
        beats, embedding = self.fcn.upper(coarse)
        whole = [*self.mobilenet.head(patches.mean(1)), embedding, self.fcn.dense(embedding)]
        return patches, F.max_pool2d(beats, 3).flatten(2).transpose(1, 2), torch.cat(whole, 1)


class Stems(nn.Module):
    """What is kept of every window for training: the lower maps, and the features of the direct path."""

    def __init__(self, teachers: Path) -> None:
        super().__init__()
        mobilenet, fcn = load_networks(teachers)
        self.lower, self.frozen = Lower(mobilenet, fcn), Frozen(mobilenet, fcn)

    def forward(self, mel_32k: Tensor, mel_16k: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """mn04's map, msd_fcn's map, and the features [n, `FEATURES`] of n windows."""
        low, coarse = self.lower(mel_32k, mel_16k)
        return low, coarse, features(*self.frozen(low, coarse))


def load_networks(teachers: Path) -> tuple[MobileNet, FcnTagger]:
    """The published networks, frozen.

    Args:
        teachers: Folder with the published weights.
    """
    return load_mobilenet(teachers), load_fcn(teachers / "msd_fcn.pth")


def features(patches: Tensor, beats: Tensor, whole: Tensor) -> Tensor:
    """What the direct path is fitted on, [n, `FEATURES`]: mean patch, mean beat, whole."""
    return torch.cat([patches.mean(1), beats.mean(1), whole], 1)


def token_boxes() -> list[dict[str, float]]:
    """The patch of time (s) and frequency (Hz) of each token, in output order; the whole spans everything."""
    boxes = _grid(MEL_32K, STEPS, _FRAMES_PER_STEP) + _grid(MEL_16K, BEAT_STEPS, _FRAMES_PER_BEAT)
    top = max(box["f1_hz"] for box in boxes)
    return [*boxes, _box(0.0, WINDOW_S, 0.0, top)]


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
