"""From a source to its `Analysis`: decode, hear, calibrate - one source, a list, or a stream of them.

This is the one call behind every door (Python, command line, page). Several sources are decoded ahead
in threads while the network works on those before, and go through it in batches; a source that fails
gives its error in its place and disturbs nobody else.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, BinaryIO, Final, Protocol, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from genrelens.audio.health import not_music as not_music_finding
from genrelens.audio.health import worst_first
from genrelens.audio.windows import Excerpt, listen
from genrelens.errors import AudioError, GenreLensError, as_expected
from genrelens.listening.analysis import Analysis, GenreScore, ModelInfo, WindowScores
from genrelens.listening.certainty import (
    mix_index,
    not_music_probability,
    prediction_set,
    song_probabilities,
    tier_of,
    window_probabilities,
)
from genrelens.listening.hearing import Hearing
from genrelens.listening.model import Model
from genrelens.listening.tags import offered

__all__ = ["Decoder", "Source", "analyze", "analyze_many", "predict_genre"]

Samples: TypeAlias = "NDArray[np.floating[Any]]"
Source: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO | Samples"

_BATCH_WINDOWS: Final = 16
"""Windows that go through the network together when there are several sources."""
_AHEAD: Final = 2
"""Sources decoded or being decoded ahead of the network, for each worker: bounds memory to a few songs' windows."""


class Decoder(Protocol):
    """What turns a source into windows: `audio.windows.listen` here, a `DecodePool`'s in a child process."""

    def __call__(
        self,
        source: Any,
        *,
        sample_rate: int,
        window_s: float,
        count: int,
        start_s: float | None,
        end_s: float | None,
        source_rate: int | None,
    ) -> Excerpt:
        """`audio.windows.listen` says what each means."""
        ...


@overload
def analyze(
    model: Model,
    source: Source,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    sample_rate: int | None = None,
    decoder: Decoder = listen,
) -> Analysis: ...


@overload
def analyze(
    model: Model,
    source: list[Any] | tuple[Any, ...],
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    sample_rate: int | None = None,
    decoder: Decoder = listen,
) -> list[Analysis | GenreLensError]: ...


def analyze(
    model: Model,
    source: Source | list[Any] | tuple[Any, ...],
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    sample_rate: int | None = None,
    decoder: Decoder = listen,
) -> Analysis | list[Analysis | GenreLensError]:
    """Say what genre a song is, how sure that is, and what was heard.

    Args:
        model: From `load_model`.
        source: A path, bytes, an open binary file, or float samples [n] or [channels, n] with their
            `sample_rate` - or a list of these, which is batched and answered in order.
        start_s: Start of the part to listen to, seconds; the start of the song when left out.
        end_s: End of that part, seconds; the end of the song when left out.
        sample_rate: Of samples, in Hz (in a list, of all samples in it); where there are none it must be left out.
        decoder: What decodes; `DecodePool.listen` decodes in a child process with limits.

    Returns:
        The analysis; for a list, one analysis or error for each source in its place.

    Raises:
        AudioError: The source cannot be decoded (not for a list, where it stands in its place).
    """
    if isinstance(source, (list, tuple)):
        return list(analyze_many(model, source, start_s=start_s, end_s=end_s, sample_rate=sample_rate, decoder=decoder))
    started = time.perf_counter()
    excerpt = _decode(model, source, start_s, end_s, sample_rate, decoder)
    analysis = _answers(model, [excerpt])[0]
    stages = analysis.timing_ms
    rest = (time.perf_counter() - started) * 1000.0 - sum(stages.values())
    return replace(analysis, timing_ms={**stages, "rest": max(0.0, rest)})


def analyze_many(
    model: Model,
    sources: Iterable[Source],
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    sample_rate: int | None = None,
    decoder: Decoder = listen,
    workers: int = 2,
) -> Iterator[Analysis | GenreLensError]:
    """`analyze` for a stream of sources: answers come in order while `workers` later sources are being decoded.

    What goes wrong with one source, expected or not, is its own answer: an unexpected failure is logged
    and stands there as an `InternalError`.
    """
    remaining = iter(sources)
    ahead: deque[Future[Excerpt]] = deque()
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="decode") as threads:

        def refill() -> None:
            while len(ahead) < _AHEAD * workers:
                try:
                    source = next(remaining)
                except StopIteration:
                    return
                rate = sample_rate if isinstance(source, np.ndarray) else None
                ahead.append(threads.submit(_decode, model, source, start_s, end_s, rate, decoder))

        refill()
        while ahead:
            batch: list[Excerpt | GenreLensError] = []
            windows = 0
            while ahead and windows < _BATCH_WINDOWS and (not batch or ahead[0].done()):
                try:
                    excerpt = ahead.popleft().result()
                    windows += len(excerpt.windows)
                    batch.append(excerpt)
                except Exception as error:
                    batch.append(as_expected(error))
                refill()
            heard = iter(_answers(model, [item for item in batch if isinstance(item, Excerpt)]))
            for item in batch:
                yield item if isinstance(item, GenreLensError) else next(heard)


