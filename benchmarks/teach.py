"""What `genrelens teach` learns from 10, 20 and 40 clips, on the corpus: new styles, and corrections.

    python -m benchmarks.teach [--clips 800] [--draws 5] [--cache FOLDER] [--json] [--document]

Learnt from clips of `train`, asked on clips of `validation` and `test`: artists are in one split only. Of `train`, at
most 60 clips of every pair of labels are heard, enough to draw 40 from; about 2660 clips in all, 5 to 20 minutes.
Every clip is heard once, as the product hears it; the embeddings stay in a temporary folder (or `--cache`), named after
the bundle, so that a second run of the same bundle, or one that was cut off, hears nothing again. `--clips` limits how
many are heard, the same share of every genre and split. `--document` writes the figures into docs/teach.md and
docs/teach.json.

- *Genres as new styles*: six genres with the most clips, as if the bundle did not know them. Beside chance and beside
  the shipped head's own answer among the six. The bundle was trained on these very clips with these very labels, so
  its embedding is made to tell them apart: a bound for genres that it knows, not for what it has never met.
- *Blends as new styles*: pairs of first and second label (Rock that could be Pop, ...), for which the bundle has no
  name. Beside chance and beside the best that its probabilities say: p(first) + p(second) / 2.
- *Corrections*: a rule changes the labels of some songs; that many songs under the rule are given, alone and with as
  many other songs with their own labels. Accuracy of the held-out songs of the rule by its label, and of all other
  held-out songs by theirs, before and after. The corrections come from `train`, which the bundle knows: it is surer
  of them than of a stranger's songs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from genrelens import load_model
from genrelens.audio.windows import listen
from genrelens.errors import AudioError
from genrelens.listening.certainty import softmax
from genrelens.listening.model import Model
from genrelens.workflows.teaching.correct import correct
from genrelens.workflows.teaching.head import Head, read_head
from genrelens.workflows.teaching.lesson import Lesson
from genrelens.workflows.teaching.teach import teach
from training.corpus import Clip, Corpus, corpus_folder

COUNTS: Final = (10, 20, 40)
STYLES: Final = 6
POOL: Final = 60
"""Clips of `train` that are heard of every pair of labels."""
PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "teach.md"
MARKS: Final = ("<!-- figures: written by benchmarks.teach --document -->", "<!-- end of figures -->")
HELD_OUT: Final = ("choosing", "calibrating", "test")


@dataclass(frozen=True, slots=True)
class Rule:
    """A reviewer's habit: which clips he calls otherwise, and what."""

    name: str
    label: str
    label2: str
    to: str

    def holds(self, clip: Clip) -> bool:
        """Whether the clip is one of those."""
        return clip.label == self.label and self.label2 in ("", clip.label2)


