"""One line a run, numbered on."""

from __future__ import annotations

import pytest

from training.experiments import EXPERIMENTS, note

FIGURES = {"top1": 0.6, "accepted": 0.75, "top3": 0.88, "macro_f1": 0.57, "nll": 1.2345}


def test_a_line_goes_below_the_last_and_the_rest_stays(tmp_path):
    log = tmp_path / "log.md"
    before = EXPERIMENTS.read_text(encoding="utf-8")
    log.write_text(before, encoding="utf-8")
    first = note("more | data", "", FIGURES, 12.3, log)
    second = note("less", "nothing", FIGURES, 1, log)
    lines = log.read_text(encoding="utf-8").splitlines()
    assert second == first + 1
    assert f"| {first} | more / data | - | 0.600 / 0.750 / 0.880 / 0.570 / 1.234 | 12 min | ? |" in lines
    assert [line for line in lines if not line.startswith((f"| {first} ", f"| {second} "))] == before.splitlines()


def test_a_file_without_a_table_is_refused(tmp_path):
    log = tmp_path / "log.md"
    log.write_text("nothing\n")
    with pytest.raises(ValueError, match="no table"):
        note("x", "", FIGURES, 1, log)
