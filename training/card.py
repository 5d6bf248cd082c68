"""The model card: everything that is known of the shipped model, written from what the measuring scripts left.

    python -m training.card [--no-pictures]

Reads `evaluation.json`, `invariance.json`, `hard-sounds.json`, `seeds.json`, `unseen.json`, `tags.json` and `suspects.csv`
in `docs/`, and the bundle's `bundle.json`; writes `docs/model-card.md` and its pictures. Nothing in the card is typed by hand that a
script measured, so it cannot drift.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from genrelens.listening.bundle import DEFAULT_BUNDLE
from training import hard_sounds, invariance, tag_report
from training.card_words import DATA, HOW_CHOSEN, LONGER_SONGS, NOT_FOR, UNSEEN, USE

__all__ = ["Facts", "card", "read_facts"]

_DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
_HEADLINES: Final = {
    "accepted": "top-1, accepted",
    "top1": "top-1, strict",
    "top3": "top-3, strict",
    "macro_f1": "macro-F1, strict",
    "ece": "ECE, strict (15 bins of equal mass)",
    "sure_precision_accepted": "precision of the tier `sure`, accepted",
    "sure_share": "share of songs in it",
}
_PROBE: Final = {"accepted": 0.76, "top1": 0.63, "top3": 0.85, "macro_f1": 0.60, "ece": 0.065}
_PROBE_SURE: Final = {"sure_precision_accepted": 0.96, "sure_share": 0.22}
"""The best probe on frozen networks that was known before, on the same songs (the corpus' README)."""
_SUSPECTS_SHOWN: Final = 15


@dataclass(frozen=True, slots=True)
class Facts:
    """What the card is made of; None where a script has not run."""

    bundle: dict[str, Any]
    bundle_bytes: int
    evaluation: dict[str, Any]
    invariance: dict[str, Any] | None
    hard_sounds: dict[str, Any] | None
    seeds: dict[str, Any] | None
    suspects: list[dict[str, str]] | None
    unseen: dict[str, float] | None
    tags: dict[str, Any] | None


def read_facts(docs: Path = _DOCS, bundle: Path = DEFAULT_BUNDLE) -> Facts:
    """Everything from the files, as they are."""

    def read(path: Path) -> Any:
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    suspects = docs / "suspects.csv"
    rows = list(csv.DictReader(suspects.open(encoding="utf-8", newline=""))) if suspects.exists() else None
    return Facts(
        read(bundle / "bundle.json"),
        (bundle / "model.onnx").stat().st_size,
        read(docs / "evaluation.json"),
        read(docs / "invariance.json"),
        read(docs / "hard-sounds.json"),
        read(docs / "seeds.json"),
        rows,
        read(docs / "unseen.json"),
        read(docs / "tags.json"),
    )


def card(facts: Facts) -> str:
    """The page."""
    sections = [
        _head(facts), USE, NOT_FOR, _data(facts), _architecture(facts), _training(facts), _scores(facts), _genres(facts),
        _confusion(), _certainty(facts), _policy(facts), _not_music(facts), _invariance(facts), _tags(facts), _errors(facts),
        _notices(facts),
    ]  # fmt: skip
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(facts: Facts) -> str:
    bundle, report = facts.bundle, facts.evaluation
    return (
        f"# Model card: {bundle['name']} {bundle['version']}\n\n"
        "Made by `python -m training.card` from what the measuring scripts wrote; nothing here is typed by hand that a "
        "script measured.\n\n"
        f"Tells which of {len(bundle['labels'])} genres a recording is, how sure that is, where in time and frequency the "
        "evidence lies, and whether it is music at all. "
        f"{facts.bundle_bytes / 1e6:.1f} MB, licence {bundle['licence']}, SHA-256 `{bundle['model_sha256'][:16]}`. "
        f"On {report['songs']} songs of artists that it has never heard: {_percent(report['summary']['accepted'])} of the "
        "first answers are ones that a fair person would accept, and "
        f"{_percent(report['summary']['top1'])} are the label itself."
    )


def _data(facts: Facts) -> str:
    text = DATA.format(clips=facts.bundle["training"].get("clips", "?"), songs=facts.evaluation["songs"])
    if not facts.suspects:
        return text
    rows = [[row["label"], row["thought"], row["probability"], row["id"]] for row in facts.suspects[:_SUSPECTS_SHOWN]]
    return (
        f"{text}\n\n{len(facts.suspects)} labels of `train` are suspicious: a probe that never saw the artist is sure of "
        "another genre that is not accepted either ([suspects.csv](suspects.csv), made by `python -m training.suspects`). "
        "They are not dropped: in training, part of the loss is about such probabilities, which softens them. The "
        f"first {len(rows)}:\n\n" + _table(["label", "thought", "probability", "clip"], rows)
    )


def _architecture(facts: Facts) -> str:
    bundle = facts.bundle
    fronts = "; ".join(
        f"`{item['name']}`: {item['frontend']['sample_rate']} Hz, {item['frontend']['mels']} mels, hop "
        f"{item['frontend']['hop']}"
        for item in bundle["inputs"]
    )
    recipe = bundle["training"].get("recipe", {})
    return (
        "## Architecture\n\n"
        f"Two log-mels of the same {bundle['window_s']:g} s window ({fronts}) go into two published networks: EfficientAT "
        "`mn04_as` (AudioSet) and the FCN tagger of Won et al. (Million Song Dataset), frozen as published. Each of the "
        f"{len(bundle['tokens'])} patches of mn04's last map goes, beside what both networks say of the whole window, "
        f"through a hidden layer of {recipe.get('width', '?')} units; {len(recipe.get('seeds', [1]))} such *readers*, trained "
        "apart, stand side by side. One linear head over the mean of all patches' vectors gives the logits, so what it says "
        "of each patch alone averages to the logit exactly (1e-4, float32): the evidence map. Not-music has a logit of its "
        f"own. The embedding has {bundle['embedding_dim']} numbers."
    )


def _training(facts: Facts) -> str:
    seeds, training = facts.seeds, facts.bundle["training"]
    machine = f"the readers in {seeds['minutes']:.0f} minutes on {seeds['machine']}" if seeds else "on two CPU cores"
    text = (
        "## How it was trained\n\n"
        f"`python -m training.run`, everything from the corpus to the calibrated bundle ({training.get('date', '?')}; "
        f"{machine}, no GPU). {HOW_CHOSEN}"
    )
    if seeds and seeds.get("learning_curve"):
        rows = [
            [f"{row['share']:.0%}", str(row["clips"]), *(f"{row[key]:.3f}" for key in ("top1", "accepted", "macro_f1"))]
            for row in seeds["learning_curve"]
        ]
        text += (
            "\n\nMore data? One reader, trained on a part of the artists of `train` and asked "
            f"{seeds['learning_curve_on']}:\n\n" + _table(["of train", "clips", "top-1", "accepted", "macro-F1"], rows)
        )
    return text


def _scores(facts: Facts) -> str:
    report, seeds = facts.evaluation, facts.seeds
    sure = report["tiers"]["sure"]
    values = {
        **report["summary"],
        "sure_precision_accepted": sure.get("precision_accepted"),
        "sure_share": sure["share"],
    }
    rows = []
    for key, name in _HEADLINES.items():
        low, high = report["intervals"][key]
        spread = ""
        if seeds:
            figures = [row[key] for row in seeds["seeds"]]
            mean = sum(figures) / len(figures)
            spread = f"{mean:.3f} ({min(figures):.3f}-{max(figures):.3f})"
        known = _PROBE | _PROBE_SURE
        rows.append([name, _number(values[key]), f"{low:.3f}-{high:.3f}", spread, f"{known[key]:.3f}"])
    worst = min(report["recall_accepted_with_validation"].items(), key=lambda item: item[1])
    rows.append(
        ["lowest recall, accepted, test and validation together", f"{worst[1]:.3f} ({worst[0]})", "", "", "0.440"]
    )
    rows.append(["negative log-likelihood", _number(report["summary"]["nll"]), "", "", ""])
    return (
        f"## Scores on `{report['split']}`\n\n"
        "*Strict* counts a song's own label; *accepted* also its second label, and Hip-Hop and Rap for each other. "
        "Intervals are of 1000 bootstrap draws of the songs. The seeds are those of the readers: each alone, calibrated for "
        "itself, where the shipped bundle holds all of them.\n\n"
        + _table(["figure", "measured", "95 % interval", "single seeds: mean (range)", "best probe before"], rows)
        + "\n\n"
        + LONGER_SONGS
        + _unseen(facts)
    )


def _unseen(facts: Facts) -> str:
    if not facts.unseen:
        return ""
    row = facts.unseen
    return (
        f"\n\n{UNSEEN}: **{_percent(row['accepted'])} accepted, {_percent(row['top1'])} strict**, {_percent(row['top3'])} among "
        f"the first three, negative log-likelihood {row['nll']:.3f}. That is what to expect of the first answers to music "
        "from elsewhere. Probabilities are fitted to the songs above; how far to trust them there was not measured."
    )


def _genres(facts: Facts) -> str:
    keys = ("recall", "precision", "f1", "recall_accepted", "precision_accepted")
    sets = facts.evaluation["conformal"]["by_genre"]
    rows = [
        [label, str(row["songs"]), *(_number(row[key]) for key in keys), _number(sets.get(label))]
        for label, row in facts.evaluation["genres"].items()
    ]
    head = ["genre", "songs", "recall", "precision", "F1", "recall, accepted", "precision, accepted", "in the set"]
    return "## By genre\n\n" + _table(head, rows)


def _confusion() -> str:
    return (
        "## What is taken for what\n\n![Confusion matrix: rows are the songs' own labels, columns the first "
        "answers](images/card-confusion.png)"
    )


def _certainty(facts: Facts) -> str:
    report = facts.evaluation
    limits = {"sure": "over 0.85", "likely": "0.70 to 0.85", "blend": "first three hold 0.85", "unsure": "the rest"}
    tiers = [
        [
            tier,
            limits[tier],
            _number(row["share"]),
            _number(row.get("precision")),
            _number(row.get("precision_accepted")),
        ]
        for tier, row in report["tiers"].items()
    ]
    sets = report["conformal"]
    return (
        "## Can the probabilities be trusted?\n\n"
        + _table(["tier", "first probability", "share of songs", "precision, strict", "precision, accepted"], tiers)
        + "\n\n![Reliability: what was said against what was right](images/card-reliability.png)\n\n"
        f"ECE {report['summary']['ece']:.3f} strict, {report['ece_accepted']:.3f} accepted: probabilities are fitted to "
        "the songs' own labels, so that where a second label is fair, too, the answers are better than they say.\n\n"
        "Prediction sets (split conformal, for each genre its own threshold as far as its songs carry one) promise 90 %: "
        f"they hold the own label of {_percent(sets['coverage'])} of the songs, with {sets['mean_size']:.1f} labels on "
        f"average; {_percent(sets['one_label'])} of them name one label."
    )


def _policy(facts: Facts) -> str:
    report = facts.evaluation
    rows = [
        [_percent(row["wished"]), f"{row['above']:.2f}", _percent(row["share"]),
         _number(row.get("precision")), _number(row.get("precision_accepted"))]
        for row in report["policy"]
    ]  # fmt: skip
    return (
        "## If the surest answers are accepted unseen\n\n"
        "Thresholds from the calibrating part of validation, measured here on songs that had no part in it:\n\n"
        + _table(["precision wished", "accept above", "share accepted", "precision, strict", "accepted"], rows)
        + "\n\n![Risk and coverage: the more is accepted, the more is wrong](images/card-risk-coverage.png)\n\n"
        f"Area under this curve (AURC): {report['aurc']['strict']:.3f} strict, {report['aurc']['accepted']:.3f} accepted."
    )


def _not_music(facts: Facts) -> str:
    refused = facts.evaluation["not_music"]
    text = (
        "## What is not music\n\n"
        f"{_percent(refused['not_music_refused'])} of {facts.evaluation['not_music_clips']} sounds of the corpus that are "
        f"no music (speech, animals, machines, weather) are refused, and {_percent(refused['music_refused'])} of the music."
    )
    if facts.hard_sounds:
        text += (
            " A harder exam, synthesised by ourselves and never trained on (`python -m training.hard_sounds`): "
            + hard_sounds.markdown(facts.hard_sounds)
            + " Synthesised sounds are cleaner than real ones; recordings of a cappella singing, of games with music, of "
            "ringtones that are songs are music to it."
        )
    return text


def _invariance(facts: Facts) -> str:
    if not facts.invariance:
        return ""
    report = facts.invariance
    return (
        "## What changes the answer that should not\n\n"
        f"{report['clips']} clips of `{report['part']}`, each against itself unchanged "
        "(`python -m training.invariance`). The phone is simulated - a small speaker, a room, noise, AAC - by the same kind "
        "of simulation that training augments with, other rooms each time.\n\n" + invariance.markdown(report)
    )


def _tags(facts: Facts) -> str:
    if not facts.tags:
        return ""
    return (
        "## Instruments and voices\n\n"
        "A word is said of a song only above the threshold at which it was right in at least 80 % of held-out cases; without "
        "such a threshold it is never said ([tags.json](tags.json), `python -m training.tags`).\n\n"
        + tag_report.markdown(facts.tags["words"])
    )


def _errors(facts: Facts) -> str:
    rows = []
    for row in facts.evaluation["worst_errors"]:
        heard = ", ".join(f"{item['genre']} {item['p']:.2f}" for item in row["heard"])
        name = " - ".join(part for part in (row["artist"], row["title"]) if part) or "(untitled)"
        rows.append([name.replace("|", "/"), f"{row['label']} {row['own_p']:.2f}", heard])
    return "## The twenty worst errors\n\nSurest first; some are errors of the labels.\n\n" + _table(
        ["song", "label and its probability", "heard"], rows
    )


def _notices(facts: Facts) -> str:
    rows = [[notice["name"], notice["licence"]] for notice in facts.bundle["notices"]]
    return (
        "## Notices\n\nWeights of these networks are inside; their licences travel in full in `bundle.json`.\n\n"
        + _table(["network", "licence"], rows)
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-pictures", action="store_true")
    options = parser.parse_args()
    facts = read_facts()
    (_DOCS / "model-card.md").write_text(card(facts), encoding="utf-8")
    if not options.no_pictures:
        from training.pictures import draw

        draw(facts.evaluation, _DOCS / "images")


if __name__ == "__main__":
    main()
