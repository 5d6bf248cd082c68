"""Opening, probing, seeking: every promised format, and the seconds that were asked for."""

from __future__ import annotations

import io

import numpy as np
import pytest

from genrelens.audio.codecs import FORMATS
from genrelens.audio.decode import Track, probe
from genrelens.audio.sources import Limits, open_source
from genrelens.errors import AudioError
from tests.audio.sounds import BY_NAME, MORE_FORMATS, RATE, file_bytes, film_bytes, made, offset_of, song, wav_bytes

SECONDS = 24.0
NAMES = [form.name for form in (*FORMATS, *MORE_FORMATS)]
LOSSLESS = {"wav 16 bit", "wav 24 bit", "wav 32 bit", "wav float", "flac", "m4a alac", "aiff", "au", "caf", "wave64"}
# Their time stamps are whole milliseconds (and ADTS, AC-3, TS carry a frame's rounding over and over).
COARSE = {"wma", "webm", "mkv", "mka flac", "mpeg-ts", "ac3", "aac adts"}


@pytest.fixture(scope="module")
def sound():
    return song(SECONDS)


class Files:
    def __getitem__(self, name):
        return made(name, SECONDS)


@pytest.fixture(scope="module")
def files():
    return Files()


def opened(data, limits=None):
    limits = limits or Limits()
    return Track(open_source(data, limits), limits)


def whole(track):
    return next(track.read([(0, 10**9)]))


@pytest.mark.parametrize("name", NAMES)
def test_every_format_is_probed(files, name):
    with open_source(files[name], Limits()) as source:
        said = probe(source, Limits())
    assert said.duration_s == pytest.approx(SECONDS, abs=0.1)
    assert said.sample_rate == (BY_NAME[name].rate or RATE)
    assert said.channels == 2
    assert said.codec.removeprefix("lib") == BY_NAME[name].codec.removeprefix("lib").removesuffix("lame")


@pytest.mark.parametrize("name", NAMES)
def test_every_format_sounds_like_what_was_written(files, sound, name):
    with opened(files[name]) as track:
        decoded = whole(track)
        assert track.skipped_packets == 0
        if name in LOSSLESS:
            assert decoded.shape == sound.shape or name == "caf"  # FFmpeg's own CAF writer loses the padding
            length = min(decoded.shape[1], sound.shape[1])
            assert np.abs(decoded[:, :length] - sound[:, :length]).max() < 2**-14
            return
        if track.probe.sample_rate == RATE:
            part = decoded[0, 10 * RATE : 12 * RATE]
            away = offset_of(part, sound[0], 10 * RATE)
            again = sound[0, 10 * RATE + away : 12 * RATE + away]
            assert np.corrcoef(part, again)[0, 1] > 0.97


@pytest.mark.parametrize("name", NAMES)
def test_a_seek_lands_on_the_sample(files, name):
    with opened(files[name]) as track:
        rate = track.probe.sample_rate
        everything = whole(track)
        starts = [round(second * rate) for second in (6.37, 14.0, 21.913)]
        parts = list(track.read([(start, start + rate) for start in starts]))
    slack = round(rate * 0.0075) if name in COARSE else 2
    for start, part in zip(starts, parts, strict=True):
        assert part.shape == (2, rate)
        away = offset_of(part[0], everything[0], start)
        assert abs(away) <= slack
        near = everything[0, start + away : start + away + rate]
        # AAC and AC-3 fill noise bands with random numbers: not the same twice.
        assert np.corrcoef(part[0], near)[0, 1] > 0.985


def test_seeking_is_what_makes_it_fast(files, monkeypatch):
    decoded = []
    original = Track._frames

    def counted(self):
        for frame in original(self):
            decoded.append(frame.samples)
            yield frame

    monkeypatch.setattr(Track, "_frames", counted)
    with opened(files["mp3"]) as track:
        list(track.read([(20 * RATE, 21 * RATE)]))
    assert sum(decoded) < 3 * RATE


