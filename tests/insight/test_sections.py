"""Cuts lie where the sound changes, and nowhere else; silence is a section of its own."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.audio.song import read_song
from genrelens.insight.sections import (
    MIN_SECTION_S,
    Candidate,
    Track,
    candidates,
    chosen,
    find_sections,
    silences,
)
from genrelens.listening.along import Along
from genrelens.listening.hearing import Hearing

RATE = 32_000


def song_of(samples):
    return read_song(np.asarray(samples, np.float32), source_rate=RATE)


def noise(seconds, seed, colour):
    """Noise whose neighbours are alike by `colour`, so that two colours differ in their spectrum."""
    white = np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    return 0.1 * np.convolve(white, colour, "same").astype(np.float32)


def heard(length_s, change_s, hop_s=2.0, window_s=10.0, size=24):
    """What windows would hear of a song that is one thing up to `change_s` and another after it."""
    starts = np.arange(0, length_s - window_s + 1e-6, hop_s)
    first = np.clip((change_s - starts) / window_s, 0, 1)[:, None]
    one, other = np.zeros((1, size)), np.zeros((1, size))
    one[0, : size // 2], other[0, size // 2 :] = 1, 1
    embedding = (first * one + (1 - first) * other).astype(np.float32)
    logits = np.zeros((len(starts), 16), np.float32)
    return Along(tuple(starts), window_s, Hearing(logits, None, embedding, None))


@pytest.mark.parametrize("change_s", [14.3, 25.0, 31.9])
def test_a_cut_is_moved_to_where_the_spectrum_changes(change_s):
    song = song_of(np.concatenate([noise(change_s, 1, [1, 1, 1]), noise(50 - change_s, 2, [1, -1])]))
    # The windows are told of a change a second too early.
    spans = find_sections(heard(50.0, change_s - 1.0), song)
    assert [(span.start_s, span.end_s) for span in spans] == [
        (0.0, pytest.approx(change_s, abs=0.2)),
        (pytest.approx(change_s, abs=0.2), 50.0),
    ]


def test_no_change_no_cut():
    assert len(find_sections(heard(50.0, 99.0), song_of(noise(50, 1, [1])))) == 1


def test_a_small_change_is_no_cut():
    along = heard(50.0, 25.0)
    along.hearing.embedding[:] += 3  # the two things are now nearly the same direction
    assert len(find_sections(along, song_of(noise(50, 1, [1])))) == 1


def test_without_an_embedding_the_logits_tell():
    along = heard(50.0, 25.0, size=16)
    bare = Along(along.starts_s, along.window_s, Hearing(along.hearing.embedding, None, None, None))
    song = song_of(np.concatenate([noise(25, 1, [1, 1]), noise(25, 2, [1, -1])]))
    assert find_sections(bare, song)[1].start_s == pytest.approx(25.0, abs=0.2)


def test_edges_make_a_short_first_section_audible():
    along = heard(40.0, 6.0)
    song = song_of(np.concatenate([noise(6, 1, [1, 1]), noise(34, 2, [1, -1])]))
    pure = [heard(10.0, change) for change in (10.0, 0.0)]  # all of the one, all of the other
    assert find_sections(along, song) != find_sections(along, song, (pure[0], pure[1]))
    assert find_sections(along, song, (pure[0], pure[1]))[0].end_s == pytest.approx(6.0, abs=0.2)


def test_silence_is_a_section_and_cuts():
    quiet = np.zeros(3 * RATE, np.float32)
    song = song_of(np.concatenate([noise(12, 1, [1]), quiet, noise(10, 1, [1]), quiet[: RATE // 2], noise(2, 1, [1])]))
    assert silences(song) == [(pytest.approx(12.0, abs=0.11), pytest.approx(15.0, abs=0.11))]
    spans = find_sections(heard(27.5, 99.0), song)
    assert [span.silent for span in spans] == [False, True, False]
    assert spans[0].start_s == 0.0
    assert spans[-1].end_s == pytest.approx(27.5)


def test_silence_is_placed_in_the_source():
    song = song_of(np.concatenate([noise(5, 1, [1]), np.zeros(4 * RATE), noise(5, 1, [1])]))
    assert silences(song.part(3.0, 14.0)) == [(pytest.approx(5.0, abs=0.11), pytest.approx(9.0, abs=0.11))]
    whole = song_of(np.zeros(RATE))
    assert silences(whole) == [(0.0, 1.0)]
    assert [span.silent for span in find_sections(heard(10.0, 99.0), whole)] == [True]


def test_a_song_without_room_for_a_cut_has_none():
    track = Track.of(heard(10.0, 5.0), None)
    assert candidates(track, song_of(noise(9.0, 1, [1])), 0.0, 9.0, least=0.0) == []


def test_the_higher_of_two_near_candidates_stays():
    found = [Candidate(1.1, 20.0), Candidate(1.3, 22.0), Candidate(1.2, 3.0), Candidate(0.9, 40.0)]
    assert chosen(found, 0.0, 60.0, threshold=1.0) == [22.0]
    assert chosen(found, 0.0, 60.0, threshold=0.5) == [22.0, 40.0]
    assert 22.0 - 20.0 < MIN_SECTION_S
