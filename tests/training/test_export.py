# ruff: noqa: E402 - torch may be absent
"""The graph answers as torch does, and its evidence is exact."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from genrelens.listening.bundle import read_bundle
from training.bodies import FEATURES, PATCH_WIDTH, Bodies, token_boxes
from training.export import OUTPUTS, check_graph, export_graph
from training.reader import Listener, Reader, Standard


@pytest.fixture(scope="module")
def listener(teachers):
    torch.manual_seed(0)
    return make_listener(teachers)


def make_listener(teachers) -> Listener:
    return Listener(Bodies(teachers), [Reader(16, 0.0, 0.0)], Standard(PATCH_WIDTH), Standard(FEATURES)).eval()


def test_an_exported_graph_passes_its_own_check(listener, tmp_path):
    path = tmp_path / "model.onnx"
    export_graph(listener, path, list(OUTPUTS))
    check_graph(listener, path)


def test_the_check_notices_other_weights(listener, teachers, tmp_path):
    path = tmp_path / "model.onnx"
    export_graph(listener, path, list(OUTPUTS))
    torch.manual_seed(1)
    with pytest.raises(RuntimeError, match="differs"):
        check_graph(make_listener(teachers), path)


def test_the_shipped_bundle_is_exact_and_says_where_its_tokens_lie(model):
    bundle = model.bundle
    assert bundle.evidence == "exact"
    assert [vars_of(patch) for patch in bundle.patches] == token_boxes()
    random = np.random.default_rng(0)
    inputs = {
        "mel_32k": random.standard_normal((5, 128, 1000)),
        "mel_16k": 15 * random.standard_normal((5, 96, 626)) - 20,
    }
    hearing = model._ear.hear({name: mel.astype(np.float32) for name, mel in inputs.items()})
    gap = hearing.patch_scores.mean(2) + np.array(bundle.head_bias) - hearing.logits
    assert np.abs(gap).max() < 1e-4


def test_the_shipped_bundle_carries_its_notices_and_a_calibration():
    bundle = read_bundle()
    assert {notice["licence"] for notice in bundle.notices} == {"MIT"}
    assert all("Permission is hereby granted" in notice["text"] for notice in bundle.notices)
    assert set(bundle.calibration.tiers) == {"sure", "likely", "blend", "unsure"}
    assert 0 < bundle.calibration.conformal_threshold < 1


def test_no_shipped_weight_is_denormal():
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(read_bundle().model_path).graph
    for item in graph.initializer:
        values = onnx.numpy_helper.to_array(item)
        if values.dtype == np.float32:
            assert not np.any((values != 0) & (np.abs(values) < np.finfo(np.float32).tiny)), item.name


def vars_of(patch) -> dict[str, float]:
    return {name: getattr(patch, name) for name in ("t0_s", "t1_s", "f0_hz", "f1_hz")}
