"""Correcting the genres of a bundle."""

from __future__ import annotations

import numpy as np
import pytest

from genrelens.audio.windows import listen
from genrelens.errors import BundleError, TeachError
from genrelens.listening.bundle import read_bundle
from genrelens.listening.model import load_model
from genrelens.workflows.teaching.correct import FEWEST_CORRECTIONS, check_corrections, correct
from genrelens.workflows.teaching.examples import Example, read_examples
from genrelens.workflows.teaching.head import read_head
from genrelens.workflows.teaching.lesson import Lesson, listen_to
from genrelens.workflows.writing import write_bundle
from tests.listening.conftest import write_bundle as write_tiny


def lesson(embeddings, labels, groups=None):
    """As `listen_to` would give it, two windows a song."""
    groups = groups or tuple(f"artist {n}" for n in range(len(labels)))
    return Lesson(tuple(labels), tuple(groups), tuple(np.stack([e, e]) for e in embeddings), (), (), ())


def clouds(bundle, said, count, seed=0, spread=0.3):
    """Embeddings that the bundle answers with the label `said`: of the width that it has, whatever that is."""
    head = read_head(bundle.model_path)
    random = np.random.default_rng(seed)
    inverse = np.linalg.pinv(head.weight)
    wanted = np.full(len(head.bias), -1.0)
    wanted[bundle.labels.index(said)] = 2.0
    middle = inverse @ (wanted - head.bias)
    noise = random.normal(0, spread * np.linalg.norm(middle) / np.sqrt(len(middle)), (count, len(middle)))
    found = (middle + noise).astype(np.float32)
    assert ((found @ head.weight.T + head.bias).argmax(1) == bundle.labels.index(said)).mean() > 0.9
    return list(found)


def test_ten_corrections_are_enough_and_all_labels_stay(model, tmp_path, examples):
    bundle = model.bundle
    songs = clouds(bundle, "Hip-Hop", 10) + clouds(bundle, "Jazz", 10, seed=1)
    corrected = correct(bundle, lesson(songs, ["Rap"] * 10 + ["Jazz"] * 10))
    assert corrected.labels == bundle.labels
    figures = corrected.figures
    assert figures["strength"] > 0
    assert figures["before"] <= 0.55 < 0.9 <= figures["after"]
    assert (figures["gained"], figures["lost"]) == (10, 0)
    assert 0 < figures["moved"] < 1
    assert figures["changed"] == pytest.approx(0.5)
    assert figures["pairs"] == [{"said": "Hip-Hop", "is": "Rap", "songs": 10, "righted": 10}]
    assert corrected.warnings == ()
    write_bundle(bundle, corrected, "mine", tmp_path / "mine")
    new = load_model(tmp_path / "mine")
    assert new.bundle.labels == bundle.labels
    assert new.bundle.calibration.temperatures == bundle.calibration.temperatures
    assert new.bundle.calibration.tiers == {}
    excerpt = listen(examples[0], sample_rate=bundle.sample_rate, window_s=bundle.window_s, count=2)
    old, now = model.hear(excerpt), new.hear(excerpt)
    np.testing.assert_allclose(now.not_music, old.not_music, atol=1e-5)
    exact = now.patch_scores.mean(2) + np.array(new.bundle.head_bias, np.float32)
    np.testing.assert_allclose(exact, now.logits, atol=1e-4 * max(1.0, float(np.abs(now.logits).max())))


def test_what_cannot_be_learnt_leaves_the_head_as_it_was(model, tmp_path, examples):
    """Songs of one kind, a third of them relabelled by chance: that holds for no other artist, so nothing is moved."""
    bundle = model.bundle
    labels = ["Pop"] * 20 + np.random.default_rng(3).choice(bundle.labels, 10).tolist()
    corrected = correct(bundle, lesson(clouds(bundle, "Pop", 30), labels))
    assert corrected.figures["strength"] == 0
    assert corrected.figures["moved"] == corrected.figures["changed"] == 0
    assert corrected.figures["before"] == corrected.figures["after"]
    write_bundle(bundle, corrected, "same", tmp_path / "same")
    excerpt = listen(examples[0], sample_rate=bundle.sample_rate, window_s=bundle.window_s, count=1)
    same = load_model(tmp_path / "same")
    np.testing.assert_allclose(same.hear(excerpt).logits, model.hear(excerpt).logits, atol=1e-3)
    assert same.bundle.calibration == bundle.calibration