def predict_genre(model: Model, source: Source, *, sample_rate: int | None = None) -> list[tuple[str, float]]:
    """The five likeliest genres of a song with their probabilities, descending.

    Raises:
        AudioError: The source cannot be decoded, or is silent (`AUDIO_SILENT`).
    """
    analysis = analyze(model, source, sample_rate=sample_rate)
    if not analysis.top:
        raise AudioError("AUDIO_SILENT", "the recording is silent: there is no genre to name")
    return [(score.id, score.probability) for score in analysis.top5]


def _decode(
    model: Model,
    source: Source,
    start_s: float | None,
    end_s: float | None,
    sample_rate: int | None,
    decoder: Decoder,
) -> Excerpt:
    return decoder(
        source,
        sample_rate=model.bundle.sample_rate,
        window_s=model.bundle.window_s,
        count=model.bundle.windows,
        start_s=start_s,
        end_s=end_s,
        source_rate=sample_rate,
    )


def _answers(model: Model, excerpts: Sequence[Excerpt]) -> list[Analysis]:
    audible = [excerpt for excerpt in excerpts if len(excerpt.windows)]
    if not audible:
        return [_silent(model, excerpt) for excerpt in excerpts]
    together = model.hear_together(audible)
    hearings = iter(together.hearings)
    share = 1000.0 / len(audible)
    return [
        _answer(model, excerpt, next(hearings), together.features_s * share, together.model_s * share)
        if len(excerpt.windows)
        else _silent(model, excerpt)
        for excerpt in excerpts
    ]


def _answer(model: Model, excerpt: Excerpt, hearing: Hearing, features_ms: float, model_ms: float) -> Analysis:
    labels, calibration = model.bundle.labels, model.bundle.calibration
    probabilities = song_probabilities(hearing.logits, calibration)
    not_music = None if hearing.not_music is None else not_music_probability(hearing.not_music, calibration)
    tier = tier_of(probabilities, not_music, calibration)
    health = list(excerpt.health)
    if tier == "not_music" and not_music is not None:
        health.append(not_music_finding(not_music, calibration.not_music_threshold))
    order = np.argsort(-probabilities, kind="stable")
    return Analysis(
        source=excerpt.source,
        listened=excerpt.listened,
        top=tuple(GenreScore(labels[index], float(probabilities[index])) for index in order),
        not_music=not_music,
        tier=tier,
        mix_index=mix_index(probabilities),
        prediction_set=prediction_set(probabilities, labels, calibration),
        health=worst_first(health),
        windows=tuple(
            WindowScores(start, {label: float(p) for label, p in zip(labels, row, strict=True)})
            for start, row in zip(excerpt.starts_s, window_probabilities(hearing.logits, calibration), strict=True)
        ),
        embedding=None if hearing.embedding is None else hearing.embedding.mean(axis=0),
        model=_model_info(model),
        timing_ms=_timing(excerpt.decode_s * 1000.0, features_ms, model_ms),
        tags=offered(hearing.tags, model.bundle.tags),
    )


def _silent(model: Model, excerpt: Excerpt) -> Analysis:
    return Analysis(
        source=excerpt.source,
        listened=excerpt.listened,
        top=(),
        not_music=None,
        tier="not_music",
        mix_index=0.0,
        prediction_set=(),
        health=excerpt.health,
        windows=(),
        embedding=None,
        model=_model_info(model),
        timing_ms=_timing(excerpt.decode_s * 1000.0, 0.0, 0.0),
    )


def _timing(decode: float, features: float, model: float) -> dict[str, float]:
    return {"decode": decode, "features": features, "model": model, "rest": 0.0}


def _model_info(model: Model) -> ModelInfo:
    bundle = model.bundle
    return ModelInfo(bundle.name, bundle.version, bundle.model_sha256, bundle.calibration.calibrated)
