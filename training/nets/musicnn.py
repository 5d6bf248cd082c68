"""The musicnn tagger of Won et al. (2020), trained on MagnaTagATune or MTG-Jamendo: a teacher, never shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from training.nets.denormals import flush_denormals

__all__ = ["FRAMES", "MusicnnTagger", "load_musicnn"]

FRAMES: Final = 192
"""Of the spectrogram that the published network reads, about 3 s."""
_VERTICAL: Final = ((67, 7), (38, 7))
_HORIZONTAL: Final = (129, 65, 33)


class _Vertical(nn.Module):
    """Timbre: a tall kernel, the largest answer over frequency."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 204, (height, width), padding=(0, width // 2))
        self.bn = nn.BatchNorm2d(204)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.conv(x))).amax(2)


class _Horizontal(nn.Module):
    """Rhythm: a long kernel over the mean of all bands."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 51, length, padding=length // 2)
        self.bn = nn.BatchNorm1d(51)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.conv(x.mean(2))))


class _Layer(nn.Module):
    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, 64, 7, padding=3)
        self.bn = nn.BatchNorm1d(64)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.conv(x)))


class MusicnnTagger(nn.Module):
    """Log-mel in dB [n, 96, `FRAMES`] (16 kHz, hop 256) to 50 tags."""

    def __init__(self) -> None:
        super().__init__()
        self.spec_bn = nn.BatchNorm2d(1)
        self.layers = nn.ModuleList(
            [*(_Vertical(*shape) for shape in _VERTICAL), *(_Horizontal(length) for length in _HORIZONTAL)]
        )
        self.layer1, self.layer2, self.layer3 = _Layer(561), _Layer(64), _Layer(64)
        self.dense1, self.bn, self.dense2 = nn.Linear(1506, 200), nn.BatchNorm1d(200), nn.Linear(200, 50)

    def forward(self, mel: Tensor) -> Tensor:
        """The published tags [n, 50], probabilities."""
        x = self.spec_bn(mel[:, None])
        first = torch.cat([layer(x) for layer in self.layers], 1)
        second = self.layer1(first)
        third = self.layer2(second) + second
        last = self.layer3(third) + third
        maps = torch.cat([first, second, third, last], 1)
        pooled = torch.cat([maps.amax(2), maps.mean(2)], 1)
        tags: Tensor = torch.sigmoid(self.dense2(torch.relu(self.bn(self.dense1(pooled)))))
        return tags


def load_musicnn(path: Path) -> MusicnnTagger:
    """The published weights, frozen, in evaluation mode."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    net = MusicnnTagger()
    net.load_state_dict({key: value for key, value in state.items() if not key.startswith("spec.")}, strict=True)
    net.eval().requires_grad_(False)
    flush_denormals(net)
    return net
