"""What was heard of labelled files: each content once, and nothing lost because of one bad file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import AudioError, BundleError, GenreLensError, TeachError
from genrelens.listening.analyze import Decoder
from genrelens.listening.model import Model
from genrelens.workflows.teaching.examples import Example, group_of

__all__ = ["FEWEST", "Lesson", "check_enough", "listen_to"]

FEWEST: Final = 10
"""Different sounds that a genre needs."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What was heard of the examples.

    Attributes:
        labels: Of each song that counts: decoded, audible, each content once.
        groups: Of each song: artist, album or album's folder; "" where nothing tells.
        embeddings: Of each song's windows, [windows, d].
        failed: Path and error of each file that could not be heard.
        repeated: Paths whose content was there before with the same label.
        contradicted: Paths whose content has two labels; none of them counts.
    """

    labels: tuple[str, ...]
    groups: tuple[str, ...]
    embeddings: tuple[Floats, ...]
    failed: tuple[tuple[Path, GenreLensError], ...]
    repeated: tuple[Path, ...]
    contradicted: tuple[Path, ...]


def check_enough(labels: Iterable[str]) -> None:
    """Whether there is enough to learn from. Asked before listening, and again of what could be heard.

    Args:
        labels: Of the songs.

    Raises:
        TeachError: `TEACH_TOO_LITTLE`.
    """
    counts = Counter(labels)
    few = {name: count for name, count in sorted(counts.items()) if count < FEWEST}
    if few:
        told = ", ".join(f"{name}: {count}" for name, count in few.items())
        raise TeachError("TEACH_TOO_LITTLE", f"too few different sounds ({told})", details={"found": dict(counts)})
    if len(counts) < 2:
        told = ", ".join(counts) or "nothing"
        raise TeachError("TEACH_TOO_LITTLE", f"it takes at least two genres, there is {told}")


def listen_to(
    model: Model, examples: Sequence[Example], decoder: Decoder, advance: Callable[[], None] = lambda: None
) -> Lesson:
    """Hear every example; what cannot be heard is named and loses no other.

    Args:
        model: Of the bundle that is taught.
        examples: From `read_examples`.
        decoder: What decodes; `DecodePool.listen` for files that are not trusted.
        advance: Called after each file.

    Raises:
        BundleError: `BUNDLE_UNTEACHABLE` where the bundle has no embedding.
    """
    heard: list[tuple[Example, Floats, str]] = []
    failed: list[tuple[Path, GenreLensError]] = []
    for example in examples:
        try:
            embedding, content = _hear(model, example, decoder)
            heard.append((example, embedding, content))
        except BundleError:
            raise
        except GenreLensError as error:
            failed.append((example.path, error))
        advance()
    said: dict[str, set[str]] = {}
    for example, _, content in heard:
        said.setdefault(content, set()).add(example.label)
    contradicted = tuple(example.path for example, _, content in heard if len(said[content]) > 1)
    first: dict[str, tuple[Example, Floats]] = {}
    repeated = []
    for example, embedding, content in heard:
        if len(said[content]) > 1:
            continue
        if content in first:
            repeated.append(example.path)
        else:
            first[content] = (example, embedding)
    kept = list(first.values())
    return Lesson(
        tuple(example.label for example, _ in kept),
        tuple(group_of(example) for example, _ in kept),
        tuple(embedding for _, embedding in kept),
        tuple(failed),
        tuple(repeated),
        contradicted,
    )


def _hear(model: Model, example: Example, decoder: Decoder) -> tuple[Floats, str]:
    bundle = model.bundle
    excerpt = decoder(
        example.path,
        sample_rate=bundle.sample_rate,
        window_s=bundle.window_s,
        count=bundle.windows,
        start_s=None,
        end_s=None,
        source_rate=None,
    )
    if not len(excerpt.windows):
        raise AudioError("AUDIO_SILENT", "the recording is silent")
    embedding = model.hear(excerpt).embedding
    if embedding is None:
        raise BundleError("BUNDLE_UNTEACHABLE", "it has no embedding to learn from")
    return embedding, excerpt.source.sha256
