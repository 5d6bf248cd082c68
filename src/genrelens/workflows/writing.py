"""A new bundle on the disk: all of it or nothing, and never in the place of anything but a bundle."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from genrelens.errors import TeachError
from genrelens.listening.bundle import Bundle
from genrelens.listening.model import load_model
from genrelens.workflows.teaching.correct import Corrected
from genrelens.workflows.teaching.head import write_head
from genrelens.workflows.teaching.teach import Taught

__all__ = ["check_target", "place_bundle", "write_bundle"]


def check_target(folder: Path, *, force: bool = False) -> None:
    """Whether a bundle may be written there. Asked before listening, and again before writing.

    Args:
        folder: Of the new bundle.
        force: Replace a bundle that is there; never anything else.

    Raises:
        TeachError: `TEACH_OUT_EXISTS`.
    """
    if not os.path.lexists(folder):
        return
    empty = folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())
    if not empty and not (folder / "bundle.json").is_file():
        raise TeachError(
            "TEACH_OUT_EXISTS",
            f"{folder} is there and is no model",
            "Choose another --name or --out: only a model is replaced.",
        )
    if not empty and not force:
        raise TeachError("TEACH_OUT_EXISTS", f"{folder} is there already")


def write_bundle(bundle: Bundle, taught: Taught | Corrected, name: str, folder: Path, *, force: bool = False) -> None:
    """Write the bundle of a lesson, which answers with the new head.

    Args:
        bundle: That was taught.
        taught: From `teach` or `correct`.
        name: Of the new bundle.
        folder: Where it goes.
        force: Replace the bundle that is there.

    Raises:
        TeachError: `TEACH_OUT_EXISTS`, `TEACH_OUT_FAILED`.
        BundleError: `BUNDLE_UNTEACHABLE`.
    """
    place_bundle(folder, lambda fresh: _fill(bundle, taught, name, fresh), force=force)


def place_bundle(folder: Path, fill: Callable[[Path], None], *, force: bool = False) -> None:
    """Make a bundle beside its place and put it there once it is whole.

    Args:
        folder: Where it goes.
        fill: Writes `model.onnx` and `bundle.json` into the empty folder that it is given, and checks them.
        force: Replace the bundle that is there.

    Raises:
        TeachError: `TEACH_OUT_EXISTS`, `TEACH_OUT_FAILED`.
    """
    check_target(folder, force=force)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _place(folder, fill)
    except OSError as error:
        raise TeachError("TEACH_OUT_FAILED", f"{folder} cannot be written: {error.strerror or error}") from None


def _fill(bundle: Bundle, taught: Taught | Corrected, name: str, fresh: Path) -> None:
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
    (fresh / "bundle.json").write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    load_model(fresh, device="cpu")


def _place(folder: Path, fill: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory(prefix=".genrelens-", dir=folder.parent) as made:
        fresh, old = Path(made) / "bundle", Path(made) / "old"
        fresh.mkdir()
        fill(fresh)
        for file in fresh.iterdir():
            with file.open("rb+") as written:
                os.fsync(written.fileno())
        if folder.exists():
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
