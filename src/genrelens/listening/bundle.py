"""A bundle: the folder with `model.onnx` and `bundle.json` that says all there is to know about it.

Any ONNX file with a fitting `bundle.json` loads. What does not fit is `BUNDLE_INVALID`, with what was
expected and what was found; what is merely absent (evidence, embedding, not-music) is said, never faked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from genrelens.errors import BundleError, UsageError
from genrelens.listening.certainty import Calibration
from genrelens.listening.frontend import MelSpec
from genrelens.listening.picture import PictureSpec
from genrelens.listening.tags import TagWord
from genrelens.taxonomy import GENRES

__all__ = ["DEFAULT_BUNDLE", "Bundle", "MelInput", "Patch", "PictureInput", "label_named", "misfit", "read_bundle"]

DEFAULT_BUNDLE: Final = Path(__file__).parent.parent / "models" / "genrelens-base"
"""The bundle that comes with the package."""

SUPPORTED_SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class MelInput:
    """One input of the network: its name, its number of frames, and the spectrogram it takes."""

    name: str
    frames: int
    spec: MelSpec

    @property
    def shape(self) -> list[int]:
        """Of one window: [mels, frames]."""
        return [self.spec.mels, self.frames]


@dataclass(frozen=True, slots=True)
class PictureInput:
    """One input of a network for images: its name, and how the picture it takes is drawn."""

    name: str
    spec: PictureSpec

    @property
    def shape(self) -> list[int]:
        """Of one window: [3, size, size]."""
        return [3, self.spec.size, self.spec.size]


@dataclass(frozen=True, slots=True)
class Patch:
    """The patch of time (s, from the window's start) and frequency (Hz) that one token has seen."""

    t0_s: float
    t1_s: float
    f0_hz: float
    f1_hz: float


@dataclass(frozen=True, slots=True)
class Bundle:
    """What `bundle.json` says, checked.

    Attributes:
        folder: Where it was read from.
        name: Of the model.
        version: Of the model.
        licence: Of the weights.
        notices: Notices that must travel with them (name, licence, text).
        model_sha256: Of `model.onnx`.
        labels: In the order of the logits.
        evidence: `exact` where patch scores average to the logit, else `none`.
        head_bias: What is added to the mean patch score, one a label; empty without evidence.
        inputs: The network's inputs.
        window_s: Seconds of a window.
        windows: Windows heard of a song by default.
        patches: One a token, in the order of the patch scores.
        calibration: What was fitted after training.
        training: How it was made, for people.
        tags: Words of the `tags` output, in its order; empty where there is none.
    """

    folder: Path
    name: str
    version: str
    licence: str
    notices: tuple[Mapping[str, str], ...]
    model_sha256: str
    labels: tuple[str, ...]
    evidence: Literal["exact", "none"]
    head_bias: tuple[float, ...]
    inputs: tuple[MelInput | PictureInput, ...]
    window_s: float
    windows: int
    patches: tuple[Patch, ...]
    calibration: Calibration
    training: Mapping[str, Any]
    tags: tuple[TagWord, ...] = ()

    @property
    def model_path(self) -> Path:
        """The ONNX file."""
        return self.folder / "model.onnx"

    @property
    def sample_rate(self) -> int:
        """The highest rate that an input needs, Hz: songs are decoded to it."""
        return max(item.spec.sample_rate for item in self.inputs)


def read_bundle(folder: str | Path | None = None) -> Bundle:
    """Read and check a bundle; the shipped one when `folder` is left out.

    Raises:
        BundleError: `BUNDLE_NOT_FOUND`, `BUNDLE_NEEDS_IMPORT` (a PyTorch checkpoint) or `BUNDLE_INVALID`.
    """
    path = DEFAULT_BUNDLE if folder is None else Path(folder)
    if path.suffix.lower() in (".pt", ".pth", ".ckpt", ".safetensors", ".bin") and not path.is_dir():
        raise BundleError("BUNDLE_NEEDS_IMPORT", f"{path.name} is a training checkpoint, not a bundle")
    if not (path / "bundle.json").is_file() or not (path / "model.onnx").is_file():
        raise BundleError("BUNDLE_NOT_FOUND", f"no model.onnx with bundle.json in {path}")
    try:
        values = json.loads((path / "bundle.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError("BUNDLE_INVALID", f"bundle.json cannot be read: {error}") from None
    if not isinstance(values, dict):
        raise BundleError("BUNDLE_INVALID", f"bundle.json holds a {type(values).__name__}, not an object")
    bundle = _parse(path, values)
    with bundle.model_path.open("rb") as stream:  # an imported network may be large: never all of it in memory
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != bundle.model_sha256:
        raise misfit("SHA-256 of model.onnx", bundle.model_sha256, found)
    return bundle


def _parse(folder: Path, values: Mapping[str, Any]) -> Bundle:
    if values.get("schema_version") != SUPPORTED_SCHEMA:
        raise misfit("schema_version", SUPPORTED_SCHEMA, values.get("schema_version"))
    try:
        bundle = Bundle(
            folder=folder,
            name=str(values["name"]),
            version=str(values["version"]),
            licence=str(values["licence"]),
            notices=tuple(dict(notice) for notice in values.get("notices", [])),
            model_sha256=str(values["model_sha256"]).lower(),
            labels=tuple(str(label) for label in values["labels"]),
            evidence=values.get("evidence", "none"),
            head_bias=tuple(float(bias) for bias in values.get("head_bias", [])),
            inputs=tuple(_input(item) for item in values["inputs"]),
            window_s=float(values["window_s"]),
            windows=int(values["windows"]),
            patches=tuple(
                Patch(**{key: float(value) for key, value in item.items()}) for item in values.get("tokens", [])
            ),
            calibration=Calibration.from_dict(values["calibration"]),
            training=dict(values.get("training", {})),
            tags=tuple(TagWord.from_dict(item) for item in values.get("tags", [])),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError("BUNDLE_INVALID", f"bundle.json is incomplete or wrong: {error!r}") from None
    _check(bundle)
    return bundle


def _input(values: Mapping[str, Any]) -> MelInput | PictureInput:
    name, frontend = str(values["name"]), values["frontend"]
    if frontend.get("kind") == "picture":
        return PictureInput(name, PictureSpec.from_dict(frontend))
    return MelInput(name, int(values["frames"]), MelSpec.from_dict(frontend))


def _check(bundle: Bundle) -> None:
    if len(set(bundle.labels)) != len(bundle.labels) or len(bundle.labels) < 2:
        raise misfit("labels", "at least two, all different", list(bundle.labels))
    if bundle.evidence not in ("exact", "none"):
        raise misfit("evidence", "exact or none", bundle.evidence)
    if bundle.evidence == "exact" and len(bundle.head_bias) != len(bundle.labels):
        raise misfit("length of head_bias", len(bundle.labels), len(bundle.head_bias))
    if not bundle.inputs or not 0.5 <= bundle.window_s <= 60 or not 1 <= bundle.windows <= 120:
        raise misfit(
            "inputs, window_s, windows", "one input or more, 0.5-60 s, 1-120", [bundle.window_s, bundle.windows]
        )
    for item in bundle.inputs:
        if isinstance(item, PictureInput):
            continue  # a picture has its size whatever the window
        expected = item.spec.frames(round(bundle.window_s * item.spec.sample_rate))
        if item.frames != expected:
            raise misfit(f"frames of {item.name}", f"{expected} (a window of {bundle.window_s:g} s)", item.frames)


def label_named(labels: Sequence[str], asked: str) -> str:
    """The label that a person means: its id or another of its names, whatever the case.

    Raises:
        UsageError: `GENRE_UNKNOWN`.
    """
    wanted = asked.strip().casefold()
    meant = {name.casefold(): genre.id for genre in GENRES for name in (genre.zh, *genre.aliases)}.get(wanted)
    for label in labels:
        if wanted == label.casefold() or meant == label:
            return label
    known = ", ".join(labels)
    raise UsageError(
        "GENRE_UNKNOWN", f"this model has no genre {asked!r}; it has {known}", details={"genres": list(labels)}
    )


def misfit(what: str, expected: object, found: object) -> BundleError:
    """The error for a bundle whose parts do not fit together: what, what was expected, what was found."""
    details = {"what": what, "expected": expected, "found": found}
    return BundleError("BUNDLE_INVALID", f"{what}: expected {expected}, found {found}", details=details)
