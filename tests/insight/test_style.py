"""From one style to another: the verdict goes by the thresholds, the way from the original, styles by any name."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from genrelens.errors import AudioError, UsageError
from genrelens.insight.compare import read_version
from genrelens.insight.evidence import evidence
from genrelens.insight.style import _registers, style_check
from genrelens.insight.timeline import timeline as heard_along
from genrelens.listening.analysis import GenreScore


@pytest.fixture(scope="module")
def version(model, examples):
    return read_version(model, next(path for path in examples if path.stem == "hip_hop_beat"))


@pytest.fixture(scope="module")
def timeline(model, version):
    return heard_along(model, version.song)


def answering(version, **probabilities):
    """The version with an answer in which these genres have these probabilities."""
    named = {label.replace("_", "-"): value for label, value in probabilities.items()}
    labels = [score.id for score in version.analysis.top]
    rest = (1 - sum(named.values())) / (len(labels) - len(named))
    top = sorted((GenreScore(label, named.get(label, rest)) for label in labels), key=lambda s: -s.probability)
    return replace(version, analysis=replace(version.analysis, top=tuple(top)))


@pytest.mark.parametrize(
    ("old", "verdict"),
    [(0.41, "rework"), (0.40, "rework"), (0.39, "between"), (0.05, "between"), (0.049, "done"), (0.0, "done")],
)
def test_verdict(model, version, timeline, old, verdict):
    changed = answering(version, Classical=old, Hip_Hop=0.5)
    found = style_check(model, changed, old="Classical", new="Hip-Hop", timeline=timeline)
    assert found.verdict == verdict
    assert found.arrived


def test_the_way_begins_at_the_original_and_ends_at_five_per_cent(model, version, timeline):
    original = answering(version, Classical=0.9, Hip_Hop=0.01).analysis

    def way(old):
        changed = answering(version, Classical=old, Hip_Hop=0.05)
        return style_check(model, changed, old="Classical", new="Hip-Hop", original=original, timeline=timeline).way

    ways = [way(old) for old in (0.95, 0.9, 0.5, 0.2, 0.06, 0.05, 0.01)]
    assert ways == sorted(ways)
    assert ways[:2] == [0, pytest.approx(0)]
    assert 0 < ways[2] < ways[4] < 1
    assert ways[5:] == [pytest.approx(1), 1]


def test_an_original_that_never_was_old_leaves_no_way(model, version, timeline):
    original = answering(version, Classical=0.02).analysis
    found = style_check(
        model, answering(version, Classical=0.1), old="Classical", new="Rap", original=original, timeline=timeline
    )
    assert found.way is None
    assert found.started_at == 0.02


def test_numbers_are_those_of_the_analysis(model, version, timeline):
    found = style_check(model, version, old="Jazz", new="Hip-Hop", timeline=timeline)
    told = {score.id: score.probability for score in version.analysis.top}
    assert (found.old_probability, found.new_probability) == (told["Jazz"], told["Hip-Hop"])
    assert found.first == version.analysis.top[0].id


def test_sections_that_still_sound_old_come_with_their_evidence(model, version, timeline):
    first = timeline.sections[0].genre
    new = next(label for label in model.bundle.labels if label != first)
    found = style_check(model, version, old=first, new=new, timeline=timeline)
    assert found.sections
    for section in found.sections:
        assert section.old >= 0.05
        assert sum(register.share for register in section.registers) == pytest.approx(1)
        assert sum(register.even for register in section.registers) == pytest.approx(1)
        assert {register.code for register in section.registers} == {"low", "mid", "high"}
        assert section.window_s[0] < section.end_s
        assert section.window_s[1] > section.start_s
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["sections"][0]["registers"][0]["share"] == found.sections[0].registers[0].share


def test_a_style_that_is_nowhere_has_no_sections(model, version, timeline):
    least = min(
        model.bundle.labels,
        key=lambda label: max(s.probability for part in timeline.sections for s in part.top if s.id == label),
    )
    new = next(label for label in model.bundle.labels if label != least)
    assert style_check(model, version, old=least, new=new, timeline=timeline).sections == ()


@pytest.mark.parametrize("name", ["Hip-Hop", "hip hop", "HIPHOP", "嘻哈", " hip-hop "])
def test_styles_by_any_name(model, version, timeline, name):
    assert style_check(model, version, old=name, new="古典", timeline=timeline).old == "Hip-Hop"


@pytest.mark.parametrize(("old", "new"), [("Grindcore", "Jazz"), ("Jazz", "Grindcore"), ("Jazz", "爵士")])
def test_a_style_that_is_none_or_the_same_twice(model, version, timeline, old, new):
    with pytest.raises(UsageError, match="GENRE_UNKNOWN") as caught:
        style_check(model, version, old=old, new=new, timeline=timeline)
    assert "Grindcore" not in (old, new) or "Reggae" in caught.value.message


def test_silence_has_no_style(model, version, timeline):
    silent = replace(version, analysis=replace(version.analysis, top=()))
    with pytest.raises(AudioError, match="AUDIO_SILENT"):
        style_check(model, silent, old="Jazz", new="Rap", timeline=timeline)


@pytest.mark.parametrize(("hertz", "code"), [(400.0, "low"), (1500.0, "mid"), (4000.0, "high")])
def test_evidence_in_one_band_stands_out_in_its_register(model, version, hertz, code):
    """Evidence set by hand: all that is positive lies in one band of patches."""
    patches = model.bundle.patches
    inside = np.array([patch.f0_hz <= hertz < patch.f1_hz for patch in patches])
    known = evidence(model, version.song, start_s=0.0, label="Jazz")
    first, *rest = _registers(replace(known, shown=np.where(inside, 1.0, -0.3).astype(np.float32)))
    assert (first.code, first.stands_out) == (code, True)
    assert first.share == pytest.approx(1, abs=0.02)
    assert not any(register.stands_out for register in rest)
    even = _registers(replace(known, shown=np.ones(len(patches), np.float32)))
    assert not any(register.stands_out for register in even)
