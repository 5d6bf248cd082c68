"""Windows anywhere in a song: laid out to its end, heard as `analyze` hears them, stoppable."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.audio.song import read_song
from genrelens.audio.windows import listen
from genrelens.listening import along
from genrelens.listening.along import hear_along, overlapping_starts


@pytest.fixture(scope="module")
def song(examples):
    return read_song(examples[0])


def test_windows_reach_the_end(song):
    starts = overlapping_starts(song, 10.0, 2.0)
    assert starts[0] == 0.0
    assert starts[-1] + 10.0 == pytest.approx(song.duration_s)
    assert np.all(np.diff(starts) <= 2.5 + 1e-6)
    assert overlapping_starts(song.part(2.0, 9.0), 10.0, 2.0) == (2.0,)


def test_the_same_windows_get_the_same_answer_as_alone(model, song, examples):
    excerpt = listen(examples[0])
    alone, heard = model.hear(excerpt), hear_along(model, song, excerpt.starts_s).hearing
    # The level is that of the whole song here and of the windows there.
    assert np.abs(alone.logits - heard.logits).max() < 0.15


def test_overlapping_windows_share_their_spectrograms_and_say_nearly_the_same(model, song, monkeypatch):
    starts = overlapping_starts(song, 10.0, 1.999)
    shared = hear_along(model, song, starts)
    assert shared.starts_s[0] == 0.0
    assert np.abs(np.array(shared.starts_s) - starts).max() <= 0.08
    steps = np.array(shared.starts_s) / 0.08
    assert np.abs(steps - np.round(steps)).max() < 1e-6
    monkeypatch.setattr(along, "_SHARED_FROM", np.inf)
    alone = hear_along(model, song, shared.starts_s)
    # Only the first and last frames of a window differ: they see the song there, not the window's own reflection.
    difference = np.abs(shared.hearing.logits - alone.hearing.logits)
    assert 0 < np.median(difference) < 0.03
    assert difference.max() < 0.15


def test_whoever_watches_can_stop_it(model, song):
    shares = []

    def stop(share: float) -> None:
        shares.append(share)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        hear_along(model, song, overlapping_starts(song, 10.0, 0.5), step=stop)
    assert len(shares) == 1
    assert 0 < shares[0] < 1
