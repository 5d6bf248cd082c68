"""Which seconds are heard, and that they are those seconds, resampled without edges."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.audio.decode import Track
from genrelens.audio.sources import Limits
from genrelens.audio.windows import Excerpt, ListenOptions, listen, plan_windows
from genrelens.errors import AudioError
from tests.audio.sounds import RATE, file_bytes, made, offset_of, song, wav_bytes

OUT = 32_000


def codes(excerpt: Excerpt) -> list[str]:
    return [finding.code for finding in excerpt.health]


# -- the plan --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length_s", "starts"),
    [
        (240.0, (15, 55, 95, 135, 175, 215)),
        (60.0, (0, 10, 20, 30, 40, 50)),
        (30.0, (0, 10, 20)),
        (35.0, (5 / 6, 12.5, 24 + 1 / 6)),
        (20.0, (0, 10)),
        (15.0, (0, 5)),
        (12.5, (0, 2.5)),
        (12.4, (1.2,)),
        (10.0, (0,)),
        (3.0, (0,)),
    ],
)
def test_the_layout(length_s, starts):
    assert plan_windows(length_s, 10.0, 6) == pytest.approx(starts)


def test_a_part_is_laid_out_like_a_song_of_its_own():
    assert plan_windows(240.0, 10.0, 6, 45.0, 75.0) == pytest.approx((45, 55, 65))
    assert plan_windows(240.0, 10.0, 6, 235.0, 999.0) == pytest.approx((235,))
    assert plan_windows(240.0, 10.0, 2, 100.0) == pytest.approx((130, 200))


def test_all_of_a_part():
    assert plan_windows(240.0, 10.0, None, 7.0, 42.0) == pytest.approx((7, 17, 27))
    assert plan_windows(5.0, 10.0, None) == (0.0,)


@given(
    length_s=st.floats(0.01, 20_000),
    window_s=st.floats(0.1, 60),
    count=st.integers(1, 40),
)
def test_every_plan_lies_inside_and_covers_evenly(length_s, window_s, count):
    starts = plan_windows(length_s, window_s, count)
    assert 1 <= len(starts) <= count
    assert list(starts) == sorted(starts)
    assert starts[0] >= 0
    assert starts[-1] + window_s <= max(length_s, window_s) + 1e-6
    gaps = np.diff(starts)
    if len(starts) != 2:
        assert (gaps >= window_s - 1e-3).all()
    assert np.allclose(gaps, gaps[0] if len(gaps) else 0)


@pytest.mark.parametrize(
    ("start_s", "end_s"), [(50, 40), (30, 30), (-1, None), (float("nan"), None), (None, 0), (None, -5)]
)
def test_parts_that_make_no_sense(start_s, end_s):
    with pytest.raises(AudioError) as caught:
        listen(wav_bytes(song(1.0)), start_s=start_s, end_s=end_s)
    assert caught.value.code == "AUDIO_PART_INVALID"


def test_a_part_behind_the_end_names_the_end():
    with pytest.raises(AudioError) as caught:
        listen(wav_bytes(song(12.0)), start_s=12.5)
    assert caught.value.code == "AUDIO_PART_INVALID"
    assert "12.00 s" in caught.value.message
    assert caught.value.details["duration_s"] == 12


@pytest.mark.parametrize(("key", "value"), [("window_s", 0), ("window_s", 1e9), ("count", 0), ("sample_rate", 0)])
def test_options_that_no_caller_means(key, value):
    with pytest.raises(ValueError, match=r"must be"):
        listen(wav_bytes(song(1.0)), **{key: value})


def test_no_more_than_the_limit_is_heard_at_once():
    options = ListenOptions(OUT, 10.0, None, None, None, Limits(max_listened_s=35.0))
    assert options.starts(1000.0) == (0.0, 10.0, 20.0)
    options = ListenOptions(OUT, 10.0, 50, None, None, Limits(max_listened_s=35.0))
    assert len(options.starts(1000.0)) == 3


# -- the samples -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound():
    return song(72.0)


@pytest.fixture(scope="module")
def reference(sound):
    return soxr.resample(sound.mean(axis=0), RATE, OUT, quality="HQ")


@pytest.mark.parametrize("name", ["wav float", "flac", "samples"])
def test_windows_are_cut_from_the_song_as_a_whole(sound, reference, name):
    excerpt = listen(sound, source_rate=RATE) if name == "samples" else listen(file_bytes(name, sound))
    assert excerpt.windows.dtype == np.float32
    assert excerpt.windows.shape == (6, 320_000)
    for start, window in zip(excerpt.starts_s, excerpt.windows, strict=True):
        first = round(start * OUT)
        whole = reference[first : first + 320_000]
        assert np.abs(window - whole).max() < 2e-4


def test_a_window_starts_within_a_sample_of_its_place():
    # 70 s in six shares: no window starts on a whole sample of both rates.
    excerpt = listen(song(70.0), source_rate=RATE)
    whole = soxr.resample(song(70.0).mean(axis=0), RATE, OUT, quality="HQ")
    for start, window in zip(excerpt.starts_s, excerpt.windows, strict=True):
        first = round(start * OUT)
        assert abs(offset_of(window[1000:-1000], whole, first + 1000, 100)) <= 1


def test_edges_are_music_and_not_a_filter_settling(sound, reference):
    excerpt = listen(sound, source_rate=RATE, start_s=20.0, end_s=30.0)
    wanted = reference[20 * OUT : 30 * OUT]
    assert np.abs(excerpt.windows[0] - wanted).max() < 2e-4


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 32_000, 44_101, 48_000, 96_000, 192_000])
def test_any_rate_gives_whole_windows(rate):
    excerpt = listen(wav_bytes(song(21.0, rate=rate, channels=1), rate))
    assert excerpt.windows.shape == (2, 320_000)
    assert excerpt.starts_s == pytest.approx((0.25, 10.75))
    assert excerpt.source.sample_rate == rate


def test_the_rate_that_is_wanted_is_not_resampled():
    sound = song(10.0, rate=OUT, channels=1)
    assert np.array_equal(listen(sound, source_rate=OUT).windows[0], sound[0])


def test_mono_is_the_mean():
    sound = song(10.0, rate=OUT, channels=6)
    assert np.abs(listen(sound, source_rate=OUT).windows[0] - sound.mean(axis=0)).max() < 1e-6


def test_a_short_sound_is_repeated():
    sound = song(3.0, rate=OUT, channels=1)
    excerpt = listen(sound, source_rate=OUT)
    assert excerpt.repeated
    assert excerpt.listened == ((0.0, 3.0),)
    assert np.array_equal(excerpt.windows[0], np.resize(sound[0], 320_000))
    assert "REPEATED" in codes(excerpt)


def test_a_short_part_is_repeated_and_hears_nothing_else():
    sound = song(60.0, rate=OUT, channels=1)
    excerpt = listen(sound, source_rate=OUT, start_s=20.0, end_s=24.0)
    assert excerpt.repeated
    assert excerpt.listened == ((20.0, 24.0),)
    assert np.array_equal(excerpt.windows[0], np.resize(sound[0, 20 * OUT : 24 * OUT], 320_000))


def test_a_window_that_lacks_a_few_samples_is_no_short_sound():
    excerpt = listen(song(9.98, rate=OUT), source_rate=OUT)
    assert not excerpt.repeated
    assert excerpt.windows.shape == (1, 320_000)


def test_what_was_listened_to(sound):
    excerpt = listen(sound, source_rate=RATE)
    assert [end - start for start, end in excerpt.listened] == pytest.approx([10.0] * 6)
    assert [start for start, _ in excerpt.listened] == list(excerpt.starts_s)
    assert excerpt.decode_s > 0


def test_every_window_of_a_part(sound):
    excerpt = listen(sound, source_rate=RATE, count=None, start_s=3.0, end_s=64.0)
    assert excerpt.starts_s == pytest.approx((3, 13, 23, 33, 43, 53))


def test_silent_windows_are_left_out():
    sound = song(60.0, rate=OUT, channels=1)
    sound[:, : 40 * OUT] = 0
    excerpt = listen(sound, source_rate=OUT)
    assert excerpt.starts_s == (40.0, 50.0)
    assert len(excerpt.listened) == 2
    assert codes(excerpt) == ["MOSTLY_SILENT"]


def test_silence_has_no_windows_but_was_listened_to():
    excerpt = listen(np.zeros((2, 60 * OUT), np.float32), source_rate=OUT)
    assert excerpt.windows.shape == (0, 320_000)
    assert excerpt.starts_s == ()
    assert len(excerpt.listened) == 6
    assert codes(excerpt) == ["SILENT"]


def test_channels_that_cancel_give_way_to_the_left_one():
    left = song(10.0, rate=OUT, channels=1)[0]
    excerpt = listen(np.stack([left, -left]), source_rate=OUT)
    assert np.array_equal(excerpt.windows[0], left)
    assert codes(excerpt) == ["PHASE_CANCELLED"]


# -- the source ------------------------------------------------------------------------------------------------------


def test_the_hash_is_of_the_bytes(tmp_path):
    data = wav_bytes(song(1.0))
    path = tmp_path / "a song.wav"
    path.write_bytes(data)
    wanted = hashlib.sha256(data).hexdigest()
    handle = io.BytesIO(data)
    with path.open("rb") as opened:
        found = [listen(source).source for source in (path, str(path), data, bytearray(data), handle, opened)]
    assert {source.sha256 for source in found} == {wanted}
    assert [source.name for source in found] == ["a song.wav", "a song.wav", "", "", "", "a song.wav"]


def test_the_hash_of_samples():
    sound = song(1.0)
    excerpt = listen(sound.astype(np.float64), source_rate=RATE)
    assert excerpt.source.sha256 == hashlib.sha256(sound.tobytes()).hexdigest()
    assert (excerpt.source.codec, excerpt.source.channels, excerpt.source.name) == ("samples", 2, "")


@pytest.mark.parametrize(
    ("samples", "rate", "code"),
    [
        (np.zeros(1000, np.int16), RATE, "AUDIO_SAMPLES_INVALID"),
        (np.zeros(1000, complex), RATE, "AUDIO_SAMPLES_INVALID"),
        (np.zeros((2, 2, 1000)), RATE, "AUDIO_SAMPLES_INVALID"),
        (np.float32(0.5).reshape(()), RATE, "AUDIO_SAMPLES_INVALID"),
        (np.zeros((1000, 2)), RATE, "AUDIO_SAMPLES_INVALID"),
        (np.full(1000, np.nan), RATE, "AUDIO_SAMPLES_INVALID"),
        (np.full(1000, 1e300), RATE, "AUDIO_SAMPLES_INVALID"),
        (np.zeros(1000), None, "AUDIO_SAMPLES_INVALID"),
        (np.zeros(1000), 7_999, "AUDIO_RATE_REFUSED"),
        (np.zeros(1000), 400_000, "AUDIO_RATE_REFUSED"),
        (np.zeros(0), RATE, "AUDIO_EMPTY"),
        (np.zeros((2, 0)), RATE, "AUDIO_EMPTY"),
        (np.broadcast_to(np.float32(0), 8_000 * 3600 * 7), 8_000, "AUDIO_TOO_LONG"),
        (b"bytes", RATE, "AUDIO_SAMPLES_INVALID"),
    ],
)
def test_samples_that_are_no_sound(samples, rate, code):
    with pytest.raises(AudioError) as caught:
        listen(samples, source_rate=rate)
    assert caught.value.code == code


@pytest.mark.parametrize("source", [None, 5, ["song.mp3"], io.StringIO("text")])
def test_sources_of_another_kind(source):
    with pytest.raises(TypeError):
        listen(source)


# -- lengths that nobody knows ---------------------------------------------------------------------------------------


def test_an_unknown_length_is_counted(monkeypatch):
    monkeypatch.setattr(Track, "_lengths_s", lambda self: (None, None))
    excerpt = listen(made("flac", 35.0))
    assert excerpt.source.duration_s == 35
    assert excerpt.starts_s == pytest.approx((5 / 6, 12.5, 24 + 1 / 6))


def test_a_length_that_lies_is_found_out(monkeypatch):
    monkeypatch.setattr(Track, "_lengths_s", lambda self: (240.0, 240.0))
    excerpt = listen(made("flac", 35.0))
    assert excerpt.source.duration_s == 35
    assert excerpt.starts_s == pytest.approx((5 / 6, 12.5, 24 + 1 / 6))
    assert codes(excerpt) == ["TRUNCATED"]
    assert excerpt.health[0].measured == 35
    assert excerpt.health[0].limit == 240


def test_a_sound_that_plays_on_behind_its_length_is_heard_whole(monkeypatch):
    monkeypatch.setattr(Track, "_lengths_s", lambda self: (12.0, 12.0))
    excerpt = listen(made("flac", 35.0))
    assert excerpt.source.duration_s == 35
    assert len(excerpt.windows) == 3
    assert codes(excerpt) == []
    assert listen(made("flac", 35.0), end_s=11.0).source.duration_s == 12


@settings(deadline=None, max_examples=25)
@given(
    length=st.integers(1, 60_000),
    channels=st.integers(1, 3),
    rate=st.sampled_from([8_000, 11_025, 44_100, 48_000]),
    window_s=st.floats(0.05, 3.0),
    count=st.one_of(st.none(), st.integers(1, 8)),
)
def test_any_sound_gives_whole_finite_windows(length, channels, rate, window_s, count):
    sound = song(1.0, rate=60_000, channels=channels)[:, :length]
    excerpt = listen(sound, source_rate=rate, window_s=window_s, count=count)
    assert excerpt.windows.shape[1] == max(1, round(window_s * OUT))
    assert np.isfinite(excerpt.windows).all()
    assert len(excerpt.windows) == len(excerpt.starts_s)
    for start, end in excerpt.listened:
        assert 0 <= start < end <= length / rate + 1e-9
