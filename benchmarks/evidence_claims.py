"""Are the sentences about evidence true? On rendered pieces whose planted part pushes a genre.

The genre explained is the one that the planted part raises most: its margin over the others' mean logit with the part,
less that without it. What is said of that genre's evidence must then be true of the planted part, known from its score:

- a band: at least half of the planted part's power lies within the band, widened by a quarter of an octave
  on each side;
- a period: moved by it, at least 80 % of the part's onsets fall on onsets again (within 40 ms);
- "on the beat", "on the off-beats": at least 60 % of its onsets lie within an eighth of a beat from the beats, or from
  the middle between two (the score's beats; where nothing but the part has a pulse, the part's own).

A sentence that says two things is right when both are. Bars: 60 pieces (20 with a band, 20 with a period, 20 with an
off-beat): 90 % of the sentences right; 30 without an off-beat: none claims one. What is never said is not wrong, so
how often something is said is printed beside it.

    python -m benchmarks.evidence_claims [--seed 3000] [--pieces 20] [--json FILE]

Thresholds were chosen on seeds under 2100.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.planted import RATE, Kind, Planted, planted
from genrelens.audio.song import Song, read_song
from genrelens.insight.evidence import evidence
from genrelens.insight.evidence_claims import Claim
from genrelens.listening.along import hear_along
from genrelens.listening.model import Model, load_model

__all__ = ["is_true", "measure"]

START_S: Final = 1.0
_WIDER: Final = 2**0.25
_TOLERANCE_S: Final = 0.04


def measure(seed: int, pieces: int) -> dict[str, Any]:
    """Every piece's sentences, and how many are right; `pieces` of each planted kind, half as many more without."""
    model = load_model(device="cpu")
    rows = []
    parts: tuple[tuple[tuple[Kind, ...], int], ...] = (
        (("band", "period", "off_beat"), pieces),
        (("on_beat", "held"), 3 * pieces // 4),
    )
    for kinds, count in parts:
        for index in range(count):
            rows += [_told(_row(model, planted(kind, seed + index))) for kind in kinds]
    return {"seed": seed, "rows": rows, **_counted(rows)}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A row, written as soon as it is there."""
    said = "; ".join(
        f"{claim['code']} {claim['facts']} {'right' if claim['right'] else 'WRONG'}" for claim in row["claims"]
    )
    print(f"{row['piece']:16} {row['label']:12} {said or '-'}", flush=True)
    return row


def _row(model: Model, piece: Planted) -> dict[str, Any]:
    song = read_song(piece.whole, sample_rate=model.bundle.sample_rate, source_rate=RATE)
    label = _pushed(model, song, read_song(piece.bed, sample_rate=model.bundle.sample_rate, source_rate=RATE))
    found = evidence(model, song, start_s=START_S, label=label)
    told = [{**claim.to_dict(), "right": is_true(claim, piece)} for claim in found.claims]
    return {"piece": piece.name, "kind": piece.kind, "label": label, "claims": told}


def _pushed(model: Model, whole: Song, bed: Song) -> str:
    """The genre that the planted part raises most."""
    margins = []
    for song in (whole, bed):
        logits = hear_along(model, song, [START_S]).hearing.logits[0].astype(np.float64)
        margins.append(logits - (logits.sum() - logits) / (len(logits) - 1))
    return model.bundle.labels[int(np.argmax(margins[0] - margins[1]))]


def is_true(claim: Claim, piece: Planted) -> bool:
    """Whether a claim holds of the planted part."""
    facts = claim.facts
    true = [True]
    if "low_hz" in facts:
        true.append(_share(piece.part, facts["low_hz"] / _WIDER, facts["high_hz"] * _WIDER) >= 0.5)
    if "period_s" in facts:
        true.append(_repeats(piece.onsets_s, facts["period_s"]))
    if claim.code.endswith("_beat"):
        true.append(_near(piece, 0.5 if claim.code == "off_beat" else 0.0) >= 0.6)
    return all(true)


def _share(part: NDArray[np.float32], low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(part.mean(axis=0))) ** 2
    hertz = np.arange(len(power)) * RATE / part.shape[1]
    return float(power[(hertz >= low_hz) & (hertz <= high_hz)].sum() / power.sum())


def _repeats(onsets_s: tuple[float, ...], period_s: float) -> bool:
    onsets = np.array(onsets_s)
    moved = onsets[onsets + period_s <= onsets[-1] + _TOLERANCE_S] + period_s
    return len(moved) > 0 and bool(np.mean(np.abs(moved[:, None] - onsets).min(axis=1) <= _TOLERANCE_S) >= 0.8)


def _near(piece: Planted, phase: float) -> float:
    """Share of the onsets that lie at a phase of the beat."""
    beat = piece.beats_s[1] - piece.beats_s[0]
    away = ((np.array(piece.onsets_s) - piece.beats_s[0]) / beat - phase) % 1.0
    return float(np.mean(np.minimum(away, 1 - away) <= 0.125))


def _counted(rows: list[dict[str, Any]]) -> dict[str, Any]:
    asked = [row for row in rows if row["kind"] in ("band", "period", "off_beat")]
    plain = [row for row in rows if row["kind"] in ("on_beat", "held")]
    said = [claim for row in asked for claim in row["claims"]]
    return {
        "pieces": len(asked),
        "pieces_with_a_sentence": sum(bool(row["claims"]) for row in asked),
        "sentences": len(said),
        "right": _mean(claim["right"] for claim in said),
        "without_off_beat": len(plain),
        "claims_of_off_beat_there": sum(claim["code"] == "off_beat" for row in plain for claim in row["claims"]),
        "off_beats_found": sum(
            claim["code"] == "off_beat" for row in asked if row["kind"] == "off_beat" for claim in row["claims"]
        ),
        "right_without_off_beat": _mean(claim["right"] for row in plain for claim in row["claims"]),
        "right_by_code": {
            code: [sum(c["right"] for c in said if c["code"] == code), sum(c["code"] == code for c in said)]
            for code in sorted({claim["code"] for claim in said})
        },
    }


def _mean(values: Iterable[bool]) -> float | None:
    listed = list(values)
    return round(float(np.mean(listed)), 3) if listed else None


def main() -> None:
    """Print what was said and how much of it is right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=3000)
    parser.add_argument("--pieces", type=int, default=20, help="of each planted kind")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = measure(options.seed, options.pieces)
    print(json.dumps({key: value for key, value in found.items() if key != "rows"}, indent=2))
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
