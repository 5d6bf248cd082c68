"""A child that was taken over may say anything: the parent believes only what makes sense."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelens.audio import wire
from genrelens.audio.sources import Limits
from genrelens.audio.windows import ListenOptions, listen
from genrelens.errors import HINTS
from tests.audio.sounds import RATE, song

OPTIONS = ListenOptions(32_000, 0.5, 2, None, None, Limits())


@pytest.fixture(scope="module")
def excerpt():
    return listen(song(4.0), source_rate=RATE, window_s=0.5, count=2)


@pytest.fixture
def answer(excerpt):
    return json.loads(json.dumps(wire.excerpt_header(excerpt)))


def read(header, body, options=OPTIONS):
    return wire.read_excerpt(header, io.BytesIO(body), options, "name.wav")


def test_an_honest_answer(excerpt, answer):
    there = read(answer, excerpt.windows.tobytes())
    assert np.array_equal(there.windows, excerpt.windows)
    assert there.health == excerpt.health
    assert (there.starts_s, there.listened, there.repeated) == (excerpt.starts_s, excerpt.listened, excerpt.repeated)
    assert there.source.name == "name.wav"
    assert there.source.sha256 == excerpt.source.sha256


@pytest.mark.parametrize(
    "lie",
    [
        {"windows": 10**9},
        {"windows": -1},
        {"windows": 1.0},
        {"windows": True},
        {"windows": "2"},
        {"windows": 1},
        {"starts_s": [0.0]},
        {"starts_s": [0.0, float("nan")]},
        {"starts_s": [0.0, -1.0]},
        {"starts_s": "ab"},
        {"listened": [[0.0]]},
        {"listened": [[0.0, 1.0]] * 100},
        {"listened": None},
        {"health": [["UNHEARD_OF", "error", 1, 1]]},
        {"health": [["CLIPPING", "fatal", 1, 1]]},
        {"health": [["CLIPPING", "error", "1", 1]]},
        {"health": [["CLIPPING", "error", float("inf"), 1]]},
        {"health": [["CLIPPING", "error", 1, 1]] * 100},
        {"health": [["CLIPPING", "error", 1, 1, "advice of its own"]]},
        {"source": {}},
        {"source": None},
    ],
)
def test_lies(excerpt, answer, lie):
    with pytest.raises(wire.ProtocolError):
        read({**answer, **lie}, excerpt.windows.tobytes())


@pytest.mark.parametrize(
    "lie",
    [
        {"codec": "<script>"},
        {"codec": 5},
        {"sha256": "0"},
        {"duration_s": "long"},
        {"sample_rate": 1.5},
        {"channels": -1},
    ],
)
def test_lies_about_the_source(excerpt, answer, lie):
    with pytest.raises(wire.ProtocolError):
        read({**answer, "source": {**answer["source"], **lie}}, excerpt.windows.tobytes())


def test_names_are_never_taken_from_a_child(excerpt, answer):
    answer["source"]["name"] = "<script>"
    assert read(answer, excerpt.windows.tobytes()).source.name == "name.wav"


@pytest.mark.parametrize(
    ("said", "kept"),
    [("Jazz", "Jazz"), ("a\u202eb\x1b\n c", "ab c"), ("x" * 10**5, "x" * 100), (None, ""), (["Jazz"], ""), (5, "")],
)
def test_a_genre_tag_is_made_harmless_by_the_parent(excerpt, answer, said, kept):
    answer["source"]["genre_tag"] = said
    assert read(answer, excerpt.windows.tobytes()).source.genre_tag == kept


def test_samples_cut_off_or_not_finite(excerpt, answer):
    body = excerpt.windows.tobytes()
    with pytest.raises(wire.ProtocolError):
        read(answer, body[:-1])
    with pytest.raises(wire.ProtocolError):
        read(answer, np.full_like(excerpt.windows, np.nan).tobytes())


@pytest.mark.parametrize(
    "said", [None, "x", {}, {"code": "NOPE"}, {"code": "INTERNAL"}, {"code": "PORT_BUSY"}, {"code": []}]
)
def test_errors_that_are_none(said):
    with pytest.raises(wire.ProtocolError):
        wire.to_error(said)


def test_an_error_brings_no_advice_and_no_control_characters():
    error = wire.to_error(
        {
            "code": "AUDIO_UNREADABLE",
            "message": "bad\x1b[31m\u202e" + "x" * 5000,
            "hint": "run this",
            "details": {"n": 1, "text": "<script>", "list": []},
        }
    )
    assert error.hint == HINTS["AUDIO_UNREADABLE"]
    assert error.message.startswith("bad[31mxxx")
    assert len(error.message) == 300
    assert error.details == {"n": 1}


@pytest.mark.parametrize(
    "data", [b"\0", b"\0\0\0\5{}", b"\xff\xff\xff\xff", b"\0\0\0\2[]", b"\0\0\0\2{x", b"\0\0\0\1\xff"]
)
def test_headers_that_are_none(data):
    with pytest.raises(wire.ProtocolError):
        wire.read_message(io.BytesIO(data))


def test_the_end_of_the_stream():
    assert wire.read_message(io.BytesIO()) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_header_or_an_error(data):
    try:
        header = wire.read_message(io.BytesIO(data))
    except wire.ProtocolError:
        return
    assert header is None or isinstance(header, dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(key=st.sampled_from(["source", "windows", "starts_s", "listened", "repeated", "health"]), value=JSON)
def test_any_answer_is_an_excerpt_or_an_error(excerpt, key, value):
    header = {**json.loads(json.dumps(wire.excerpt_header(excerpt))), key: value}
    try:
        there = read(header, excerpt.windows.tobytes())
    except wire.ProtocolError:
        return
    assert there.windows.shape[1] == 16_000


@given(JSON)
def test_any_error_is_an_error(said):
    for value in (said, {"code": "AUDIO_EMPTY", "message": said, "details": said}):
        try:
            assert wire.to_error(value).hint
        except wire.ProtocolError:
            continue


def test_a_request_survives_the_way(tmp_path):
    path = b"/music/\xff\xe9\n.mp3"
    options = ListenOptions(16_000, 3.0, None, 1.5, None, Limits(max_bytes=5))
    header = json.loads(json.dumps(wire.request_header(options, path, 0, whole=False)))
    assert wire.request_options(header) == options
    assert wire.request_path(header).encode("utf-8", "surrogateescape") == path
    assert wire.request_path(wire.request_header(options, None, 3, whole=False)) is None
