"""What a catalogue holds, whether it is whole, and how two models differ, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from genrelens.catalogue.inventory import Info
from genrelens.catalogue.upkeep import Checked
from genrelens.listening.analysis import ModelInfo
from genrelens.taxonomy import display_name
from genrelens.words import catalogue as sentences
from genrelens.words import say
from genrelens.words.forms import NBSP
from genrelens.workflows.model_diff import Difference, Pair, change_cells

__all__ = [
    "changed_lines", "checked_lines", "counted_lines", "decided_lines", "difference_lines", "info_lines", "model_text",
    "tiers_line",
]  # fmt: skip

_MOST_PAIRS = 12
_TELLING = 0.05
"""Chance below which one model is said to be right more often."""


def info_lines(found: Info, language: str) -> list[str]:
    """What a catalogue holds."""
    size = f"{found.bytes / 1e6:.1f}{NBSP}MB"
    lines = [say("catalogue.info_title", language, where=found.shown, size=size)]
    facts = {"files": found.files, "contents": found.contents, "unreadable": found.unreadable, "gone": found.gone}
    lines.append(say("catalogue.info_files", language, **facts))
    for each in found.models:
        model, counts = each.model, each.counts
        named = {"id": each.id, "name": model.name, "version": model.version, "sha": model.sha256[:8]}
        states = {"done": counts.done, "waiting": counts.waiting, "failed": counts.failed}
        lines += ["", say("catalogue.info_model", language, **named, **states)]
        if each.tiers:
            tiers = {_tier(tier, language): count for tier, count in each.tiers.items()}
            lines.append("  " + say("catalogue.info_tiers", language, list=_counts(tiers, language)))
        if each.genres:
            genres = {display_name(genre, language): count for genre, count in each.genres.items()}
            lines.append("  " + say("catalogue.info_genres", language, list=_counts(genres, language)))
    if not found.models:
        lines.append(say("catalogue.info_no_models", language))
    if not found.decisions:
        return [*lines, "", say("catalogue.info_no_decisions", language)]
    kinds = {_word(f"catalogue.kind_{kind}", kind, language): count for kind, count in found.decisions.items()}
    lines += ["", say("catalogue.info_decisions", language, list=_counts(kinds, language))]
    return [*lines, say("catalogue.info_people", language, list=_counts(found.people, language))]


def checked_lines(found: Checked, language: str) -> list[str]:
    """Whether a catalogue is whole, and what is not as it should be."""
    facts = {"files": found.files, "answers": found.answers, "decisions": found.decisions}
    lines = [say("catalogue.check_whole" if found.whole else "catalogue.check_damaged", language, **facts)]
    for problem in found.problems:
        lines.append("  " + say(f"catalogue.problem_{problem.kind}", language, count=problem.count))
        lines.append("    " + say("catalogue.check_examples", language, list=", ".join(map(_plain, problem.examples))))
    return lines


def difference_lines(found: Difference, language: str) -> list[str]:
    """How two models differ, and which of them people agree with."""
    title = say("catalogue.diff_title", language, a=model_text(found.a), b=model_text(found.b))
    lines = [title, *counted_lines(found, language)]
    if found.changed:
        pairs = [(_genre(a, language), _genre(b, language), count) for a, b, count in found.genres[:_MOST_PAIRS]]
        lines.append("  " + say("catalogue.diff_genres", language, list=_pairs(pairs, language)))
    if found.tiers:
        lines.append("  " + tiers_line(found, language))
    return lines + decided_lines(found, language)


def model_text(model: ModelInfo) -> str:
    """A model by its name, version and the beginning of its SHA-256."""
    return f"{_plain(model.name)} {_plain(model.version)} ({model.sha256[:8]})"


def counted_lines(found: Difference, language: str) -> list[str]:
    """How many contents two models answered, and how many of them differently."""
    facts = {"both": found.both, "only_a": found.only_a, "only_b": found.only_b}
    both = say("catalogue.diff_both", language, **facts)
    if not found.changed:
        return [both, say("catalogue.diff_same", language)]
    share = f"{found.changed / found.both * 100:.1f}{NBSP}%"
    return [both, say("catalogue.diff_changed", language, changed=found.changed, share=share)]


def tiers_line(found: Difference, language: str) -> str:
    """Which tiers became which."""
    tiers = [(_tier(a, language), _tier(b, language), count) for a, b, count in found.tiers]
    return say("catalogue.diff_tiers", language, list=_pairs(tiers, language))


def decided_lines(found: Difference, language: str) -> list[str]:
    """Which of two models people agree with, and whether that may be chance."""
    counts = found.decided
    total = sum(counts.values())
    if not total:
        return [say("catalogue.diff_undecided", language)]
    facts = {"both": counts["both"], "only_a": counts["a"], "only_b": counts["b"], "neither": counts["neither"]}
    lines = [say("catalogue.diff_decided", language, total=total, **facts)]
    better = "better_a" if counts["a"] > counts["b"] else "better_b"
    verdict = better if found.chance < _TELLING else "no_difference"
    chance = f"{found.chance * 100:.1f}{NBSP}%" if found.chance >= 0.001 else f"<{NBSP}0.1{NBSP}%"
    lines.append(say(f"catalogue.diff_{verdict}", language, chance=chance))
    return [*lines, say("catalogue.diff_shown", language, a=found.shown_a, b=found.shown_b)]


def _word(key: str, word: str, language: str) -> str:
    """The sentence of a key; the word itself where a newer program wrote one that is not known here."""
    return sentences(language).get(key, word)


def _tier(tier: str, language: str) -> str:
    return _word(f"catalogue.tier_{tier}", tier, language)


def _genre(label: str, language: str) -> str:
    return say("catalogue.tier_not_music", language) if label == "not-music" else display_name(label, language)


def _counts(counts: Mapping[str, int], language: str) -> str:
    parts = (f"{_plain(name)} {count}" for name, count in counts.items())
    return ("，" if language == "zh" else ", ").join(parts)


def _pairs(pairs: list[tuple[str, str, int]], language: str) -> str:
    parts = (say("catalogue.diff_pair", language, a=a, b=b, count=count) for a, b, count in pairs)
    return ("，" if language == "zh" else ", ").join(parts)


def _plain(text: str) -> str:
    """Without what could change a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def changed_lines(found: Difference, shown: Sequence[Pair], language: str) -> list[str]:
    """The changed files that are shown, each with both Top 3, and how many there are more."""
    if not shown:
        return []
    lines = ["", say("catalogue.diff_files", language)]
    for pair in shown:
        said = change_cells(pair)
        lines += [f"  {_plain(said['file'])}", f"    A: {said['top_3_a']}  |  B: {said['top_3_b']}"]
    more = found.changed - len(shown)
    return [*lines, say("catalogue.diff_more", language, count=more)] if more > 0 else lines
