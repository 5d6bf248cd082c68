"""Files that a command was given, gathered as candidates: heard once, described, with progress on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from genrelens.insight.description import Candidate

__all__ = ["candidates"]


def candidates(
    files: Sequence[Path],
    bundle: Path | None,
    device: Literal["auto", "cpu", "cuda"],
    *,
    tempo: bool = False,
    key: bool = False,
) -> Iterator[Candidate]:
    """`insight.description.gather`, strangers' files decoded in child processes with limits."""
    from genrelens.audio.sandbox import DecodePool
    from genrelens.cli.progress import progress
    from genrelens.insight.description import gather
    from genrelens.listening.model import load_model

    model = load_model(bundle, device=device)
    with DecodePool(workers=min(2, len(files))) as pool, progress(len(files)) as advance:
        for found in gather(model, files, tempo=tempo, key=key, decoder=pool.listen, reader=pool.read_song):
            advance()
            yield found
