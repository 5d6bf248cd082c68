"""The part that is trained: tokens of the frozen bodies, mixed by transformer layers, averaged, one linear head.

Nothing non-linear stands between a token's final vector and the logits, so the head's answer to each token alone
averages exactly to the logit: that is what the evidence map shows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.bodies import BANDS, BEAT_WIDTH, BEATS, PATCH_WIDTH, PATCHES, STEPS, TOKENS, WHOLE_WIDTHS
from training.corpus import LABELS

__all__ = ["Direct", "Listener", "Mixer", "Standard"]


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
        self.inverse.copy_(1 / (flat.std(0) + 1e-2))


class _Layer(nn.Module):
    """One pre-norm transformer layer."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.scale = heads, math.sqrt(width / heads)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 3 * width), nn.Linear(3 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.dropout(self.out(self._attend(self.norm1(x))))
        result: Tensor = x + self.dropout(self.down(self.dropout(F.gelu(self.up(self.norm2(x))))))
        return result

    def _attend(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        query, key, value = (
            self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        )
        weights = torch.softmax(query @ key.transpose(2, 3) / self.scale, 3)
        result: Tensor = (self.dropout(weights) @ value).transpose(1, 2).reshape(batch, tokens, width)
        return result


class Mixer(nn.Module):
    """Standardised tokens to their final vectors.

    Args:
        width: Of a token.
        layers: Transformer layers.
        heads: Attention heads.
        dropout: Inside the layers.
        input_dropout: On the features of the tokens.
    """

    def __init__(self, width: int, layers: int, heads: int, dropout: float, input_dropout: float) -> None:
        super().__init__()
        self.width = width
        self.patch = nn.Linear(PATCH_WIDTH, width)
        self.beat = nn.Linear(BEAT_WIDTH, width)
        self.wholes = nn.ModuleList([nn.Linear(count, width) for count in WHOLE_WIDTHS])
        self.band = nn.Parameter(0.02 * torch.randn(BANDS, 1, width))
        self.step = nn.Parameter(0.02 * torch.randn(1, STEPS, width))
        self.place = nn.Parameter(0.02 * torch.randn(BEATS + len(WHOLE_WIDTHS), width))
        self.layers = nn.ModuleList([_Layer(width, heads, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.dropout, self.input_dropout = nn.Dropout(dropout), nn.Dropout(input_dropout)
        self.head = nn.Linear(width, len(LABELS))
        self.music_head = nn.Linear(width, 1)

    def forward(self, patches: Tensor, beats: Tensor, wholes: Tensor) -> Tensor:
        """All tokens of each window, [n, tokens, width]."""
        return self.mix(self.embed(patches, beats, wholes))

    def embed(self, patches: Tensor, beats: Tensor, wholes: Tensor, kept: Tensor | None = None) -> Tensor:
        """Projected tokens with their places, [n, tokens, width]; `kept` names the patches given, all when left out."""
        places = (self.band + self.step).flatten(0, 1)
        if kept is not None:
            places = places[kept]
        patches, beats, wholes = (self.input_dropout(x) for x in (patches, beats, wholes))
        parts = torch.split(wholes, list(WHOLE_WIDTHS), 1)
        projected = [layer(part)[:, None] for layer, part in zip(self.wholes, parts, strict=True)]
        rest = torch.cat([self.beat(beats), *projected], 1) + self.place
        return torch.cat([self.patch(patches) + places, rest], 1)

    def mix(self, tokens: Tensor) -> Tensor:
        """Tokens through the layers; any subset of the places will do."""
        tokens = self.dropout(tokens)
        for layer in self.layers:
            tokens = layer(tokens)
        final: Tensor = self.norm(tokens)
        return final


class Direct(nn.Module):
    """A linear probe that goes past the layers, token by token: its scores average to the probe's logits.

    Args:
        patch: Weights [labels, 576] on the mean of the standardised patches.
        beat: Weights [labels, 128] on the mean of the standardised beats.
        whole: Weights [labels, 1153] on the standardised wholes.
        bias: [labels].
    """

    patch: Tensor
    beat: Tensor
    whole: Tensor
    bias: Tensor

    def __init__(self, patch: Tensor, beat: Tensor, whole: Tensor, bias: Tensor) -> None:
        super().__init__()
        for name, values in (("patch", patch), ("beat", beat), ("whole", whole), ("bias", bias)):
            self.register_buffer(name, values)

    def forward(self, patches: Tensor, beats: Tensor, wholes: Tensor) -> Tensor:
        """Scores [n, tokens, labels] without the bias; every source of tokens counts by its own mean."""
        widths = list(WHOLE_WIDTHS)
        parts = zip(torch.split(wholes, widths, 1), torch.split(self.whole, widths, 1), strict=True)
        scores = [patches @ self.patch.T / PATCHES, beats @ self.beat.T / BEATS]
        scores += [(part @ weight.T)[:, None] for part, weight in parts]
        return TOKENS * torch.cat(scores, 1)


class Listener(nn.Module):
    """The whole network: bodies, mixers and direct path, one linear head over the mean of their tokens.

    A token's final vector is what each mixer made of it, and the direct path's scores of it.

    Args:
        bodies: The frozen stems.
        standards: Of patches, beats, wholes.
        mixers: One or several, trained apart; they count alike.
        direct: The linear probe.
        share: Of the direct path in the logits, 0 to 1.
        prior: [labels], taken off the logits: what of the corpus' own frequencies should not weigh.
    """

    def __init__(
        self,
        bodies: nn.Module,
        standards: Sequence[Standard],
        mixers: Sequence[Mixer],
        direct: Direct,
        share: float,
        prior: Tensor,
    ) -> None:
        super().__init__()
        self.bodies = bodies
        self.standards = nn.ModuleList(standards)
        self.mixers = nn.ModuleList(mixers)
        self.direct = direct
        labels = len(LABELS)
        mixed = sum(mixer.width for mixer in mixers)
        self.head, self.music_head = nn.Linear(mixed + labels, labels), nn.Linear(mixed + labels, 1)
        with torch.no_grad():
            for mine, name, part in ((self.head, "head", 1 - share), (self.music_head, "music_head", 1.0)):
                theirs = [getattr(mixer, name) for mixer in mixers]
                mine.weight.zero_()
                mine.weight[:, :mixed] = part * torch.cat([layer.weight for layer in theirs], 1) / len(mixers)
                mine.bias.copy_(part * torch.stack([layer.bias for layer in theirs]).mean(0))
            self.head.weight[:, mixed:] = share * torch.eye(labels)
            self.head.bias.add_(share * direct.bias - prior)

    def forward(self, mel_32k: Tensor, mel_16k: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Logits [n, labels], not-music logit [n], embedding [n, d], patch scores [n, labels, tokens] of n windows."""
        return self.answer(*self.bodies(mel_32k, mel_16k))

    def answer(self, patches: Tensor, beats: Tensor, wholes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The same from the bodies' tokens."""
        parts = [standard(x) for standard, x in zip(self.standards, (patches, beats, wholes), strict=True)]
        tokens = torch.cat([*(mixer(*parts) for mixer in self.mixers), self.direct(*parts)], 2)
        embedding = tokens.mean(1)
        scores = (tokens @ self.head.weight.T).transpose(1, 2)
        return self.head(embedding), self.music_head(embedding)[:, 0], embedding, scores
