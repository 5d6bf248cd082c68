"""Whole songs: the same samples here and in a child, any part of them, and lies about length found out."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.audio.sandbox import DecodePool
from genrelens.audio.song import read_song
from genrelens.audio.sources import Limits
from genrelens.audio.windows import listen
from genrelens.errors import AudioError

RATE = 32_000


def tone(seconds: float, rate: int = RATE, hz: float = 440.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def test_a_child_hears_what_we_hear(examples):
    with DecodePool(1) as pool:
        for part in ({}, {"start_s": 3.0, "end_s": 8.0}):
            here, there = read_song(examples[0], **part), pool.read_song(examples[0], **part)
            assert np.array_equal(here.samples, there.samples)
            assert (here.source, here.start_s, here.cut) == (there.source, there.start_s, there.cut)


def test_its_windows_are_those_of_listen(examples):
    excerpt, song = listen(examples[0]), read_song(examples[0])
    mono = song.mono()
    for start_s, window in zip(excerpt.starts_s, excerpt.windows, strict=True):
        first = round(start_s * RATE)
        # Up to half a sample apart: windows there begin on a sample of the file.
        assert np.corrcoef(mono[first : first + len(window)], window)[0, 1] > 0.99


def test_a_part_is_where_it_says(examples):
    whole, part = read_song(examples[0]), read_song(examples[0], start_s=5.0, end_s=9.5)
    assert part.start_s == 5.0
    assert part.duration_s == pytest.approx(4.5, abs=1e-3)
    assert part.source.duration_s == pytest.approx(whole.duration_s, abs=1e-3)
    view = whole.part(5.0, 9.5)
    middle = slice(RATE, 3 * RATE)
    assert np.abs(view.samples[:, middle] - part.samples[:, middle]).max() < 2e-3
    with pytest.raises(AudioError, match="does not lie"):
        part.part(20.0, 30.0)


def test_what_is_too_long_is_cut_and_says_so():
    song = read_song(tone(30.0), source_rate=RATE, limits=Limits(max_listened_s=12.0))
    assert song.cut
    assert song.duration_s == pytest.approx(12.0)
    assert song.source.duration_s == pytest.approx(30.0)
    assert not read_song(tone(30.0), source_rate=RATE).cut


def test_samples_are_resampled_and_channels_kept():
    stereo = np.stack([tone(2.0, 44_100), -tone(2.0, 44_100)])
    song = read_song(stereo, source_rate=44_100)
    assert song.samples.shape == (2, 64_000)
    assert np.abs(song.mono()).max() == pytest.approx(0.3, abs=0.01)  # cancelling channels: the left one
    surround = read_song(np.stack([tone(1.0)] * 6), source_rate=RATE)
    assert surround.samples.shape == (1, RATE)


@pytest.mark.parametrize(("start_s", "end_s"), [(3.0, 1.0), (50.0, None), (-1.0, None)])
def test_a_part_that_is_none_is_refused(start_s, end_s):
    with pytest.raises(AudioError) as caught:
        read_song(tone(4.0), source_rate=RATE, start_s=start_s, end_s=end_s)
    assert caught.value.code == "AUDIO_PART_INVALID"
