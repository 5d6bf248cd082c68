"""The light description: cheap numbers between 0 and 1, tempo and key only when asked for, failures in their place."""

from __future__ import annotations

import numpy as np

from genrelens.audio.song import read_song
from genrelens.errors import AudioError, GenreLensError
from genrelens.insight.description import NOTHING_KNOWN, DescribingDecoder, describe, gather


def sound(kind: str) -> np.ndarray:
    rng, time = np.random.default_rng(0), np.arange(12 * 32_000) / 32_000
    noise = rng.standard_normal(len(time))
    wave = {"hum": np.sin(2 * np.pi * 110 * time), "hiss": noise}[kind]
    return (0.2 * wave).astype(np.float32)[None]


def test_a_hum_is_darker_and_calmer_than_a_hiss():
    hum, hiss = (describe(read_song(sound(kind), source_rate=32_000)) for kind in ("hum", "hiss"))
    assert (hum.brightness, hiss.brightness) == (0.0, 1.0)
    assert 0 <= hum.energy < hiss.energy <= 1


def test_nothing_is_said_of_silence():
    found = describe(read_song(np.zeros((1, 64_000), np.float32), source_rate=32_000), tempo=True, key=True)
    assert (found.energy, found.brightness, found.tempo_bpm, found.key) == (None, None, None, None)
    assert (found.tempo_asked, found.key_asked) == (True, True)


def test_a_decoder_describes_what_it_decodes(examples):
    decoder = DescribingDecoder()
    excerpt = decoder(
        examples[0], sample_rate=32_000, window_s=10.0, count=6, start_s=None, end_s=None, source_rate=None
    )
    assert decoder.described(excerpt.source.sha256).energy is not None
    assert decoder.described("another") is NOTHING_KNOWN


def test_files_come_in_their_order_and_one_that_fails_stops_nobody(model, examples):
    files = [examples[0], "/no/such.mp3", examples[1]]
    found = list(gather(model, files, tempo=True))
    assert [item.path for item in found] == [str(path) for path in files]
    assert isinstance(found[1].answer, AudioError)
    assert found[1].description is NOTHING_KNOWN
    assert [item.description.tempo_asked for item in found] == [True, False, True]


def test_a_part_that_cannot_be_read_leaves_tempo_unknown(model, examples):
    def refuse(source, **options):
        raise AudioError("AUDIO_UNREADABLE", "not today")

    (found,) = gather(model, [examples[0]], tempo=True, reader=refuse)
    assert not isinstance(found.answer, GenreLensError)
    assert (found.description.tempo_bpm, found.description.tempo_asked) == (None, True)
    assert found.description.energy is not None
