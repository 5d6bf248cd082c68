# ruff: noqa: E402 - torch may be absent
"""The reader's promise: what the head says of each patch averages exactly to the logit."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")

from training.bodies import FEATURE_PARTS, FEATURES, HIDDEN, PATCH_WIDTH, SOUNDS, TOKENS, Bodies
from training.reader import Listener, Reader, Standard
from training.tag_words import WORDS

WIDTH = 32


@pytest.fixture(scope="module")
def listener(teachers):
    torch.manual_seed(0)
    standards = Standard(PATCH_WIDTH), Standard(FEATURES)
    standards[1].inverse.fill_(0.2)
    readers = [Reader(WIDTH, 0.5, 0.3).eval() for _ in range(2)]
    return Listener(Bodies(teachers), readers, *standards).eval()


@pytest.fixture(scope="module")
def mels():
    random = torch.Generator().manual_seed(1)
    return torch.randn(3, 128, 1000, generator=random), 10 * torch.randn(3, 96, 626, generator=random) - 20


@torch.inference_mode()
def test_patch_scores_average_to_the_logits(listener, mels):
    logits, not_music, embedding, scores, _ = listener(*mels)
    assert (logits.shape, not_music.shape, embedding.shape) == ((3, 16), (3,), (3, 2 * WIDTH + HIDDEN))
    assert scores.shape == (3, 16, TOKENS)
    assert torch.allclose(scores.mean(2) + listener.head.bias, logits, atol=1e-4)
    assert scores.std(2).min() > 0


@torch.inference_mode()
def test_the_one_head_is_the_mean_of_the_readers(listener, mels):
    patches, features = listener.bodies(*mels)
    parts = listener.patch_standard(patches), listener.feature_standard(features)
    answers = [reader.answer(reader(*parts).mean(1)) for reader in listener.readers]
    logits, not_music, _, _, _ = listener(*mels)
    assert torch.allclose(logits, torch.stack([genre for genre, _ in answers]).mean(0), atol=1e-4)
    assert torch.allclose(not_music, torch.stack([other for _, other in answers]).mean(0), atol=1e-4)


@torch.inference_mode()
def test_the_hidden_layer_rides_along_unused(listener, mels):
    features = listener.bodies(*mels)[1]
    hidden = listener.bodies.mobilenet.head(features[:, :PATCH_WIDTH])[0]
    assert torch.allclose(listener(*mels)[2][:, -HIDDEN:], 0.2 * hidden, atol=1e-4)
    assert not listener.head.weight[:, -HIDDEN:].any()


@torch.inference_mode()
def test_a_word_is_as_loud_as_the_loudest_of_its_sounds(listener, mels):
    sounds = listener.bodies(*mels)[1].split(FEATURE_PARTS, 1)[FEATURE_PARTS.index(SOUNDS)]
    expected = torch.stack([sounds[:, list(word.sounds)].amax(1) for word in WORDS], 1)
    assert torch.allclose(listener(*mels)[4], expected, atol=1e-4)


@torch.inference_mode()
def test_windows_do_not_see_each_other(listener, mels):
    alone = listener(*(mel[1:2] for mel in mels))[0]
    assert torch.allclose(listener(*mels)[0][1:2], alone, atol=1e-4)


def test_training_drops_the_same_units_for_all_patches_of_a_window():
    reader = Reader(WIDTH, 0.5, 0.0).train()
    vectors = reader(torch.randn(4, 10, PATCH_WIDTH), torch.randn(4, FEATURES))
    dropped = vectors == 0
    assert torch.equal(dropped.all(1), dropped.any(1))
    assert 0.2 < dropped.float().mean() < 0.8
    assert not torch.equal(dropped[0], dropped[1])


def test_a_standard_centres_and_scales():
    standard = Standard(5)
    x = 3 + 2 * torch.randn(100, 7, 5, generator=torch.Generator().manual_seed(2))
    standard.measure(x)
    y = standard(x).reshape(-1, 5)
    assert torch.allclose(y.mean(0), torch.zeros(5), atol=1e-3)
    assert torch.allclose(y.std(0), torch.ones(5), atol=2e-2)
