"""Catalogues for tests: one of real answers, and one of any size whose answers are made up but valid."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from genrelens import analyze
from genrelens.audio.health import HealthFinding
from genrelens.audio.windows import SourceInfo
from genrelens.catalogue.paths import to_text
from genrelens.catalogue.schema import decisions
from genrelens.catalogue.store import Catalogue, FileRecord, open_catalogue
from genrelens.errors import AudioError, GenreLensError
from genrelens.listening.analysis import Analysis, GenreScore, ModelInfo, WindowScores
from genrelens.listening.bundle import Bundle, read_bundle
from genrelens.listening.certainty import mix_index, prediction_set, softmax, tier_of
from genrelens.listening.model import Model
from genrelens.listening.tags import HeardTag

__all__ = ["answer_all", "decide", "made_catalogue", "synthetic_analysis", "synthetic_catalogue", "synthetic_path"]

_CHUNK = 200
_HIDDEN = 16
"""Dimensions in which made-up embeddings differ; further ones are mixed of these, with a little noise."""
_ODD_NAMES = (
    b"=cmd|' C calc'!A0.mp3",
    b"caf\xe9 \xff.flac",
    b"two\nlines\t.wav",
    "周杰伦 - 青花瓷.mp3".encode(),
    b'+1 "quoted", with comma;.ogg',
    b"back\\x5cslash \\xe9.mp3",
    "\u202egnp.mp3".encode(),
    b"-1+2\x07.wav",
)
_TAGS = ("", "", "Hip-Hop/Rap", "Jazz", "Techno", "电子", "=Rock", "Pop")


def made_catalogue(where: str | Path, model: Model, paths: Iterable[Path], person: str = "maker") -> Catalogue:
    """A catalogue with the real answers for some files; what cannot be heard becomes a failure."""
    catalogue = open_catalogue(where, create=True)
    model_id = catalogue.model_id(model.bundle)
    answers: dict[str, Analysis | GenreLensError] = {}
    records = []
    for path in paths:
        said = path.stat()
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        records.append(FileRecord(to_text(path), said.st_size, said.st_mtime_ns, sha))
        if sha not in answers:
            try:
                answers[sha] = analyze(model, path)
            except GenreLensError as error:
                answers[sha] = error
    catalogue.plan(model_id, records)
    answer_all(catalogue, model_id, person, answers)
    return catalogue


def answer_all(catalogue: Catalogue, model_id: int, person: str, answers: dict[str, Analysis | GenreLensError]) -> None:
    """Claim and commit SHA-256 -> Analysis or error, until nothing is left to claim."""
    while got := catalogue.claim(model_id, person, list(answers)):
        catalogue.commit(model_id, person, [(sha, answers.pop(sha)) for sha in got])


def synthetic_catalogue(
    where: str | Path,
    n: int,
    seed: int = 0,
    *,
    bundle: Bundle | None = None,
    folder: str = "/music",
    shift: float = 0,
    dimensions: int = _HIDDEN,
) -> Catalogue:
    """A catalogue of `n` files that do not exist: every tier, odd names, copies, failures, one unreadable in a hundred.

    The same files whatever the bundle, so that a second call with another bundle gives a second model's answers.

    Args:
        where: As for `open_catalogue`; may hold something already.
        n: How many files.
        seed: Of all that is made up: the same seed, the same content.
        bundle: Which model is said to have answered; the shipped one when left out.
        folder: Where the files are said to lie.
        shift: Noise added to every score, so that another model answers a little differently.
        dimensions: Of the embeddings.
    """
    catalogue = open_catalogue(where, create=True)
    bundle = bundle or read_bundle()
    model_id = catalogue.model_id(bundle)
    info = ModelInfo(bundle.name, bundle.version, bundle.model_sha256, bundle.calibration.calibrated)
    for first in range(0, n, _CHUNK):
        records, answers = [], {}
        for number in range(first, min(n, first + _CHUNK)):
            record, answer = _file(number, seed, folder, bundle, info, shift, dimensions)
            records.append(record)
            if record.sha256 is not None and answer is not None:
                answers[record.sha256] = answer
        catalogue.plan(model_id, records)
        answer_all(catalogue, model_id, "maker", answers)
    return catalogue


def synthetic_path(number: int, folder: str = "/music") -> bytes:
    """The path of the file with this number, in one of 40 albums; eight in fifty have an odd name."""
    album = os.fsencode(f"{folder}/album {number % 40:02d}")
    odd = number % 50
    return album + (b"/%06d/" % number + _ODD_NAMES[odd] if odd < len(_ODD_NAMES) else b"/song %06d.mp3" % number)


def _file(
    number: int, seed: int, folder: str, bundle: Bundle, info: ModelInfo, shift: float, dimensions: int
) -> tuple[FileRecord, Analysis | GenreLensError | None]:
    path = to_text(os.fsdecode(synthetic_path(number, folder)))
    if number % 100 == 99:
        return FileRecord(path, 0, 0, None, "AUDIO_UNREADABLE", "made up: no permission"), None
    # One in 25 has the bytes of the file before it.
    content = number - 1 if number % 25 == 24 else number
    sha = hashlib.sha256(f"{seed}:{content}".encode()).hexdigest()
    record = FileRecord(path, 4_000_000 + content, 1_700_000_000_000_000_000 + content, sha)
    if content % 60 == 59:
        return record, AudioError("AUDIO_DECODER_CRASHED", "made up: =the decoder died\nhere")
    return record, synthetic_analysis(seed, content, sha, bundle, info, shift, dimensions)


def synthetic_analysis(
    seed: int, content: int, sha: str, bundle: Bundle, info: ModelInfo, shift: float = 0, dimensions: int = _HIDDEN
) -> Analysis:
    """A valid answer for one content: silence, not-music, and every tier occur; the embedding leans to its genre."""
    labels, calibration = bundle.labels, bundle.calibration
    random = np.random.default_rng([seed, content])
    scores = random.normal(0, 1, len(labels))
    true = int(random.integers(len(labels)))
    scores[true] += random.uniform(0, 7)
    windows = scores + random.normal(0, 0.7, (6, len(labels)))
    if shift:
        windows = windows + np.random.default_rng([seed, content, 7]).normal(0, shift, len(labels))
    silent = content % 97 == 96
    not_music = 0.97 if content % 31 == 30 else float(random.uniform(0, 0.05))
    p = softmax(windows.mean(axis=0))
    top = sorted(
        (GenreScore(label, float(x)) for label, x in zip(labels, p, strict=True)), key=lambda s: -s.probability
    )
    directions = np.random.default_rng(seed).normal(0, 1, (len(labels), _HIDDEN))
    embedding = (directions[true] + random.normal(0, 0.8, _HIDDEN)).astype(np.float32)
    duration = float(random.uniform(90, 400))
    if dimensions != _HIDDEN:
        # Last: whatever the dimensions, all else is the same.
        embedding = embedding @ _mixing(dimensions) + random.normal(0, 2, dimensions).astype(np.float32)
    source = SourceInfo("", sha, duration, "mp3", 44_100, 2, _TAGS[content % len(_TAGS)])
    health = list(_health(content))
    if silent:
        advice = {"en": "Check it.", "zh": "请检查。"}
        health = [HealthFinding("SILENT", "error", -90.0, -80.0, "dBFS", advice)]
        return Analysis(
            source, (), (), None, "not_music", 0.0, (), tuple(health), (), None, info, dict.fromkeys(_TIMINGS, 1.0)
        )
    starts = [round(duration * (k + 0.5) / 6 - 5, 3) for k in range(6)]
    return Analysis(
        source=source,
        listened=tuple((start, start + 10.0) for start in starts),
        top=tuple(top),
        not_music=not_music,
        tier=tier_of(p, not_music, calibration),
        mix_index=mix_index(p),
        prediction_set=prediction_set(p, labels, calibration),
        health=tuple(health),
        windows=tuple(
            WindowScores(start, dict(zip(labels, map(float, softmax(row)), strict=True)))
            for start, row in zip(starts, windows, strict=True)
        ),
        embedding=embedding,
        model=info,
        timing_ms=dict.fromkeys(_TIMINGS, 1.0 + content),
        tags=(HeardTag("piano", {"en": "piano", "zh": "钢琴"}, 0.85),) if content % 3 == 0 else (),
    )


@cache
def _mixing(dimensions: int) -> np.ndarray:
    return np.random.default_rng(dimensions).normal(0, 1, (_HIDDEN, dimensions)).astype(np.float32)


_TIMINGS = ("decode", "features", "model", "rest")


def _health(content: int) -> Iterator[HealthFinding]:
    if content % 10 == 3:
        yield HealthFinding(
            "CLIPPING", "warning", 2.3, 0.1, "%", {"en": "Use a quieter master.", "zh": "请用较轻的母带。"}
        )
    if content % 15 == 3:
        yield HealthFinding(
            "BAND_LIMITED", "info", 6.0, 7.0, "kHz", {"en": "Find a better copy.", "zh": "请找更好的版本。"}
        )


def decide(
    catalogue: Catalogue,
    model_id: int,
    sha256: str,
    verdict: str,
    *,
    kind: str = "other",
    person: str = "ann",
    at: float = 1_795_000_000.0,
    batch: str | None = None,
) -> None:
    """Put one decision into a catalogue, as a reviewer's would stand there."""
    values = {
        "token": secrets.token_hex(16),
        "sha256": sha256,
        "model": model_id,
        "person": person,
        "at": at,
        "kind": kind,
        "verdict": verdict,
        "batch": batch,
    }
    catalogue.database.write(lambda connection: connection.execute(insert(decisions), [values]))
