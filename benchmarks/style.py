"""Whether the old style fades as it should: one score, cross-faded from piano to trap in seven steps.

    python -m benchmarks.style [--json FILE]

The renders share tempo, key, chords and broken-chord figure (`benchmarks/style_score.py`). Bar: from step to step the
old style's probability falls, with one inversion allowed. Needs FluidSynth and its sound font, like
`examples.scores.render`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from benchmarks.style_score import RATE, cross_faded
from genrelens import load_model
from genrelens.audio.song import read_song
from genrelens.insight.compare import Version
from genrelens.insight.style import StyleCheck, style_check
from genrelens.listening.analyze import analyze

OLD: Final = "Classical"
NEW: Final = "Hip-Hop"
INVERSIONS: Final = 1


def checks() -> list[StyleCheck]:
    """The check of each step, the first being the original."""
    model = load_model(device="cpu")
    steps = cross_faded()
    answers = [analyze(model, samples, sample_rate=RATE) for samples in steps]
    songs = [read_song(samples, sample_rate=model.bundle.sample_rate, source_rate=RATE) for samples in steps]
    return [
        style_check(model, Version(answer, song), old=OLD, new=NEW, original=answers[0])
        for answer, song in zip(answers, songs, strict=True)
    ]


def measure() -> dict[str, Any]:
    """All steps, and how often the old style rises from one to the next."""
    found = checks()
    old = [check.old_probability for check in found]
    return {
        "old": OLD,
        "new": NEW,
        "steps": [
            {"old": check.old_probability, "new": check.new_probability, "first": check.first, "verdict": check.verdict,
             "way": check.way, "sections": len(check.sections)}
            for check in found
        ],
        "inversions": sum(after > before for before, after in pairwise(old)),
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the seven steps; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.style", description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    result = measure()
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for number, step in enumerate(result["steps"], 1):
        print(
            f"step {number}  {OLD} {step['old']:.4f}  {NEW} {step['new']:.4f}  first {step['first']:11}"
            f"  {step['verdict']:8} way {step['way'] if step['way'] is None else round(step['way'], 2)}"
            f"  sections still old: {step['sections']}"
        )
    print(f"{result['inversions']} inversions (bar: at most {INVERSIONS})")
    return int(result["inversions"] > INVERSIONS)


if __name__ == "__main__":
    sys.exit(main())
