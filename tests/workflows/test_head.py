"""Another head on a frozen network."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from genrelens.errors import BundleError
from genrelens.listening.bundle import read_bundle
from genrelens.listening.ear import Ear
from genrelens.workflows.head import Head, write_head
from tests.listening.conftest import FRAMES, MELS, write_bundle


@pytest.mark.parametrize("exact", [True, False])
def test_three_labels_on_a_network_of_two(tmp_path, exact):
    folder = write_bundle(tmp_path / "tiny", exact=exact)
    head = Head(np.random.default_rng(0).normal(0, 1, (3, MELS)).astype(np.float32), np.array([0, 1, 2], np.float32))
    assert write_head(folder / "model.onnx", tmp_path / "new.onnx", head) is exact
    values = json.loads((folder / "bundle.json").read_text())
    values.update(labels=list("abc"), head_bias=head.bias.tolist() if exact else [])
    values["model_sha256"] = hashlib.sha256((tmp_path / "new.onnx").read_bytes()).hexdigest()
    (folder / "model.onnx").write_bytes((tmp_path / "new.onnx").read_bytes())
    (folder / "bundle.json").write_text(json.dumps(values))
    mel = np.random.default_rng(1).normal(0, 1, (5, MELS, FRAMES)).astype(np.float32)
    hearing = Ear(read_bundle(folder)).hear({"mel": mel})
    expected = mel.mean(2) @ head.weight.T + head.bias
    np.testing.assert_allclose(hearing.logits, expected, atol=1e-5)
    if exact:
        np.testing.assert_allclose(hearing.patch_scores.mean(2) + head.bias, hearing.logits, atol=1e-5)


def test_a_width_that_does_not_fit(tmp_path):
    folder = write_bundle(tmp_path / "tiny")
    with pytest.raises(BundleError) as caught:
        write_head(
            folder / "model.onnx", tmp_path / "new.onnx", Head(np.zeros((2, 5), np.float32), np.zeros(2, np.float32))
        )
    assert caught.value.code == "BUNDLE_UNTEACHABLE"
