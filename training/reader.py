"""The part that is trained: a hidden layer read patch by patch in the light of the whole window, and one linear head.

Each patch goes through the same layer together with the features of its window; the mean over the patches goes into
the head. Nothing non-linear stands between a patch's final vector and the logits, so the head's answer to each patch
alone averages exactly to the logit: that is what the evidence map shows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.bodies import FEATURE_PARTS, FEATURES, HIDDEN, PATCH_WIDTH, SOUNDS, TOKENS, Bodies
from training.corpus import LABELS
from training.tag_words import class_table

__all__ = ["Listener", "Reader", "Standard"]

_HIDDEN: Final = FEATURE_PARTS.index(HIDDEN)
_SOUNDS: Final = FEATURE_PARTS.index(SOUNDS)


class Standard(nn.Module):
    """Subtracts a mean and divides by a deviation, both measured on train."""

    mean: Tensor
    inverse: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("inverse", torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """Standardised x [..., width]."""
        return (x - self.mean) * self.inverse

    @torch.no_grad()
    def measure(self, x: Tensor) -> None:
        """Take mean and deviation from x [..., width]."""
        flat = x.reshape(-1, x.shape[-1]).double()
        self.mean.copy_(flat.mean(0))
        self.inverse.copy_(1 / (flat.std(0) + 1e-3))


class Reader(nn.Module):
    """One hidden layer over patches, each beside the features of its window.

    Args:
        width: Of the layer.
        dropout: On the layer, the same units for all patches of a window.
        input_dropout: On patches and features, the same features for all patches of a window.
    """

    def __init__(self, width: int, dropout: float, input_dropout: float) -> None:
        super().__init__()
        self.width = width
        self.patch = nn.Linear(PATCH_WIDTH, width, bias=False)
        self.context = nn.Linear(FEATURES, width)
        # A single patch strays much farther from the mean than a window's mean does.
        nn.init.normal_(self.patch.weight, std=0.2 / math.sqrt(PATCH_WIDTH))
        self.dropout, self.input_dropout = nn.Dropout(dropout), nn.Dropout(input_dropout)
        self.head, self.music_head = nn.Linear(width, len(LABELS)), nn.Linear(width, 1)

    def forward(self, patches: Tensor, features: Tensor) -> Tensor:
        """Final vectors [n, tokens, width] from standardised patches [n, tokens, 384] and features [n, `FEATURES`]."""
        if self.training:
            patches = patches * self.input_dropout(torch.ones_like(patches[:, :1]))
        hidden = F.gelu(self.patch(patches) + self.context(self.input_dropout(features))[:, None])
        return hidden * self.dropout(torch.ones_like(hidden[:, :1])) if self.training else hidden

    def answer(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Genre logits [n, labels] and not-music logit [n] from the mean of the final vectors [n, width]."""
        return self.head(vectors), self.music_head(vectors)[:, 0]


class Listener(nn.Module):
    """The whole network: bodies once, readers, one linear head over the mean of the patches.

    A patch's final vector is what each reader made of it and, the same for all patches of a window, mn04's hidden
    layer, which the genres do not use: it is there for whoever teaches the embedding other things.

    Args:
        bodies: The published networks.
        readers: One or several, trained apart; they count alike.
        patch_standard: Of patches.
        feature_standard: Of features.
    """

    sounds: Tensor

    def __init__(
        self, bodies: Bodies, readers: Sequence[Reader], patch_standard: Standard, feature_standard: Standard
    ) -> None:
        super().__init__()
        self.bodies, self.readers = bodies, nn.ModuleList(readers)
        self.patch_standard, self.feature_standard = patch_standard, feature_standard
        self.register_buffer("sounds", torch.tensor(class_table()), persistent=False)
        width = sum(reader.width for reader in readers) + HIDDEN
        self.head, self.music_head = nn.Linear(width, len(LABELS)), nn.Linear(width, 1)
        with torch.no_grad():
            for name in ("head", "music_head"):
                layer, parts = getattr(self, name), [getattr(reader, name) for reader in readers]
                unused = torch.zeros(len(layer.weight), HIDDEN)
                layer.weight.copy_(torch.cat([*(part.weight / len(parts) for part in parts), unused], 1))
                layer.bias.copy_(sum(part.bias for part in parts) / len(parts))

    def forward(self, mel_32k: Tensor, mel_16k: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """What is said of n windows.

        Returns:
            Logits [n, labels], not-music logit [n], embedding [n, d], patch scores [n, labels, tokens], and a logit for
            every word of `training.tag_words` [n, words]: the largest AudioSet logit of those that it stands for.
        """
        patches, features = self.bodies(mel_32k, mel_16k)
        tags = features.split(FEATURE_PARTS, 1)[_SOUNDS][:, self.sounds].amax(2)
        patches, features = self.patch_standard(patches), self.feature_standard(features)
        hidden = features.split(FEATURE_PARTS, 1)[_HIDDEN][:, None].expand(-1, TOKENS, -1)
        tokens = torch.cat([*(reader(patches, features) for reader in self.readers), hidden], 2)
        embedding = tokens.mean(1)
        scores = (tokens @ self.head.weight.T).transpose(1, 2)
        return self.head(embedding), self.music_head(embedding)[:, 0], embedding, scores, tags
