"""The benchmark of teaching runs from clips to figures, and hears no clip twice."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import teach as benchmark
from benchmarks.teach import HELD_OUT, MARKS, PAGE, RULES, Heard, chosen_clips, document, hear, measure
from genrelens.workflows.teaching.head import read_head
from training.corpus import LABELS, Clip


def made(model, each=12):
    """Clips of every genre that lie where the shipped head would look for them."""
    head = read_head(model.bundle.model_path)
    random, inverse = np.random.default_rng(0), np.linalg.pinv(head.weight)
    clips, embeddings = [], []
    for index, label in enumerate(LABELS):
        wanted = np.where(np.arange(len(LABELS)) == index, 2.0, -1.0) - head.bias
        middle = inverse @ wanted
        for number in range(each):
            part = ("train", "train", "test")[number % 3]
            second = "Pop" if label in ("R&B", "Rock", "Rap") and number % 2 else ""
            clips.append(Clip(f"{label}{number}", part, label, second, "high", f"{label}{number // 2}", 20.0))
            noise = random.normal(0, 0.3 * np.linalg.norm(middle) / np.sqrt(len(middle)), (2, len(middle)))
            embeddings.append((middle + noise).astype(np.float32))
    return Heard(tuple(clips), tuple(embeddings))


def test_figures_of_all_parts(model, tmp_path):
    heard = made(model, 48)
    result = measure(model, heard, draws=1, counts=(10,))
    assert len(result["genres"]["styles"]) == 6
    assert result["genres"]["rows"][0]["accuracy"]["mean"] > 0.8
    assert result["genres"]["shipped"] > 0.8
    assert set(result["blends"]["styles"]) == {"R&B/Pop", "Rock/Pop", "Rap/Pop"}
    rows = [row for row in result["corrections"] if row["rule"] == RULES[0].name]
    assert [(row["corrections"], row["confirmed"]) for row in rows] == [(10, 0), (10, 10)]
    for row in rows:
        assert row["rule_after"]["mean"] > row["rule_before"]
    benchmark._print(result)
    page = tmp_path / "teach.md"
    page.write_text(f"above\n{MARKS[0]}\nold\n{MARKS[1]}\nbelow\n")
    document(result, page)
    text = page.read_text(encoding="utf-8")
    assert (text.startswith("above\n"), text.endswith("\nbelow\n"), "old\n" in text) == (True, True, False)
    assert "| Hip-Hop is Rap | 10 (10) |" in text
    assert json.loads((tmp_path / "teach.json").read_text(encoding="utf-8"))["clips"] == len(heard.clips)


def test_the_page_has_a_place_for_the_figures():
    text = PAGE.read_text(encoding="utf-8")
    assert [text.count(mark) for mark in MARKS] == [1, 1]


def test_too_few_clips_leave_rows_out(model):
    result = measure(model, made(model, 12), draws=1, counts=(10,))
    assert result["genres"]["rows"] == []
    assert result["corrections"] == []


def test_every_clip_is_heard_once(model, corpus, tmp_path, monkeypatch):
    clips = chosen_clips(corpus, 20)
    assert {clip.label for clip in clips} == set(LABELS)
    assert {clip.part for clip in clips} == {"train", *HELD_OUT}
    first = hear(model, corpus, clips[:3], tmp_path)
    monkeypatch.setattr(corpus, "read", lambda clip: pytest.fail(f"{clip.id} is heard again"))
    again = hear(model, corpus, clips[:3], tmp_path)
    np.testing.assert_array_equal(first.songs, again.songs)
