"""Find from which logit each word for an instrument or a voice may be said, and write that into a bundle.

    python -m training.tags [--bundle FOLDER] [--pieces 1640] [--clips 800]

A word may be said where it is right in at least four of five cases. Three sources tell whether it is right: rendered
scores, whose instruments are known; taggers that learnt from other data, where they agree on clips of `train`; and
labels (Rap holds rapping, Metal distorted guitars, spoken clips speech). Each source is cut in two, clips by artist. On
one half the lowest threshold is sought at which precision is `WANTED`; on the other it must still be `NEEDED`, in every
source in which the word was said often enough to tell. A word that scores alone judge must besides not be said in more
of the music of `train` than it can be true of. A word that fails, or that nothing can judge, gets no threshold: it is
never said.

Precision depends on how often a word is true at all. What is false is therefore weighted so that the word is true in
the share of all music that `training.tag_words` says, whatever the source holds; and among rendered pieces one that was
written for a rare instrument counts less than one for a common one.

What was heard is kept in `training/runs/tags`: a second run, with another bundle or other words, takes seconds.
Writes `docs/tags.json` and the array `tags` of the bundle's `bundle.json`; prints a table.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from genrelens.listening.model import Model, load_model
from training.corpus import Clip, Corpus, corpus_folder, folds
from training.files import write_json
from training.settings import Settings
from training.tag_report import markdown
from training.tag_scores import truth_by_score, write_piece
from training.tag_sounds import Kept, SoundEar, excerpt_of, sounds_of_clips, sounds_of_scores
from training.tag_teachers import agreement, ask_teachers, tag_names, truth_by_label
from training.tag_words import WORDS, Word, class_table, entries

__all__ = [
    "Cases",
    "cases_of_clips",
    "cases_of_scores",
    "check_bundle",
    "judge",
    "lowest_threshold",
    "measure",
    "precision",
]

log = logging.getLogger(__name__)

NEEDED: Final = 0.8
"""Precision that a word must have on what did not choose its threshold."""
WANTED: Final = 0.9
"""Precision that chooses the threshold: less, and every second word would miss `NEEDED` by chance."""
ENOUGH: Final = 20
"""Cases in which a word must have been said in a source, both halves together, for the source to judge it."""
LABELLED: Final = 120
"""Clips of a label that some word is judged by, beyond those that are drawn."""

_DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
_KEPT: Final = Path(__file__).parent / "runs" / "tags"
_CHECKED: Final = 3
_TOLERANCE: Final = 0.02
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cases:
    """What one source says of many sounds.

    Attributes:
        source: "scores", "teachers" or "labels".
        logits: Mean over the windows, as the product takes it, float64 [sounds, words].
        truth: float64 [sounds, words]: 1 it is there, 0 it is not, NaN nobody can tell.
        choosing: bool [sounds], whether the sound chooses thresholds; the others test them.
        weights: float64 [sounds], how much each counts.
    """

    source: str
    logits: Floats
    truth: Floats
    choosing: NDArray[np.bool_]
    weights: Floats

    def of(self, index: int, part: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
        """Logits, truth and weights of one word in a part of the sounds."""
        return self.logits[part, index], self.truth[part, index], self.weights[part]


def precision(logits: Floats, truth: Floats, weights: Floats, limit: float, share: float) -> tuple[float, float, int]:
    """What a threshold is worth where a word is true in `share` of all cases.

    Args:
        logits: float64 [sounds].
        truth: float64 [sounds] of 1, 0 and NaN, which is left out.
        weights: float64 [sounds].
        limit: The threshold.
        share: 0 to 1.

    Returns:
        Precision (NaN where nothing is said), recall, and how often the word is said.
    """
    said, there, absent = logits >= limit, truth == 1, truth == 0
    recall, false_rate = (
        float(weights[said & case].sum() / max(weights[case].sum(), 1e-9)) for case in (there, absent)
    )
    total = share * recall + (1 - share) * false_rate
    return (share * recall / total if total else float("nan")), recall, int((said & (there | absent)).sum())


def lowest_threshold(logits: Floats, truth: Floats, weights: Floats, share: float) -> float | None:
    """The lowest logit of a true case at which precision is `WANTED`, said at least five times; None: there is none."""
    for limit in np.sort(logits[truth == 1]):
        value, _, said = precision(logits, truth, weights, float(limit), share)
        if said < ENOUGH // 4:
            return None
        if value >= WANTED:
            return float(limit)
    return None


def judge(index: int, share: float, sources: Sequence[Cases], music: Floats | None = None) -> dict[str, Any]:
    """Threshold and precision of one word, and what each source says of it.

    Args:
        index: Of the word in the arrays.
        share: Of music in which it is true.
        sources: Those that there are.
        music: Logits of music as it comes, float64 [clips, words]; None: not looked at.
    """
    limits = []
    for cases in sources:
        logits, truth, weights = cases.of(index, cases.choosing)
        if (truth == 1).sum() * 2 >= ENOUGH and (truth == 0).any():
            limits.append(lowest_threshold(logits, truth, weights, share))
    row: dict[str, Any] = {"threshold": None, "precision": None, "why": "no source can judge it", "sources": {}}
    if not limits:
        return row
    known = [limit for limit in limits if limit is not None]
    if len(known) < len(limits):
        return {**row, "why": "some source reaches the precision nowhere"}
    limit = _rounded_up(max(known))
    values, real = [], False
    for cases in sources:
        value, recall, said = precision(*cases.of(index, ~cases.choosing), limit, share)
        truth = cases.truth[:, index]
        there, absent = int((truth == 1).sum()), int((truth == 0).sum())
        said_of_all = precision(*cases.of(index, np.ones(len(truth), np.bool_)), limit, share)[2]
        judges = said_of_all >= ENOUGH and said > 0 and there > 0 and absent > 0
        values += [value] if judges else []
        real |= judges and cases.source != "scores"
        if there:
            row["sources"][cases.source] = {
                "there": there,
                "absent": absent,
                "said": said_of_all,
                "said_in_test": said,
                "precision": None if np.isnan(value) else round(value, 3),
                "recall": round(recall, 3),
                "judges": judges,
            }
    often = 0.0 if music is None else float((music[:, index] >= limit).mean())
    row["said_in_music"] = round(often, 3)
    if not values:
        return {**row, "why": "said too rarely to judge"}
    worst = min(values)
    if worst < NEEDED:
        return {**row, "why": f"precision {worst:.2f} on the other half"}
    if not real and often > share:
        return {**row, "why": f"said in {often:.0%} of music, more often than it can be true"}
    return {**row, "threshold": limit, "precision": round(worst, 3), "why": None}


def cases_of_scores(sounds: Kept, seed: int) -> Cases:
    """What is known of rendered pieces.

    Args:
        sounds: Number of the piece -> AudioSet logits.
        seed: Of the pieces and the halves.
    """
    pieces = [write_piece(int(number), seed) for number in sounds]
    truth = [[_number(truth_by_score(word, piece.programs)) for word in WORDS] for piece in pieces]
    weights = np.array([piece.share for piece in pieces])
    halves = folds([f"piece {number}" for number in sounds], 2, seed)
    return Cases("scores", _words(list(sounds.values())), np.array(truth), halves == 0, weights)


def cases_of_clips(
    sounds: Kept, answers: Kept, clips: Sequence[Clip], names: list[list[str]], seed: int
) -> list[Cases]:
    """What the teachers and what the labels say of clips.

    Args:
        sounds: Clip id -> AudioSet logits.
        answers: Clip id -> the teachers' tags.
        clips: All that `sounds` may hold.
        names: Of the teachers' tags.
        seed: Of the halves.
    """
    heard = [clip for clip in clips if clip.id in sounds]
    logits = _words([sounds[clip.id] for clip in heard])
    choosing = folds([clip.group for clip in heard], 2, seed) == 0

    by_labels = [[_number(truth_by_label(word, clip) if word.labels else None) for word in WORDS] for clip in heard]
    asked = [index for index, clip in enumerate(heard) if clip.id in answers]
    by_teachers = np.full((len(heard), len(WORDS)), np.nan)
    if asked:
        tags = np.stack([answers[heard[index].id] for index in asked])
        by_teachers[asked] = np.stack([agreement(word, tags, names) for word in WORDS], 1)
    truths = (("teachers", by_teachers), ("labels", np.array(by_labels)))
    return [Cases(name, logits, truth, choosing, np.ones(len(heard))) for name, truth in truths]


def _labelled(clips: Sequence[Clip]) -> list[Clip]:
    """Of each word that labels judge, the first clips for which they say yes."""
    chosen: dict[str, Clip] = {}
    for word in WORDS:
        if word.labels:
            chosen |= {clip.id: clip for clip in [c for c in clips if truth_by_label(word, c)][:LABELLED]}
    return list(chosen.values())


def _words(sounds: Sequence[NDArray[np.float32]]) -> Floats:
    """Logits of the words from AudioSet logits [windows, 527] of each case, float64 [cases, words]: as the graph takes
    them, the loudest of a word's sounds in every window, and as the product does, the mean over the windows."""
    table = np.array(class_table())
    result: Floats = np.stack([windows.astype(np.float64)[:, table].max(2).mean(0) for windows in sounds])
    return result


