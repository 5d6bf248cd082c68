"""The public face: what `genrelens` offers, and that importing it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import genrelens


def test_everything_promised_is_there():
    for name in genrelens.__all__:
        assert getattr(genrelens, name) is not None
    assert set(genrelens.__all__) <= set(dir(genrelens))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="frobnicate"):
        genrelens.frobnicate  # noqa: B018


def test_importing_it_loads_nothing_heavy():
    heavy = ("numpy", "av", "onnxruntime", "gradio")
    code = f"import genrelens, genrelens.cli.app, sys; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
