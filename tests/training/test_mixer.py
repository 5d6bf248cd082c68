# ruff: noqa: E402 - torch may be absent
"""The mixer's promise: what the head says of each token averages exactly to the logit."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.mixer import Direct, Listener, Mixer, Standard

PRIOR = torch.linspace(-0.5, 0.5, 16)


@pytest.fixture
def listener():
    torch.manual_seed(0)
    mixers = [Mixer(32, 2, 4, 0.1, 0.1) for _ in range(2)]
    direct = Direct(torch.randn(16, 576), torch.randn(16, 128), torch.randn(16, 1153), torch.randn(16))
    return Listener(
        torch.nn.Identity(), [Standard(576), Standard(128), Standard(1153)], mixers, direct, 0.4, PRIOR
    ).eval()


@pytest.fixture
def tokens():
    random = torch.Generator().manual_seed(1)
    return [torch.randn(shape, generator=random) for shape in ((3, 128, 576), (3, 12, 128), (3, 1153))]


@torch.inference_mode()
def test_patch_scores_average_to_the_logits(listener, tokens):
    logits, not_music, embedding, scores = listener.answer(*tokens)
    assert (logits.shape, not_music.shape, embedding.shape, scores.shape) == ((3, 16), (3,), (3, 80), (3, 16, 142))
    assert torch.allclose(scores.mean(2) + listener.head.bias, logits, atol=1e-4)


@torch.inference_mode()
def test_the_one_head_blends_the_mixers_and_the_direct_path(listener, tokens):
    mixed = torch.stack([mixer.head(mixer(*tokens).mean(1)) for mixer in listener.mixers]).mean(0)
    direct = listener.direct
    patches, beats, wholes = tokens
    probe = patches.mean(1) @ direct.patch.T + beats.mean(1) @ direct.beat.T + wholes @ direct.whole.T + direct.bias
    assert torch.allclose(listener.answer(*tokens)[0], 0.6 * mixed + 0.4 * probe - PRIOR, atol=1e-4)


@torch.inference_mode()
def test_not_music_is_the_mixers_alone(listener, tokens):
    mixed = torch.stack([mixer.music_head(mixer(*tokens).mean(1))[:, 0] for mixer in listener.mixers]).mean(0)
    assert torch.allclose(listener.answer(*tokens)[1], mixed, atol=1e-5)


@torch.inference_mode()
def test_windows_do_not_see_each_other(listener, tokens):
    alone = listener.answer(*[x[1:2] for x in tokens])[0]
    assert torch.allclose(listener.answer(*tokens)[0][1:2], alone, atol=1e-5)


def test_embedding_a_subset_keeps_the_places(listener, tokens):
    mixer, kept = listener.mixers[0], torch.tensor([3, 40, 127])
    everything = mixer.embed(*tokens)
    some = mixer.embed(tokens[0][:, kept], *tokens[1:], kept)
    assert torch.allclose(some[:, :3], everything[:, kept], atol=1e-5)
    assert torch.allclose(some[:, 3:], everything[:, 128:], atol=1e-5)


def test_a_standard_centres_and_scales():
    standard = Standard(5)
    x = 3 + 2 * torch.randn(100, 7, 5, generator=torch.Generator().manual_seed(2))
    standard.measure(x)
    y = standard(x).reshape(-1, 5)
    assert torch.allclose(y.mean(0), torch.zeros(5), atol=1e-3)
    assert torch.allclose(y.std(0), torch.ones(5), atol=2e-2)
