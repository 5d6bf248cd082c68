# ruff: noqa: E402 - torch may be absent
"""The ports answer as the published networks do, through the product's own front-end.

Tolerance: 1e-3 of a hidden unit or an embedding, 1e-2 of a logit of up to 14, 1e-4 of a tag's probability.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from genrelens.listening.frontend import log_mel, mel_filter_bank
from training.bodies import MEL_16K, MEL_32K
from training.nets.fcn import load_fcn
from training.nets.mobilenet import load_mobilenet
from training.nets.musicnn import load_musicnn

_TAGGER_SECONDS = 29.0625
_MUSICNN_SAMPLES = 49_136
AS_PUBLISHED = replace(MEL_32K, log_floor=1e-5)


def test_mn04_gives_the_golden_answers(teachers, golden):
    mel = log_mel(golden["wave_32k"].astype(np.float32)[None], AS_PUBLISHED)
    assert mel.shape == (1, 128, 1000)
    assert np.abs(mel[0, :, :50] - golden["mn04_mel"]).max() < 1e-3
    net = load_mobilenet(teachers)
    last = net.features(torch.from_numpy(mel)[:, None])
    pooled = last.mean((2, 3))
    hidden, logits = net.head(pooled)
    assert last.shape == (1, 384, 4, 32)
    assert np.abs(pooled[0].numpy() - golden["mn04_embedding"]).max() < 1e-3
    assert np.abs(hidden[0].numpy() - golden["mn04_hidden"]).max() < 1e-3
    assert np.abs(logits[0].numpy() - golden["mn04_logits"]).max() < 1e-2


@pytest.mark.parametrize("name", ["msd_fcn", "jamendo_fcn", "mtat_fcn"])
def test_the_fcn_gives_the_golden_tags(teachers, golden, name):
    # The published network reads 29 s: the golden signal is repeated to that length.
    wave = np.resize(golden["wave_16k"].astype(np.float32), round(_TAGGER_SECONDS * 16_000))
    tags = load_fcn(teachers / f"{name}.pth")(torch.from_numpy(log_mel(wave[None], MEL_16K)))
    assert np.abs(tags[0].numpy() - golden[f"{name}_tags"]).max() < 1e-4


@pytest.mark.parametrize("name", ["jamendo_musicnn", "mtat_musicnn"])
def test_the_musicnn_gives_the_golden_tags(teachers, golden, name):
    wave = golden["wave_16k"].astype(np.float32)[:_MUSICNN_SAMPLES]
    tags = load_musicnn(teachers / f"{name}.pth")(torch.from_numpy(log_mel(wave[None], MEL_16K)))
    assert np.abs(tags[0].numpy() - golden[f"{name}_tags"]).max() < 1e-4


def test_the_tagger_s_own_filter_bank_is_ours(teachers):
    state = torch.load(teachers / "msd_fcn.pth", map_location="cpu", weights_only=True)
    assert np.abs(state["spec.mel_scale.fb"].numpy().T - mel_filter_bank(MEL_16K)).max() < 1e-4


def test_no_weight_is_denormal(teachers):
    for net in (load_fcn(teachers / "msd_fcn.pth"), load_mobilenet(teachers)):
        for values in net.state_dict().values():
            if values.is_floating_point():
                assert not ((values != 0) & (values.abs() < torch.finfo(torch.float32).tiny)).any()
