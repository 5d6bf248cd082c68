"""Labelling on this machine: files are decoded in child processes with limits while the network hears those before."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from genrelens.audio.sandbox import DecodePool
from genrelens.errors import GenreLensError
from genrelens.listening.analysis import Analysis
from genrelens.listening.analyze import analyze_many
from genrelens.listening.model import Model

__all__ = ["LocalEngine"]


class LocalEngine:
    """Hears files with one model; use it in a `with`.

    Args:
        model: Hears.
        workers: Files decoded at the same time; about one a core.
    """

    def __init__(self, model: Model, *, workers: int = 2) -> None:
        self.model = model
        self._workers = workers
        self._open = contextlib.ExitStack()
        self._pool: DecodePool | None = None

    def hear(self, paths: Iterable[Path]) -> Iterator[Analysis | GenreLensError]:
        """An answer or an error for each path, in order; paths are taken a few ahead of the answers."""
        if self._pool is None:
            raise RuntimeError("use it in a with")
        yield from analyze_many(self.model, paths, decoder=self._pool.listen, workers=self._workers)

    def __enter__(self) -> LocalEngine:
        # Here, so that the children get ready while files are still looked for.
        self._pool = self._open.enter_context(DecodePool(self._workers))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
