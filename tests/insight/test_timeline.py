"""The curve and the sections of real pieces: where they change, what they are called, what can be stopped."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from genrelens.audio.song import read_song
from genrelens.insight.moments import MOMENT_S, moments_of
from genrelens.insight.sections import Span
from genrelens.insight.timeline import Timeline, listen_along, timeline
from genrelens.listening.along import Along, hear_along
from genrelens.listening.analyze import analyze
from genrelens.listening.certainty import song_probabilities
from genrelens.sentences.timeline import section_text

RATE = 32_000
SPLICED_S = 21.3


@pytest.fixture(scope="module")
def pieces(examples):
    """Two pieces that sound nothing alike, by name."""
    by_name = {path.stem: read_song(path).mono() for path in examples}
    return {name: by_name[name] for name in ("metal_riff", "joplin_rag")}


def song_of(samples):
    return read_song(np.asarray(samples, np.float32), source_rate=RATE)


@pytest.fixture(scope="module")
def spliced(pieces):
    first, second = pieces["metal_riff"], pieces["joplin_rag"]
    quiet = np.zeros(3 * RATE, np.float32)
    return song_of(np.concatenate([first[: round(SPLICED_S * RATE)], second[: 20 * RATE], quiet, second[-12 * RATE :]]))


@pytest.fixture(scope="module")
def found(model, spliced):
    return timeline(model, spliced)


def test_the_splice_is_found_and_each_side_gets_its_name(model, pieces, found):
    first, second, silent, last = found.sections
    assert first.end_s == pytest.approx(SPLICED_S, abs=0.5)
    assert second.end_s == pytest.approx(SPLICED_S + 20, abs=0.2)
    assert silent.silent
    assert silent.genre is None
    assert silent.length_s == pytest.approx(3.0, abs=0.2)
    assert last.end_s == found.end_s
    for section, name in ((first, "metal_riff"), (second, "joplin_rag")):
        alone = analyze(model, pieces[name][: 20 * RATE], sample_rate=RATE)
        assert section.genre == alone.top[0].id
        assert section.top[0].probability == pytest.approx(alone.top[0].probability, abs=0.2)


def test_the_curve_follows_the_sections(found):
    assert found.step_s == 1.0
    assert found.probabilities.shape == (int(np.ceil(found.end_s)), len(found.labels))
    heard = ~found.silent
    assert found.probabilities[heard].sum(axis=1) == pytest.approx(1.0)
    assert found.silent.sum() in (2, 3)
    names = [found.labels[row.argmax()] for row in found.probabilities[:40]]
    before, after = found.sections[0].genre, found.sections[1].genre
    assert np.mean([name == before for name in names[:21]]) > 0.8
    assert np.mean([name == after for name in names[22:]]) > 0.8
    # Next to the cut, too: a window that straddles it counts for little.
    assert names[20] == before
    assert names[23] == after


def test_one_piece_is_one_section(model, pieces):
    for sound in pieces.values():
        assert len(timeline(model, song_of(sound)).sections) == 1


@pytest.mark.parametrize("seconds", [0.5, 3.0, 9.9, 10.0])
def test_a_short_song_is_one_section_named_as_analyze_names_it(model, pieces, seconds):
    sound = pieces["metal_riff"][: round(seconds * RATE)]
    result = timeline(model, song_of(sound))
    alone = analyze(model, sound, sample_rate=RATE)
    (section,) = result.sections
    assert (section.start_s, section.end_s) == (0.0, pytest.approx(seconds, abs=1e-3))
    assert section.genre == alone.top[0].id
    assert section.top[0].probability == pytest.approx(alone.top[0].probability, abs=0.02)
    assert len(result.probabilities) == np.ceil(seconds)
    assert not result.silent.any()


def test_silence_alone(model):
    result = timeline(model, song_of(np.zeros(12 * RATE)))
    assert [section.silent for section in result.sections] == [True]
    assert result.silent.all()
    assert section_text(result.sections[0], "en") == "0:00-0:12 silence"


def test_a_part_keeps_the_times_of_the_source(model, spliced, found):
    part = timeline(model, spliced.part(7.0, 41.0))
    assert (part.start_s, part.end_s) == (7.0, 41.0)
    assert part.sections[1].start_s == pytest.approx(found.sections[1].start_s, abs=0.3)
    assert [s.genre for s in part.sections] == [s.genre for s in found.sections[:2]]


def test_whoever_watches_can_stop_it(model, spliced):
    def stop(share: float) -> None:
        raise InterruptedError(share)

    with pytest.raises(InterruptedError):
        timeline(model, spliced, step=stop)


def test_what_was_heard_already_is_not_heard_again(model, spliced, found):
    shares = []
    again = timeline(model, spliced, along=listen_along(model, spliced), step=shares.append)
    assert shares == []
    assert again.sections == found.sections
    assert np.array_equal(again.probabilities, found.probabilities, equal_nan=True)


def test_json_holds_everything_and_no_nan(found):
    values = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert values["schema_version"] == 1
    assert values["model"]["name"] == found.model.name
    assert [row is None for row in values["probabilities"]] == found.silent.tolist()
    assert [row is None for row in values["not_music"]] == found.silent.tolist()
    section = values["sections"][0]
    assert section["genre"] == section["top"][0]["id"] == found.sections[0].genre
    assert section["length_s"] == pytest.approx(found.sections[0].length_s)
    assert values["sections"][2]["genre"] is None


def test_in_words(found):
    english, chinese = (
        ", ".join(section_text(section, language) for section in found.sections) for language in ("en", "zh")
    )
    assert english.startswith("0:00-0:21 Metal ")
    assert "silence" in english
    assert "静音" in chinese
    assert "金属" in chinese


def test_moments_average_to_what_the_windows_say(model, pieces):
    song = song_of(pieces["metal_riff"][: 10 * RATE])
    along = hear_along(model, song, (0.0,))
    moments = moments_of(model.bundle, along, song, [Span(0.0, 10.0, False)])
    # A tenth of a second is not a patch: the mean over moments is near the mean over patches, not equal to it.
    assert moments.logits.mean(axis=0) == pytest.approx(along.hearing.logits[0], abs=0.1)
    assert moments.logits.std(axis=0).max() > 0.05
    assert len(moments.logits) == round(10 / MOMENT_S)


def test_without_patch_scores_a_window_says_the_same_all_along(model, spliced):
    along = listen_along(model, spliced)
    bare = Along(along.starts_s, along.window_s, replace(along.hearing, patch_scores=None, not_music=None))
    result: Timeline = timeline(model, spliced, along=bare)
    assert result.not_music is None
    assert [section.genre for section in result.sections][:2] == ["Metal", "Jazz"]
    short = spliced.part(0.0, 10.0)
    one = hear_along(model, short, (0.0,))
    (section,) = timeline(
        model, short, along=Along(one.starts_s, 10.0, replace(one.hearing, patch_scores=None))
    ).sections
    expected = song_probabilities(one.hearing.logits, model.bundle.calibration)
    assert section.top[0].probability == pytest.approx(expected.max(), abs=1e-6)
