"""What the tests of training share: the published networks, and a small store of made-up tokens."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

if os.environ.get("GENRELENS_REQUIRE_CORPUS") == "1":
    import torch  # noqa: F401 - where nothing may be skipped, a missing torch is a failure

NEEDS_TORCH = "training needs torch: pip install 'genrelens[train]'"


@pytest.fixture(scope="session")
def teachers(corpus) -> Path:
    """The folder of the published networks."""
    return corpus.folder / "teachers"


@pytest.fixture(scope="session")
def golden(teachers):
    """What the published networks answer to a test signal."""
    with np.load(teachers / "golden.npz") as arrays:
        return dict(arrays)


@pytest.fixture
def make_store(tmp_path):
    """A function that writes a store of noise for given clip ids (one entry a window) and opens it."""

    def make(ids: list[str], name: str = "plain", seed: int = 0):
        from training.bodies import FEATURES, PATCH_WIDTH, TOKENS
        from training.store import Store

        random = np.random.default_rng(seed)
        folder = tmp_path / name
        folder.mkdir(parents=True)
        shapes = {"patches": (TOKENS, PATCH_WIDTH), "features": (FEATURES,)}
        for kind, shape in shapes.items():
            dtype = np.float32 if kind == "features" else np.float16
            np.save(folder / f"{kind}.npy", random.standard_normal((len(ids), *shape)).astype(dtype))
        (folder / "ids.json").write_text(json.dumps(ids))
        return Store.open(folder)

    return make
