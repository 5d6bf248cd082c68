"""From a source to its Analysis: every kind of source, alone and in lists, and what the answer promises."""

from __future__ import annotations

import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from genrelens import AudioError, GenreLensError, analyze, analyze_many, load_model, predict_genre
from genrelens.audio.codecs import FORMATS, encode
from genrelens.audio.windows import listen
from genrelens.listening.analysis import Analysis
from genrelens.taxonomy import GENRES

RATE = 32_000
WAV = next(form for form in FORMATS if form.name == "wav float")


@pytest.fixture(scope="module")
def groove() -> np.ndarray:
    """20 s of something that has pitch, pulse and noise: [n] at 32 kHz."""
    time = np.arange(20 * RATE) / RATE
    beat = np.exp(-8 * (time % 0.5))
    chord = sum(np.sin(2 * np.pi * f * time) for f in (220, 277.2, 329.6))
    noise = np.random.default_rng(0).normal(0, 1, time.size)
    return (0.1 * chord + 0.2 * beat * noise).astype(np.float32)


@pytest.fixture(scope="module")
def song(examples) -> bytes:
    return examples[0].read_bytes()


def test_an_answer_keeps_its_promises(model, examples):
    answer = analyze(model, examples[0])
    assert {score.id for score in answer.top} == {genre.id for genre in GENRES}
    probabilities = [score.probability for score in answer.top]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1.0)
    assert answer.top5 == answer.top[:5]
    assert answer.prediction_set[0] == answer.top[0].id
    assert 0 <= answer.mix_index <= 100
    assert answer.tier in ("sure", "likely", "blend", "unsure", "not_music")
    assert answer.source.name == examples[0].name
    assert answer.source.sha256 == hashlib.sha256(examples[0].read_bytes()).hexdigest()
    assert len(answer.windows) == len(answer.listened)
    assert set(answer.timing_ms) == {"decode", "features", "model", "rest"}
    assert answer.model.sha256 == model.bundle.model_sha256


def test_json_is_plain_and_stable(model, song):
    answer = analyze(model, song)
    plain = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert list(plain) == [
        "schema_version", "source", "listened", "top", "not_music", "tier", "mix_index", "prediction_set", "health",
        "windows", "model", "timing_ms", "tags",
    ]  # fmt: skip
    assert plain["top"][0] == {"id": answer.top[0].id, "probability": answer.top[0].probability}
    assert len(answer.to_dict(embedding=True)["embedding"]) == len(answer.embedding)


def test_a_path_bytes_and_an_open_file_are_the_same_song(model, examples, song):
    answers = [analyze(model, source) for source in (examples[0], str(examples[0]), song, io.BytesIO(song))]
    for answer in answers[1:]:
        assert answer.top == answers[0].top
        assert answer.source.sha256 == answers[0].source.sha256


def test_samples_with_their_rate_are_the_song_they_came_from(model, groove):
    from_file = analyze(model, encode(groove[None], RATE, WAV))
    from_samples = analyze(model, groove, sample_rate=RATE)
    assert [s.id for s in from_samples.top] == [s.id for s in from_file.top]
    assert from_samples.top[0].probability == pytest.approx(from_file.top[0].probability, abs=1e-4)
    assert from_samples.source.codec == "samples"
    stereo = analyze(model, np.stack([groove, groove]), sample_rate=RATE)
    assert stereo.top[0].probability == pytest.approx(from_samples.top[0].probability, abs=1e-5)
    assert stereo.source.channels == 2


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.zeros(1000, np.float32), None),
        (np.zeros(1000, np.int16), RATE),
        (np.full(100_000, np.nan, np.float32), RATE),
        (np.zeros((2, 3, 4), np.float32), RATE),
        (np.zeros(1000, np.float32), -1),
    ],
)
def test_samples_that_cannot_be(model, samples, rate):
    with pytest.raises(AudioError) as caught:
        analyze(model, samples, sample_rate=rate)
    assert caught.value.code in ("AUDIO_SAMPLES_INVALID", "AUDIO_RATE_REFUSED")


def test_a_part_is_listened_to_alone(model, examples):
    answer = analyze(model, examples[0], start_s=3.0, end_s=14.0)
    assert all(3.0 <= start < end <= 14.0 + 1e-6 for start, end in answer.listened)


@pytest.mark.parametrize("part", [(5.0, 5.0), (9.0, 3.0), (-1.0, 5.0), (10_000.0, None), (float("nan"), None)])
def test_a_part_that_is_none(model, song, part):
    with pytest.raises(AudioError) as caught:
        analyze(model, song, start_s=part[0], end_s=part[1])
    assert caught.value.code == "AUDIO_PART_INVALID"


