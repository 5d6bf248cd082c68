"""Artist, album and genre, wherever a format keeps them."""

from __future__ import annotations

import io

import av
import pytest

from genrelens.audio.codecs import FORMATS, encode, tone
from genrelens.audio.sandbox import DecodePool
from genrelens.audio.song import read_song
from genrelens.audio.tags import Tags, read_tags
from genrelens.audio.windows import listen


def tagged(form, **tags):
    plain = av.open(io.BytesIO(encode(tone(0.3), 44_100, form)))
    target = io.BytesIO()
    with av.open(target, "w", format=form.container) as container:
        stream = container.add_stream_from_template(plain.streams.audio[0])
        container.metadata.update(tags)
        for packet in plain.demux(plain.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                # The last one of a Vorbis stream is trimmed to a negative number that has lost its sign.
                packet.duration = min(packet.duration, 2048)
                container.mux(packet)
    return target.getvalue()


@pytest.mark.parametrize("name", ["mp3", "flac", "ogg vorbis", "m4a aac"])
def test_tags_of_a_format(tmp_path, name):
    form = next(form for form in FORMATS if form.name == name)
    path = tmp_path / "song"
    path.write_bytes(tagged(form, artist="  AC/DC ", album="High   Voltage"))
    assert read_tags(path) == Tags("AC/DC", "High Voltage")


def test_no_tags_no_audio_no_file(tmp_path):
    path = tmp_path / "song.wav"
    path.write_bytes(encode(tone(0.3), 44_100, next(form for form in FORMATS if form.name == "wav 16 bit")))
    (tmp_path / "text.mp3").write_text("ffconcat version 1.0")
    assert [read_tags(p) for p in (path, tmp_path / "text.mp3", tmp_path / "none.mp3")] == [Tags()] * 3


def with_genre(name, genre):
    return tagged(next(form for form in FORMATS if form.name == name), genre=genre)


SAID = [
    ("Jazz", "Jazz"),
    ("  Hip-Hop \n/ Rap\t", "Hip-Hop / Rap"),
    ("爵士", "爵士"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),  # harmless as text: whoever shows it escapes it
    ("Ro\u202eck\x1b[31m\u200b", "Rock[31m"),
    ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ("x" * 5000, "x" * 100),
    ("\u202e\x07", ""),
]


@pytest.mark.parametrize(("genre", "kept"), SAID)
@pytest.mark.parametrize("name", ["mp3", "flac", "ogg vorbis", "m4a aac"])
def test_the_genre_that_a_file_says(name, genre, kept):
    data = with_genre(name, genre)
    assert listen(data, window_s=0.1).source.genre_tag == kept
    assert read_song(data).source.genre_tag == kept


def test_a_child_says_the_same_genre():
    with DecodePool(1) as pool:
        for genre, kept in SAID:
            data = with_genre("mp3", genre)
            assert pool.listen(data, window_s=0.1).source.genre_tag == kept
            assert pool.read_song(data).source.genre_tag == kept


def test_no_genre_is_an_empty_one():
    assert listen(encode(tone(0.3), 44_100, FORMATS[0]), window_s=0.1).source.genre_tag == ""
    assert listen(tone(0.3), source_rate=44_100, window_s=0.1).source.genre_tag == ""
