"""Feedback on homework to print: the class on the first page, then each student on a page to hand out."""

from __future__ import annotations

from genrelens.sentences import homework as words
from genrelens.sentences.questions import question_texts
from genrelens.sheets.paper import document, escaped, listing, paragraphs
from genrelens.words import say
from genrelens.words.forms import short_name
from genrelens.workflows.classroom.homework import ClassFeedback, Feedback

__all__ = ["homework_html"]

_COLUMNS = ("student", "file", "claimed", "heard", "agreement")


def homework_html(found: ClassFeedback, language: str) -> str:
    """The whole printable page in one language."""
    title = say("homework.title", language)
    return document(title, language, [_class(found, language), *(_student(one, language) for one in found.feedback)])


def _class(found: ClassFeedback, language: str) -> str:
    kind, *rest = words.about_texts(found, language)
    sections = "".join(
        f'<section class="keep"><h3>{escaped(title)}</h3>{listing(lines)}</section>'
        for title, lines in words.class_sections(found, language)
    )
    return (
        f"<h1>{escaped(say('homework.title', language))}</h1>"
        f'<div class="about"><p class="kind">{escaped(kind)}</p>{paragraphs(rest)}</div>'
        f"<h2>{escaped(say('homework.class_title', language))}</h2>"
        f'<p class="verdict">{escaped(words.counts_text(found, language))}</p>'
        f'<div class="wide">{_table(found, language)}</div>{sections}'
    )


def _table(found: ClassFeedback, language: str) -> str:
    heads = "".join(f'<th scope="col">{escaped(say(f"homework.{column}", language))}</th>' for column in _COLUMNS)
    rows = "".join(
        f'<tr><td class="free">{_name(one, language)}</td>'
        f'<td class="free">{escaped(words.file_text(one, language))}</td>'
        f'<td class="free">{escaped(words.claim_text(one, language))}</td>'
        f"<td>{escaped(words.heard_text(one, language))}</td><td>{_badge(one, language)}</td></tr>"
        for one in found.feedback
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _student(one: Feedback, language: str) -> str:
    heard = words.heard_text(one, language)
    blocks = [
        ("reasons", f'<p class="quote">{escaped(one.entry.reasons)}</p>' if one.entry.reasons else ""),
        ("evidence", listing(words.evidence_texts(one, language))),
        ("questions", listing(question_texts(one.questions, language), ordered=True, class_="questions")),
    ]
    body = "".join(f"<h3>{escaped(say(f'homework.{key}', language))}</h3>{html}" for key, html in blocks if html)
    claimed = words.claim_text(one, language) or "\u2013"
    facts = [
        (say("homework.file", language), words.file_text(one, language)),
        (say("homework.claimed", language), claimed),
    ]
    if heard:
        facts.append((say("homework.heard", language), heard))
    pairs = "".join(f"<dt>{escaped(label)}</dt><dd>{escaped(value)}</dd>" for label, value in facts)
    return (
        f'<section class="page student" data-line="{one.entry.line}"><h2>{_name(one, language)}</h2>'
        f'<dl class="pairs">{pairs}</dl>'
        f'<p class="verdict">{_badge(one, language)}{escaped(words.agreement_text(one, language))}</p>'
        f'{body}<p class="about">{escaped(say("homework.kind", language))}</p></section>'
    )


def _name(one: Feedback, language: str) -> str:
    return escaped(short_name(one.entry.student) or say("homework.nobody", language))


def _badge(one: Feedback, language: str) -> str:
    return f'<span class="badge {one.agreement}">{escaped(say(f"homework.{one.agreement}", language))}</span>'
