"""What strangers hand in: FIELD.md section 6, items 1 to 7, as far as files go. Each has its code, or plays."""

from __future__ import annotations

import gzip
import io
import os
import re
import socket
import struct
import time
import zipfile

import av
import numpy as np
import pytest

from genrelens.audio.sources import Limits
from genrelens.audio.windows import listen
from genrelens.errors import AudioError
from tests.audio.sounds import RATE, film_bytes, made, song, wav_bytes

SECOND = song(1.0)
TWELVE = song(12.0)


def code_of(source, **options):
    with pytest.raises(AudioError) as caught:
        listen(source, **options)
    error = caught.value
    assert error.message
    assert error.hint
    return error.code


def outcome_of(source):
    """The excerpt, or the code of the error."""
    try:
        return listen(source)
    except AudioError as error:
        return error.code


def codes(excerpt):
    return [finding.code for finding in excerpt.health]


# -- size ------------------------------------------------------------------------------------------------------------


def test_empty(tmp_path):
    path = tmp_path / "empty.mp3"
    path.touch()
    assert code_of(path) == code_of(b"") == code_of(io.BytesIO()) == "AUDIO_EMPTY"


@pytest.mark.parametrize("data", [b"\0", b"R", b"RIFF", b"ID3", b"fLaC", b"OggS", b"\xff\xfb", b"\0" * 100_000])
def test_next_to_nothing(data):
    assert code_of(data) == "AUDIO_UNREADABLE"


def test_exactly_the_limit_and_one_more(tmp_path):
    data = wav_bytes(SECOND)
    path = tmp_path / "one.wav"
    path.write_bytes(data)
    for source in (data, path, io.BytesIO(data)):
        assert len(listen(source, limits=Limits(max_bytes=len(data))).windows) == 1
    for source in (data, path, io.BytesIO(data)):
        assert code_of(source, limits=Limits(max_bytes=len(data) - 1)) == "AUDIO_TOO_LARGE"


def test_a_file_object_that_never_ends_is_cut_off():
    class Endless:
        def read(self, size=-1):
            assert size >= 0
            return b"x" * size

    assert code_of(Endless(), limits=Limits(max_bytes=1 << 20)) == "AUDIO_TOO_LARGE"


def test_a_sparse_file_over_the_limit_is_not_even_read(tmp_path):
    path = tmp_path / "huge.wav"
    with path.open("wb") as handle:
        handle.truncate(300 * 1024 * 1024)
    began = time.perf_counter()
    assert code_of(path) == "AUDIO_TOO_LARGE"
    assert time.perf_counter() - began < 0.5


# -- names -----------------------------------------------------------------------------------------------------------

NAMES = [
    'it\'s "quoted".wav',
    "line\nbreak.wav",
    "-i.wav",
    "--help",
    "concat:a.wav|b.wav",
    "http:song.wav",
    "file:song.wav",
    "pipe:0",
    "data:audio",
    "subfile,,start,0,end,9,,:x.wav",
    "🎵 歌曲.wav",
    "\u202egnp.exe.wav",
    "<script>alert(1)<script>.wav",
    "\x1b[31mred.wav",
    "%2e%2e%2fetc.wav",
    "..\\..\\windows.wav",
    "song.mp3.exe",
    "CON",
    "*?.wav",
    "%d.wav",
    " ",
    "no-ending",
    "true wav.mp3",
    b"latin1-\xe9.wav",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_are_only_names(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open(name, "wb") as handle:  # noqa: PTH123 - names of bytes too
        handle.write(wav_bytes(SECOND))
    shown = listen(os.fsdecode(name)).source.name
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff/\\]", shown)
    assert len(shown) <= 255
    shown.encode("utf-8")


def test_names_that_cannot_be_opened(tmp_path):
    assert code_of(tmp_path / ("x" * 300)) == "AUDIO_NOT_FOUND"
    assert code_of(tmp_path / "a\0b.wav") == "AUDIO_NOT_FOUND"
    assert code_of("") == "AUDIO_NOT_FOUND"
    assert code_of("nowhere.mp3") == "AUDIO_NOT_FOUND"
    for address in (
        "http://127.0.0.1:1/a.mp3",
        "https://example.org/a.mp3",
        "concat:/etc/passwd",
        "file:///etc/passwd",
    ):
        assert code_of(address) == "AUDIO_NOT_FOUND"


def test_things_that_are_no_files(tmp_path):
    assert code_of(tmp_path) == "AUDIO_UNREADABLE"
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    assert code_of(pipe) == "AUDIO_UNREADABLE"
    assert code_of("/dev/zero") == "AUDIO_UNREADABLE"
    endpoint = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(endpoint))
        assert code_of(endpoint) == "AUDIO_UNREADABLE"


