"""Teaching the ear genres of one's own from a few songs each: a linear head on the frozen embedding.

The network hears as before; only the head, a regularised multinomial logistic regression, is fitted - on song means
of the embedding, which is exact because the head is linear. How strongly it is regularised is chosen by
cross-validation over artists, and every figure that is printed comes from songs of artists that the head in question
had not seen. With `keep` the old genres stay: the bundle's anchors, songs of each that travel with it as embeddings,
are then learnt again together with the new ones.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import GenreLensError, TeachError
from genrelens.listening.analyze import Decoder
from genrelens.listening.bundle import Bundle
from genrelens.listening.certainty import Calibration, softmax, song_probabilities
from genrelens.listening.fitting import best_temperature, conformal_threshold, tier_figures
from genrelens.listening.model import Model, load_model
from genrelens.workflows.anchors import Anchors, read_anchors, write_anchors
from genrelens.workflows.examples import Example
from genrelens.workflows.head import Head, write_head
from genrelens.workflows.linear import Fit, fit_head, held_out

__all__ = ["FEWEST", "Lesson", "Taught", "check_installed", "listen_to", "teach", "write_bundle"]

FEWEST: Final = 10
"""Different sounds a genre needs."""
_COVERAGE: Final = 0.9
_STRENGTHS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
"""C of the regression, on standardised features."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What was heard of the examples.

    Attributes:
        examples: Those that count: decoded, audible, each content once.
        embeddings: Of each example's windows, [windows, d].
        failed: Path and error of each file that could not be heard.
        repeated: Paths whose content was there before with the same label.
        contradicted: Paths whose content has two labels; none of them counts.
    """

    examples: tuple[Example, ...]
    embeddings: tuple[Floats, ...]
    failed: tuple[tuple[Path, GenreLensError], ...]
    repeated: tuple[Path, ...]
    contradicted: tuple[Path, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """A new head and how good it is on artists that it had not seen.

    Attributes:
        labels: In the order of the head's rows.
        head: On the embedding.
        calibration: As `bundle.json` holds it.
        figures: Plain JSON: `songs`, `accuracy`, `chance` (share of the commonest label), `labels` (for each: songs,
            groups, recall, precision), `confused` (pairs: label, taken for, songs), `strength`, `folds`.
        warnings: Sentences about what the figures do not say.
        anchors: For whoever teaches the result more.
    """

    labels: tuple[str, ...]
    head: Head
    calibration: dict[str, Any]
    figures: dict[str, Any]
    warnings: tuple[str, ...]
    anchors: Anchors


def check_installed() -> None:
    """Whether the extra `teach` is there; asked first, so that nobody listens for nothing.

    Raises:
        TeachError: `TEACH_NOT_INSTALLED`.
    """
    missing = [name for name in ("sklearn", "onnx") if importlib.util.find_spec(name) is None]
    if missing:
        raise TeachError("TEACH_NOT_INSTALLED", f"teaching needs packages that are not there: {', '.join(missing)}")


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
    bundle = model.bundle
    heard: list[tuple[Example, Floats, str]] = []
    failed: list[tuple[Path, GenreLensError]] = []
    for example in examples:
        try:
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
                raise TeachError("AUDIO_SILENT", "the recording is silent")
            embedding = model.hear(excerpt).embedding
            if embedding is None:
                raise GenreLensError("BUNDLE_UNTEACHABLE", "it has no embedding to learn from")
            heard.append((example, embedding, excerpt.source.sha256))
        except GenreLensError as error:
            if error.code == "BUNDLE_UNTEACHABLE":
                raise
            failed.append((example.path, error))
        advance()
    labels: dict[str, set[str]] = {}
    for example, _, content in heard:
        labels.setdefault(content, set()).add(example.label)
    contradicted = tuple(example.path for example, _, content in heard if len(labels[content]) > 1)
    seen: set[str] = set()
    kept, repeated = [], []
    for example, embedding, content in heard:
        if len(labels[content]) > 1:
            continue
        if content in seen:
            repeated.append(example.path)
            continue
        seen.add(content)
        kept.append((example, embedding))
    return Lesson(
        tuple(example for example, _ in kept),
        tuple(embedding for _, embedding in kept),
        tuple(failed),
        tuple(repeated),
        contradicted,
    )


def teach(bundle: Bundle, lesson: Lesson, *, keep: bool, seed: int = 0) -> Taught:
    """Fit, cross-validate and calibrate a head.

    Args:
        bundle: That the lesson was heard with.
        lesson: From `listen_to`.
        keep: Whether the bundle's own genres stay beside, and are corrected by, those of the lesson.
        seed: Of the folds.

    Raises:
        TeachError: `TEACH_TOO_LITTLE`.
        BundleError: `BUNDLE_UNTEACHABLE` where `keep` finds no anchors.
    """
    names = [example.label for example in lesson.examples]
    labels = _labels(bundle, names, keep)
    truth = np.array([labels.index(name) for name in names])
    anchors = read_anchors(bundle.folder, len(bundle.labels)) if keep else None
    songs = np.stack([windows.mean(0) for windows in lesson.embeddings])
    windows = np.concatenate(lesson.embeddings)
    owner = np.repeat(np.arange(len(names)), [len(item) for item in lesson.embeddings])
    groups = np.array([example.group for example in lesson.examples])
    folds, warnings = _folds(lesson.examples, truth, groups, labels, seed)
    fits = [Fit(len(labels), strength, anchors) for strength in _STRENGTHS]
    tried = [held_out(songs, truth, folds, fit, windows, owner) for fit in fits]
    best = min(range(len(fits)), key=lambda index: _loss(tried[index][0], truth))
    calibration = _calibration(bundle, *tried[best], truth, owner)
    figures = _figures(labels, truth, groups, tried[best][0], fits[best].strength, int(folds.max()) + 1)
    learnt = Anchors(songs, truth)
    if anchors is not None:
        learnt = Anchors(np.concatenate([anchors.embeddings, songs]), np.concatenate([anchors.truth, truth]))
    return Taught(labels, fit_head(songs, truth, fits[best]), calibration, figures, tuple(warnings), learnt)


def write_bundle(bundle: Bundle, taught: Taught, name: str, folder: Path, *, force: bool = False) -> None:
    """Write the bundle that answers with the new head, all or nothing.

    Args:
        bundle: That was taught.
        taught: From `teach`.
        name: Of the new bundle.
        folder: Where it goes.
        force: Replace what is there.

    Raises:
        TeachError: `TEACH_OUT_EXISTS`.
        BundleError: `BUNDLE_UNTEACHABLE`.
    """
    if folder.exists() and not force:
        raise TeachError("TEACH_OUT_EXISTS", f"{folder} is there already")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".teach-", dir=folder.parent) as made:
        fresh = Path(made) / "bundle"
        fresh.mkdir()
        exact = write_head(bundle.model_path, fresh / "model.onnx", taught.head)
        values = json.loads((bundle.folder / "bundle.json").read_text(encoding="utf-8"))
        values.update(
            name=name,
            version="1",
            model_sha256=hashlib.sha256((fresh / "model.onnx").read_bytes()).hexdigest(),
            labels=list(taught.labels),
            evidence="exact" if exact else "none",
            head_bias=taught.head.bias.tolist() if exact else [],
            calibration=taught.calibration,
            training={
                "date": datetime.now(UTC).date().isoformat(),
                "taught_from": {"name": bundle.name, "version": bundle.version, "sha256": bundle.model_sha256},
                "figures": taught.figures,
            },
        )
        write_anchors(fresh, taught.anchors)
        (fresh / "bundle.json").write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        load_model(fresh, device="cpu")
        old = Path(made) / "old"
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        shutil.rmtree(old, ignore_errors=True)


def _labels(bundle: Bundle, names: Sequence[str], keep: bool) -> tuple[str, ...]:
    counts = Counter(names)
    few = {name: count for name, count in counts.items() if count < FEWEST}
    if few or not counts:
        told = ", ".join(f"{name}: {count}" for name, count in sorted(few.items())) or "nothing"
        raise TeachError("TEACH_TOO_LITTLE", f"too few different sounds ({told})", details={"found": dict(counts)})
    new = tuple(sorted(name for name in counts if name not in bundle.labels))
    if keep:
        return (*bundle.labels, *new)
    if len(counts) < 2:
        raise TeachError("TEACH_TOO_LITTLE", f"there is one genre only ({next(iter(counts))})")
    return tuple(sorted(counts))


def _folds(
    examples: Sequence[Example],
    truth: NDArray[np.int64],
    groups: NDArray[np.str_],
    labels: Sequence[str],
    seed: int,
) -> tuple[NDArray[np.int64], list[str]]:
    from sklearn.model_selection import StratifiedGroupKFold

    warnings = []
    artists = {label: len(set(groups[truth == index])) for index, label in enumerate(labels) if (truth == index).any()}
    alone = sorted(label for label, count in artists.items() if count < 2)
    if alone:
        warnings.append(
            f"All songs of {', '.join(alone)} are of one artist or album: the figures may measure how that sounds, "
            "not the genre."
        )
        groups = np.array([f"{group}#{index}" for index, group in enumerate(groups)])
    elif all(example.own_group for example in examples):
        warnings.append(
            "The files name no artist or album: songs of one artist may be on both sides, and the figures too good."
        )
    splits = min(5, min(len(set(groups[truth == index])) for index in set(truth.tolist())))
    cutter = StratifiedGroupKFold(max(2, splits), shuffle=True, random_state=seed)
    folds = np.zeros(len(truth), np.int64)
    for number, (_, inside) in enumerate(cutter.split(np.zeros(len(truth)), truth, groups)):
        folds[inside] = number
    return folds, warnings


def _loss(logits: Floats, truth: NDArray[np.int64]) -> float:
    own = softmax(logits)[np.arange(len(truth)), truth]
    return -float(np.mean(np.log(np.maximum(own, 1e-12))))


def _calibration(
    bundle: Bundle, songs: Floats, windows: Floats, truth: NDArray[np.int64], owner: NDArray[np.int64]
) -> dict[str, Any]:
    """Of the songs by logits that were not fitted on them; what concerns not-music stays the bundle's."""
    old = bundle.calibration
    values: dict[str, Any] = {
        "temperature": {"1": best_temperature(windows, truth[owner]), "2": best_temperature(songs, truth)},
        "conformal": {"coverage": _COVERAGE, "score": "1-p", "threshold": 1.0},
        "not_music": {"threshold": old.not_music_threshold, "temperature": old.not_music_temperature},
        "tiers": {},
    }
    calibration = Calibration.from_dict(values)
    counts = np.bincount(owner)
    probabilities = np.stack(
        [
            song_probabilities(np.repeat(row[None], count, 0), calibration)
            for row, count in zip(songs, counts, strict=True)
        ]
    )
    values["conformal"]["threshold"] = conformal_threshold(probabilities, truth, _COVERAGE)
    right = {"precision": probabilities.argmax(1) == truth}
    values["tiers"] = tier_figures(probabilities, right, replace(calibration, tiers={}))
    return values


def _figures(
    labels: Sequence[str],
    truth: NDArray[np.int64],
    groups: NDArray[np.str_],
    logits: Floats,
    strength: float,
    folds: int,
) -> dict[str, Any]:
    said = logits.argmax(1)
    pairs = Counter((labels[t], labels[s]) for t, s in zip(truth, said, strict=True) if t != s)
    each = {}
    for index, label in enumerate(labels):
        own, answered = truth == index, said == index
        if own.any():
            each[label] = {
                "songs": int(own.sum()),
                "groups": len(set(groups[own])),
                "recall": round(float((said == truth)[own].mean()), 4),
                "precision": round(float((said == truth)[answered].mean()), 4) if answered.any() else None,
            }
    return {
        "songs": len(truth),
        "accuracy": round(float((said == truth).mean()), 4),
        "chance": round(float(np.bincount(truth).max() / len(truth)), 4),
        "labels": each,
        "confused": [{"label": a, "taken_for": b, "songs": count} for (a, b), count in pairs.most_common(5)],
        "strength": strength,
        "folds": folds,
    }
