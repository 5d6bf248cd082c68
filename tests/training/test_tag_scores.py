"""Pieces are the same for a seed, hold what they say, and fit into MIDI."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install 'genrelens[train]'")
pytest.importorskip("mido", reason="scores need the extra dev")

from training.tag_scores import LENGTH_S, RATE, midi_of, rendered, truth_by_score, write_piece
from training.tag_words import KIT, WORDS

MANY = [write_piece(number, 3) for number in range(250)]


def word(word_id):
    return next(word for word in WORDS if word.id == word_id)


def test_a_seed_gives_the_same_piece():
    assert write_piece(7, 3) == MANY[7]
    assert write_piece(7, 4) != MANY[7]


def test_every_player_plays_within_the_piece():
    for piece in MANY:
        assert {note[2] for note in piece.notes} == set(range(len(piece.players)))
        assert all(0 <= start < end <= LENGTH_S + 0.1 for start, end, *_ in piece.notes)
        assert all(0 <= pitch < 128 and 0 < velocity < 128 for *_, pitch, velocity in piece.notes)
        assert all((player.role == "drums") == (player.program >= KIT) for player in piece.players)


def test_every_word_that_a_score_knows_has_its_turn():
    for known in (word for word in WORDS if word.programs):
        truths = [truth_by_score(known, piece.programs) for piece in MANY]
        assert truths.count(True) >= 4, known.id
        assert truths.count(False) >= 4, known.id


def test_what_instruments_say_of_a_word():
    assert truth_by_score(word("saxophone"), frozenset({66, 0})) is True
    assert truth_by_score(word("saxophone"), frozenset({0})) is False
    assert truth_by_score(word("violin"), frozenset({48})) is None
    assert truth_by_score(word("violin"), frozenset({48, 40})) is True
    assert truth_by_score(word("singing"), frozenset({52})) is None


def test_pieces_follow_each_other_in_one_file():
    file = midi_of(MANY[:3])
    assert file.length == pytest.approx(36.0, abs=0.01)
    starts = [message for message in file.tracks[0] if message.type == "note_on"]
    assert len(starts) == sum(len(piece.notes) for piece in MANY[:3])


@pytest.mark.skipif(shutil.which("fluidsynth") is None, reason="apt install fluidsynth fluid-soundfont-gm")
def test_a_piece_sounds():
    (number, sound), *_ = list(rendered(4, 6, 3))
    assert number == 4
    assert sound.shape == (2, round(LENGTH_S * RATE))
    assert 0.001 < np.abs(sound).max() < 1.0
