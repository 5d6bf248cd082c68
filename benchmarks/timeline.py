"""Does the timeline find where a song changes, name its sections, and leave alone what does not change?

    python -m benchmarks.timeline [--count 100] [--json FILE]     the bars, on `test`
    python -m benchmarks.timeline --choose [--count 100]          the choices behind it, on `validation`

Songs are spliced from three clips of different labels and groups: 12 to 20 s of each, at one RMS level, joined by
cross-fades of 50 ms (`benchmarks/splices.py`). Boundaries count as found within 3 s, each once. A section's name is
held against the accepted labels of the clip of which it covers the most, and so is what `analyze` says of the same
seconds alone. Clips repeated until they last a minute should not be cut at all.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.splices import RATE, Splice, spliced, tiled
from genrelens.audio.song import Song, read_song
from genrelens.insight.moments import moments_of
from genrelens.insight.sections import Candidate, Span, Track, candidates, chosen
from genrelens.insight.timeline import HOP_S, Section, Timeline, listen_along, listen_at_edges, timeline
from genrelens.listening.analyze import analyze
from genrelens.listening.certainty import pooled_probabilities
from genrelens.listening.model import Model, load_model
from training.corpus import LABELS, Corpus, accepted_labels, corpus_folder

__all__ = ["boundary_f1", "choose", "matched", "measure"]

TOLERANCE_S: Final = 3.0
_SEEDS: Final = {"validation": 1, "test": 2}
_PARTS: Final = {"validation": ("choosing", "calibrating"), "test": ("test",)}


def matched(true_s: Sequence[float], found_s: Sequence[float], tolerance_s: float = TOLERANCE_S) -> int:
    """How many cuts were found: each true one is matched once, by the nearest found within the tolerance."""
    pairs = sorted((abs(a - b), a, b) for a in true_s for b in found_s if abs(a - b) <= tolerance_s)
    used_true: set[float] = set()
    used_found: set[float] = set()
    for _, a, b in pairs:
        if a not in used_true and b not in used_found:
            used_true.add(a)
            used_found.add(b)
    return len(used_true)


def boundary_f1(
    songs: Sequence[tuple[Sequence[float], Sequence[float]]], tolerance_s: float = TOLERANCE_S
) -> dict[str, float]:
    """Precision, recall and F1 over all cuts of all songs, each (true, found)."""
    hits = sum(matched(true, found, tolerance_s) for true, found in songs)
    true, found = sum(len(t) for t, _ in songs), sum(len(f) for _, f in songs)
    return {
        "precision": hits / max(1, found),
        "recall": hits / max(1, true),
        "f1": 2 * hits / max(1, true + found),
    }


def measure(model: Model, corpus: Corpus, split: str, count: int, hop_s: float = HOP_S) -> dict[str, Any]:
    """The bars on one split."""
    cuts: list[tuple[Sequence[float], Sequence[float]]] = []
    names: list[tuple[bool, bool]] = []
    windows, spent_s, sound_s = 0, 0.0, 0.0
    for splice in spliced(corpus, _PARTS[split], count, _SEEDS[split]):
        began = time.perf_counter()
        found = _heard(model, splice, hop_s)
        spent_s += time.perf_counter() - began
        windows += found.windows
        sound_s += found.end_s
        cuts.append((splice.cuts_s, _cuts(found)))
        names += [_named_alike(model, splice, found, index) for index in range(len(splice.clips))]
    false = [len(_cuts(_heard(model, long, hop_s))) for long in tiled(corpus, _PARTS[split], count, _SEEDS[split])]
    errors = [min(abs(t - f) for f in found) for true, found in cuts for t in true if found]
    inside, alone = (float(np.mean(column)) for column in zip(*names, strict=True))
    return {
        "split": split,
        "songs": len(cuts),
        "hop_s": hop_s,
        "boundary": boundary_f1(cuts),
        "boundary_at_1s": boundary_f1(cuts, 1.0),
        "median_error_s": float(np.median([error for error in errors if error <= TOLERANCE_S])),
        "sections_named_accepted": inside,
        "clips_alone_named_accepted": alone,
        "minutes_unspliced": len(false),
        "false_cuts_a_minute": float(np.mean(false)),
        "windows": windows,
        "seconds_of_sound": sound_s,
        "seconds_spent": spent_s,
    }


def _song(splice: Splice) -> Song:
    return read_song(splice.sound, source_rate=RATE)


def _heard(model: Model, splice: Splice, hop_s: float) -> Timeline:
    song = _song(splice)
    return timeline(model, song, along=listen_along(model, song, hop_s=hop_s))


def _cuts(found: Timeline) -> list[float]:
    return [section.start_s for section in found.sections[1:]]


def _named_alike(model: Model, splice: Splice, found: Timeline, index: int) -> tuple[bool, bool]:
    """Whether the section that covers the most of a clip, and the clip alone, get an accepted name."""
    start, end = splice.span(index)

    def covered(section: Section) -> float:
        return min(section.end_s, end) - max(section.start_s, start)

    accepted = accepted_labels(splice.clips[index])
    alone = analyze(model, splice.parts[index], sample_rate=RATE)
    return max(found.sections, key=covered).genre in accepted, bool(alone.top) and alone.top[0].id in accepted


def choose(model: Model, corpus: Corpus, count: int, hop_s: float = HOP_S) -> dict[str, Any]:
    """Threshold, distance of peaks, and the power of a window's share, on `validation`."""
    aparts = (6.0, 8.0, 10.0, 12.0)
    thresholds = np.arange(0.8, 1.21, 0.025)
    true: list[Sequence[float]] = []
    peaks: dict[float, list[tuple[list[Candidate], float]]] = {apart: [] for apart in aparts}
    minutes: dict[float, list[tuple[list[Candidate], float]]] = {apart: [] for apart in aparts}
    curves = _Curves(model)
    for splice in spliced(corpus, _PARTS["validation"], count, _SEEDS["validation"]):
        true.append(splice.cuts_s)
        _add_peaks(model, splice, hop_s, peaks, curves)
    for long in tiled(corpus, _PARTS["validation"], count, _SEEDS["validation"]):
        _add_peaks(model, long, hop_s, minutes, None)
    rows = []
    for apart in aparts:
        for threshold in thresholds:
            found = [chosen(p, 0.0, end, float(threshold)) for p, end in peaks[apart]]
            false = np.mean([len(chosen(p, 0.0, end, float(threshold))) for p, end in minutes[apart]])
            score = boundary_f1(list(zip(true, found, strict=True)))
            rows.append({"apart_s": apart, "threshold": float(threshold), **score, "false": float(false)})
    return {"hop_s": hop_s, "peaks": rows, "powers": curves.rows()}


