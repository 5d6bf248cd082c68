"""`mn04_as` of EfficientAT: a MobileNetV3-Large x0.4 that knows the 527 sounds of AudioSet.

Names of modules follow the published state dict, so that it loads strictly.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from training.nets.denormals import flush_denormals

__all__ = ["MobileNet", "load_mobilenet"]

_BLOCKS: Final = (
    # in, kernel, expanded, out, squeeze-excitation, hard-swish, stride; widths before x0.4
    (16, 3, 16, 16, False, False, 1),
    (16, 3, 64, 24, False, False, 2),
    (24, 3, 72, 24, False, False, 1),
    (24, 5, 72, 40, True, False, 2),
    (40, 5, 120, 40, True, False, 1),
    (40, 5, 120, 40, True, False, 1),
    (40, 3, 240, 80, False, True, 2),
    (80, 3, 200, 80, False, True, 1),
    (80, 3, 184, 80, False, True, 1),
    (80, 3, 184, 80, False, True, 1),
    (80, 3, 480, 112, True, True, 1),
    (112, 3, 672, 112, True, True, 1),
    (112, 5, 672, 160, True, True, 2),
    (160, 5, 960, 160, True, True, 1),
    (160, 5, 960, 160, True, True, 1),
)
_WIDTH: Final = 0.4
_BN_EPS: Final = 1e-3


def _rounded(channels: float) -> int:
    """To a multiple of 8, never under 8, never losing more than a tenth."""
    result = max(8, int(channels + 4) // 8 * 8)
    return result + 8 if result < 0.9 * channels else result


def _conv(
    inputs: int, outputs: int, kernel: int, stride: int, groups: int, act: type[nn.Module] | None
) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=_BN_EPS),
    ]
    if act is not None:
        layers.append(act())
    return nn.Sequential(*layers)


class _Gate(nn.Module):
    """One squeeze-excitation over channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = _rounded(channels / 4)
        self.fc1 = nn.Linear(channels, squeezed)
        self.fc2 = nn.Linear(squeezed, channels)

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.sigmoid(self.fc2(torch.relu(self.fc1(x.mean((2, 3))))))
        return x * gate[:, :, None, None]


class _SqueezeExcitation(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conc_se_layers = nn.ModuleList([_Gate(channels)])

    def forward(self, x: Tensor) -> Tensor:
        for gate in self.conc_se_layers:
            x = gate(x)
        return x


class _InvertedResidual(nn.Module):
    def __init__(
        self, inputs: int, kernel: int, expanded: int, outputs: int, se: bool, swish: bool, stride: int
    ) -> None:
        super().__init__()
        act: type[nn.Module] = nn.Hardswish if swish else nn.ReLU
        layers: list[nn.Module] = []
        if expanded != inputs:
            layers.append(_conv(inputs, expanded, 1, 1, 1, act))
        layers.append(_conv(expanded, expanded, kernel, stride, expanded, act))
        if se:
            layers.append(_SqueezeExcitation(expanded))
        layers.append(_conv(expanded, outputs, 1, 1, 1, None))
        self.block = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.block(x)
        return x + y if self.residual else y


class MobileNet(nn.Module):
    """Log-mel [n, 1, 128, frames] to the maps and answers that the readers read."""

    def __init__(self) -> None:
        super().__init__()
        widths = [tuple(_rounded(_WIDTH * v) if i in (0, 2, 3) else v for i, v in enumerate(b)) for b in _BLOCKS]
        first, last = widths[0][0], 6 * widths[-1][3]
        layers: list[nn.Module] = [_conv(1, first, 3, 2, 1, nn.Hardswish)]
        layers += [_InvertedResidual(*block) for block in widths]  # type: ignore[arg-type]
        layers.append(_conv(widths[-1][3], last, 1, 1, 1, nn.Hardswish))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(last, 512),
            nn.Hardswish(),
            nn.Dropout(0.2),
            nn.Linear(512, 527),
        )

    def head(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Mean of the last map [..., 384] to the hidden layer [..., 512] and the AudioSet logits [..., 527]."""
        hidden = self.classifier[3](self.classifier[2](pooled))
        return hidden, self.classifier[5](hidden)


def load_mobilenet(teachers: Path) -> MobileNet:
    """The published weights, frozen, in evaluation mode."""
    net = MobileNet()
    net.load_state_dict(torch.load(teachers / "mn04_as.pt", map_location="cpu", weights_only=True), strict=True)
    net.eval().requires_grad_(False)
    flush_denormals(net)
    return net
