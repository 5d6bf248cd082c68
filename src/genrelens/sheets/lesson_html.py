"""A lesson sheet to print: overview, comparisons, then each genre with its card and its pieces."""

from __future__ import annotations

from genrelens.pictures.colours import genre_colour
from genrelens.pictures.evidence import evidence_svg
from genrelens.sentences import lesson_sheet as words
from genrelens.sentences.questions import question_texts
from genrelens.sheets.paper import document, escaped, listing, lone_ids, paragraphs
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.cards import card
from genrelens.words.forms import clock
from genrelens.workflows.classroom.lesson_sheet import Group, LessonPiece, LessonSheet

__all__ = ["lesson_html"]

_NUMBERS = ("number", "tempo", "metre", "length")
"""Columns of numbers."""


def lesson_html(sheet: LessonSheet, language: str) -> str:
    """The whole printable page in one language."""
    title = words.sheet_title(sheet, language)
    head = (
        f'<h1>{escaped(title)}</h1><div class="about">{paragraphs(words.about_texts(sheet, language))}</div>'
        f"<h2>{escaped(say('lesson.overview', language))}</h2>"
        f'<div class="wide">{_overview(sheet, language)}</div>'
    )
    compared = listing(
        [words.comparison_text(some, language) for some in sheet.comparisons], ordered=True, class_="questions"
    )
    if compared:
        head += f"<h2>{escaped(say('lesson.compare', language))}</h2>{compared}"
    return document(title, language, [head, *(_group(group, language) for group in sheet.groups)])


def _overview(sheet: LessonSheet, language: str) -> str:
    heads = "".join(
        f'<th scope="col"{_class(column)}>{escaped(say(f"lesson.{column}", language))}</th>' for column in words.COLUMNS
    )
    rows = "".join(
        f'<tr class="group"><td colspan="{len(words.COLUMNS)}">{_title(group, language)}</td></tr>'
        + "".join(_row(words.overview_row(one, language)) for one in group.pieces)
        for group in sheet.groups
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(cells: tuple[str, ...]) -> str:
    inner = (f"<td{_class(column)}>{escaped(cell)}</td>" for column, cell in zip(words.COLUMNS, cells, strict=True))
    return f"<tr>{''.join(inner)}</tr>"


def _class(column: str) -> str:
    kind = "number" if column in _NUMBERS else "free" if column == "piece" else ""
    return f' class="{kind}"' if kind else ""


def _title(group: Group, language: str) -> str:
    dot = f'<span class="dot" style="background:{genre_colour(group.genre)}"></span>' if group.genre else ""
    return f"{dot}{escaped(words.genre_title(group.genre, language))}"


def _group(group: Group, language: str) -> str:
    pieces = "".join(_piece(one, language) for one in group.pieces)
    return f'<section class="page"><h2>{_title(group, language)}</h2>{_card(group.genre, language)}{pieces}</section>'


def _card(genre: str | None, language: str) -> str:
    known = card(genre, language) if genre is not None else None
    if known is None:
        return ""
    listen = "".join(f"<dt>{escaped(aspect)}</dt><dd>{escaped(text)}</dd>" for aspect, text in known.listen)
    return (
        f'<div class="card"><p class="verdict">{escaped(known.what)}</p>'
        f'<h4>{escaped(say("lesson.listen", language))}</h4><dl class="pairs">{listen}</dl>'
        f"<h4>{escaped(say('lesson.origin', language))}</h4><p>{escaped(known.origin)}</p></div>"
    )


def _piece(one: LessonPiece, language: str) -> str:
    notes = "".join(
        f"<dt>{escaped(label)}</dt><dd>{escaped(value)}</dd>" for label, value in words.note_texts(one, language)
    )
    part = paragraphs(words.part_texts(one, language), "about")
    blocks = [
        ("questions", listing(question_texts(one.questions, language), ordered=True, class_="questions")),
        ("notes", f'<dl class="pairs">{notes}</dl>{part}' if notes else ""),
        ("sections", listing(words.section_texts(one, language))),
    ]
    body = "".join(
        f"<div><h4>{escaped(say(f'lesson.{key}', language))}</h4>{html}</div>" for key, html in blocks if html
    )
    verdict = paragraphs(words.verdict_texts(one, language), "verdict")
    return (
        f'<article data-number="{one.number}"><h3>{escaped(words.piece_title(one))}</h3>{verdict}'
        f'<div class="two">{body}</div>{_picture(one, language)}</article>'
    )


def _picture(one: LessonPiece, language: str) -> str:
    seen = one.piece.evidence
    if seen is None:
        return ""
    said = [say("lesson.picture", language, genre=display_name(seen.label, language))]
    said.append(f"{clock(seen.start_s)}\u2013{clock(seen.end_s)}")
    caption = " \u00b7 ".join([*said, *words.evidence_texts(one, language)])
    svg = lone_ids(evidence_svg(seen, language, width=760.0, bare=True))
    return f"<figure><figcaption>{escaped(caption)}</figcaption>{svg}</figure>"
