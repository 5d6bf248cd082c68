"""A smaller run of `training.invariance`: wrapping and level change no genre; every change is what it says."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.audio.decode import Track
from genrelens.audio.sources import Limits, open_source
from training.invariance import CHANGES, RATE, decoded, markdown, measure, some_clips
from training.phone import phone_recording

CLIPS = 8


@pytest.fixture(scope="module")
def rows(model, corpus):
    clips = [decoded(corpus.read(clip)) for clip in some_clips(corpus, ["choosing", "calibrating"], CLIPS)]
    wanted = [c for c in CHANGES if c.group in ("rate and channels", "level") or c.name == "mp3 128 kbit/s"]
    return measure(model, clips, wanted)


def test_the_same_song_in_other_wrappings(rows):
    for row in rows:
        if row["group"] != "level":
            assert row["same_first"] == 1.0, row
            assert row["moved_most"] <= 0.05, row


def test_the_same_song_at_other_levels(rows):
    for row in rows:
        if row["group"] == "level" and "16 bit" not in row["change"]:
            assert row["moved_most"] <= 0.02, row


def test_the_table_names_every_change(rows):
    table = markdown({"changes": rows})
    assert all(row["change"] in table for row in rows)
    assert len({change.name for change in CHANGES}) == len(CHANGES)


def pinkish(seconds=4.0):
    random = np.random.default_rng(0)
    spectrum = np.fft.rfft(random.standard_normal(round(seconds * RATE)))
    sound = np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 20))
    return (0.4 * sound / np.abs(sound).max()).astype(np.float32)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_every_change_gives_a_file_that_plays(change):
    data = change.make(pinkish(), np.random.default_rng(1))
    with open_source(data, Limits()) as source, Track(source, Limits()) as track:
        assert track.probe.duration_s == pytest.approx(1.0 if "3 s" in change.name else 4.0, abs=0.15)


def test_a_phone_loses_the_bass_and_keeps_the_middle():
    sound = pinkish()
    heard = phone_recording(sound, RATE, np.random.default_rng(3))
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)

    def share(samples, low, high):
        power = np.abs(np.fft.rfft(samples)) ** 2
        return power[(hertz > low) & (hertz < high)].sum() / power.sum()

    assert share(heard, 20, 100) < 0.3 * share(sound, 20, 100)
    assert share(heard, 500, 4000) > share(sound, 500, 4000)
    assert np.abs(heard).max() <= 0.51
