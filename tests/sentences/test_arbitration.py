"""An arbitration in sentences and as a table."""

from __future__ import annotations

import csv
import io

import pytest

from genrelens.sentences.arbitration import (
    arbitration_csv,
    source_lines,
    summary_lines,
    unknown_lines,
    verdict_text,
)
from genrelens.workflows.arbitration.arbitrate import arbitrate
from genrelens.workflows.arbitration.table import LabelTable
from tests.workflows.arbitration.test_arbitrate import simulated, table


@pytest.fixture(scope="module")
def few():
    """Two labels against one, an unknown name, a lone voice, and nobody."""
    labels = table(tags=["Rock", "Jaz", "Soul", ""], people=["摇滚", "", "", ""], shop=["Pop", "", "", ""])
    return arbitrate(labels, {"0.mp3": {"Rock": 0.7, "Metal": 0.3}})


def test_who_speaks_for_and_against(few):
    english, chinese = (verdict_text(few.verdicts[0], language) for language in ("en", "zh"))
    assert english.startswith("Rock, ")
    assert "For it: " in english
    assert "Against it: shop (Pop)." in english
    assert "the model (Rock)" in english.split("Against")[0]
    assert chinese.startswith("判为摇滚，")
    assert "反对：shop说是流行。" in chinese
    assert "模型说是摇滚" in chinese


def test_nobody(few):
    assert "a person must decide" in verdict_text(few.verdicts[3], "en")
    assert "须由人判定" in verdict_text(few.verdicts[3], "zh")
    assert "Nobody says" in verdict_text(few.verdicts[1], "en")


def test_unknown_names(few):
    (english,), (chinese,) = unknown_lines(few, "en"), unknown_lines(few, "zh")
    assert english.startswith("Jaz (1×) perhaps Jazz")
    assert "爵士" in chinese


def test_what_was_not_estimated_is_not_told(few):
    assert few.method == "equal_few_songs"
    (tags, *_) = few.sources
    assert source_lines(few, tags, "en")[0].startswith("tags: ")
    assert not any("knows" in source_lines(few, source, "en")[0] for source in few.sources)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_summary_counts(few, language):
    first, method = summary_lines(few, language)
    assert "4" in first
    assert str(few.to_review) in first
    assert method


def test_sources_are_told_with_what_they_confuse_and_copy():
    _, labels = simulated(["fair", "copy", "careful", "careful"], songs=150, seed=1)
    said = {**labels.said, "radio": dict.fromkeys(labels.files, "Pop"), "empty": {"0.mp3": "Soundtrack"}}
    found = arbitrate(LabelTable(said, labels.files))
    by_name = {source.name: source_lines(found, source, "en") for source in found.sources}
    assert "s1 says what s0 says (150 of 150): the two count once" in by_name["s1"]
    assert by_name["radio"] == ["radio only ever says Pop: that tells nothing"]
    assert by_name["empty"] == ["empty says nothing that names a genre"]
    assert any(line.startswith("says ") for line in by_name["s0"])
    for source in found.sources:
        assert len(source_lines(found, source, "zh")) == len(by_name[source.name])
    counted = verdict_text(found.verdicts[0], "en")
    assert "s1 counts through s0" in counted


def test_a_confused_word_that_speaks_for_another_genre_is_explained():
    truth, labels = simulated(["careful", "careful", "fair"], songs=400, seed=7)
    radio = {f: "Rap" if g == "Hip-Hop" else g for f, g in zip(labels.files, truth, strict=True)}
    found = arbitrate(LabelTable({**labels.said, "radio": radio}, labels.files))
    told = [verdict_text(verdict, "en") for verdict in found.verdicts if verdict.label == "Hip-Hop"]
    assert any("radio says Rap, which it often says of Hip-Hop" in text for text in told)


def test_the_table_is_harmless_and_whole():
    labels = LabelTable({"=cmd|x": {"=1+1.mp3": "-Rock", "b": "@Zorg"}, "b": {"b": "Pop"}}, ("=1+1.mp3", "b", "c"))
    found = arbitrate(labels)
    text = arbitration_csv(found, "zh")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["file"] for row in rows] == ["'=1+1.mp3", "b", "c"]
    assert [row["genre"] for row in rows] == ["Rock", "Pop", ""]
    assert rows[1]["'=cmd|x"] == "'@Zorg"
    assert [row["review"] for row in rows] == ["yes", "yes", "yes"] or rows[2]["review_reasons"] == "no_votes"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in csv.reader(io.StringIO(text)) for cell in row)
