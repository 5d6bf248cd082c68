"""The network behind its contract: outputs, batches, threads, and descriptions that do not fit it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from genrelens.errors import BundleError, GenreLensError
from genrelens.listening.bundle import read_bundle
from genrelens.listening.ear import Ear, gpu_status
from tests.listening.conftest import FRAMES, MELS, TOKENS, write_bundle

TOLERANCE = 1e-4


def _mel(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (count, MELS, FRAMES)).astype(np.float32)


def test_patch_scores_average_to_the_logit(tiny):
    ear = Ear(read_bundle(tiny), "cpu")
    hearing = ear.hear({"mel": _mel(3)})
    assert hearing.logits.shape == (3, 2)
    assert hearing.patch_scores.shape == (3, 2, TOKENS)
    assert hearing.patch_scores.mean(axis=2) == pytest.approx(hearing.logits, abs=TOLERANCE)
    assert hearing.not_music is None


def test_the_shipped_models_evidence_is_exact(model):
    bundle = model.bundle
    rng = np.random.default_rng(1)
    mels = {i.name: rng.normal(0, 1, (3, i.spec.mels, i.frames)).astype(np.float32) for i in bundle.inputs}
    hearing = Ear(bundle, "cpu").hear(mels)
    summed = hearing.patch_scores.mean(axis=2) + np.array(bundle.head_bias, np.float32)
    assert summed == pytest.approx(hearing.logits, abs=TOLERANCE)
    assert np.isfinite(hearing.embedding).all()
    assert hearing.not_music.shape == (3,)


def test_a_long_listen_is_the_sum_of_its_batches(tiny):
    ear, mel = Ear(read_bundle(tiny), "cpu"), _mel(40)
    together = ear.hear({"mel": mel})
    alone = np.concatenate([ear.hear({"mel": mel[i : i + 1]}).logits for i in range(40)])
    assert together.logits == pytest.approx(alone, abs=1e-5)


def test_what_is_absent_is_said_not_faked(tmp_path):
    hearing = Ear(read_bundle(write_bundle(tmp_path / "b", exact=False)), "cpu").hear({"mel": _mel(2)})
    assert hearing.patch_scores is None
    assert hearing.part(0, 1).patch_scores is None
    assert hearing.embedding.shape == (2, MELS)


def test_one_ear_many_threads(tiny):
    ear = Ear(read_bundle(tiny), "cpu")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda seed: ear.hear({"mel": _mel(2, seed)}).logits, range(32)))
    for seed, logits in enumerate(answers):
        assert logits == pytest.approx(ear.hear({"mel": _mel(2, seed)}).logits, abs=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": ["a", "b", "c"], "head_bias": [0, 0, 0]}, "output logits"),
        ({"tokens": []}, "output patch_scores"),
    ],
)
def test_a_description_that_does_not_fit_the_network(tmp_path, change, words):
    with pytest.raises(BundleError, match=words) as caught:
        Ear(read_bundle(write_bundle(tmp_path / "b", **change)), "cpu")
    assert caught.value.code == "BUNDLE_INVALID"
    assert {"expected", "found"} <= set(caught.value.details)


def test_a_file_that_is_no_network(tiny):
    import hashlib
    import json

    values = json.loads((tiny / "bundle.json").read_text())
    (tiny / "model.onnx").write_bytes(b"not a network")
    values["model_sha256"] = hashlib.sha256(b"not a network").hexdigest()
    (tiny / "bundle.json").write_text(json.dumps(values))
    with pytest.raises(BundleError, match="does not load"):
        Ear(read_bundle(tiny), "cpu")


def test_a_card_that_is_not_there_is_refused(tiny):
    if gpu_status()[0]:
        pytest.skip("this machine has a card that ONNX Runtime can use")
    with pytest.raises(GenreLensError) as caught:
        Ear(read_bundle(tiny), "cuda")
    assert caught.value.code == "DEVICE_UNAVAILABLE"
    assert Ear(read_bundle(tiny), "auto").device == "cpu"