def test_one_song_more_is_no_reason_to_move(model):
    """Nine right songs and one wrong one: whatever is done about that one is not known to hold."""
    bundle = model.bundle
    corrected = correct(bundle, lesson(clouds(bundle, "Rock", 10), ["Rock"] * 9 + ["Metal"]))
    assert corrected.figures["strength"] == 0


def test_songs_of_one_artist_are_one_reason(model):
    """Ten songs of two artists, all of the corrected ones of one: held out, nothing speaks for the correction."""
    bundle = model.bundle
    songs = clouds(bundle, "Hip-Hop", 5) + clouds(bundle, "Jazz", 5, seed=1)
    corrected = correct(bundle, lesson(songs, ["Rap"] * 5 + ["Jazz"] * 5, ["one"] * 5 + ["two"] * 5))
    assert any("one artist" in warning for warning in corrected.warnings)


def test_warnings_of_what_the_figures_do_not_see(model):
    bundle = model.bundle
    only = correct(bundle, lesson(clouds(bundle, "Hip-Hop", 12), ["Rap"] * 12))
    assert "costs other music" in only.warnings[-1]
    right = correct(bundle, lesson(clouds(bundle, "Rock", 12, spread=0.1), ["Rock"] * 12))
    assert "rightly already" in right.warnings[-1]
    assert right.figures["strength"] == 0


def test_what_is_refused(model):
    labels = model.bundle.labels
    with pytest.raises(TeachError, match="Vaporwave") as caught:
        check_corrections(["Rock"] * 20 + ["Vaporwave"], labels)
    assert caught.value.code == "TEACH_LABEL_UNKNOWN"
    with pytest.raises(TeachError, match="9 different") as caught:
        check_corrections(["Rock"] * (FEWEST_CORRECTIONS - 1), labels)
    assert caught.value.code == "TEACH_TOO_LITTLE"
    assert "of whatever genres" in caught.value.hint


def test_a_head_that_is_not_linear_is_refused(tmp_path):
    bundle = read_bundle(write_tiny(tmp_path / "tiny"))
    with pytest.raises(BundleError) as caught:
        correct(bundle, lesson([np.zeros(16, np.float32)] * 10, ["low"] * 10))
    assert caught.value.code == "BUNDLE_UNTEACHABLE"


def test_real_songs(model, corpus, tmp_path):
    """Metal that shall be called Rock, by a review's table: other Metal follows, Classical stays."""
    rows = ["path,predicted,decision,artist"]
    chosen = [clip for clip in corpus.part("train") if clip.label == "Metal" and clip.confidence == "high"][::4][:12]
    chosen += [clip for clip in corpus.part("train") if clip.label == "Classical" and clip.confidence == "high"][::8][
        :8
    ]
    for clip in chosen:
        (tmp_path / f"{clip.id}.opus").write_bytes(corpus.read(clip))
        rows.append(f"{clip.id}.opus,{clip.label},{'摇滚' if clip.label == 'Metal' else clip.label},{clip.group}")
    (tmp_path / "queue.csv").write_text("\n".join(rows), encoding="utf-8")
    examples = read_examples(tmp_path / "queue.csv", model.bundle.labels)
    corrected = correct(model.bundle, listen_to(model, examples.songs, listen))
    assert corrected.figures["after"] > corrected.figures["before"]
    unseen = [clip for genre in ("Metal", "Classical") for clip in corpus.part("choosing") if clip.label == genre]
    songs = []
    for clip in unseen:
        (tmp_path / f"{clip.id}.opus").write_bytes(corpus.read(clip))
        songs.append(Example(tmp_path / f"{clip.id}.opus", clip.label))
    heard = listen_to(model, songs, listen)
    means = np.stack([windows.mean(0) for windows in heard.embeddings])
    head = corrected.head
    said = [model.bundle.labels[index] for index in (means @ head.weight.T + head.bias).argmax(1)]
    asked = ["Rock" if label == "Metal" else label for label in heard.labels]
    assert np.mean([a == b for a, b in zip(said, asked, strict=True)]) >= 0.8
