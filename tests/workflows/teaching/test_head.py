"""Another head on a frozen network."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import onnx
import pytest

from genrelens.audio.windows import listen
from genrelens.errors import BundleError
from genrelens.listening.bundle import read_bundle
from genrelens.listening.ear import Ear
from genrelens.workflows.teaching.head import Head, read_head, write_head
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


def test_the_head_that_was_written_is_read(tmp_path):
    folder = write_bundle(tmp_path / "tiny")
    head = Head(np.random.default_rng(0).normal(0, 1, (3, MELS)).astype(np.float32), np.array([0, 1, 2], np.float32))
    write_head(folder / "model.onnx", tmp_path / "new.onnx", head)
    found = read_head(tmp_path / "new.onnx")
    np.testing.assert_allclose(found.weight, head.weight, atol=1e-5)
    np.testing.assert_array_equal(found.bias, head.bias)


def test_the_shipped_head_answers_as_the_network_does(model, examples):
    bundle = model.bundle
    excerpt = listen(examples[0], sample_rate=bundle.sample_rate, window_s=bundle.window_s, count=2)
    hearing, head = model.hear(excerpt), read_head(bundle.model_path)
    np.testing.assert_allclose(hearing.embedding @ head.weight.T + head.bias, hearing.logits, atol=1e-3)


@pytest.mark.parametrize("bend", [False, True])
def test_no_head_to_read(tmp_path, bend):
    """Logits from the sound itself, and logits that are no linear function of the embedding."""
    path = write_bundle(tmp_path / "tiny") / "model.onnx"
    if bend:
        write_head(path, path, Head(np.ones((2, MELS), np.float32), np.zeros(2, np.float32)))
        network = onnx.load(str(path))
        node = next(node for node in network.graph.node if "logits" in node.output)
        node.output[0] = "straight"
        network.graph.node.append(onnx.helper.make_node("Relu", ["straight"], ["logits"]))
        onnx.save(network, str(path))
    with pytest.raises(BundleError) as caught:
        read_head(path)
    assert caught.value.code == "BUNDLE_UNTEACHABLE"


def test_a_width_that_does_not_fit(tmp_path):
    folder = write_bundle(tmp_path / "tiny")
    with pytest.raises(BundleError) as caught:
        write_head(
            folder / "model.onnx", tmp_path / "new.onnx", Head(np.zeros((2, 5), np.float32), np.zeros(2, np.float32))
        )
    assert caught.value.code == "BUNDLE_UNTEACHABLE"
