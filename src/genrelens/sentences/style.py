"""A style check in sentences: the same on the page, in the terminal and wherever else."""

from __future__ import annotations

from genrelens.insight.style import OldSection, StyleCheck
from genrelens.sentences.evidence import claim_texts
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import clock, percent

__all__ = ["section_text", "style_text"]


def style_text(found: StyleCheck, language: str) -> tuple[str, ...]:
    """The verdict, how far it has come, and what the new style says: one sentence each."""
    old, new = display_name(found.old, language), display_name(found.new, language)
    lines = [say(f"style.{found.verdict}", language, old=old, percent=percent(found.old_probability))]
    if found.way is None:
        lines.append(say("style.never_old", language, old=old, percent=percent(found.started_at)))
    elif found.verdict != "done":
        key = "style.way" if found.original is None else "style.way_original"
        lines.append(say(key, language, way=percent(found.way), start=percent(found.started_at)))
    reached = "style.arrived" if found.arrived else "style.elsewhere"
    first = display_name(found.first, language)
    lines.append(say(reached, language, new=new, percent=percent(found.new_probability), first=first))
    return tuple(lines)


def section_text(section: OldSection, old: str, language: str) -> tuple[str, ...]:
    """Where it still sounds old, in which register, and what is certain about that."""
    place = {"start": clock(section.start_s), "end": clock(section.end_s)}
    lines = [say("style.section", language, **place, old=display_name(old, language), percent=percent(section.old))]
    first = next(iter(section.registers), None)
    if first is not None and first.stands_out:
        register = say(f"style.register_{first.code}", language)
        lines.append(say("style.register", language, register=register, share=percent(first.share)))
    return (*lines, *claim_texts(section.claims, language))
