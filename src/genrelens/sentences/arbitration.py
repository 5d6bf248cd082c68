"""An arbitration in sentences and as a table: the same in the command, in the table and wherever else."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from genrelens.audio.sources import safe_name
from genrelens.catalogue.cells import cell
from genrelens.catalogue.rows import NOT_MUSIC
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import percent
from genrelens.workflows.arbitration.answer import Arbitration, Say, SourceReport, UnknownName, Verdict
from genrelens.workflows.arbitration.voices import TAGS, Matched

__all__ = [
    "MOST_UNKNOWN",
    "arbitration_csv",
    "files_line",
    "genre_text",
    "said_text",
    "source_lines",
    "source_text",
    "summary_lines",
    "unknown_line",
    "unknown_lines",
    "unmatched_lines",
    "verdict_text",
    "why_text",
]

MOST_UNKNOWN: Final = 20
"""Unknown names that are told at a time."""
_MOST_FILES: Final = 5


def verdict_text(verdict: Verdict, language: str) -> str:
    """The answer, and `why_text`, in one paragraph."""
    why = why_text(verdict, language)
    if not verdict.label:
        return why
    label, sure = genre_text(verdict.label, language), percent(verdict.probability)
    return f"{say('arbitration.answer', language, label=label, percent=sure)}{_gap(language)}{why}"


def why_text(verdict: Verdict, language: str) -> str:
    """Who speaks for the answer and against it, and why a person should look."""
    if not verdict.label:
        return f"{say('arbitration.nothing', language)}{_gap(language)}{_look(verdict, language)}"
    sentences = []
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


def source_lines(found: Arbitration, source: SourceReport, language: str) -> list[str]:
    """How far one of its sources can be trusted, whom it copies, what it mistakes."""
    name = source_text(source.name, source.is_model, language)
    if not source.labels:
        lines = [say("arbitration.source_empty", language, source=name)]
    elif source.only_says:
        lines = [say("arbitration.source_only", language, source=name, label=genre_text(source.only_says, language))]
    else:
        known, right = percent(source.known), percent(source.right)
        key = "source" if found.method == "estimated" else "source_equal"
        lines = [say(f"arbitration.{key}", language, source=name, known=known, right=right, count=source.labels)]
    if source.copy is not None:
        of = source_text(source.copy.of, False, language)
        same, songs = source.copy.same, source.copy.songs
        lines.append(say("arbitration.source_copy", language, source=name, of=of, same=same, songs=songs))
    for pair in () if source.only_says else source.confusions:
        said, meant = genre_text(pair.said, language), genre_text(pair.meant, language)
        lines.append(say("arbitration.confusion", language, said=said, meant=meant, share=percent(pair.share)))
    if source.unknown:
        lines.append(say("arbitration.source_unknown", language, count=source.unknown))
    return lines


def files_line(what: str, names: Sequence[str], language: str) -> str:
    """Files for which the model does not speak, being `ambiguous`, `missing` or `failed`."""
    shown = _list([safe_name(name) or "?" for name in names[:_MOST_FILES]], language)
    more = " …" if len(names) > _MOST_FILES else ""
    return say(f"arbitration.{what}", language, count=len(names), names=shown + more)


def unmatched_lines(matched: Matched, language: str) -> list[str]:
    """The names of the table that mean no file, or several."""
    names = {"ambiguous": matched.ambiguous, "missing": matched.missing}
    return [files_line(what, found, language) for what, found in names.items() if found]


def unknown_lines(found: Arbitration, language: str) -> list[str]:
    """The names that nobody knows, the commonest first, with what they might mean."""
    more = ["…"] if len(found.unknown) > MOST_UNKNOWN else []
    return [unknown_line(name, language) for name in found.unknown[:MOST_UNKNOWN]] + more


def unknown_line(name: UnknownName, language: str) -> str:
    """One of them."""
    line = say("arbitration.unknown_name", language, name=name.written, count=name.count)
    if not name.near:
        return line
    near = [genre_text(near, language) for near in name.near]
    return f"{line}{_gap(language)}{say('arbitration.near', language, names=_list(near, language))}"


def source_text(name: str, is_model: bool, language: str) -> str:
    """A source's name; the model and the files' own tags have one in each language."""
    if is_model:
        return say("arbitration.model", language)
    return say("arbitration.file_tags", language) if name == TAGS else name


def genre_text(name: str, language: str) -> str:
    """A label's name, no music included."""
    return say("verdict.not_music", language) if name == NOT_MUSIC else display_name(name, language)


def said_text(one: Say, language: str) -> str:
    """What a source said, as it stood in the table; of the model its first genre."""
    return genre_text(one.written, language) if one.is_model else one.written


def arbitration_csv(found: Arbitration, language: str) -> str:
    """The answers as CSV, a row a file: columns named in English, reasons in `language`, then what each source said."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    names = [source_text(source.name, source.is_model, "en") for source in found.sources]
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
    rival = genre_text(verdict.posterior[1].id, language) if len(verdict.posterior) > 1 else ""
    reasons = [say(f"arbitration.review_{code}", language, rival=rival) for code in verdict.review]
    return say("arbitration.look", language, reasons=_list(reasons, language))


def _says(one: Say, label: str, language: str) -> str:
    source = source_text(one.source, one.is_model, language)
    if one.copy_of:
        return say("arbitration.copies", language, source=source, of=source_text(one.copy_of, False, language))
    if not one.labels:
        return say("arbitration.says_unknown", language, source=source, written=one.written)
    labels = "/".join(genre_text(name, language) for name in one.labels)
    key = "says" if one.side != "hint" else "hints_model" if one.is_model else "hints"
    return say(f"arbitration.{key}", language, source=source, labels=labels, label=genre_text(label, language))


def _list(items: Sequence[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(items)


def _gap(language: str) -> str:
    return "" if language == "zh" else " "
