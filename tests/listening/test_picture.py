"""The picture front-end, held to librosa, to Pillow, and to its own promises."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from genrelens.errors import BundleError
from genrelens.listening.bundle import PictureInput, read_bundle
from genrelens.listening.frontend import log_mel
from genrelens.listening.picture import CCMUSIC_MEL, CCMUSIC_WINDOW_S, COLOUR_MAPS, PictureSpec, pictures
from tests.listening.conftest import write_bundle

SPEC = PictureSpec(CCMUSIC_MEL)
RATE = CCMUSIC_MEL.sample_rate
ROUNDING = 1.5 / 255 / SPEC.std
"""Half a step where the colour map is rounded, and one where Pillow rounds its picture to 8 bits."""


def sweep(low: float, high: float, seconds: float = 3.0) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * (low * time + (high - low) * time**2 / (2 * seconds))
    return (0.2 * np.sin(phase) + 1e-3 * np.random.default_rng(0).standard_normal(len(time))).astype(np.float32)


@pytest.fixture(scope="module")
def windows() -> np.ndarray:
    return np.stack([sweep(100, 8000), 0.5 * sweep(5000, 200)])


def test_decibels_are_librosas(windows):
    import librosa

    for samples in windows:
        power = librosa.feature.melspectrogram(y=samples, sr=RATE, pad_mode="reflect")
        expected = librosa.power_to_db(power, ref=np.max)
        mine = log_mel(samples[None], CCMUSIC_MEL)[0]
        assert np.maximum(mine - mine.max(), -80) == pytest.approx(expected, abs=2e-2)


def test_drawn_as_pillow_would(windows):
    """The whole way by other hands: librosa's decibels, blocks of colour on the canvas, Pillow's resize."""
    import librosa

    image = pytest.importorskip("PIL.Image", reason="Pillow comes with Gradio")
    table = np.frombuffer(bytes.fromhex(COLOUR_MAPS["magma"]), np.uint8).reshape(256, 3)
    power = [librosa.feature.melspectrogram(y=samples, sr=RATE, pad_mode="reflect") for samples in windows]
    decibels = librosa.power_to_db(np.stack(power), ref=np.max)
    for mine, window in zip(pictures(windows, SPEC), decibels, strict=True):
        share = (window - window.min()) / (window.max() - window.min())
        colours = table[np.minimum((share * 256).astype(int), 255)][::-1]
        rows = (np.arange(369) + 0.5) * 128 // 369
        columns = (np.arange(496) + 0.5) * window.shape[1] // 496
        canvas = colours[rows.astype(int)][:, columns.astype(int)]
        small = image.fromarray(canvas).resize((224, 224), image.Resampling.BILINEAR)
        expected = (np.asarray(small, np.float32).transpose(2, 0, 1) / 255 - 0.5) / 0.5
        difference = np.abs(mine - expected)
        assert difference.mean() < ROUNDING / 2
        # A value on the border of two colours may fall to either side.
        assert np.quantile(difference, 0.999) < 2 * ROUNDING


def test_shape_range_and_sameness(windows):
    drawn = pictures(windows, SPEC)
    assert (drawn.shape, drawn.dtype) == ((2, 3, 224, 224), np.float32)
    assert drawn.min() >= -1.0
    assert drawn.max() <= 1.0
    np.testing.assert_array_equal(drawn, pictures(windows, SPEC))
    assert pictures(windows[:0], SPEC).shape == (0, 3, 224, 224)


def test_low_is_at_the_bottom_and_time_runs_to_the_right(windows):
    rising, falling = (picture.sum(axis=0) for picture in pictures(windows, SPEC))
    assert rising[:, 20].argmax() > 160 > 80 > rising[:, 200].argmax()
    assert falling[:, 20].argmax() < 80 < 160 < falling[:, 200].argmax()


def test_gain_changes_nothing(windows):
    np.testing.assert_allclose(pictures(windows * 4, SPEC), pictures(windows, SPEC), atol=0.1)
    assert np.abs(pictures(windows * 4, SPEC) - pictures(windows, SPEC)).mean() < 1e-3


def test_silence_is_the_lowest_colour():
    drawn = pictures(np.zeros((1, RATE), np.float32), SPEC)
    lowest = (0.5 + np.array([0, 0, 3])) / 255
    np.testing.assert_allclose(drawn[0].mean(axis=(1, 2)), (lowest - 0.5) / 0.5, atol=1e-5)


def test_magma_is_magma():
    """Known colours of matplotlib's map, and its promise: it grows lighter all the way."""
    table = np.frombuffer(bytes.fromhex(COLOUR_MAPS["magma"]), np.uint8).reshape(256, 3) / 255
    for index, colour in ((0, (0.001462, 0.000466, 0.013866)), (255, (0.987053, 0.991438, 0.749504))):
        assert table[index] == pytest.approx(colour, abs=1 / 255)
    lightness = table @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(lightness) >= 0).mean() > 0.95


def test_a_window_of_11_4_seconds_is_491_frames():
    assert CCMUSIC_MEL.frames(round(CCMUSIC_WINDOW_S * RATE)) == 491


def test_the_spec_survives_json():
    spec = dataclasses.replace(SPEC, size=384, top_db=60.0)
    assert PictureSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


@pytest.mark.parametrize(
    "change",
    [
        {"mel": None},
        {"mel": {**CCMUSIC_MEL.to_dict(), "log": "ln"}},
        {"top_db": 0},
        {"top_db": "80"},
        {"colour_map": "beige"},
        {"size": 8},
        {"std": 0},
        {"dpi": 100},
    ],
)
def test_what_is_no_picture(change):
    with pytest.raises(BundleError) as caught:
        PictureSpec.from_dict({**SPEC.to_dict(), **change})
    assert caught.value.code == "BUNDLE_INVALID"


def test_a_bundle_with_a_picture(tmp_path):
    folder = write_bundle(tmp_path / "b", inputs=[{"name": "picture", "frontend": SPEC.to_dict()}])
    bundle = read_bundle(folder)
    assert bundle.inputs == (PictureInput("picture", SPEC),)
    assert (bundle.sample_rate, bundle.inputs[0].shape) == (RATE, [3, 224, 224])
