"""An arbitration in sentences and as a table: the same in the command, in the table and wherever else."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from genrelens.catalogue.cells import cell
from genrelens.catalogue.rows import NOT_MUSIC
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import percent
from genrelens.workflows.arbitration.answer import Arbitration, Say, SourceReport, Verdict
from genrelens.workflows.arbitration.voices import TAGS

__all__ = ["arbitration_csv", "source_lines", "summary_lines", "unknown_lines", "verdict_text"]

_MOST_UNKNOWN: Final = 20


def verdict_text(verdict: Verdict, language: str) -> str:
    """The answer, who speaks for and against it, and why a person should look, in one paragraph."""
    if not verdict.label:
        return f"{say('arbitration.nothing', language)}{_gap(language)}{_look(verdict, language)}"
    sentences = [
        say("arbitration.answer", language, label=_label(verdict.label, language), percent=percent(verdict.probability))
    ]
    groups: dict[str, list[str]] = {"for": [], "against": [], "silent": []}
    for one in sorted(verdict.says, key=lambda item: -abs(item.weight)):
        groups["for" if one.side == "hint" else one.side].append(_says(one, verdict.label, language))
    sentences += [say(f"arbitration.{side}", language, who=_list(who, language)) for side, who in groups.items() if who]
    if verdict.review:
        sentences.append(_look(verdict, language))
    return _gap(language).join(sentences)


def summary_lines(found: Arbitration, language: str) -> list[str]:
    """How many were decided, how, and what of the table was left out."""
    lines = [
        say(
            "arbitration.counted",
            language,
            songs=len(found.verdicts),
            sources=len(found.sources),
            decided=sum(not verdict.review for verdict in found.verdicts),
            review=found.to_review,
            threshold=percent(found.threshold),
        ),
        say(f"arbitration.method_{found.method}", language),
    ]
    if found.aside:
        lines.append(say("arbitration.aside", language, columns=_list(found.aside, language)))
    if found.repeated:
        lines.append(say("arbitration.repeated", language, count=found.repeated))
    return lines


def source_lines(source: SourceReport, language: str) -> list[str]:
    """How far a source can be trusted, whom it copies, what it mistakes."""
    name = _source(source.name, source.is_model, language)
    if not source.labels:
        lines = [say("arbitration.source_empty", language, source=name)]
    elif source.only_says:
        lines = [say("arbitration.source_only", language, source=name, label=_label(source.only_says, language))]
    else:
        known, right = percent(source.known), percent(source.right)
        lines = [say("arbitration.source", language, source=name, known=known, right=right, count=source.labels)]
    if source.copy is not None:
        of = _source(source.copy.of, False, language)
        same, songs = source.copy.same, source.copy.songs
        lines.append(say("arbitration.source_copy", language, source=name, of=of, same=same, songs=songs))
    for pair in () if source.only_says else source.confusions:
        said, meant = _label(pair.said, language), _label(pair.meant, language)
        lines.append(say("arbitration.confusion", language, said=said, meant=meant, share=percent(pair.share)))
    if source.unknown:
        lines.append(say("arbitration.source_unknown", language, count=source.unknown))
    return lines


def unknown_lines(found: Arbitration, language: str) -> list[str]:
    """The names that nobody knows, the commonest first, with what they might mean."""
    lines = []
    for name in found.unknown[:_MOST_UNKNOWN]:
        line = say("arbitration.unknown_name", language, name=name.written, count=name.count)
        if name.near:
            near = [_label(near, language) for near in name.near]
            line += f"{_gap(language)}{say('arbitration.near', language, names=_list(near, language))}"
        lines.append(line)
    if len(found.unknown) > _MOST_UNKNOWN:
        lines.append("…")
    return lines


def arbitration_csv(found: Arbitration, language: str) -> str:
    """The answers as CSV, a row a file: columns named in English, reasons in `language`, then what each source said."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    names = [_source(source.name, source.is_model, "en") for source in found.sources]
    writer.writerow([*_COLUMNS, *map(cell, names)])
    for verdict in found.verdicts:
        second = verdict.posterior[1] if len(verdict.posterior) > 1 else None
        said = {(item.source, item.is_model): item.written for item in verdict.says}
        writer.writerow(
            [
                cell(verdict.file),
                cell(verdict.label),
                f"{verdict.probability:.4f}" if verdict.label else "",
                cell(second.id) if second else "",
                f"{second.probability:.4f}" if second else "",
                "yes" if verdict.review else "no",
                " ".join(verdict.review),
                cell(verdict_text(verdict, language)),
                *(cell(said.get((source.name, source.is_model), "")) for source in found.sources),
            ]
        )
    return text.getvalue()


_COLUMNS: Final = (
    "file", "genre", "probability", "second_genre", "second_probability", "review", "review_reasons", "why",
)  # fmt: skip


def _look(verdict: Verdict, language: str) -> str:
    rival = _label(verdict.posterior[1].id, language) if len(verdict.posterior) > 1 else ""
    reasons = [say(f"arbitration.review_{code}", language, rival=rival) for code in verdict.review]
    return say("arbitration.look", language, reasons=_list(reasons, language))


def _says(one: Say, label: str, language: str) -> str:
    source = _source(one.source, one.is_model, language)
    if one.copy_of:
        return say("arbitration.copies", language, source=source, of=_source(one.copy_of, False, language))
    if not one.labels:
        return say("arbitration.says_unknown", language, source=source, written=one.written)
    labels = "/".join(_label(name, language) for name in one.labels)
    key = "says" if one.side != "hint" else "hints_model" if one.is_model else "hints"
    return say(f"arbitration.{key}", language, source=source, labels=labels, label=_label(label, language))


def _source(name: str, is_model: bool, language: str) -> str:
    if is_model:
        return say("arbitration.model", language)
    return say("arbitration.file_tags", language) if name == TAGS else name


def _label(name: str, language: str) -> str:
    return say("verdict.not_music", language) if name == NOT_MUSIC else display_name(name, language)


def _list(items: Sequence[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(items)


def _gap(language: str) -> str:
    return "" if language == "zh" else " "
