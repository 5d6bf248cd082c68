"""The part that is trained: stems tuned with it, a small transformer over their tokens, the mean, one linear head.

Nothing non-linear stands between a token's final vector and the logits, so the head's answer to each token alone
averages exactly to the logit: that is what the evidence map shows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.bodies import (
    BANDS,
    BEAT_WIDTH,
    BEATS,
    HIDDEN,
    PATCHES,
    SOUNDS,
    STEPS,
    TOKENS,
    TUNED_WIDTH,
    Frozen,
    Lower,
    Upper,
)
from training.corpus import LABELS
from training.tag_words import class_table

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
    """Tuned stems, and a transformer over their tokens beside a linear answer to each of them.

    Args:
        upper: The stems, a copy of its own.
        width: Of a token in the transformer.
        layers: Transformer layers.
        heads: Attention heads.
        dropout: Inside the layers.
        input_dropout: On the features of the tokens, the same features for all tokens of a window.
    """

    def __init__(self, upper: Upper, width: int, layers: int, heads: int, dropout: float, input_dropout: float) -> None:
        super().__init__()
        self.width = width
        self.upper = upper
        self.patch_standard, self.beat_standard = Standard(TUNED_WIDTH), Standard(BEAT_WIDTH)
        self.patch, self.beat = nn.Linear(TUNED_WIDTH, width), nn.Linear(BEAT_WIDTH, width)
        for projection in (self.patch, self.beat):
            # Tokens spread more widely than the means by which they are standardised.
            nn.init.normal_(projection.weight, std=0.3 / math.sqrt(projection.in_features))
        self.place = nn.Parameter(0.02 * torch.randn(PATCHES + BEATS, width))
        self.layers = nn.ModuleList([_Layer(width, heads, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.input_dropout = nn.Dropout(input_dropout)
        self.plain_patch = nn.Linear(TUNED_WIDTH, len(LABELS), bias=False)
        self.plain_beat = nn.Linear(BEAT_WIDTH, len(LABELS), bias=False)
        self.head, self.music_head = nn.Linear(width, len(LABELS)), nn.Linear(width, 1)
        nn.init.zeros_(self.head.weight)

    def train(self, mode: bool = True) -> Mixer:
        """Training mode for all but the stems, whose batch norm stays as published."""
        super().train(mode)
        self.upper.eval()
        return self

    def forward(self, low: Tensor, coarse: Tensor) -> Tensor:
        """Every token's final vector, [n, 140, width + labels]: what the transformer made of it, and its plain scores.

        The mean of the plain scores over the tokens is the linear answer to the mean patch plus that to the mean beat.
        """
        patches, beats = self.standardised(low, coarse)
        patches, beats = self._thinned(patches), self._thinned(beats)
        tokens = torch.cat([self.patch(patches), self.beat(beats)], 1) + self.place
        for layer in self.layers:
            tokens = layer(tokens)
        count = PATCHES + BEATS
        plain = [count / PATCHES * self.plain_patch(patches), count / BEATS * self.plain_beat(beats)]
        return torch.cat([self.norm(tokens), torch.cat(plain, 1)], 2)

    def standardised(self, low: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
        """The stems' patches [n, 128, 384] and beats [n, 12, 128], standardised."""
        patches, beats = self.upper(low, coarse)
        return self.patch_standard(patches), self.beat_standard(beats)

    def answer(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Genre logits [n, labels] and not-music logit [n] from the mean of the final vectors [n, width + labels]."""
        mixed, plain = vectors[:, : self.width], vectors[:, self.width :]
        return self.head(mixed) + plain, self.music_head(mixed)[:, 0]

    def _thinned(self, tokens: Tensor) -> Tensor:
        if not self.training:
            return tokens
        return tokens * self.input_dropout(torch.ones(len(tokens), 1, tokens.shape[2]))


class Direct(nn.Module):
    """A linear probe on the frozen networks, written token by token: its scores average to the probe's logits.

    Args:
        patch: Weights [bands, patch width, labels] on the patches of each band.
        beat: Weights [beat width, labels] on the beats.
        whole: Weights [whole width, labels] on the whole.
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

    def forward(self, patches: Tensor, beats: Tensor, whole: Tensor) -> Tensor:
        """Scores [n, 141, labels] without the bias."""
        banded = (patches.unflatten(1, (BANDS, STEPS)) @ self.patch).flatten(1, 2) / PATCHES
        return TOKENS * torch.cat([banded, beats @ self.beat / BEATS, (whole @ self.whole)[:, None]], 1)


class Listener(nn.Module):
    """The whole network: lower parts once, direct path, mixers, one linear head over the mean of their tokens.

    A token's final vector is what each mixer made of it, the direct path's scores of it, and - for the whole -
    mn04's hidden layer, which the genres do not use: it is there for whoever teaches the embedding other things.

    Args:
        lower: The lower parts.
        frozen: The upper parts as published.
        mixers: One or several, trained apart; they count alike.
        direct: The linear probe.
        hidden: Standard of mn04's hidden layer.
        share: Of the direct path in the logits, 0 to 1.
        prior: [labels], taken off the logits: what of the corpus' own frequencies should not weigh.
    """

    sounds: Tensor

    def __init__(
        self,
        lower: Lower,
        frozen: Frozen,
        mixers: Sequence[Mixer],
        direct: Direct,
        hidden: Standard,
        share: float,
        prior: Tensor,
    ) -> None:
        super().__init__()
        self.lower, self.frozen, self.direct, self.hidden = lower, frozen, direct, hidden
        self.mixers = nn.ModuleList(mixers)
        self.register_buffer("sounds", torch.tensor(class_table()), persistent=False)
        labels = len(LABELS)
        width = sum(mixer.width + labels for mixer in mixers) + labels + HIDDEN
        self.head, self.music_head = nn.Linear(width, labels), nn.Linear(width, 1)
        part = (1 - share) / len(mixers)
        with torch.no_grad():
            for layer in (self.head, self.music_head):
                layer.weight.zero_()
                layer.bias.zero_()
            first = 0
            for mixer in mixers:
                middle, last = first + mixer.width, first + mixer.width + labels
                self.head.weight[:, first:middle] = part * mixer.head.weight
                self.head.weight[:, middle:last] = part * torch.eye(labels)
                self.head.bias.add_(part * mixer.head.bias)
                self.music_head.weight[:, first:middle] = mixer.music_head.weight / len(mixers)
                self.music_head.bias.add_(mixer.music_head.bias / len(mixers))
                first = last
            self.head.weight[:, first : first + labels] = share * torch.eye(labels)
            self.head.bias.add_(share * direct.bias - prior)

    def forward(self, mel_32k: Tensor, mel_16k: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """What is said of n windows.

        Returns:
            Logits [n, labels], not-music logit [n], embedding [n, d], patch scores [n, labels, tokens], and a logit for
            every word of `training.tag_words` [n, words].
        """
        low, coarse, moments = self.lower(mel_32k, mel_16k)
        frozen = self.frozen(low, coarse, moments)
        tokens = self.tokens(low, coarse, *frozen)
        embedding = tokens.mean(1)
        scores = (tokens @ self.head.weight.T).transpose(1, 2)
        return self.head(embedding), self.music_head(embedding)[:, 0], embedding, scores, self.tags(frozen[2])

    def tokens(self, low: Tensor, coarse: Tensor, patches: Tensor, beats: Tensor, whole: Tensor) -> Tensor:
        """Every token's final vector, [n, 141, d]: from the lower maps, and what `Frozen` says of them."""
        # The whole is no token of the mixers: a zero there, and the others count for it.
        mixed = [F.pad(TOKENS / (TOKENS - 1) * mixer(low, coarse), (0, 0, 0, 1)) for mixer in self.mixers]
        hidden = F.pad(TOKENS * self.hidden(whole[:, :HIDDEN])[:, None], (0, 0, TOKENS - 1, 0))
        return torch.cat([*mixed, self.direct(patches, beats, whole), hidden], 2)

    def tags(self, whole: Tensor) -> Tensor:
        """A logit for every word, [n, words]: the largest AudioSet logit of those that it stands for."""
        return whole[:, HIDDEN : HIDDEN + SOUNDS][:, self.sounds].amax(2)
