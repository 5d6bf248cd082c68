"""What many tests share: where the corpus is, the shipped model, and the example pieces."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.postgres import start_postgres

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def corpus():
    """The corpus; skips where it is absent, fails there with GENRELENS_REQUIRE_CORPUS=1."""
    from training.corpus import Corpus, corpus_folder

    folder = corpus_folder()
    if not (folder / "manifest.csv").is_file():
        reason = f"no corpus at {folder}: set GENRELENS_CORPUS to its folder"
        if os.environ.get("GENRELENS_REQUIRE_CORPUS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return Corpus(folder, seed=0)


@pytest.fixture(scope="session")
def model():
    """The shipped model, loaded once."""
    from genrelens import load_model

    return load_model(device="cpu")


@pytest.fixture(scope="session")
def examples() -> list[Path]:
    """The example pieces, sorted by name."""
    return sorted((REPO / "examples").glob("*.ogg"))


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL of our own: `.url(name)` makes a database; who stops it starts it again."""
    # Not in pytest's folder: every other run of pytest closes that to the user who is the server.
    with tempfile.TemporaryDirectory(prefix="genrelens-postgres-") as folder:
        server = start_postgres(Path(folder))
        yield server
        server.stop("immediate")
