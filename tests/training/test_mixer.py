# ruff: noqa: E402 - torch may be absent
"""The mixer's promise: what the head says of each token averages exactly to the logit."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.bodies import FEATURES, HIDDEN, LOW_SHAPES, SOUNDS, TOKENS, Frozen, Lower, Upper, features, load_networks
from training.direct import as_tokens
from training.mixer import Listener, Mixer, Standard
from training.probe import Probe
from training.tag_words import WORDS

PRIOR = torch.linspace(-0.5, 0.5, 16)


def make_probe() -> Probe:
    random = np.random.default_rng(0)
    weight = 0.01 * random.standard_normal((16, FEATURES))
    parts = random.standard_normal(FEATURES), np.full(FEATURES, 1.5), weight, random.standard_normal(16)
    return Probe(*(part.astype(np.float32) for part in parts))


def make_mixer(networks) -> Mixer:
    mixer = Mixer(Upper(*networks), 32, 2, 4, 0.1, 0.1)
    torch.nn.init.normal_(mixer.head.weight)
    return mixer.eval()


@pytest.fixture(scope="module")
def listener(teachers):
    torch.manual_seed(0)
    networks = load_networks(teachers)
    mixers = [make_mixer(networks) for _ in range(2)]
    parts = Lower(*networks), Frozen(*networks), mixers, as_tokens(make_probe()), Standard(HIDDEN)
    return Listener(*parts, 0.4, PRIOR).eval()


@pytest.fixture(scope="module")
def maps(listener):
    random = torch.Generator().manual_seed(1)
    with torch.inference_mode():
        mels = torch.randn(3, 128, 1000, generator=random), 10 * torch.randn(3, 96, 626, generator=random) - 20
        return mels, listener.lower(*mels)


@torch.inference_mode()
def test_patch_scores_average_to_the_logits(listener, maps):
    logits, not_music, embedding, scores, _ = listener(*maps[0])
    width = 2 * (32 + 16) + 16 + HIDDEN
    assert (logits.shape, not_music.shape, embedding.shape) == ((3, 16), (3,), (3, width))
    assert scores.shape == (3, 16, TOKENS)
    assert torch.allclose(scores.mean(2) + listener.head.bias, logits, atol=1e-4)


@torch.inference_mode()
def test_the_one_head_blends_the_mixers_and_the_direct_path(listener, maps):
    mels, (low, coarse, moments) = maps
    answers = [mixer.answer(mixer(low, coarse).mean(1)) for mixer in listener.mixers]
    mixed = torch.stack([genre for genre, _ in answers]).mean(0)
    probe = torch.from_numpy(make_probe().logits(features(*listener.frozen(low, coarse, moments)).numpy()))
    logits, not_music, _, _, _ = listener(*mels)
    assert torch.allclose(logits, 0.6 * mixed + 0.4 * probe - PRIOR, atol=1e-4)
    assert torch.allclose(not_music, torch.stack([other for _, other in answers]).mean(0), atol=1e-5)


@torch.inference_mode()
def test_the_hidden_layer_rides_along_unused(listener, maps):
    mels, parts = maps
    hidden = listener.frozen(*parts)[2][:, :HIDDEN]
    assert torch.allclose(listener(*mels)[2][:, -HIDDEN:], hidden, atol=1e-4)
    assert not listener.head.weight[:, -HIDDEN:].any()


@torch.inference_mode()
def test_a_word_is_as_loud_as_the_loudest_of_its_sounds(listener, maps):
    mels, parts = maps
    sounds = listener.frozen(*parts)[2][:, HIDDEN : HIDDEN + SOUNDS]
    expected = torch.stack([sounds[:, list(word.sounds)].amax(1) for word in WORDS], 1)
    assert torch.allclose(listener(*mels)[4], expected, atol=1e-4)


@torch.inference_mode()
def test_windows_do_not_see_each_other(listener, maps):
    mels, _ = maps
    alone = listener(*(mel[1:2] for mel in mels))[0]
    assert torch.allclose(listener(*mels)[0][1:2], alone, atol=1e-4)


def test_training_thins_features_and_leaves_batch_norm_alone(teachers):
    mixer = Mixer(Upper(*load_networks(teachers)), 32, 1, 4, 0.0, 0.5).train()
    low, coarse = (torch.randn(2, *shape) for shape in LOW_SHAPES)
    before = {name: value.clone() for name, value in mixer.upper.state_dict().items() if "running" in name}
    first, second = mixer(low, coarse), mixer(low, coarse)
    assert not torch.equal(first, second)
    assert all(torch.equal(mixer.upper.state_dict()[name], value) for name, value in before.items())


def test_a_standard_centres_and_scales():
    standard = Standard(5)
    x = 3 + 2 * torch.randn(100, 7, 5, generator=torch.Generator().manual_seed(2))
    standard.measure(x)
    y = standard(x).reshape(-1, 5)
    assert torch.allclose(y.mean(0), torch.zeros(5), atol=1e-3)
    assert torch.allclose(y.std(0), torch.ones(5), atol=2e-2)