def test_links_are_followed_to_files_only(tmp_path):
    (tmp_path / "real.wav").write_bytes(wav_bytes(SECOND))
    (tmp_path / "link.wav").symlink_to("real.wav")
    (tmp_path / "loop").symlink_to("loop")
    assert listen(tmp_path / "link.wav").source.name == "link.wav"
    assert code_of(tmp_path / "loop") == "AUDIO_NOT_FOUND"


# -- disguise --------------------------------------------------------------------------------------------------------


def disguises(target):
    address = target.as_posix()
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("song.mp3", "x" * 1000)
    return {
        "ffconcat": f"ffconcat version 1.0\nfile '{address}'\n".encode(),
        "ffconcat url": f"ffconcat version 1.0\nfile 'file://{address}'\n".encode(),
        "m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{address}\n#EXT-X-ENDLIST\n".encode(),
        "m3u8 plain": f"#EXTM3U\n#EXTINF:10,\n{address}\n".encode(),
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 49170 RTP/AVP 0\n",
        "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        b'mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="audio/mp4">'
        b'<Representation id="1" bandwidth="1"><BaseURL>'
        + address.encode()
        + b"</BaseURL></Representation></AdaptationSet></Period></MPD>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        "html": b"<!doctype html><audio src='file:///etc/passwd'>",
        "pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
        "zip": zipped.getvalue(),
        "gz": gzip.compress(wav_bytes(SECOND)),
        "exe": b"MZ" + bytes(500),
        "midi": b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0",
        "tracker": b"Extended Module: x" + bytes(400),
        "text": b"this is a shopping list\n" * 50,
        "passwd": b"root:x:0:0:root:/root:/bin/bash\n" * 50,
        "png": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "ffmetadata": b";FFMETADATA1\ntitle=x\n",
        "image2 pattern": b"P6 1 1 255 abc",
    }


@pytest.mark.parametrize("kind", sorted(disguises(__import__("pathlib").Path("/x"))))
def test_disguised_files_open_nothing(tmp_path, monkeypatch, kind):
    target = tmp_path / "secret.wav"
    target.write_bytes(wav_bytes(SECOND))
    disguised = tmp_path / "song.mp3"
    disguised.write_bytes(disguises(target)[kind])
    monkeypatch.chdir(tmp_path)

    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    before = target.stat().st_atime_ns
    began = time.perf_counter()
    assert code_of(disguised) == "AUDIO_UNREADABLE"
    assert code_of(disguised.read_bytes()) == "AUDIO_UNREADABLE"
    assert time.perf_counter() - began < 2
    assert target.stat().st_atime_ns == before


def test_a_true_mp3_with_another_ending_plays(tmp_path):
    path = tmp_path / "song.wav"
    path.write_bytes(made("mp3", 12.0))
    assert listen(path).source.codec == "mp3"


def test_mp3_behind_a_web_page_plays():
    # A polyglot: the browser's half is ignored, and nobody serves it as a page.
    excerpt = listen(made("mp3", 12.0) + b"<html><script>alert(1)</script>")
    assert excerpt.source.codec == "mp3"


# -- broken ----------------------------------------------------------------------------------------------------------


def test_id3_only():
    tag = b"ID3\x04\0\0" + bytes([0, 0, 7, 0x68]) + bytes(1000)
    assert code_of(tag) == "AUDIO_UNREADABLE"


def test_mp3_with_a_garbage_head():
    rng = np.random.default_rng(0)
    garbage = rng.integers(0, 256, 3000, dtype=np.uint8).tobytes().replace(b"\xff", b"\0")
    excerpt = listen(garbage + made("mp3", 12.0))
    assert excerpt.source.duration_s == pytest.approx(12, abs=0.2)


@pytest.mark.parametrize("said_frames", [1, 10_000_000])
def test_a_xing_header_that_lies(said_frames):
    data = bytearray(made("mp3", 40.0, 1))
    place = data.find(b"Info") if b"Info" in data[:4000] else data.find(b"Xing")
    assert place > 0
    data[place + 8 : place + 12] = struct.pack(">I", said_frames)
    excerpt = listen(bytes(data))
    assert excerpt.source.duration_s == pytest.approx(40, abs=0.3)
    assert len(excerpt.windows) == 4


