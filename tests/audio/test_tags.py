"""Artist and album, wherever a format keeps them."""

from __future__ import annotations

import io

import av
import pytest

from genrelens.audio.codecs import FORMATS, encode, tone
from genrelens.audio.tags import Tags, read_tags


def tagged(form, **tags):
    plain = av.open(io.BytesIO(encode(tone(0.3), 44_100, form)))
    target = io.BytesIO()
    with av.open(target, "w", format=form.container) as container:
        stream = container.add_stream_from_template(plain.streams.audio[0])
        container.metadata.update(tags)
        for packet in plain.demux(plain.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
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
