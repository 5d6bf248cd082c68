"""Sample formats and the cutting of ranges."""

from __future__ import annotations

import itertools

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelens.audio.pcm import Chunk, cut, to_float

EXTREMES = {
    "u8": (np.uint8, [0, 128, 255], [-1, 0, 127 / 128]),
    "s16": (np.int16, [-(2**15), 0, 2**15 - 1], [-1, 0, 1 - 2**-15]),
    "s32": (np.int32, [-(2**31), 0, 2**30], [-1, 0, 0.5]),
    "s64": (np.int64, [-(2**63), 0, 2**62], [-1, 0, 0.5]),
    "flt": (np.float32, [-1.5, 0, 0.25], [-1.5, 0, 0.25]),
    "dbl": (np.float64, [-1.5, 0, 0.25], [-1.5, 0, 0.25]),
}


def frame_of(name, planar, rows):
    dtype = EXTREMES[name][0]
    data = np.array(rows, dtype)
    frame = av.AudioFrame(format=name + ("p" if planar else ""), layout="stereo", samples=data.shape[1], align=1)
    planes = data if planar else [data.T.reshape(-1)]
    for plane, values in zip(frame.planes, planes, strict=True):
        plane.update(np.ascontiguousarray(values).tobytes().ljust(plane.buffer_size, b"\0"))
    return frame


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("name", EXTREMES)
def test_every_sample_format(name, planar):
    _, raw, wanted = EXTREMES[name]
    samples = to_float(frame_of(name, planar, [raw, raw[::-1]]), 2)
    assert samples.dtype == np.float32
    assert np.allclose(samples, [wanted, wanted[::-1]])


def test_another_number_of_channels_is_averaged():
    frame = frame_of("flt", True, [[0.5, 1.0], [0.0, -1.0]])
    assert np.allclose(to_float(frame, 1), [[0.25, 0.0]])
    assert np.allclose(to_float(frame, 3), [[0.25, 0.0]] * 3)


@given(
    sizes=st.lists(st.integers(1, 20), max_size=20),
    offset=st.integers(0, 30),
    ranges=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 60)), max_size=8),
)
def test_any_ranges_of_any_chunks(sizes, offset, ranges):
    end = offset + sum(sizes)
    sound = np.arange(end, dtype=np.float32)[None]
    edges = np.cumsum([offset, *sizes])
    chunks = (Chunk(int(a), sound[:, a:b]) for a, b in itertools.pairwise(edges))
    wanted = sorted((offset + first, offset + first + length) for first, length in ranges)
    for (first, last), part in zip(wanted, cut(chunks, wanted, 1), strict=True):
        assert np.array_equal(part, sound[:, first:last])