def test_m4a_without_its_table():
    data = made("m4a aac", 12.0)
    assert code_of(data[: data.find(b"moov") - 4]) in ("AUDIO_UNREADABLE", "AUDIO_NO_TRACK")


def test_ogg_with_broken_pages():
    data = bytearray(made("ogg vorbis", 20.0))
    for place in range(len(data) // 2, len(data) // 2 + 2000, 100):
        data[place] ^= 0xFF
    assert len(listen(bytes(data)).windows) >= 1


@pytest.mark.parametrize("name", ["ogg vorbis", "opus", "flac", "mp3"])
def test_two_songs_in_one_file_play_both(name):
    excerpt = listen(made(name, 8.0) + made(name, 12.5))
    assert excerpt.source.duration_s == pytest.approx(20.5, abs=0.15)
    assert len(excerpt.windows) == 2


def test_flac_with_a_wrong_checksum_and_no_length():
    data = bytearray(made("flac", 12.0))
    data[26:42] = bytes(16)
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    excerpt = listen(bytes(data))
    assert excerpt.source.duration_s == pytest.approx(12, abs=0.01)


@pytest.mark.parametrize("said", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_wav_sizes_that_recorders_leave_behind_play_to_the_end(said):
    excerpt = listen(wav_bytes(TWELVE, data_size=said))
    assert excerpt.source.duration_s == pytest.approx(12, abs=0.01)


def test_a_wav_of_less_than_one_sample():
    assert code_of(wav_bytes(TWELVE, data_size=1)) in ("AUDIO_EMPTY", "AUDIO_UNREADABLE")


@pytest.mark.parametrize(
    "name", ["mp3", "wav 16 bit", "flac", "ogg vorbis", "opus", "m4a aac", "m4a alac", "wma", "aiff", "au"]
)
def test_cut_at_every_tenth(name):
    data = made(name, 16.0)
    heard = []
    for tenth in range(1, 10):
        excerpt = outcome_of(data[: len(data) * tenth // 10])
        if isinstance(excerpt, str):
            assert excerpt in ("AUDIO_UNREADABLE", "AUDIO_EMPTY", "AUDIO_NO_TRACK")
            continue
        heard.append(excerpt.listened[-1][1])
        assert np.isfinite(excerpt.windows).all()
        assert excerpt.source.duration_s <= 16.2
        assert heard[-1] <= excerpt.source.duration_s + 0.06
    if not name.startswith("m4a"):  # theirs stands at the end, and nothing plays without it
        assert heard == sorted(heard)
        assert heard[-1] == pytest.approx(14.4, abs=1.0)


def test_an_mp3_whose_download_broke_off_says_so():
    data = made("mp3", 40.0, 1)
    for whole in (data, id3((b"TIT2", b"\0title")) + data):
        assert codes(listen(whole)) == []
        excerpt = listen(whole[: len(whole) // 2])
        assert codes(excerpt) == ["TRUNCATED"]
        assert excerpt.health[0].limit == pytest.approx(40, abs=0.1)
        assert excerpt.source.duration_s == pytest.approx(20, abs=0.3)


def test_a_flac_that_was_cut_off_says_so():
    data = made("flac", 60.0, 1)
    excerpt = listen(data[: len(data) // 2])
    assert "TRUNCATED" in codes(excerpt)
    assert excerpt.source.duration_s == pytest.approx(30, abs=4)
    assert len(excerpt.windows) >= 2


def test_a_wav_that_sends_its_reader_to_and_fro():
    # Every 8 zeros behind the sound are a chunk of their own to the demuxer, and a seek.
    began = time.perf_counter()
    assert code_of(wav_bytes(TWELVE) + bytes(100_000_000)) == "AUDIO_UNREADABLE"
    assert time.perf_counter() - began < 5
    assert len(listen(wav_bytes(TWELVE) + bytes(1_000_000)).windows) == 1


@pytest.mark.parametrize("name", ["mp3", "flac", "ogg vorbis", "m4a aac"])
def test_holes_in_the_middle(name):
    data = bytearray(made(name, 16.0))
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    excerpt = listen(bytes(data))
    assert len(excerpt.windows) == 2
    assert np.isfinite(excerpt.windows).all()


# -- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0, 1, 7, 655_350, 2**31 - 1, 2**32 - 1])
def test_rates_that_nobody_records_at(rate):
    began = time.perf_counter()
    assert code_of(wav_bytes(SECOND, declared_rate=rate)) in ("AUDIO_RATE_REFUSED", "AUDIO_UNREADABLE")
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("rate", [1, 7, 7_999, 384_001, 655_350])
def test_rates_out_of_range_are_named(rate):
    assert code_of(wav_bytes(SECOND, declared_rate=rate)) == "AUDIO_RATE_REFUSED"


@pytest.mark.parametrize("channels", [0, 65, 255, 65_535])
def test_channel_counts_that_lie(channels):
    width = min(65_535, 2 * channels)
    assert code_of(wav_bytes(SECOND, declared_channels=channels, block=width)) == "AUDIO_UNREADABLE"


def test_64_channels_play():
    assert listen(wav_bytes(SECOND, declared_channels=64, block=128)).source.channels == 64


@pytest.mark.parametrize("bits", [0, 7, 63, 64, 255])
def test_widths_that_lie(bits):
    outcome = outcome_of(wav_bytes(SECOND, declared_bits=bits))
    assert outcome in ("AUDIO_UNREADABLE", "AUDIO_EMPTY") or np.isfinite(outcome.windows).all()


def test_a_header_that_claims_thirty_years_is_not_believed():
    data = bytearray(made("m4a aac", 12.0))
    for box in (b"mvhd", b"tkhd", b"mdhd"):
        place = data.find(box)
        data[place + 20 : place + 24] = (
            struct.pack(">I", 2**31 - 1) if box == b"mvhd" else data[place + 20 : place + 24]
        )
    assert listen(bytes(data)).source.duration_s == pytest.approx(12, abs=0.1)
    flac = bytearray(made("flac", 12.0))
    flac[21] |= 0x0F
    flac[22:26] = b"\xff\xff\xff\xff"
    excerpt = listen(bytes(flac))
    assert excerpt.source.duration_s == pytest.approx(12, abs=0.1)


# -- bombs -----------------------------------------------------------------------------------------------------------


def silent_flac(hours):
    """Constant blocks of the largest size, written by hand: an encoder would take minutes."""
    rate, block = 44_100, 65_535
    count = int(hours * 3600 * rate) // block
    total = count * block
    info = struct.pack(">HH", block, block) + bytes(6)
    info += ((rate << 44) | (0 << 41) | (15 << 36) | total).to_bytes(8, "big") + bytes(16)
    out = [b"fLaC", b"\x80", len(info).to_bytes(3, "big"), info]
    for number in range(count):
        head = b"\xff\xf8" + bytes([0x79, 0x08]) + utf8_number(number) + struct.pack(">H", block - 1)
        frame = head + bytes([crc(head, 0x07, 8)]) + b"\0\0\0"
        out.append(frame + crc(frame, 0x8005, 16).to_bytes(2, "big"))
    return b"".join(out)


def utf8_number(number):
    return chr(number).encode("utf-8", "surrogatepass")


def crc(data, polynomial, width):
    value, top = 0, 1 << (width - 1)
    for byte in data:
        value ^= byte << (width - 8)
        for _ in range(8):
            value = ((value << 1) ^ polynomial if value & top else value << 1) & ((1 << width) - 1)
    return value


def test_ten_hours_of_silence():
    data = silent_flac(10)
    assert len(data) < 500_000
    began = time.perf_counter()
    assert code_of(data) == "AUDIO_TOO_LONG"
    assert time.perf_counter() - began < 3


def test_ten_hours_that_claim_to_be_short():
    data = bytearray(silent_flac(10))
    data[21] &= 0xF0
    data[22:26] = struct.pack(">I", 44_100 * 30)
    assert code_of(bytes(data)) == "AUDIO_TOO_LONG"
    data[22:26] = struct.pack(">I", 44_100 * 300)
    began = time.perf_counter()
    assert listen(bytes(data)).windows.shape == (0, 320_000)
    assert time.perf_counter() - began < 3


def test_an_hour_of_silence_is_silence():
    excerpt = listen(silent_flac(1))
    assert codes(excerpt)[0] == "SILENT"
    assert excerpt.windows.shape == (0, 320_000)


def id3(*frames):
    body = b"".join(name + struct.pack(">I", len(data)) + b"\0\0" + data for name, data in frames)
    size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + body


@pytest.mark.parametrize(
    "tag",
    [
        id3((b"APIC", b"\0image/png\0\3\0" + b"\x89PNG" * 2_500_000)),
        id3(*[(b"TXXX", b"\0a\0b")] * 100_000),
        id3((b"TIT2", b"\0" + b"x" * 1_000_000)),
        id3((b"TIT2", b"\3\xff\xfe\xc0\xaf")),
        id3(
            (b"TIT2", b"\0<script>alert(1)</script>"), (b"TPE1", b"\3\xed\xa0\x80"), (b"TALB", b"\0=cmd|' /C calc'!A0")
        ),
    ],
    ids=["10 MB picture", "100 000 frames", "1 MB title", "no UTF-8", "script and surrogate"],
)
def test_tags_do_not_stop_a_song(tag):
    began = time.perf_counter()
    excerpt = listen(tag + made("mp3", 12.0))
    assert len(excerpt.windows) == 1
    assert time.perf_counter() - began < 5


def test_vorbis_comments_that_are_no_utf8():
    data = made("flac", 12.0)
    comment = struct.pack("<I", 1) + b"x" + struct.pack("<II", 1, 10) + b"TITLE=\xff\xfe\xe9\xf0"
    block = b"\4" + len(comment).to_bytes(3, "big") + comment
    patched = data[:4] + bytes([data[4] & 0x7F]) + data[5:42]
    rest = data[42:]
    excerpt = listen(patched + block + rest)
    assert excerpt.source.codec == "flac"


# -- sound -----------------------------------------------------------------------------------------------------------


def test_one_sample():
    excerpt = listen(wav_bytes(np.full((1, 1), 0.5, np.float32)))
    assert excerpt.windows.shape == (1, 320_000)
    assert excerpt.repeated
    assert codes(excerpt)[0] == "TOO_SHORT"


def test_a_tenth_of_a_second():
    excerpt = listen(wav_bytes(song(0.1)))
    assert excerpt.windows.shape == (1, 320_000)
    assert {"TOO_SHORT", "REPEATED"} <= set(codes(excerpt))


def test_no_samples():
    assert code_of(wav_bytes(np.zeros((1, 0), np.float32))) in ("AUDIO_EMPTY", "AUDIO_UNREADABLE")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers(value):
    sound = TWELVE.copy()
    sound[:, 1000:49_000] = value
    excerpt = listen(wav_bytes(sound, bits=32, is_float=True))
    assert np.isfinite(excerpt.windows).all()
    assert "NON_FINITE" in codes(excerpt)


def test_nothing_but_nan_is_silence():
    excerpt = listen(wav_bytes(np.full((2, 12 * RATE), np.nan, np.float32), bits=32, is_float=True))
    assert len(excerpt.windows) == 0
    assert {"SILENT", "NON_FINITE"} <= set(codes(excerpt))


def test_enormous_and_denormal_floats():
    for scale, finding in ((1e30, "NON_FINITE"), (1e-40, "SILENT")):
        excerpt = listen(wav_bytes(TWELVE.astype(np.float64) * scale, bits=64, is_float=True))
        assert np.isfinite(excerpt.windows).all()
        assert finding in codes(excerpt)


def test_floats_at_the_scale_of_integers_are_music():
    excerpt = listen(wav_bytes(TWELVE * 32767, bits=32, is_float=True))
    assert codes(excerpt) == []
    assert len(excerpt.windows) == 1


# -- streams ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("video", ["mpeg4", "mjpeg"])
def test_video_without_sound(video):
    assert code_of(film_bytes(1.0, sound=None, video=video)) == "AUDIO_NO_TRACK"


def test_video_with_sound():
    assert listen(film_bytes(2.0, sound=song(2.0))).source.codec == "flac"


def test_a_video_decoder_is_never_started():
    # CVE-2026-8461 sits in this one; the allow-list of decoders holds during the probing, too.
    data = film_bytes(1.0, sound=None, container="avi", video="magicyuv")
    assert code_of(data) == "AUDIO_NO_TRACK"


def test_a_picture_named_mp3():
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="image2pipe") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "rgb24"
        picture = av.VideoFrame(16, 16, "rgb24")
        container.mux([*stream.encode(picture), *stream.encode(None)])
    assert code_of(buffer.getvalue()) == "AUDIO_UNREADABLE"
