"""The fully convolutional music tagger of Won et al. (2020), trained on the Million Song Dataset (or its sisters).

The published network reads 29 seconds; its last two pools leave no time step of ten. `FcnTagger.maps` therefore
rounds the fourth pool up, takes the fifth over what is there, and keeps every other layer as it is;
`FcnTagger.forward` is the published way.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.nets.denormals import flush_denormals

__all__ = ["FcnTagger", "load_fcn"]

_CHANNELS: Final = (1, 64, 128, 128, 128, 64)
_POOLS: Final = ((2, 4), (2, 4), (2, 4), (3, 5), (4, 4))


class _Layer(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.conv(x)))


class FcnTagger(nn.Module):
    """Log-mel in dB [n, 96, frames] (16 kHz, hop 256) to 50 tags."""

    def __init__(self) -> None:
        super().__init__()
        self.spec_bn = nn.BatchNorm2d(1)
        for number, (inputs, outputs) in enumerate(pairwise(_CHANNELS), 1):
            setattr(self, f"layer{number}", _Layer(inputs, outputs))
        self.dense = nn.Linear(64, 50)

    def _block(self, number: int, x: Tensor) -> Tensor:
        y: Tensor = getattr(self, f"layer{number}")(x)
        return y

    def forward(self, mel: Tensor) -> Tensor:
        """The published tags [n, 50], probabilities; needs about 29 seconds."""
        x = self.spec_bn(mel[:, None])
        for number, pool in enumerate(_POOLS, 1):
            x = F.max_pool2d(self._block(number, x), pool)
        return torch.sigmoid(self.dense(x.flatten(1)))

    def maps(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """For windows of about ten seconds: the map of the fourth block before its pool and the last map, pooled.

        Returns:
            [n, 128, 12, frames / 64] and [n, 64].
        """
        x = self.spec_bn(mel[:, None])
        for number, pool in enumerate(_POOLS[:3], 1):
            x = F.max_pool2d(self._block(number, x), pool)
        fine = self._block(4, x)
        x = self._block(5, F.max_pool2d(fine, _POOLS[3], ceil_mode=True))
        return fine, x.amax(2).mean(2)


def load_fcn(path: Path) -> FcnTagger:
    """The published weights, frozen, in evaluation mode."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    net = FcnTagger()
    net.load_state_dict({key: value for key, value in state.items() if not key.startswith("spec.")}, strict=True)
    net.eval().requires_grad_(False)
    flush_denormals(net)
    return net