def test_a_list_is_answered_in_order_with_errors_in_their_place(model, examples, groove):
    sources = [examples[0], b"not audio", examples[1], "/no/such/file.mp3", *examples[2:]]
    answers = analyze(model, sources)
    assert len(answers) == len(sources)
    assert [type(a).__name__ for a in answers[:4]] == ["Analysis", "AudioError", "Analysis", "AudioError"]
    assert (answers[1].code, answers[3].code) == ("AUDIO_UNREADABLE", "AUDIO_NOT_FOUND")
    for source, answer in zip(sources, answers, strict=True):
        if isinstance(answer, Analysis):
            alone = analyze(model, source)
            assert [s.id for s in answer.top5] == [s.id for s in alone.top5]
            assert answer.top[0].probability == pytest.approx(alone.top[0].probability, abs=1e-4)


def test_a_stream_of_sources_is_consumed_as_answers_are_taken(model, song):
    taken = []

    def sources():
        for number in range(40):
            taken.append(number)
            yield song

    answers = analyze_many(model, sources())
    next(answers)
    assert len(taken) < 20
    answers.close()


def test_files_and_samples_in_one_list(model, examples, groove):
    answers = analyze(model, [examples[0], groove], sample_rate=RATE)
    assert [answer.source.codec for answer in answers] == ["vorbis", "samples"]


def test_a_bug_in_one_source_loses_no_other(model, examples, caplog):
    def broken(source, **options):
        if source == examples[1]:
            raise RuntimeError("a bug of ours")
        return listen(source, **options)

    answers = analyze(model, examples[:3], decoder=broken)
    assert [type(answer).__name__ for answer in answers] == ["Analysis", "InternalError", "Analysis"]
    assert "a bug of ours" in caplog.text
    assert "a bug of ours" not in str(answers[1])


def test_an_empty_list_has_no_answers(model):
    assert analyze(model, []) == []


def test_predict_genre_gives_five_pairs(model, examples):
    pairs = predict_genre(model, str(examples[0]))
    assert len(pairs) == 5
    assert all(isinstance(name, str) and isinstance(p, float) for name, p in pairs)
    assert [p for _, p in pairs] == sorted((p for _, p in pairs), reverse=True)
    assert pairs == [(score.id, score.probability) for score in analyze(model, examples[0]).top5]


def test_silence_has_no_genre(model):
    answer = analyze(model, np.zeros(10 * RATE, np.float32), sample_rate=RATE)
    assert (answer.top, answer.tier, answer.not_music) == ((), "not_music", None)
    assert answer.health[0].code == "SILENT"
    json.dumps(answer.to_dict(), allow_nan=False)
    with pytest.raises(AudioError) as caught:
        predict_genre(model, np.zeros(10 * RATE, np.float32), sample_rate=RATE)
    assert caught.value.code == "AUDIO_SILENT"


def test_noise_is_not_music_and_says_so(model):
    noise = np.random.default_rng(0).normal(0, 0.1, 20 * RATE).astype(np.float32)
    answer = analyze(model, noise, sample_rate=RATE)
    assert answer.tier == "not_music"
    assert answer.not_music > model.bundle.calibration.not_music_threshold
    assert "NOT_MUSIC" in [finding.code for finding in answer.health]


@pytest.mark.parametrize("gain_db", [-40, -20, 6])
def test_gain_never_changes_the_verdict(model, groove, gain_db):
    reference = {s.id: s.probability for s in analyze(model, groove, sample_rate=RATE).top}
    louder = analyze(model, groove * np.float32(10 ** (gain_db / 20)), sample_rate=RATE)
    assert max(abs(s.probability - reference[s.id]) for s in louder.top) < 0.02


def test_one_model_many_threads(model, examples):
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda path: analyze(model, path), examples * 2))
    for path, answer in zip(examples * 2, together, strict=True):
        assert answer.source.name == path.name
        assert answer.top[0].id == analyze(model, path).top[0].id


def test_the_model_is_loaded_once(model):
    assert load_model(device="cpu") is model


def test_a_strangers_bundle_answers_what_it_can(tmp_path, groove):
    from tests.listening.conftest import write_bundle

    small = load_model(write_bundle(tmp_path / "tiny", exact=False), device="cpu")
    answer = analyze(small, groove, sample_rate=RATE)
    assert answer.not_music is None
    assert {score.id for score in answer.top} == {"low", "high"}
    assert len(answer.windows) == 3


def test_an_unexpected_type_is_the_callers_bug(model):
    with pytest.raises((TypeError, GenreLensError)):
        analyze(model, object())
