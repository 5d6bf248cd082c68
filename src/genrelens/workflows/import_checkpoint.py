"""A PyTorch checkpoint of a ViT-B/16 that looks at pictures of spectrograms, turned into an ordinary bundle.

Torch is needed for this step alone; the bundle runs on ONNX Runtime like any other. The result is held to torch before
it is put in its place, and says that nothing about it is calibrated.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens.errors import CheckpointError
from genrelens.listening.bundle import read_bundle
from genrelens.listening.ear import Ear
from genrelens.listening.picture import CCMUSIC_MEL, CCMUSIC_WINDOW_S, PictureSpec, pictures
from genrelens.taxonomy import GENRES
from genrelens.workflows.writing import check_target, place_bundle

if TYPE_CHECKING:
    from genrelens.workflows.vit import Checkpoint

__all__ = ["LABEL_SETS", "Imported", "check_installed", "import_checkpoint", "read_labels"]

TOLERANCE: Final = 1e-4
"""Largest difference allowed between the network in the bundle and torch."""

WINDOWS: Final = 6
"""Heard of a song by default, as of the shipped model."""

LABEL_SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "ccmusic": (
        "Symphony",
        "Opera",
        "Solo",
        "Chamber",
        "Pop vocal ballad",
        "Adult contemporary",
        "Teen pop",
        "Contemporary dance pop",
        "Dance pop",
        "Classic indie pop",
        "Chamber cabaret and art pop",
        "Soul or R&B",
        "Adult alternative rock",
        "Uplifting anthemic rock",
        "Soft rock",
        "Acoustic pop",
    ),
}
"""Lists of classes by name, in the order of the logits of the published weights."""

UNCALIBRATED: Final[Mapping[str, Any]] = {
    "calibrated": False,
    "temperature": {"1": 1.0},
    # 1 - p is never above 1: the set holds every label, which is all that can be promised.
    "conformal": {"coverage": 1.0, "score": "1-p", "threshold": 1.0},
    "not_music": {"threshold": 1.0, "temperature": 1.0},
    "tiers": {},
}

_OTHER_CLASSES: Final = (
    "The published CCMUSIC weights have 16 classes that are not GenreLens's 16 genres (Symphony, Opera, ... Acoustic "
    "pop): for those, use --label-set ccmusic."
)
_LONGEST_LABEL: Final = 80
_CHECKED: Final = 4


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a checkpoint.

    Attributes:
        labels: In the order of the logits.
        layers: Of the encoder.
        head: "linear" or "ccmusic".
        difference: Largest absolute difference between the bundle's answers and torch's.
        warnings: Sentences about what may be wrong with it.
    """

    labels: tuple[str, ...]
    layers: int
    head: str
    difference: float
    warnings: tuple[str, ...]


def check_installed() -> None:
    """Whether the extra `import` is there.

    Raises:
        CheckpointError: `IMPORT_NOT_INSTALLED`.
    """
    missing = [name for name in ("torch", "onnx") if importlib.util.find_spec(name) is None]
    if missing:
        raise CheckpointError(
            "IMPORT_NOT_INSTALLED", f"importing needs packages that are not there: {', '.join(missing)}"
        )


