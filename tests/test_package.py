"""The wheel: all that a user needs is in it, nothing else, and it runs from there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPO


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPO, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_what_is_in_it(wheel, examples):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    needed = {
        "genrelens/py.typed",
        "genrelens/models/genrelens-base/model.onnx",
        "genrelens/models/genrelens-base/bundle.json",
        "genrelens/studio/examples/examples.json",
        "genrelens/words/en/page.yaml",
        "genrelens/words/zh/page.yaml",
        *(f"genrelens/studio/examples/{path.name}" for path in examples),
    }
    assert needed <= names
    sources = {
        f"genrelens/{path.relative_to(REPO / 'src' / 'genrelens').as_posix()}"
        for path in (REPO / "src" / "genrelens").rglob("*")
        if path.is_file() and path.suffix in (".py", ".css", ".js", ".yaml", ".png")
    }
    assert sources <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.split("/")[0] not in ("genrelens",) and ".dist-info" not in name]
    assert wheel.stat().st_size < 40e6


def test_it_runs_from_where_it_is_installed(wheel, tmp_path, examples):
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(tmp_path / "site"),
        str(wheel),
    ]
    subprocess.run(install, check=True, capture_output=True)
    code = "import genrelens, genrelens.studio.samples as s; print(genrelens.__file__); print(len(s.find_samples()))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    where, samples = done.stdout.split()
    assert where.startswith(str(tmp_path))
    assert int(samples) == len(examples)
    command = [sys.executable, "-m", "genrelens", "classify", str(examples[0])]
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
