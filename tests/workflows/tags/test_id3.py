"""ID3v2 as bytes: what mutagen writes is read, and what is written here mutagen reads."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen import id3

from genrelens.workflows.tags.id3 import Id3Tag, custom_texts, parse_tag, render_tag, text_frame, texts_of
from tests.workflows.tagged import bare_mp3

TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(genres=st.lists(TEXT, min_size=1, max_size=4), version=st.sampled_from([3, 4]))
def test_mutagen_reads_what_is_written_here(genres, version):
    tag = Id3Tag(version)
    frames = [text_frame(tag, genres), text_frame(tag, genres, custom="GENRELENS_GENRE")]
    data = render_tag(tag, frames)
    read = id3.ID3(io.BytesIO(data + bare_mp3()), translate=False)
    expected = genres if version == 4 else ["/".join(genres)]
    assert list(map(str, read["TCON"].text)) == expected
    assert list(map(str, read["TXXX:GENRELENS_GENRE"].text)) == expected
    back = parse_tag(data)
    assert back is not None
    assert texts_of(back.frames[0]) == expected
    assert custom_texts(back) == {"GENRELENS_GENRE": expected}


@settings(max_examples=60, deadline=None)
@given(
    genres=st.lists(TEXT, min_size=1, max_size=4),
    version=st.sampled_from([3, 4]),
    encoding=st.sampled_from([1, 2, 3]),
    padding=st.integers(0, 50),
)
def test_what_mutagen_writes_is_read(genres, version, encoding, padding):
    tags = id3.ID3()
    tags.add(id3.TCON(encoding=encoding, text=genres))
    tags.add(id3.TXXX(encoding=encoding, desc="KEY", text=genres))
    target = io.BytesIO()
    tags.save(target, v2_version=version, v23_sep=None, padding=lambda info: padding)
    found = parse_tag(target.getvalue())
    assert found is not None
    assert found.size == len(target.getvalue())
    genre = next(frame for frame in found.frames if frame.name == b"TCON")
    assert texts_of(genre) == genres
    assert custom_texts(found) == {"KEY": genres}


@pytest.mark.parametrize("version", [2, 3, 4])
def test_frames_come_back_byte_for_byte_and_room_is_used(version):
    tag = Id3Tag(version)
    data = render_tag(tag, [text_frame(tag, ["Rock"]), text_frame(tag, ["嘻哈"], custom="X")])
    found = parse_tag(data + b"sound")
    assert found is not None
    assert found.size == len(data)
    assert render_tag(found, [frame.raw for frame in found.frames]) == data
    more = render_tag(found, [*(frame.raw for frame in found.frames), text_frame(found, ["Jazz"], custom="Y")])
    assert len(more) == len(data)


def test_sizes_that_itunes_wrote_are_kept():
    """Version 2.4 with sizes of 2.3: a frame of 200 bytes tells them apart."""
    long = b"TIT2" + (200).to_bytes(4) + b"\0\0" + b"\x00" + b"x" * 199
    short = b"TALB" + (6).to_bytes(4) + b"\0\0" + b"\x00Album"
    body = long + short
    data = b"ID3\x04\x00\x00" + bytes([0, 0, len(body) >> 7, len(body) & 127]) + body
    found = parse_tag(data)
    assert found is not None
    assert found.plain_sizes
    again = parse_tag(render_tag(found, [long, short, text_frame(found, ["g" * 90, "h" * 90])]))
    assert again is not None
    assert [texts_of(frame)[0][:5] for frame in again.frames] == ["xxxxx", "Album", "ggggg"]