def read_labels(path: Path) -> tuple[str, ...]:
    """Class names from a text file in UTF-8, one a line, in the order of the network's outputs.

    Raises:
        CheckpointError: `CHECKPOINT_LABELS`.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
    except OSError as error:
        raise _labels(f"{path.name} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise _labels(f"{path.name} is not UTF-8") from None
    labels = [line.strip() for line in lines]
    for number, label in enumerate(labels, start=1):
        if not label:
            raise _labels(f"line {number} of {path.name} is empty")
        if not label.isprintable() or len(label) > _LONGEST_LABEL:
            raise _labels(f"line {number} of {path.name} is no name: {label[:_LONGEST_LABEL]!r}")
        if label in labels[: number - 1]:
            raise _labels(f"line {number} of {path.name} is there twice: {label}")
    return tuple(labels)


def import_checkpoint(
    path: Path,
    labels: Sequence[str] | None,
    name: str,
    folder: Path,
    *,
    force: bool = False,
    window_s: float = CCMUSIC_WINDOW_S,
) -> Imported:
    """Write the bundle that answers as a checkpoint does, all or nothing.

    Args:
        path: State dict in the layout of torchvision's `vit_b_16`.
        labels: Its classes, in the order of its outputs; a checkpoint does not know their names.
        name: Of the new bundle.
        folder: Where it goes.
        force: Replace the bundle that is there.
        window_s: Seconds that one picture shows, 0.5 to 60.

    Raises:
        CheckpointError: `IMPORT_NOT_INSTALLED`, `CHECKPOINT_UNREADABLE`, `CHECKPOINT_UNKNOWN`, `CHECKPOINT_LABELS`, or
            `CHECKPOINT_DIFFERS`.
        TeachError: `TEACH_OUT_EXISTS`, `TEACH_OUT_FAILED`.
    """
    check_installed()
    check_target(folder, force=force)
    from genrelens.workflows.vit import read_checkpoint

    checkpoint = read_checkpoint(path)
    named = _fitting(labels, checkpoint.classes)
    values = _description(path, checkpoint, named, name, window_s)
    difference = 0.0

    def fill(fresh: Path) -> None:
        nonlocal difference
        difference = _write(checkpoint, values, fresh)

    place_bundle(folder, fill, force=force)
    ours = [genre.id for genre in GENRES]
    doubt = checkpoint.head == "ccmusic" and sorted(named) == sorted(ours)
    return Imported(named, checkpoint.layers, checkpoint.head, difference, (_OTHER_CLASSES,) if doubt else ())


def _fitting(labels: Sequence[str] | None, classes: int) -> tuple[str, ...]:
    other = f" {_OTHER_CLASSES}" if classes == len(LABEL_SETS["ccmusic"]) else ""
    if labels is None:
        raise _labels(f"the checkpoint answers with {classes} classes and does not say which.{other}", classes)
    if len(labels) != classes:
        raise _labels(f"the checkpoint answers with {classes} classes, the list has {len(labels)}.{other}", classes)
    return tuple(labels)


def _labels(told: str, classes: int | None = None) -> CheckpointError:
    return CheckpointError("CHECKPOINT_LABELS", told, details={} if classes is None else {"classes": classes})


def _description(
    path: Path, checkpoint: Checkpoint, labels: Sequence[str], name: str, window_s: float
) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {
        "schema_version": 1,
        "name": name,
        "version": "1",
        "licence": "that of the checkpoint, which does not say it",
        "notices": [],
        "model_sha256": "",
        "labels": list(labels),
        "evidence": "none",
        "head_bias": [],
        "inputs": [{"name": "picture", "frontend": PictureSpec(CCMUSIC_MEL, size=checkpoint.size).to_dict()}],
        "window_s": window_s,
        "windows": WINDOWS,
        "tokens": [],
        "calibration": dict(UNCALIBRATED),
        "training": {
            "date": datetime.now(UTC).date().isoformat(),
            "imported_from": {"name": path.name.encode("utf-8", "replace").decode(), "sha256": digest},
            "network": {"layout": "vit_b_16", "layers": checkpoint.layers, "head": checkpoint.head},
        },
    }


def _write(checkpoint: Checkpoint, values: dict[str, Any], fresh: Path) -> float:
    """Network and description into an empty folder; the largest difference between the network there and torch."""
    from genrelens.workflows.vit import export

    export(checkpoint, fresh / "model.onnx")
    with (fresh / "model.onnx").open("rb") as stream:
        values["model_sha256"] = hashlib.file_digest(stream, "sha256").hexdigest()
    _write_json(fresh, values)
    difference = _difference(checkpoint, fresh)
    values["training"]["max_abs_difference_from_torch"] = difference
    _write_json(fresh, values)
    return difference


def _write_json(fresh: Path, values: Mapping[str, Any]) -> None:
    (fresh / "bundle.json").write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _difference(checkpoint: Checkpoint, fresh: Path) -> float:
    """Hold what will run to what was given, on a few made-up windows that go the way of every song."""
    from genrelens.workflows.vit import answers

    bundle = read_bundle(fresh)
    spec = PictureSpec(CCMUSIC_MEL, size=checkpoint.size)
    seen = pictures(_made_up(round(bundle.window_s * spec.sample_rate)), spec)
    logits, embedding = answers(checkpoint, seen)
    heard = Ear(bundle, "cpu").hear({"picture": seen})
    if heard.embedding is None:
        raise CheckpointError("CHECKPOINT_DIFFERS", "the exported network has lost its embedding")
    difference = max(float(np.abs(heard.logits - logits).max()), float(np.abs(heard.embedding - embedding).max()))
    if not difference <= TOLERANCE:
        raise CheckpointError(
            "CHECKPOINT_DIFFERS",
            f"the exported network differs from torch by {difference:.1e}, more than {TOLERANCE:.0e}",
            details={"difference": difference},
        )
    return difference


def _made_up(samples: int) -> NDArray[np.float32]:
    """Noise of several colours, the same every time: float32 [windows, samples]."""
    random = np.random.default_rng(0)
    noise = random.standard_normal((_CHECKED, samples))
    spectra = np.fft.rfft(noise, axis=1)
    spectra /= np.arange(1, spectra.shape[1] + 1) ** (np.arange(_CHECKED)[:, None] / 2)
    coloured = np.fft.irfft(spectra, samples, axis=1)
    made: NDArray[np.float32] = (0.1 * coloured / coloured.std(axis=1, keepdims=True)).astype(np.float32)
    return made
