"""Occlusion: what the logit loses is found where the sound that feeds it is, and named as what it is."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens import load_model
from genrelens.audio.song import read_song
from genrelens.insight.evidence import evidence
from genrelens.insight.occlusion import occlusion
from tests.listening.conftest import write_bundle

RATE = 16_000


@pytest.fixture(scope="module")
def blind(tmp_path_factory):
    """A bundle without evidence: "low" grows with the lower mel bands, "high" with the upper ones."""
    return load_model(write_bundle(tmp_path_factory.mktemp("blind") / "tiny", exact=False, tokens=[]), device="cpu")


@pytest.fixture(scope="module")
def burst():
    """Two seconds of faint noise with a loud tone of 300 Hz from 1.25 s to 1.5 s."""
    time = np.arange(2 * RATE) / RATE
    noise = 1e-3 * np.random.default_rng(0).standard_normal(len(time))
    tone = np.where((time >= 1.25) & (time < 1.5), np.sin(2 * np.pi * 300 * time), 0)
    return read_song((noise + 0.5 * tone).astype(np.float32), sample_rate=RATE, source_rate=RATE)


def test_the_block_with_the_tone_costs_the_most(blind, burst):
    blocks, drops = occlusion(blind, burst, start_s=1.0)
    assert drops.shape == (2, len(blocks))
    worst = blocks[int(drops[blind.bundle.labels.index("low")].argmax())]
    assert worst.f0_hz <= 300 < worst.f1_hz
    assert 0.25 <= (worst.t0_s + worst.t1_s) / 2 <= 0.5
    outside = [k for k, block in enumerate(blocks) if block.t1_s <= 0.125 or block.t0_s >= 0.625]
    assert np.abs(drops[0, outside]).max() < 0.2 * drops[0].max()


def test_evidence_names_it(blind, burst):
    found = evidence(blind, burst, start_s=1.0, label="low")
    assert (found.kind, found.bias) == ("occlusion", None)
    assert found.to_dict()["bias"] is None
    assert (found.scores == found.shown).all()
    first = found.table()[0]
    assert 1.2 <= (first.t0_s + first.t1_s) / 2 <= 1.5


def test_progress_is_told_and_what_it_raises_ends_it(blind, burst):
    shares = []
    occlusion(blind, burst, start_s=1.0, step=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    def stop(share):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        occlusion(blind, burst, start_s=1.0, step=stop)
