"""Whether a comparison tells versions of a song apart from noise: pairs that are the same, and pairs that are not.

    python -m benchmarks.compare [--part test] [--pairs 100] [--json FILE]
    python -m benchmarks.compare --part validation        (prints the grid from which the floor was chosen, too)

Same: a clip beside itself, re-encoded (mp3, opus and aac at two rates each) or begun 0.5 s later, in turn. Different:
two clips of different genres and artists. Bars: at least 95 % of the same pairs "no difference", at least 90 % of the
others a difference. The figures are those of `insight.compare.compare`, files in, verdict out.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from genrelens import load_model
from genrelens.audio.codecs import Format, encode
from genrelens.audio.song import read_song
from genrelens.insight import noise_floor
from genrelens.insight.compare import Comparison, Version, compare, read_version
from genrelens.listening.model import Model
from training.corpus import Clip, Corpus, corpus_folder

SAME_BAR: Final = 0.95
DIFFERENT_BAR: Final = 0.90
SHIFT_S: Final = 0.5
SEED: Final = 10
CODECS: Final = (
    Format("mp3 128", "mp3", "libmp3lame", "fltp", 128_000, 44_100),
    Format("mp3 64", "mp3", "libmp3lame", "fltp", 64_000, 44_100),
    Format("opus 64", "ogg", "libopus", "flt", 64_000, 48_000),
    Format("opus 32", "ogg", "libopus", "flt", 32_000, 48_000),
    Format("aac 96", "ipod", "aac", "fltp", 96_000, 44_100),
    Format("aac 64", "ipod", "aac", "fltp", 64_000, 44_100),
)
PARTS: Final = {"test": ("test",), "validation": ("choosing", "calibrating")}
GRID_K: Final = (1.5, 2.0, 2.5, 3.0, 3.5)
GRID_LEAST: Final = (0.03, 0.05, 0.08)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions compared: what kind of pair, whether it is the same clip, and the outcome."""

    kind: str
    same: bool
    found: Comparison


def versions_of(model: Model, data: bytes, turn: int) -> tuple[str, Version, Version]:
    """A clip and, in turn, one of its re-encodings or itself begun later."""
    original = read_version(model, data)
    name, other = "shift 0.5 s", data
    if turn % (len(CODECS) + 1) < len(CODECS):
        form = CODECS[turn % (len(CODECS) + 1)]
        rate = form.rate or 44_100
        name, other = form.name, encode(read_song(data, sample_rate=rate).samples, rate, form)
        return name, original, read_version(model, other)
    return name, original, read_version(model, other, start_s=SHIFT_S)


def same_pairs(model: Model, corpus: Corpus, clips: Sequence[Clip]) -> list[Pair]:
    """Every clip beside another version of itself."""
    pairs = []
    for turn, clip in enumerate(clips):
        name, first, second = versions_of(model, corpus.read(clip), turn)
        pairs.append(Pair(name, True, compare(model, [first, second])))
    return pairs


def different_pairs(model: Model, corpus: Corpus, clips: Sequence[Clip]) -> list[Pair]:
    """Neighbours of the list, two by two."""
    pairs = []
    for first, second in zip(clips[::2], clips[1::2], strict=True):
        found = compare(model, [read_version(model, corpus.read(clip)) for clip in (first, second)])
        pairs.append(Pair("different", False, found))
    return pairs


def drawn_pairs(clips: Sequence[Clip], count: int, dice: random.Random) -> list[Clip]:
    """2 x `count` clips, neighbours of different genres and artists."""
    drawn: list[Clip] = []
    while len(drawn) < 2 * count:
        first, second = dice.sample(list(clips), 2)
        if first.label != second.label and first.group != second.group:
            drawn += [first, second]
    return drawn


def share_with_difference(pairs: Sequence[Pair], k: float, least: float) -> float:
    """Share of pairs for which a floor of other constants would let a difference count."""
    return float(np.mean([_differs(pair.found, k, least) for pair in pairs]))


def _differs(found: Comparison, k: float, least: float) -> bool:
    first, second = found.versions
    for genre in found.differences[0].genres:
        spread = np.sqrt((first.spread[genre.label] ** 2 + second.spread[genre.label] ** 2) / 2)
        agree = np.sign(genre.difference) == np.sign(genre.whole)
        if agree and min(abs(genre.difference), abs(genre.whole)) > max(least, k * spread):
            return True
    return False


def measure(part: str, count: int) -> dict[str, Any]:
    """Compare `count` pairs of each kind and count the verdicts."""
    model, corpus = load_model(device="cpu"), Corpus(corpus_folder(), seed=0)
    dice = random.Random(f"{SEED}/{part}")
    clips = [clip for clip in corpus.part(*PARTS[part]) if clip.is_music]
    pairs = same_pairs(model, corpus, dice.sample(clips, count))
    pairs += different_pairs(model, corpus, drawn_pairs(clips, count, dice))
    kinds: dict[str, list[bool]] = defaultdict(list)
    for pair in pairs:
        kinds[pair.kind].append(pair.found.difference != pair.same)
    same = [not pair.found.difference for pair in pairs if pair.same]
    different = [pair.found.difference for pair in pairs if not pair.same]
    rows = [
        {"k": k, "least": least, "same": 1 - share_with_difference([p for p in pairs if p.same], k, least),
         "different": share_with_difference([p for p in pairs if not p.same], k, least)}
        for least in GRID_LEAST for k in GRID_K
    ]  # fmt: skip
    return {
        "part": part,
        "pairs": {"same": len(same), "different": len(different)},
        "right": {"same": float(np.mean(same)), "different": float(np.mean(different))},
        "by_kind": {kind: {"pairs": len(right), "right": float(np.mean(right))} for kind, right in kinds.items()},
        "floor": {"k": noise_floor.K, "least": noise_floor.LEAST},
        "grid": rows if part == "validation" else [],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.compare", description=__doc__)
    parser.add_argument("--part", choices=sorted(PARTS), default="test")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    result = measure(options.part, options.pairs)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for kind, row in result["by_kind"].items():
        print(f"{kind:12} {row['pairs']:4} pairs  right {row['right']:.0%}")
    for row in result["grid"]:
        print(f"k {row['k']:.1f} least {row['least']:.2f}  same {row['same']:.3f} different {row['different']:.3f}")
    right = result["right"]
    print(f"{result['part']}: no difference on {right['same']:.1%} of the same (bar {SAME_BAR:.0%})")
    print(f"{result['part']}: a difference on {right['different']:.1%} of the others (bar {DIFFERENT_BAR:.0%})")
    return int(right["same"] < SAME_BAR or right["different"] < DIFFERENT_BAR)


if __name__ == "__main__":
    sys.exit(main())