def test_overlapping_ranges_are_decoded_once(files):
    with opened(files["flac"]) as track:
        everything = whole(track)
        ranges = [(0, RATE), (RATE // 2, 2 * RATE), (RATE // 2, RATE), (3 * RATE, 4 * RATE)]
        for (first, end), part in zip(ranges, track.read(ranges), strict=True):
            assert np.array_equal(part, everything[:, first:end])


def test_ranges_beyond_the_end_are_short_or_empty(files):
    with opened(files["wav 16 bit"]) as track:
        near_end, beyond = track.read([(23 * RATE, 40 * RATE), (50 * RATE, 60 * RATE)])
    assert near_end.shape == (2, RATE)
    assert beyond.shape == (2, 0)


def test_length_counts_what_comes_out(files):
    with opened(files["flac"]) as track:
        assert track.length() == SECONDS * RATE
        assert track.length() == SECONDS * RATE


def test_a_container_without_seek_is_decoded_through(files, monkeypatch):
    monkeypatch.setattr(Track, "_seek", lambda self, at_s: False)
    with opened(files["flac"]) as track:
        part = next(track.read([(20 * RATE, 21 * RATE)]))
        everything = whole(track)
    assert np.array_equal(part, everything[:, 20 * RATE : 21 * RATE])


@pytest.mark.parametrize("channels", [1, 3, 6, 8])
def test_any_number_of_channels(channels):
    sound = song(1.0, channels=channels)
    with opened(wav_bytes(sound)) as track:
        assert track.probe.channels == channels
        assert np.abs(whole(track) - sound).max() < 2**-14


def test_very_many_channels_are_averaged():
    sound = song(0.5, channels=12)
    with opened(wav_bytes(sound)) as track:
        assert track.probe.channels == 12
        decoded = whole(track)
    assert decoded.shape[0] == 1
    assert np.abs(decoded[0] - sound.mean(axis=0)).max() < 2**-13


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 96_000, 192_000, 384_000])
def test_any_accepted_rate(rate):
    with opened(wav_bytes(song(0.5, rate=rate), rate)) as track:
        assert track.probe.sample_rate == rate
        assert whole(track).shape == (2, rate // 2)


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_any_width(bits):
    sound = song(0.5)
    with opened(wav_bytes(sound, bits=bits)) as track:
        assert np.abs(whole(track) - sound).max() < 2.0 ** -(bits - 2) + 1e-7


def test_double_precision_beyond_float32_becomes_infinite_quietly():
    sound = np.array([[0.5, 1e300, -0.5] * 1000])
    with opened(wav_bytes(sound, bits=64, is_float=True)) as track:
        decoded = whole(track)
    assert np.isinf(decoded).sum() == 1000
    assert decoded[0, 0] == 0.5


def test_rate_and_channels_may_change_in_mid_stream():
    # Two MPEG streams one behind the other: what a radio recorder writes.
    first = file_bytes("mp2", song(5.0))
    second = file_bytes("mp2", song(5.0, rate=48_000, channels=1), 48_000)
    with opened(first + second) as track:
        assert track.probe.sample_rate == RATE
        decoded = whole(track)
    assert decoded.shape[0] == 2
    assert decoded.shape[1] == pytest.approx(10 * RATE, abs=0.2 * RATE)
    tail = decoded[0, 7 * RATE : 8 * RATE]
    assert np.sqrt(np.mean(tail**2)) > 0.05


def test_the_sound_of_a_film():
    sound = song(2.0)
    with opened(film_bytes(2.0, sound=sound)) as track:
        assert track.probe.codec == "flac"
        assert np.abs(whole(track) - sound).max() < 2**-14


def test_recordings_over_the_limit_are_refused_by_their_header(files):
    with pytest.raises(AudioError) as caught:
        opened(files["flac"], Limits(max_duration_s=16.0))
    assert caught.value.code == "AUDIO_TOO_LONG"
    assert caught.value.details["duration_s"] == pytest.approx(SECONDS)


def test_recordings_over_the_limit_are_refused_while_streaming(files, monkeypatch):
    monkeypatch.setattr(Track, "_lengths_s", lambda self: (None, None))
    with opened(files["flac"], Limits(max_duration_s=16.0)) as track, pytest.raises(AudioError) as caught:
        track.length()
    assert caught.value.code == "AUDIO_TOO_LONG"


def test_an_open_file_is_read_from_where_it_stands(files):
    handle = io.BytesIO(b"skip me" + files["flac"])
    handle.seek(7)
    with opened(handle) as track:
        assert track.probe.codec == "flac"
    assert not handle.closed
