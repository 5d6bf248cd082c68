"""The log-mel, held to librosa's golden values and to its own definition."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from genrelens.errors import BundleError
from genrelens.listening.frontend import (
    TARGET_RMS_DBFS,
    MelSpec,
    log_mel,
    mel_filter_bank,
    normalise_level,
    resample_windows,
)

LIBROSA_LIKE = MelSpec(
    sample_rate=16_000,
    n_fft=512,
    win_length=512,
    hop=256,
    mels=96,
    fmin=0.0,
    fmax=8_000.0,
    formula="slaney",
    log="db",
    log_floor=1e-10,
    log_floor_mode="max",
)
TOLERANCE_DB = 1e-2
"""float32 against librosa's float32: what is left is rounding in the quietest bands."""


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, (2, 32_000)).astype(np.float32)


@pytest.mark.parametrize("formula", ["slaney", "htk"])
@pytest.mark.parametrize("win_length", [512, 400])
def test_golden_against_librosa(noise, formula, win_length):
    import librosa

    spec = dataclasses.replace(LIBROSA_LIKE, formula=formula, win_length=win_length)
    mine = log_mel(noise, spec)
    for index, samples in enumerate(noise):
        power = librosa.feature.melspectrogram(
            y=samples, sr=16_000, n_fft=512, win_length=win_length, hop_length=256, n_mels=96, power=2.0,
            pad_mode="reflect", htk=formula == "htk", norm="slaney" if formula == "slaney" else None,
        )  # fmt: skip
        assert mine[index] == pytest.approx(10 * np.log10(np.maximum(power, 1e-10)), abs=TOLERANCE_DB)


def test_kaldi_bands_are_triangles_in_the_mel_domain():
    spec = MelSpec(32_000, 1024, 800, 320, 128, 0.0, 15_000.0, "kaldi", "hann_symmetric", 0.97)
    bank = mel_filter_bank(spec)
    assert bank.shape == (128, 513)
    assert bank[:, -1].max() == 0.0
    mel = 1127 * np.log1p(np.linspace(0, 16_000, 513) / 700)
    centre = np.linspace(0, 1127 * np.log1p(15_000 / 700), 130)[1:-1]
    width = centre[1] - centre[0]
    expected = np.maximum(0, 1 - np.abs(mel[None, :-1] - centre[:, None]) / width)
    assert bank[:, :-1] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("formula", ["kaldi", "htk", "slaney"])
@pytest.mark.parametrize("mels", [8, 96, 200])
def test_the_quick_sum_is_the_filter_bank(formula, mels):
    """200 bands on 257 bins leave some bands without a bin: those must stay empty."""
    spec = dataclasses.replace(LIBROSA_LIKE, formula=formula, mels=mels, log="ln", log_floor=1e-20)
    noise = np.random.default_rng(0).normal(0, 0.1, (1, 2_048)).astype(np.float32)
    padded = np.pad(noise[0], 256, mode="reflect")
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 512)[::256] * taper
    energies = mel_filter_bank(spec) @ (np.abs(np.fft.rfft(frames)) ** 2).T
    assert np.exp(log_mel(noise, spec)[0]) == pytest.approx(energies, rel=1e-3, abs=1e-7)


def test_shape_and_time_of_frames(noise):
    spec = dataclasses.replace(LIBROSA_LIKE, preemphasis=0.97)
    assert log_mel(noise, spec).shape == (2, 96, spec.frames(32_000))
    click = np.zeros((1, 32_000), np.float32)
    click[0, 16_000] = 1.0
    loudest = int(log_mel(click, LIBROSA_LIKE)[0].sum(axis=0).argmax())
    assert LIBROSA_LIKE.frame_time_s(loudest) == pytest.approx(1.0, abs=0.02)


def test_a_tone_lands_in_its_band():
    tone = np.sin(2 * np.pi * 1000 * np.arange(32_000) / 16_000).astype(np.float32)[None]
    band = int(log_mel(tone, LIBROSA_LIKE)[0].mean(axis=1).argmax())
    edges = LIBROSA_LIKE.band_edges_hz()
    assert edges[band] < 1000 < edges[band + 2]


@pytest.mark.parametrize("gain_db", [-40, -20, 6])
def test_level_never_reaches_the_mel(noise, gain_db):
    quiet = normalise_level(noise * np.float32(10 ** (gain_db / 20)))
    assert quiet == pytest.approx(normalise_level(noise), abs=1e-5)
    assert 20 * np.log10(np.sqrt(np.mean(quiet**2))) == pytest.approx(TARGET_RMS_DBFS, abs=0.01)


def test_level_is_the_songs_not_the_windows():
    windows = np.stack([np.full(100, 0.1), np.full(100, 0.01)]).astype(np.float32)
    levels = normalise_level(windows)
    assert levels[0, 0] / levels[1, 0] == pytest.approx(10, rel=1e-5)


def test_silence_stays_silence():
    assert not normalise_level(np.zeros((1, 10), np.float32)).any()
    assert normalise_level(np.empty((0, 10), np.float32)).shape == (0, 10)


def test_resampling_keeps_time_and_level():
    tone = np.sin(2 * np.pi * 440 * np.arange(32_000) / 32_000).astype(np.float32)[None]
    halved = resample_windows(tone, 32_000, 16_000)
    assert halved.shape == (1, 16_000)
    assert halved[0, 500:-500] == pytest.approx(tone[0, 1000:-1000:2], abs=1e-3)
    assert resample_windows(tone, 32_000, 32_000) is tone


def test_specification_survives_json():
    spec = MelSpec(32_000, 1024, 800, 320, 128, 0.0, 15_000.0, "kaldi", "hann_symmetric", 0.97, offset=4.5, scale=0.2)
    assert MelSpec.from_dict(spec.to_dict()) == spec


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "cqt"},
        {"padding": "zeros"},
        {"n_fft": 100},
        {"fmax": 9_000.0},
        {"formula": "bark"},
        {"colour": 1},
        {"hop": 0},
    ],
)
def test_a_specification_that_cannot_be_is_refused(change):
    with pytest.raises(BundleError) as caught:
        MelSpec.from_dict({**LIBROSA_LIKE.to_dict(), **change})
    assert caught.value.code == "BUNDLE_INVALID"
