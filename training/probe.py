"""A linear probe: multinomial logistic regression on standardised features, soft targets and weights allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

__all__ = ["Probe", "fit_probe", "out_of_fold"]

Floats = NDArray[np.float32]

_LEAST: Final = 1e-4
"""Frequency of a label that does not occur."""


@dataclass(frozen=True, slots=True)
class Probe:
    """`features` to logits: `((x - mean) / deviation) @ weight.T + bias`."""

    mean: Floats
    deviation: Floats
    weight: Floats
    bias: Floats

    def logits(self, features: Floats) -> Floats:
        """[n, features] to [n, labels]."""
        result = ((features - self.mean) / self.deviation) @ self.weight.T + self.bias
        return result.astype(np.float32)


def fit_probe(
    features: Floats,
    targets: Floats,
    weights: Floats,
    strength: float,
    adjust: float = 0.0,
) -> Probe:
    """Fit by L-BFGS: the minimum is unique, so there is no seed.

    Args:
        features: [n, features].
        targets: [n, labels], each row sums to 1.
        weights: [n], of the examples.
        strength: C: inverse strength of the L2 penalty, as scikit-learn counts it.
        adjust: How much of the logarithm of the labels' frequencies, as weighted, is added to the logits while fitting
            and not when asked (logit adjustment, Menon et al. 2021): what is rare here is not thought to be rare.
    """
    mean, deviation = features.mean(0), features.std(0) + 1e-3
    x = torch.tensor((features - mean) / deviation)
    y, w = torch.tensor(targets), torch.tensor(weights)
    frequencies = (y * w[:, None]).mean(0).clamp_min(_LEAST)
    offset = adjust * frequencies.log()
    weight = torch.zeros(y.shape[1], x.shape[1], requires_grad=True)
    bias = torch.zeros(y.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=200, history_size=20, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        logits = x @ weight.T + bias
        losses = F.cross_entropy(logits + offset, y, reduction="none")
        loss = (losses * w).mean() + weight.square().sum() / (2 * strength * len(x))
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return Probe(mean, deviation, weight.detach().numpy(), bias.detach().numpy())


def out_of_fold(
    features: Floats,
    targets: Floats,
    weights: Floats,
    fold: NDArray[np.int64],
    groups: Sequence[str],
    strength: float,
    adjust: float = 0.0,
) -> Floats:
    """What a probe says of each example that it was not fitted on: probabilities [n, labels].

    Args:
        features: [n, features].
        targets: [n, labels].
        weights: [n].
        fold: [n], the fold of each example.
        groups: [n]; who is in a fold is not learnt from for it, wherever else it is found.
        strength: C of the probe.
        adjust: Of the probe.
    """
    result = np.zeros_like(targets)
    for number in np.unique(fold):
        inside = fold == number
        known = {group for group, there in zip(groups, inside, strict=True) if there}
        outside = np.array([group not in known for group in groups])
        probe = fit_probe(features[outside], targets[outside], weights[outside], strength, adjust)
        logits = torch.tensor(probe.logits(features[inside]))
        result[inside] = torch.softmax(logits, 1).numpy()
    return result
