"""The gate: what may be opened, and what an mp3 promises."""

from __future__ import annotations

import io
import itertools

import av
import pytest

from genrelens.audio.opening import (
    CONTAINERS,
    audio_stream,
    check_channels,
    check_rate,
    decoder_name,
    open_container,
    promised_frames,
)
from genrelens.audio.sources import Limits, open_source
from genrelens.errors import AudioError
from tests.audio.sounds import RATE, film_bytes, made, song, wav_bytes


def test_playlists_and_pictures_are_not_on_the_list():
    listed = set(CONTAINERS.split(","))
    assert not listed & {
        "concat",
        "hls",
        "dash",
        "sdp",
        "rtsp",
        "rtp",
        "image2",
        "lavfi",
        "ffmetadata",
        "data",
        "webm_dash_manifest",
    }
    known = set(itertools.chain.from_iterable(name.split(",") for name in av.formats_available))
    assert listed - known - {"webm", "m4a", "3gp", "3g2", "mj2"} == set()


def test_a_codec_that_is_not_on_the_list_is_named():
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="wav") as container:
        stream = container.add_stream("g726", rate=8_000, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=8_000, align=1)
        frame.sample_rate, frame.pts = 8_000, 0
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with open_source(buffer.getvalue(), Limits()) as source, open_container(source) as container:  # noqa: SIM117
        with pytest.raises(AudioError) as caught:
            audio_stream(container)
    assert caught.value.code == "AUDIO_UNREADABLE"
    assert "g726" in caught.value.message


def test_the_sound_among_other_tracks():
    with open_source(film_bytes(1.0, sound=song(1.0)), Limits()) as source, open_container(source) as container:
        assert decoder_name(audio_stream(container)) == "flac"


def test_a_container_says_in_its_own_words_what_is_wrong():
    with open_source(b"no sound at all" * 100, Limits()) as source, pytest.raises(AudioError) as caught:
        open_container(source)
    assert "Invalid data found when processing input" in caught.value.message


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (made("mp3", 12.0), pytest.approx(12.0 * RATE / 1152, abs=4)),
        (made("flac", 12.0), None),
        (b"ID3", None),
        (b"", None),
    ],
)
def test_frames_that_an_mp3_promises(data, frames):
    with open_source(data + b"x", Limits()) as source:
        source.seek(3)
        assert promised_frames(source) == frames
        assert source.tell() == 3


def test_numbers_at_the_limits():
    check_rate(8_000, Limits())
    check_rate(384_000, Limits())
    assert check_channels(64) == 64
    for rate in (7_999, 384_001, 0, -1):
        with pytest.raises(AudioError, match="AUDIO_RATE_REFUSED"):
            check_rate(rate, Limits())
    for count in (0, 65):
        with pytest.raises(AudioError, match="AUDIO_UNREADABLE"):
            check_channels(count)


def test_a_probe_starts_no_video_decoder():
    with open_source(film_bytes(1.0, sound=None), Limits()) as source, open_container(source) as container:
        decoders = set(container.options["codec_whitelist"].split(","))
    assert "mp3float" in decoders
    assert not {name for name in decoders if av.Codec(name).type != "audio"}


def test_wav_is_on_the_list():
    with open_source(wav_bytes(song(0.1)), Limits()) as source, open_container(source) as container:
        assert container.format.name == "wav"
