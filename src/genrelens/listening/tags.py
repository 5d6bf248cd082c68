"""Instruments and voices, said only where it was measured that the word is right at least four times in five.

A bundle may have an output `tags`, one logit a word. A word is offered above the threshold at which its precision,
measured on sounds with known content, reached what `bundle.json` says; a word that reached it nowhere has no threshold
and is never offered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import BundleError

__all__ = ["HeardTag", "TagWord", "offered"]


@dataclass(frozen=True, slots=True)
class TagWord:
    """A word of a bundle's `tags` output.

    Attributes:
        id: English and stable.
        names: Language -> the word.
        threshold: Mean logit over the windows from which it is offered; None: never.
        precision: Share of right cases when it was offered; None without a threshold.
    """

    id: str
    names: Mapping[str, str]
    threshold: float | None
    precision: float | None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TagWord:
        """Read one entry of `tags` in `bundle.json`.

        Raises:
            BundleError: `BUNDLE_INVALID`.
        """
        try:
            limit, precision = values.get("threshold"), values.get("precision")
            return cls(
                str(values["id"]),
                {language: str(values[language]) for language in ("en", "zh")},
                None if limit is None else float(limit),
                None if precision is None else float(precision),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError("BUNDLE_INVALID", f"a tag cannot be read: {error!r}") from None


@dataclass(frozen=True, slots=True)
class HeardTag:
    """A word that is offered for a song: its id, its name by language, and the precision that was measured of it."""

    id: str
    names: Mapping[str, str]
    precision: float


def offered(logits: NDArray[np.float32] | None, words: Sequence[TagWord]) -> tuple[HeardTag, ...]:
    """The words for a song, those furthest above their threshold first.

    Args:
        logits: Of every window, float32 [windows, words]; None where the network has no such output.
        words: Of the bundle, in the order of the output.
    """
    if logits is None or not len(logits):
        return ()
    means = logits.mean(axis=0, dtype=np.float64)
    above = [
        (float(mean) - word.threshold, word)
        for mean, word in zip(means, words, strict=True)
        if word.threshold is not None and mean >= word.threshold
    ]
    ordered = sorted(above, key=lambda pair: -pair[0])
    return tuple(HeardTag(word.id, word.names, word.precision or 0.0) for _, word in ordered)
