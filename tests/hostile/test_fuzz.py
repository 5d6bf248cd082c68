"""Damage at random, decoded in a child: an answer or an error of the file, always; and the child mostly lives."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genrelens.audio.sandbox import DecodePool
from genrelens.errors import AudioError
from tests.audio.sounds import made

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")

NAMES = ["mp3", "flac", "ogg vorbis", "opus", "m4a aac", "m4a alac", "wma", "wav 16 bit", "webm", "aiff"]
EXPECTED = {
    "AUDIO_UNREADABLE",
    "AUDIO_EMPTY",
    "AUDIO_NO_TRACK",
    "AUDIO_TOO_LONG",
    "AUDIO_RATE_REFUSED",
    "AUDIO_DECODER_CRASHED",
    "AUDIO_DECODER_TIMEOUT",
}


@pytest.fixture(scope="module")
def pool():
    with DecodePool(workers=1, cpu_s=20, wall_s=30) as shared:
        yield shared


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    name=st.sampled_from(NAMES),
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), min_size=1, max_size=12),
    head=st.booleans(),
    cut=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_flipped_bytes(pool, name, flips, head, cut):
    data = bytearray(made(name, 2.5))
    reach = 400 if head else len(data) - 1
    for place, change in flips:
        data[int(place * min(reach, len(data) - 1))] ^= change
    try:
        excerpt = pool.listen(bytes(data[: int(cut * len(data))]), count=3, window_s=1.0)
    except AudioError as error:
        assert error.code in EXPECTED  # noqa: PT017
    else:
        assert np.isfinite(excerpt.windows).all()
        assert excerpt.windows.shape[1] == 32_000


def test_the_pool_still_works(pool):
    assert len(pool.listen(made("mp3", 2.5), count=2, window_s=1.0).windows) == 2
