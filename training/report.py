"""The evaluation as Markdown for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

__all__ = ["markdown"]

_BASELINE: Final = {"accepted": 0.70, "top3": 0.83, "macro_f1": 0.53}
"""The bars: a linear probe on frozen mn04."""
_DATA: Final = """## What it was made and measured on

Excerpts of at most 20 s of research sets, of Creative Commons music and, mostly, of commercial recordings, kept for
research on this model alone and never redistributed; not a second of them is in this repository. Splits are by artist
(by album or source where the artist is unknown): no one is in two of them. Labels are those of the data sets or of
common knowledge; nobody listened to every clip, and a few per cent are expected to be wrong. Clips are 20 s where a
user's song lasts minutes and is heard in six windows instead of two, so these figures say nothing certain of whole
songs. Validation, by artist again, is cut in two: one part chose (early stopping, recipe), the other calibrated."""
_NAMES: Final = {"top1": "strict top-1", "accepted": "accepted top-1", "top3": "strict top-3", "macro_f1": "macro-F1"}


def markdown(report: dict[str, Any]) -> str:
    """The report of `evaluate.py` as a page."""
    sections = [_head(report), _summary(report), _DATA, _genres(report), _certainty(report), _confusion(report)]
    return "\n\n".join(sections) + "\n"


def _head(report: dict[str, Any]) -> str:
    bundle, split = report["bundle"], report["split"]
    return (
        f"# Evaluation on `{split}`\n\n"
        f"Made by `python -m training.evaluate --split {split}`; for programs: `evaluation.json`.\n\n"
        f"Bundle `{bundle['name']}` {bundle['version']} (SHA-256 `{bundle['sha256'][:16]}`), {report['songs']} songs "
        f"and {report['not_music_clips']} sounds that are no music, through the product's own code and calibration. "
        "Each song is an excerpt of at most 20 s (one or two windows). *Strict* counts its own label; *accepted* "
        "also its second label, and Hip-Hop and Rap for each other."
    )


def _summary(report: dict[str, Any]) -> str:
    rows = []
    for key, name in _NAMES.items():
        low, high = report["intervals"][key]
        rows.append([name, _number(report["summary"][key]), f"{low:.3f}-{high:.3f}", _number(_BASELINE.get(key))])
    rows.append(["negative log-likelihood", _number(report["summary"]["nll"]), "", ""])
    rows.append(["ECE, strict (15 bins of equal mass)", _number(report["summary"]["ece"]), "", "at most 0.100"])
    rows.append(["ECE, accepted", _number(report["ece_accepted"]), "", ""])
    return "## In short\n\n" + _table(["figure", "measured", "95 % interval (bootstrap)", "bar"], rows)


def _genres(report: dict[str, Any]) -> str:
    keys = ("recall", "precision", "f1", "recall_accepted", "precision_accepted")
    rows = [[label, str(row["songs"]), *(_number(row[key]) for key in keys)] for label, row in report["genres"].items()]
    return "## By genre\n\n" + _table(
        ["genre", "songs", "recall", "precision", "F1", "recall, accepted", "precision, accepted"], rows
    )


def _certainty(report: dict[str, Any]) -> str:
    tiers = [
        [tier, _number(row["share"]), _number(row.get("precision")), _number(row.get("precision_accepted"))]
        for tier, row in report["tiers"].items()
    ]
    said = [[str(row["songs"]), _number(row["said"]), _number(row["right"])] for row in report["reliability"]]
    conformal, refused = report["conformal"], report["not_music"]
    return "\n\n".join(
        [
            "## Certainty",
            _table(["tier", "share of songs", "precision, strict", "precision, accepted"], tiers),
            f"Prediction sets promise 90 %: they held the own label for {conformal['coverage']:.1%} of the songs, with "
            f"{conformal['mean_size']:.2f} labels on average; {conformal['one_label']:.0%} of them named one label.",
            f"Not music: {refused.get('not_music_refused', float('nan')):.1%} of what is no music was refused, and "
            f"{refused['music_refused']:.1%} of the music.",
            "Said and right, songs in ten groups by their first probability:",
            _table(["songs", "mean first probability", "share right (strict)"], said),
        ]
    )


def _confusion(report: dict[str, Any]) -> str:
    labels = report["confusion"]["labels"]
    rows = [
        [label, *(str(n) if n else "" for n in row)]
        for label, row in zip(labels, report["confusion"]["rows_true_columns_first"], strict=True)
    ]
    return "## Confusion\n\nRows: the clip's own label; columns: the first answer.\n\n" + _table(["", *labels], rows)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