RULES: Final = (
    Rule("Hip-Hop is Rap", "Hip-Hop", "", "Rap"),
    Rule("R&B that could be Pop is Pop", "R&B", "Pop", "Pop"),
    Rule("Disco is Electronic", "Disco", "", "Electronic"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Clips and the embeddings of their windows, each [windows, d]."""

    clips: tuple[Clip, ...]
    embeddings: tuple[NDArray[np.float32], ...]

    @property
    def songs(self) -> NDArray[np.float32]:
        """Mean embedding of each clip, [clips, d]."""
        return np.stack([windows.mean(0) for windows in self.embeddings])

    def part(self, wanted: Callable[[Clip], bool]) -> Heard:
        """The clips that are wanted."""
        kept = [index for index, clip in enumerate(self.clips) if wanted(clip)]
        return self.take(kept)

    def take(self, indices: Sequence[int]) -> Heard:
        """The clips at these places."""
        return Heard(tuple(self.clips[i] for i in indices), tuple(self.embeddings[i] for i in indices))


def hear(model: Model, corpus: Corpus, clips: Sequence[Clip], folder: Path) -> Heard:
    """Every clip, once for a bundle: what `folder` holds of it is not heard again."""
    path = folder / f"teach-{model.bundle.model_sha256[:12]}.npz"
    known: dict[str, NDArray[np.float32]] = {}
    if path.is_file():
        with np.load(path) as stored:
            known = {name: stored[name] for name in stored.files}
    fresh = [clip for clip in clips if clip.id not in known]
    for number, clip in enumerate(fresh, 1):
        known[clip.id] = _embedding(model, corpus.read(clip))
        if number % 100 == 0 or number == len(fresh):
            print(f"heard {number} of {len(fresh)}", file=sys.stderr, flush=True)
            folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part.npz")
            np.savez(part, **known)  # type: ignore[arg-type]  # the stubs take the names for options
            part.replace(path)
    kept = [clip for clip in clips if len(known[clip.id])]
    return Heard(tuple(kept), tuple(known[clip.id] for clip in kept))


def _embedding(model: Model, data: bytes) -> NDArray[np.float32]:
    """Of the windows of an encoded clip, [windows, d]; empty where there is nothing to hear."""
    bundle = model.bundle
    try:
        excerpt = listen(data, sample_rate=bundle.sample_rate, window_s=bundle.window_s, count=bundle.windows)
    except AudioError:
        return np.zeros((0, 0), np.float32)
    embedding = model.hear(excerpt).embedding if len(excerpt.windows) else None
    return np.zeros((0, 0), np.float32) if embedding is None else embedding


def lesson(heard: Heard, labels: Sequence[str]) -> Lesson:
    """What `listen_to` would have given for these clips with these labels."""
    return Lesson(tuple(labels), tuple(clip.group for clip in heard.clips), heard.embeddings, (), (), ())


def answers(head: Head, heard: Heard) -> NDArray[np.int64]:
    """Index of the first label of each clip."""
    found: NDArray[np.int64] = (heard.songs @ head.weight.T + head.bias).argmax(1)
    return found


def draw(heard: Heard, count: int, random: np.random.Generator) -> Heard:
    """So many of the clips, none twice."""
    return heard.take(random.permutation(len(heard.clips))[:count].tolist())


def joined(*parts: Heard) -> Heard:
    """All clips of several."""
    return Heard(
        tuple(clip for part in parts for clip in part.clips), tuple(one for part in parts for one in part.embeddings)
    )


def spread(values: Sequence[float]) -> dict[str, float]:
    """Mean and standard deviation over the draws."""
    return {"mean": round(float(np.mean(values)), 4), "sd": round(float(np.std(values)), 4)}


def genre_of(clip: Clip) -> str:
    """The first label."""
    return clip.label


def blend_of(clip: Clip) -> str:
    """Both labels, "" where there is only one."""
    return f"{clip.label}/{clip.label2}" if clip.label2 else ""


def styles(
    model: Model, heard: Heard, style_of: Callable[[Clip], str], draws: int, counts: Sequence[int]
) -> dict[str, Any]:
    """New styles from a few clips each: the six with the most clips to learn from."""
    sizes: dict[str, int] = {}
    for clip in heard.clips:
        if clip.part == "train" and style_of(clip):
            sizes[style_of(clip)] = sizes.get(style_of(clip), 0) + 1
    names = sorted(sorted(sizes, key=lambda name: -sizes[name])[:STYLES])

    def to_learn(name: str) -> Heard:
        return heard.part(lambda clip: clip.part == "train" and style_of(clip) == name)

    learn = {name: to_learn(name) for name in names}
    asked = heard.part(lambda clip: clip.part in HELD_OUT and style_of(clip) in names)
    truth = np.array([names.index(style_of(clip)) for clip in asked.clips])
    rows = []
    for count in counts:
        if min(len(part.clips) for part in learn.values()) < count:
            continue
        scores, inner = [], []
        for number in range(draws):
            random = np.random.default_rng([number, count])
            taken = {name: draw(part, count, random) for name, part in learn.items()}
            labels = [name for name, part in taken.items() for _ in part.clips]
            taught = teach(model.bundle, lesson(joined(*taken.values()), labels), seed=number)
            said = np.array([names.index(taught.labels[index]) for index in answers(taught.head, asked)])
            scores.append(_by_label(said == truth, truth))
            inner.append(taught.figures["accuracy"])
        rows.append({"clips": count, "accuracy": spread(scores), "foretold": spread(inner)})
    own = _own_answers(model, asked, names)
    return {
        "styles": names,
        "asked": np.bincount(truth, minlength=len(names)).tolist(),
        "chance": round(1 / len(names), 4),
        "shipped": round(_by_label(own == truth, truth), 4),
        "rows": rows,
    }


def _by_label(right: NDArray[np.bool_], truth: NDArray[np.int64]) -> float:
    """Mean of the labels' own accuracies: chance is one over their number, whatever their sizes."""
    return float(np.mean([right[truth == label].mean() for label in np.unique(truth)]))


def _own_answers(model: Model, asked: Heard, names: Sequence[str]) -> NDArray[np.int64]:
    """What the shipped head says among the styles: its probabilities of their labels, a second one counted half."""
    head, bundle = read_head(model.bundle.model_path), model.bundle
    probabilities = softmax((asked.songs @ head.weight.T + head.bias).astype(np.float64))
    column = {label: probabilities[:, index] for index, label in enumerate(bundle.labels)}
    scores = []
    for name in names:
        first, _, second = name.partition("/")
        scores.append(column[first] + (column[second] / 2 if second in column else 0.0))
    best: NDArray[np.int64] = np.stack(scores, axis=1).argmax(1)
    return best


def corrections(model: Model, heard: Heard, rule: Rule, draws: int, counts: Sequence[int]) -> list[dict[str, Any]]:
    """A rule from a few songs: what it does to other songs of the rule, and to all that it does not mean."""
    labels = model.bundle.labels
    train = heard.part(lambda clip: clip.part == "train" and clip.label in labels)
    meant, others = train.part(rule.holds), train.part(lambda clip: not rule.holds(clip))
    asked = heard.part(lambda clip: clip.part in HELD_OUT and clip.label in labels)
    inside = np.array([rule.holds(clip) for clip in asked.clips])
    truth = np.array([labels.index(rule.to if rule.holds(clip) else clip.label) for clip in asked.clips])
    before = answers(read_head(model.bundle.model_path), asked) == truth
    rows = []
    for count in counts:
        if len(meant.clips) < count or not inside.any():
            continue
        for confirmed in (0, count):
            found: dict[str, list[float]] = {"rule": [], "others": [], "strength": [], "moved": []}
            for number in range(draws):
                random = np.random.default_rng([number, count])
                given = joined(draw(meant, count, random), draw(others, confirmed, random))
                said = [rule.to if rule.holds(clip) else clip.label for clip in given.clips]
                corrected = correct(model.bundle, lesson(given, said), seed=number)
                right = answers(corrected.head, asked) == truth
                for name, value in (("rule", right[inside].mean()), ("others", right[~inside].mean())):
                    found[name].append(float(value))
                found["strength"].append(corrected.figures["strength"])
                found["moved"].append(corrected.figures["moved"])
            rows.append(
                {
                    "rule": rule.name,
                    "corrections": count,
                    "confirmed": confirmed,
                    "asked": [int(inside.sum()), int((~inside).sum())],
                    "rule_before": round(float(before[inside].mean()), 4),
                    "others_before": round(float(before[~inside].mean()), 4),
                    "rule_after": spread(found["rule"]),
                    "others_after": spread(found["others"]),
                    "kept_old_head": int(sum(strength == 0 for strength in found["strength"])),
                    "moved": spread(found["moved"]),
                }
            )
    return rows


def chosen_clips(corpus: Corpus, limit: int | None) -> list[Clip]:
    """The music to hear: what is asked, and `POOL` of every pair of labels to learn from; or the same share of all."""
    random = np.random.default_rng(0)
    pools: dict[tuple[str, str, str], list[Clip]] = {}
    for clip in corpus.clips:
        if clip.is_music:
            pools.setdefault((clip.part, clip.label, clip.label2), []).append(clip)
    for (part, *_), own in pools.items():
        order = [own[index] for index in random.permutation(len(own))]
        own[:] = order[:POOL] if part == "train" else order
    total = sum(len(own) for own in pools.values())
    share = 1.0 if limit is None else min(1.0, limit / total)
    return [clip for own in pools.values() for clip in own[: max(1, round(share * len(own)))]]


def measure(model: Model, heard: Heard, draws: int, counts: Sequence[int] = COUNTS) -> dict[str, Any]:
    """All of it as plain JSON."""
    started = time.perf_counter()
    result = {
        "bundle": {"name": model.bundle.name, "version": model.bundle.version, "sha256": model.bundle.model_sha256},
        "clips": len(heard.clips),
        "width": int(heard.embeddings[0].shape[1]),
        "draws": draws,
        "genres": styles(model, heard, genre_of, draws, counts),
        "blends": styles(model, heard, blend_of, draws, counts),
        "corrections": [row for rule in RULES for row in corrections(model, heard, rule, draws, counts)],
    }
    return result | {"seconds": round(time.perf_counter() - started, 1)}


def _print(result: dict[str, Any]) -> None:
    for key in ("genres", "blends"):
        part = result[key]
        print(f"{key} as new styles: {', '.join(part['styles'])}; {sum(part['asked'])} clips asked")
        print(f"  chance {part['chance']:.0%}, the shipped head among these {part['shipped']:.0%}")
        for row in part["rows"]:
            right, told = row["accuracy"], row["foretold"]
            print(f"  {row['clips']:3} clips each: {_shown(right)} right, cross-validation foretold {_shown(told)}")
    print("corrections: right by the rule, and all other songs right, before -> after")
    for row in result["corrections"]:
        print(
            f"  {row['rule']}, {row['corrections']} + {row['confirmed']} confirmed: "
            f"{row['rule_before']:.0%} -> {_shown(row['rule_after'])}; "
            f"others {row['others_before']:.1%} -> {_shown(row['others_after'], 1)}"
            f"{'; old head kept ' + str(row['kept_old_head']) + ' times' if row['kept_old_head'] else ''}"
        )


def markdown(result: dict[str, Any]) -> str:
    """The figures as the page holds them."""
    bundle, counts = result["bundle"], sorted({row["clips"] for row in result["genres"]["rows"]})
    lines = [
        f"Bundle {bundle['name']} {bundle['version']} (embedding of {result['width']}), {result['clips']} clips heard, "
        f"{result['draws']} draws.",
        "",
        f"| new styles from | {' | '.join(f'{count} clips each' for count in counts)} | chance | shipped | asked |",
        f"|---|{'---|' * len(counts)}---|---|---|",
    ]
    for key, name in (("genres", "genres"), ("blends", "blends")):
        part = result[key]
        by_count = {row["clips"]: _shown(row["accuracy"]) for row in part["rows"]}
        cells = " | ".join(by_count.get(count, "too few") for count in counts)
        lines.append(
            f"| {name}: {', '.join(part['styles'])} | {cells} | {part['chance']:.0%} | {part['shipped']:.0%} "
            f"| {sum(part['asked'])} |"
        )
    lines += [
        "",
        "| correction | given (confirmed) | by the rule, before | after | all others, before | after | old head kept |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['rule']} | {row['corrections']} ({row['confirmed']}) | {row['rule_before']:.0%} "
        f"| {_shown(row['rule_after'])} | {row['others_before']:.1%} | {_shown(row['others_after'], 1)} "
        f"| {row['kept_old_head']} of {result['draws']} |"
        for row in result["corrections"]
    ]
    return "\n".join(lines)


def document(result: dict[str, Any], page: Path = PAGE) -> None:
    """Write the figures between the marks of the page, and all of them beside it as JSON."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    page.write_text(f"{before}{MARKS[0]}\n{markdown(result)}\n{MARKS[1]}{after}", encoding="utf-8")
    page.with_suffix(".json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _shown(value: dict[str, float], digits: int = 0) -> str:
    return f"{value['mean']:.{digits}%} ± {value['sd']:.{digits}%}"


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, help="hear so many clips at most")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--bundle", type=Path, help="folder of another bundle than the shipped one")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "genrelens-benchmarks")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--document", action="store_true", help="write docs/teach.md and docs/teach.json")
    options = parser.parse_args()
    model, corpus = load_model(options.bundle, device="cpu"), Corpus(corpus_folder(), seed=0)
    result = measure(model, hear(model, corpus, chosen_clips(corpus, options.clips), options.cache), options.draws)
    if options.document:
        document(result)
    if options.json:
        print(json.dumps(result, indent=2, ensure_ascii=False))
    else:
        _print(result)


if __name__ == "__main__":
    main()
