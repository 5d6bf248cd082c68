"""Results: found by their token alone, gone with their tab or their hour, and sound kept for few."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genrelens.audio.song import Song
from genrelens.studio import results
from genrelens.studio.results import Results
from tests.studio.made import analysis


def add(kept: Results, listener: str = "me"):
    return kept.add(listener, Path("/nowhere/1.song"), "song.mp3", analysis())


def song(megabytes: float) -> Song:
    return Song(analysis().source, 32_000, np.zeros((1, int(megabytes * 250_000)), np.float32), 0.0, False, 0.0)


def test_tokens_are_long_and_never_the_same():
    kept = Results()
    tokens = {add(kept).token for _ in range(40)}
    assert len(tokens) == 40
    assert min(map(len, tokens)) >= 20
    assert kept.get("x") is None


def test_what_a_listener_found_goes_with_it():
    kept = Results()
    mine, yours = add(kept), add(kept, "you")
    kept.leave("me")
    assert kept.get(mine.token) is None
    assert kept.get(yours.token) is yours


def test_too_many_push_out_the_oldest_of_the_same_listener(monkeypatch):
    monkeypatch.setattr(results, "_MOST_A_LISTENER", 3)
    kept = Results()
    yours = add(kept, "you")
    mine = [add(kept) for _ in range(5)]
    assert [kept.get(result.token) is not None for result in mine] == [False, False, True, True, True]
    assert kept.get(yours.token) is yours


def test_an_hour_is_the_end_of_it():
    kept = Results()
    old, new = add(kept), add(kept)
    old.made_at -= results.MAX_AGE_S + 1
    assert kept.get(old.token) is None
    assert kept.get(new.token) is new
    new.made_at -= results.MAX_AGE_S + 1
    kept.sweep()
    assert kept.get(new.token) is None


@pytest.mark.parametrize(("allowed_mb", "decodings"), [(100, 2), (15, 3)])
def test_sound_is_decoded_once_while_there_is_room(monkeypatch, allowed_mb, decodings):
    monkeypatch.setattr(results, "_SOUND_BYTES", allowed_mb * 10**6)
    kept, decoded = Results(), []

    def decode():
        decoded.append(1)
        return replace(song(10))

    one, two = add(kept), add(kept)
    for result in (one, one, two, one):
        kept.song(result, decode)
    assert len(decoded) == decodings
