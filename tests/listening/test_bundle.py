"""Bundles that load, and every way in which one may not."""

from __future__ import annotations

import json

import pytest

from genrelens.errors import BundleError
from genrelens.listening.bundle import read_bundle
from tests.listening.conftest import write_bundle


def test_the_shipped_bundle_is_what_it_says():
    bundle = read_bundle()
    assert len(bundle.labels) == 16
    assert bundle.evidence == "exact"
    assert bundle.patches
    assert all(0 <= p.t0_s < p.t1_s <= bundle.window_s + 0.5 and 0 <= p.f0_hz < p.f1_hz for p in bundle.patches)
    assert bundle.model_path.stat().st_size < 30e6
    assert {notice["licence"] for notice in bundle.notices} == {"MIT"}
    assert all("Permission is hereby granted" in notice["text"] for notice in bundle.notices)


def test_a_strangers_bundle_loads(tiny):
    bundle = read_bundle(tiny)
    assert bundle.labels == ("low", "high")
    assert bundle.sample_rate == 16_000


@pytest.mark.parametrize("name", ["save.pt", "weights.pth", "x.safetensors"])
def test_a_checkpoint_is_not_a_bundle(name, tmp_path):
    with pytest.raises(BundleError) as caught:
        read_bundle(tmp_path / name)
    assert caught.value.code == "BUNDLE_NEEDS_IMPORT"


@pytest.mark.parametrize("missing", ["model.onnx", "bundle.json"])
def test_half_a_bundle_is_not_found(tiny, missing):
    (tiny / missing).unlink()
    with pytest.raises(BundleError) as caught:
        read_bundle(tiny)
    assert caught.value.code == "BUNDLE_NOT_FOUND"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema_version": 2}, "schema_version"),
        ({"labels": ["low", "low"]}, "labels"),
        ({"labels": 3}, "incomplete or wrong"),
        ({"evidence": "perhaps"}, "evidence"),
        ({"head_bias": [0.0]}, "head_bias"),
        ({"window_s": 2.0}, "frames of mel"),
        ({"windows": 0}, "windows"),
        ({"inputs": []}, "inputs"),
        ({"tokens": [{"t0_s": 0}]}, "incomplete or wrong"),
        ({"calibration": {}}, "calibration"),
        ({"model_sha256": "0" * 64}, "SHA-256"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, change, words):
    with pytest.raises(BundleError, match=words) as caught:
        read_bundle(write_bundle(tmp_path / "b", **change))
    assert caught.value.code == "BUNDLE_INVALID"


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"schema_version": 1}'])
def test_a_description_that_is_none(tiny, text):
    (tiny / "bundle.json").write_text(text)
    with pytest.raises(BundleError) as caught:
        read_bundle(tiny)
    assert caught.value.code == "BUNDLE_INVALID"


def test_every_missing_key_is_an_error_not_a_crash(tiny):
    values = json.loads((tiny / "bundle.json").read_text())
    for key in ("name", "version", "licence", "model_sha256", "labels", "inputs", "window_s", "windows", "calibration"):
        (tiny / "bundle.json").write_text(json.dumps({k: v for k, v in values.items() if k != key}))
        with pytest.raises(BundleError):
            read_bundle(tiny)