def _number(truth: bool | None) -> float:
    return float("nan") if truth is None else float(truth)


def _rounded_up(value: float) -> float:
    return float(np.ceil(value * 1000) / 1000)


def _description(word: Word, row: Mapping[str, Any], classes: Sequence[str]) -> dict[str, Any]:
    named = {"id": word.id, "en": word.en, "zh": word.zh, "sounds": [classes[index] for index in word.sounds]}
    return {**named, "share": word.share, **row}


def measure(corpus: Corpus, pieces: int, clips: int, folder: Path, seed: int) -> tuple[list[Cases], Floats]:
    """All sources, heard where they have not been yet, and the words' logits of the music among the clips drawn.

    Args:
        corpus: Its `train` alone is used.
        pieces: Rendered pieces.
        clips: Drawn for the teachers; clips whose labels tell something are added.
        folder: Where what was heard is kept.
        seed: Of pieces, draw and halves.
    """
    folder.mkdir(parents=True, exist_ok=True)
    teachers = corpus.folder / "teachers"
    ear = SoundEar.open(teachers, folder)
    train = corpus.part("train")
    random.Random(seed).shuffle(train)
    drawn, more = train[:clips], _labelled(train[clips:])
    scores = cases_of_scores(sounds_of_scores(ear, pieces, seed, folder), seed)
    sounds = sounds_of_clips(ear, corpus, [*drawn, *more], folder)
    answers = ask_teachers(teachers, corpus, drawn, folder / "teachers.npz")
    music = _words([sounds[clip.id] for clip in drawn if clip.is_music and clip.id in sounds])
    return [scores, *cases_of_clips(sounds, answers, [*drawn, *more], tag_names(teachers), seed)], music


