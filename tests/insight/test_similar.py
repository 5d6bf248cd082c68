"""Neighbours of a song: the order, copies, tempos and keys that mix, and what cannot be judged."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genrelens.audio.codecs import FORMATS, encode
from genrelens.audio.song import read_song
from genrelens.errors import AudioError, BundleError, UsageError
from genrelens.insight.description import Candidate, Description, describe, gather
from genrelens.insight.similar import Filters, keys_mix, likeness, similar, tempo_distance
from tests.insight.candidates import candidate


def song(path, angle, **options):
    return candidate(path, embedding=[np.cos(angle), np.sin(angle)], Pop=0.5, **options)


def test_the_nearest_come_first_and_the_song_itself_is_passed_over():
    found = similar(song("a", 0), [song("far", 2), song("a", 0), song("near", 0.5)])
    assert [item.path for item in found.neighbours] == ["near", "far"]
    assert found.neighbours[0].likeness == pytest.approx(np.cos(0.5), abs=1e-4)


def test_copies_are_named():
    found = similar(
        song("a", 0, content="x"),
        [song("b", 0, content="x"), song("c", 0.05), song("d", 1), song("longer", 0.05, seconds=190)],
    )
    assert {item.path: item.copy for item in found.neighbours} == {
        "b": "file",
        "c": "recording",
        "d": None,
        "longer": None,
    }


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [(120, 122, 2), (120, 61, 2), (60, 124, 2), (120, 90, 30), (None, 120, None), (120, None, None)],
)
def test_tempos_half_and_double(one, other, distance):
    assert tempo_distance(Description(tempo_bpm=one), Description(tempo_bpm=other)) == distance


@pytest.mark.parametrize(
    ("one", "other", "mix"),
    [("8A", "8A", True), ("8A", "8B", True), ("8A", "9A", True), ("12B", "1B", True), ("8A", "9B", False),
     ("8A", "10A", False), ("1A", "7A", False)],
)  # fmt: skip
def test_keys_that_mix(one, other, mix):
    assert keys_mix(one, other) is mix
    assert keys_mix(other, one) is mix


@pytest.mark.parametrize("place", ["13A", "0B", "8C", "", "8"])
def test_no_place_on_the_wheel(place):
    with pytest.raises(ValueError, match="Camelot"):
        keys_mix("8A", place)


def test_filters_part_what_fits_what_not_and_what_nobody_knows():
    def at(bpm, camelot):
        return Description(tempo_bpm=bpm, camelot=camelot, tempo_asked=True, key_asked=True)

    others = [
        song("fits", 0.5, description=at(63, "9A")),
        song("slow", 0.1, description=at(90, "8A")),
        song("clashes", 0.2, description=at(120, "2B")),
        song("no tempo", 0.3, description=at(None, "8A")),
        song("no key, slow", 0.4, description=at(90, None)),
    ]
    found = similar(song("a", 0, description=at(125, "8A")), others, Filters(6, key_compatible=True))
    assert [item.path for item in found.neighbours] == ["fits"]
    assert [item.path for item in found.not_judged] == ["no tempo"]
    assert [item.path for item in found.left_out] == ["slow", "clashes", "no key, slow"]
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_song_of_unknown_tempo_judges_nobody():
    found = similar(song("a", 0), [song("b", 1, description=Description(tempo_bpm=120))], Filters(6))
    assert (found.neighbours, [item.path for item in found.not_judged]) == ((), ["b"])


def test_files_that_fail_are_rows_and_the_song_that_fails_is_an_error():
    broken = Candidate("broken", AudioError("AUDIO_EMPTY", "nothing"))
    assert similar(song("a", 0), [broken, song("b", 1)]).failed[0].error.code == "AUDIO_EMPTY"
    with pytest.raises(AudioError):
        similar(broken, [song("b", 1)])
    with pytest.raises(BundleError) as caught:
        similar(candidate("a", Pop=0.5), [])
    assert caught.value.code == "BUNDLE_NO_EMBEDDING"


@pytest.mark.parametrize("value", [-1, 101, float("nan")])
def test_a_filter_that_makes_no_sense(value):
    with pytest.raises(UsageError, match="BPM"):
        Filters(value)


def test_likeness_of_nothing_is_zero():
    assert likeness(np.ones(2, np.float32), np.zeros((1, 2), np.float32)).tolist() == [0.0]


def test_a_recording_encoded_again_is_known(model, examples, tmp_path):
    piece = next(path for path in examples if path.stem == "joplin_rag")
    other = next(path for path in examples if path.stem == "bach_prelude")
    again = tmp_path / "again.mp3"
    again.write_bytes(encode(read_song(piece).samples, 32_000, next(form for form in FORMATS if form.name == "mp3")))
    first, *rest = gather(model, [piece, other, again])
    found = similar(first, rest)
    assert [item.copy for item in found.neighbours] == ["recording", None]
    assert found.neighbours[0].path == str(again)


def test_tempo_and_key_of_a_real_piece(model, examples):
    """What the score says: 76 beats a minute, C major; or nothing."""
    piece = next(path for path in examples if path.stem == "bach_prelude")
    (found,) = gather(model, [piece], tempo=True, key=True)
    assert (found.description.tempo_asked, found.description.key_asked) == (True, True)
    assert (found.description.key, found.description.camelot) in (("C major", "8B"), (None, None))
    whole = describe(read_song(piece))
    assert whole.energy == pytest.approx(found.description.energy, abs=0.25)
    assert (whole.tempo_bpm, whole.key_asked) == (None, False)
