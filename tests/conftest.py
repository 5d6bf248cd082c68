"""What many tests share: where the corpus is, the shipped model, and the example pieces."""

from __future__ import annotations

import csv
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Corpus:
    """The labelled corpus: the manifest's rows, and the bytes of a clip."""

    folder: Path
    rows: list[dict[str, str]]

    def clips(self, split: str, count: int, music: bool = True) -> list[tuple[dict[str, str], bytes]]:
        """`count` clips of a split with their rows, spread evenly over the (label-sorted) manifest."""
        rows = [r for r in self.rows if r["split"] == split and (r["label"] != "not-music") == music]
        wanted = {r["id"]: r for r in rows[:: max(1, len(rows) // count)][:count]}
        found = {}
        for path in sorted(self.folder.glob(f"{split}-*.tar")):
            with tarfile.open(path) as tar:
                for member in tar:
                    clip = Path(member.name).stem
                    if clip in wanted:
                        stream = tar.extractfile(member)
                        assert stream is not None
                        found[clip] = stream.read()
        return [(row, found[clip]) for clip, row in wanted.items() if clip in found]


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """The corpus; skips where it is absent, fails there with GENRELENS_REQUIRE_CORPUS=1."""
    folder = Path(os.environ.get("GENRELENS_CORPUS") or REPO.parent / "shared" / "corpus")
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        reason = f"no corpus at {folder}: set GENRELENS_CORPUS to its folder"
        if os.environ.get("GENRELENS_REQUIRE_CORPUS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with manifest.open(encoding="utf-8", newline="") as stream:
        return Corpus(folder, list(csv.DictReader(stream)))


@pytest.fixture(scope="session")
def model():
    """The shipped model, loaded once."""
    from genrelens import load_model

    return load_model(device="cpu")


@pytest.fixture(scope="session")
def examples() -> list[Path]:
    """The example pieces, sorted by name."""
    return sorted((REPO / "examples").glob("*.ogg"))