def check_bundle(model: Model, corpus: Corpus, folder: Path) -> None:
    """Hold a bundle's words against what was measured, on a few clips.

    Raises:
        ValueError: Other words, or other logits.
    """
    if [word.id for word in model.bundle.tags] != [word.id for word in WORDS]:
        raise ValueError(f"{model.bundle.folder} was exported with other words: export it again")
    ear = SoundEar.open(corpus.folder / "teachers", folder)
    heard = (excerpt_of(corpus, clip) for clip in corpus.part("train")[:_CHECKED])
    for excerpt in (excerpt for excerpt in heard if excerpt is not None):
        tags = model.hear(excerpt).tags
        gap = np.inf if tags is None else float(np.abs(tags.mean(0) - _words([ear.hear(excerpt)])[0]).max())
        if gap > _TOLERANCE:
            raise ValueError(f"the words of {model.bundle.folder} differ by {gap:.3g} from those measured")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="write into this bundle's bundle.json; left out: measure alone")
    parser.add_argument("--pieces", type=int, default=1640, help="rendered pieces")
    parser.add_argument("--clips", type=int, default=800, help="clips of train that the teachers are asked about")
    parser.add_argument("--keep", type=Path, default=_KEPT, help="where what was heard is kept")
    parser.add_argument("--corpus", type=Path, default=corpus_folder())
    parser.add_argument("--out", type=Path, default=_DOCS)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    corpus = Corpus(options.corpus, Settings.seed)
    sources, music = measure(corpus, options.pieces, options.clips, options.keep, Settings.seed)
    rows = [judge(index, word.share, sources, music) for index, word in enumerate(WORDS)]
    text = (corpus.folder / "teachers" / "audioset_classes.csv").read_text(encoding="utf-8")
    classes = [row[2] for row in csv.reader(text.splitlines()[1:])]
    described = [_description(word, row, classes) for word, row in zip(WORDS, rows, strict=True)]
    report = {
        "rule": {"needed": NEEDED, "wanted": WANTED, "enough": ENOUGH},
        "pieces": options.pieces,
        "clips": options.clips,
        "words": described,
    }
    write_json(options.out / "tags.json", report)
    print(markdown(described))
    if options.bundle:
        check_bundle(load_model(options.bundle, device="cpu"), corpus, options.keep)
        path = options.bundle / "bundle.json"
        write_json(path, {**json.loads(path.read_text(encoding="utf-8")), "tags": entries(rows)})


if __name__ == "__main__":
    main()
