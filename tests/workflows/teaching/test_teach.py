"""Teaching from files to a bundle that answers."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.audio.windows import listen
from genrelens.errors import TeachError
from genrelens.listening.analyze import analyze
from genrelens.listening.model import load_model
from genrelens.workflows.teaching.examples import read_examples
from genrelens.workflows.teaching.lesson import listen_to
from genrelens.workflows.teaching.teach import teach
from genrelens.workflows.writing import write_bundle
from tests.workflows.conftest import BANDS, RATE, noise_between


def lesson_of(model, folder):
    return listen_to(model, read_examples(folder, model.bundle.labels).songs, listen)


def test_three_new_genres_from_twelve_files_each(model, sounds, tmp_path):
    lesson = lesson_of(model, sounds)
    taught = teach(model.bundle, lesson)
    assert taught.labels == tuple(sorted(BANDS))
    assert taught.figures["accuracy"] > 0.9
    assert "no artist" in taught.warnings[0]
    write_bundle(model.bundle, taught, "noises", tmp_path / "noises")
    new = load_model(tmp_path / "noises")
    for genre, (low, high) in BANDS.items():
        answer = analyze(new, noise_between(low, high, seed=77), sample_rate=RATE)
        assert answer.top[0].id == genre
        assert answer.not_music is not None
    assert new.bundle.calibration.not_music_threshold == model.bundle.calibration.not_music_threshold
    hearing = new.hear(
        listen(noise_between(60, 500, 1), sample_rate=new.bundle.sample_rate, window_s=10.0, count=6, source_rate=RATE)
    )
    exact = hearing.patch_scores.mean(2) + np.array(new.bundle.head_bias, np.float32)
    np.testing.assert_allclose(exact, hearing.logits, atol=1e-4 * max(1.0, float(np.abs(hearing.logits).max())))


def test_what_cannot_count_is_named_and_loses_nothing(model, sounds):
    wavs = sorted((sounds / "boom").glob("*.wav"))
    (sounds / "boom" / "copy.wav").write_bytes(wavs[0].read_bytes())
    (sounds / "hiss" / "also-boom.wav").write_bytes(wavs[1].read_bytes())
    (sounds / "hiss" / "broken.mp3").write_bytes(b"no sound at all")
    lesson = lesson_of(model, sounds)
    assert [path.name for path in lesson.repeated] == ["copy.wav"]
    assert {path.name for path in lesson.contradicted} == {"01.wav", "also-boom.wav"}
    assert [(path.name, error.code) for path, error in lesson.failed] == [("broken.mp3", "AUDIO_UNREADABLE")]
    assert len(lesson.labels) == 35


def test_too_little_says_how_much_there_is(model, sounds):
    for path in sorted((sounds / "hiss").glob("*.wav"))[:5]:
        path.unlink()
    with pytest.raises(TeachError, match="hiss: 7") as caught:
        teach(model.bundle, lesson_of(model, sounds))
    assert caught.value.code == "TEACH_TOO_LITTLE"


def test_only_a_model_is_replaced_and_only_when_asked(model, sounds, tmp_path):
    taught = teach(model.bundle, lesson_of(model, sounds))
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "precious").write_text("x")
    with pytest.raises(TeachError, match="no model") as caught:
        write_bundle(model.bundle, taught, "there", tmp_path / "there", force=True)
    assert caught.value.code == "TEACH_OUT_EXISTS"
    assert (tmp_path / "there" / "precious").exists()
    write_bundle(model.bundle, taught, "one", tmp_path / "new")
    with pytest.raises(TeachError, match="already"):
        write_bundle(model.bundle, taught, "two", tmp_path / "new")
    write_bundle(model.bundle, taught, "two", tmp_path / "new", force=True)
    assert load_model(tmp_path / "new").bundle.name == "two"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "new", "there"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(TeachError) as caught:
        write_bundle(model.bundle, taught, "x", tmp_path / "file" / "below")
    assert caught.value.code == "TEACH_OUT_FAILED"


def test_real_songs(model, corpus, tmp_path):
    """Twelve clips a genre of three genres; the figures hold for other artists of the validation part."""
    genres = ("Classical", "Metal", "Rap")
    for genre in genres:
        clips = [clip for clip in corpus.part("train") if clip.label == genre and clip.confidence == "high"][::3][:12]
        (tmp_path / "mine" / f"my {genre}").mkdir(parents=True)
        for clip in clips:
            (tmp_path / "mine" / f"my {genre}" / f"{clip.id}.opus").write_bytes(corpus.read(clip))
    taught = teach(model.bundle, lesson_of(model, tmp_path / "mine"))
    write_bundle(model.bundle, taught, "mine", tmp_path / "taught")
    new = load_model(tmp_path / "taught")
    unseen = [clip for genre in genres for clip in corpus.part("choosing") if clip.label == genre][::3][:15]
    right = [analyze(new, corpus.read(clip)).top[0].id == f"my {clip.label}" for clip in unseen]
    assert np.mean(right) >= 0.7
