"""`Hearing`: what the network heard, window by window, before anything is pooled or calibrated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Hearing"]


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """The network's answers for n windows.

    Attributes:
        logits: float32 [n, labels].
        not_music: float32 [n], a logit of its own; None where the bundle has no such output.
        embedding: float32 [n, d]; None where the bundle has no such output.
        patch_scores: float32 [n, labels, tokens], their mean over tokens plus the bundle's `head_bias` is the
            logit; None where the bundle's evidence is `none`.
        tags: float32 [n, words], a logit for each word of `Bundle.tags`; None where there are none.
    """

    logits: NDArray[np.float32]
    not_music: NDArray[np.float32] | None
    embedding: NDArray[np.float32] | None
    patch_scores: NDArray[np.float32] | None
    tags: NDArray[np.float32] | None = None

    def part(self, first: int, last: int) -> Hearing:
        """The windows from `first` up to, not including, `last`."""
        window = slice(first, last)
        return Hearing(
            self.logits[window],
            None if self.not_music is None else self.not_music[window],
            None if self.embedding is None else self.embedding[window],
            None if self.patch_scores is None else self.patch_scores[window],
            None if self.tags is None else self.tags[window],
        )
