"""Whether the music found for a brief fits it: sixty briefs, thirty a language, on the music of `test`.

    python -m benchmarks.match [--split test] [--each] [--scale] [--json FILE]

`benchmarks/briefs.yaml` names the genres that fit each brief; it was committed before the lexicon. A clip fits where
its label or second label is among them. Precision at 5 beside chance, the share of all clips that fit. Bar: at least
twice chance, in each language. Which weights and limits are good was judged on `validation`; `test` is for the figure.
`--scale` prints the percentiles of the spectral centroid on `validation` that `insight.description` holds.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from benchmarks.heard import HeardClip, heard_clips
from genrelens.audio.windows import listen
from genrelens.errors import AudioError
from genrelens.insight.brief import parse_brief
from genrelens.insight.description import Candidate, joined
from genrelens.insight.match import match
from genrelens.insight.timbre import timbre_of
from genrelens.listening.model import load_model
from training.corpus import Corpus, corpus_folder

_BRIEFS: Final = Path(__file__).with_name("briefs.yaml")
_AT: Final = 5
_BAR: Final = 2.0
_PARTS: Final = {"test": ("test",), "validation": ("choosing", "calibrating")}


def judged(brief: dict[str, Any], heard: list[HeardClip]) -> dict[str, Any]:
    """One brief: how many of the first five fit, and how many of all would."""
    wishes = parse_brief(brief["text"])
    row = {"id": brief["id"], "language": brief["language"], "unknown": list(wishes.unknown)}
    fitting = {item.clip.id for item in heard if {item.clip.label, item.clip.label2} & set(brief["genres"])}
    chance = len(fitting) / len(heard)
    if not wishes.understood:
        # Nothing is found where nothing was understood.
        return {**row, "precision": 0.0, "chance": chance}
    found = match(wishes, (Candidate(item.clip.id, item.analysis, item.description) for item in heard))
    return {**row, "precision": sum(fit.path in fitting for fit in found.fits[:_AT]) / _AT, "chance": chance}


def centroids(corpus: Corpus) -> list[int]:
    """Every tenth percentile of the spectral centroid over the music of `validation`, Hz."""
    found = []
    for clip in (clip for clip in corpus.part(*_PARTS["validation"]) if clip.is_music):
        try:
            excerpt = listen(corpus.read(clip))
        except AudioError:
            continue
        centroid = timbre_of(joined(excerpt)).centroid_hz if len(excerpt.windows) else None
        if centroid is not None:
            found.append(centroid)
    return [round(value) for value in np.percentile(found, np.linspace(0, 100, 11))]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=sorted(_PARTS), default="test")
    parser.add_argument("--each", action="store_true", help="print every brief")
    parser.add_argument("--scale", action="store_true", help="print the percentiles of the centroid and leave")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "genrelens-benchmarks")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    corpus = Corpus(corpus_folder(), seed=0)
    if options.scale:
        print(centroids(corpus))
        return
    model = load_model(device="cpu")
    heard = [item for item in heard_clips(model, corpus, _PARTS[options.split], options.cache) if item.clip.is_music]
    briefs = yaml.safe_load(_BRIEFS.read_text(encoding="utf-8"))["briefs"]
    rows = [judged(brief, heard) for brief in briefs]
    if options.each:
        for row in rows:
            print(f"{row['id']}  {row['precision']:.1f}  chance {row['chance']:.2f}  {', '.join(row['unknown'])}")
    figures: dict[str, Any] = {"split": options.split, "clips": len(heard), "bar": _BAR, "briefs": rows}
    for language in ("zh", "en"):
        own = [row for row in rows if row["language"] == language]
        precision, chance = (float(np.mean([row[name] for row in own])) for name in ("precision", "chance"))
        figures[language] = {"precision_at_5": precision, "chance": chance, "times": precision / chance}
        print(f"{language}: precision at 5 {precision:.3f}, chance {chance:.3f}: {precision / chance:.2f} times")
    print(f"{len(heard)} clips; bar {_BAR:g} times chance in each language")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