def _add_peaks(
    model: Model,
    splice: Splice,
    hop_s: float,
    into: dict[float, list[tuple[list[Candidate], float]]],
    curves: _Curves | None,
) -> None:
    song = _song(splice)
    along = listen_along(model, song, hop_s=hop_s)
    track = Track.of(along, listen_at_edges(model, song, along))
    for apart, found in into.items():
        found.append((candidates(track, song, 0.0, song.end_s, least=0.8, apart_s=apart), song.end_s))
    if curves is not None:
        curves.add(splice, song, along)


class _Curves:
    """How well the curve and the names answer for each power of a window's share in its section, cuts known."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.steps: dict[int, list[Any]] = {power: [] for power in (0, 1, 2, 4, 8)}
        self.names: dict[int, list[Any]] = {power: [] for power in self.steps}
        self.step_truth: list[int] = []
        self.name_truth: list[int] = []

    def add(self, splice: Splice, song: Song, along: Any) -> None:
        """One song."""
        spans = [Span(*splice.span(index), False) for index in range(len(splice.clips))]
        truth = [LABELS.index(clip.label) for clip in splice.clips]
        self.name_truth += truth
        for power in self.steps:
            moments = moments_of(self.model.bundle, along, song, spans, power=power)
            steps = moments.by_step(moments.logits, 1.0)
            self.steps[power] += list(steps)
            self.names[power] += [moments.logits[moments.section == index].mean(axis=0) for index in range(len(spans))]
        self.step_truth += [truth[moments.section[min(len(moments.section) - 1, 10 * at + 5)]] for at in range(len(steps))]

    def rows(self) -> list[dict[str, float]]:
        """A row a power: log-loss and hits of seconds and of sections."""
        return [
            {
                "power": power,
                **_scores("second", np.stack(self.steps[power]), self.step_truth, 1, self.model),
                **_scores("section", np.stack(self.names[power]), self.name_truth, 2, self.model),
            }
            for power in self.steps
        ]


def _scores(name: str, logits: Any, truth: list[int], windows: int, model: Model) -> dict[str, float]:
    calibration = model.bundle.calibration

    def loss(values: Any) -> float:
        own = pooled_probabilities(values, windows, calibration)[np.arange(len(truth)), truth]
        return float(-np.mean(np.log(np.maximum(own, 1e-9))))

    used = calibration.temperature(windows)
    best = min((loss(logits * used / t), float(t)) for t in np.arange(0.4, 2.0, 0.05))
    return {
        f"{name}_log_loss": loss(logits),
        f"{name}_best_log_loss": best[0],
        f"{name}_best_temperature": best[1],
        f"{name}_hits": float(np.mean(logits.argmax(axis=1) == truth)),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=sorted(_PARTS), default="test")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--hop", type=float, default=HOP_S)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    model, corpus = load_model(device="cpu"), Corpus(corpus_folder(), seed=0)
    if options.choose:
        result = choose(model, corpus, options.count, options.hop)
        allowed = [row for row in result["peaks"] if row["false"] <= 0.3]
        for row in sorted(allowed, key=lambda row: -row["f1"])[:8] + result["powers"]:
            print("  ".join(f"{name} {value:.3f}" for name, value in row.items()))
    else:
        result = measure(model, corpus, options.split, options.count, options.hop)
        for name, value in result.items():
            print(f"{name:28} {value if not isinstance(value, float) else round(value, 3)}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
