"""A bundle small enough to read: two labels, one mel input, a network of three nodes made with onnx."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

MELS, FRAMES, TOKENS = 16, 63, 63


def write_bundle(folder: Path, *, exact: bool = True, **changes) -> Path:
    """A bundle whose logit for "low" is the mean of the lower bands, for "high" of the upper ones."""
    folder.mkdir(parents=True, exist_ok=True)
    weight = np.zeros((2, MELS), np.float32)
    weight[0, : MELS // 2] = weight[1, MELS // 2 :] = 2 / MELS
    nodes = [
        helper.make_node("MatMul", ["weight", "mel"], ["patch_scores"]),
        helper.make_node("ReduceMean", ["patch_scores", "time"], ["logits"], keepdims=0),
        helper.make_node("ReduceMean", ["mel", "time"], ["embedding"], keepdims=0),
    ]
    outputs = [("logits", ["n", 2]), ("embedding", ["n", MELS])] + (
        [("patch_scores", ["n", 2, TOKENS])] if exact else []
    )
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["n", MELS, FRAMES])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(np.array([2], np.int64), "time")],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), folder / "model.onnx")
    values = {
        "schema_version": 1,
        "name": "tiny",
        "version": "1",
        "licence": "Apache-2.0",
        "model_sha256": hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(),
        "labels": ["low", "high"],
        "evidence": "exact" if exact else "none",
        "head_bias": [0.0, 0.0] if exact else [],
        "inputs": [
            {
                "name": "mel",
                "frames": FRAMES,
                "frontend": {
                    "kind": "log-mel", "sample_rate": 16_000, "n_fft": 512, "win_length": 512, "hop": 256,
                    "mels": MELS, "fmin": 0.0, "fmax": 8_000.0, "formula": "slaney",
                },
            }
        ],
        "window_s": 1.0,
        "windows": 3,
        "tokens": [{"t0_s": t / TOKENS, "t1_s": (t + 1) / TOKENS, "f0_hz": 0, "f1_hz": 8000} for t in range(TOKENS)],
        "calibration": {
            "temperature": {"1": 1.0},
            "conformal": {"coverage": 0.9, "threshold": 0.9},
            "not_music": {"threshold": 0.5, "temperature": 1.0},
        },
    }  # fmt: skip
    (folder / "bundle.json").write_text(json.dumps({**values, **changes}))
    return folder


@pytest.fixture
def tiny(tmp_path):
    return write_bundle(tmp_path / "tiny")
