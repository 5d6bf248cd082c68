"""The tab "Classroom" as HTML: what to give, how far it is, feedback as a table, a sheet's overview.

Names and reasons are students' texts: everything is escaped by `each` and `escape`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Final, TypeVar

from genrelens.sentences import homework as homework_words
from genrelens.sentences import lesson_sheet as lesson_words
from genrelens.sentences.questions import question_texts
from genrelens.studio.names import dot
from genrelens.studio.samples import Sample
from genrelens.studio.uploads import MAX_BYTES
from genrelens.words import LANGUAGES, both, each, each_line, say
from genrelens.words.forms import short_name
from genrelens.workflows.classroom.homework import ClassFeedback, Feedback
from genrelens.workflows.classroom.lesson_sheet import MAX_PIECES, LessonPiece, LessonSheet
from genrelens.workflows.classroom.roster import MAX_ROWS

__all__ = ["feedback_html", "form_html", "sheet_html"]

_T = TypeVar("_T")
_COLUMNS: Final = ("student", "file", "claimed", "heard", "agreement")


def _said(text: Callable[[_T, str], str], of: _T) -> str:
    """A text of something, in every language."""
    return each({language: text(of, language) for language in LANGUAGES})


def _list(lines: Callable[[str], Sequence[str]], tag: str = "ul") -> str:
    items = "".join(f"<li>{line}</li>" for line in each_line(lines))
    return f"<{tag}>{items}</{tag}>" if items else ""


def feedback_html(found: ClassFeedback) -> str:
    """The class, a row a student that opens to the evidence and the questions."""
    heads = "".join(f'<th scope="col">{both(f"homework.{column}")}</th>' for column in _COLUMNS)
    rows = "".join(_student(one) for one in found.feedback)
    parts = zip(*(homework_words.class_sections(found, language) for language in LANGUAGES), strict=True)
    sections = "".join(_part(dict(zip(LANGUAGES, part, strict=True))) for part in parts)
    kind, *rest = each_line(lambda language: homework_words.about_texts(found, language))
    return (
        f'<p class="kind">{kind}</p>'
        f'<p class="counts">{_said(homework_words.counts_text, found)}</p>'
        f'<table class="class-rows"><caption class="sr">{both("homework.title")}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f'<div class="class-parts">{sections}</div><p class="dim">{" ".join(rest)}</p>'
    )


def _part(by_language: dict[str, tuple[str, list[str]]]) -> str:
    title = each({language: part[0] for language, part in by_language.items()})
    return f"<section><h4>{title}</h4>{_list(lambda language: by_language[language][1])}</section>"


def _student(one: Feedback) -> str:
    name = escape(short_name(one.entry.student)) or both("homework.nobody")
    error = one.piece.error if one.piece is not None else None
    facts = f'data-line="{one.entry.line}" data-agreement="{one.agreement}" data-cause="{one.cause}"'
    code = f" <code>{escape(error.code)}</code>" if error is not None else ""
    cells = (
        f'<th scope="row"><bdi>{name}</bdi></th>'
        f"{_cell('file', one, homework_words.file_text)}"
        f"{_cell('claimed', one, homework_words.claim_text)}"
        f"{_cell('heard', one, homework_words.heard_text, code)}"
        f'<td><span class="mark {one.agreement}">{both(f"homework.{one.agreement}")}</span></td>'
    )
    return f'<tr class="row" {facts}>{cells}</tr><tr class="more-row"><td colspan="5">{_detail(one)}</td></tr>'


def _cell(column: str, one: Feedback, text: Callable[[Feedback, str], str], more: str = "") -> str:
    """A cell with the column's name for narrow screens; empty where there is nothing to say."""
    said = f"<bdi>{_said(text, one)}</bdi>" if text(one, LANGUAGES[0]) else ""
    if not said and not more:
        return "<td></td>"
    return f'<td><span class="cell-label">{both(f"homework.{column}")}</span> {said}{more}</td>'


def _detail(one: Feedback) -> str:
    reasons = f'<p class="quote"><bdi>{escape(one.entry.reasons)}</bdi></p>' if one.entry.reasons else ""
    evidence = _list(lambda language: homework_words.evidence_texts(one, language))
    questions = _list(lambda language: question_texts(one.questions, language), "ol")
    blocks = (("reasons", reasons), ("evidence", evidence), ("questions", questions))
    body = "".join(f"<h4>{both(f'homework.{key}')}</h4>{html}" for key, html in blocks if html)
    return f"<details><summary>{_said(homework_words.agreement_text, one)}</summary>{body}</details>"


def sheet_html(sheet: LessonSheet) -> str:
    """The overview of a lesson sheet, and what is worth comparing."""
    columns = lesson_words.COLUMNS
    heads = "".join(f'<th scope="col" data-column="{name}">{both(f"lesson.{name}")}</th>' for name in columns)
    rows = "".join(_piece(one, columns) for one in sheet.pieces)
    compared = _list(
        lambda language: [lesson_words.comparison_text(some, language) for some in sheet.comparisons], "ol"
    )
    title = f"<h4>{both('lesson.compare')}</h4>" if compared else ""
    about = " ".join(each_line(lambda language: lesson_words.about_texts(sheet, language)))
    return (
        f'<div class="sheet-box" tabindex="0" role="region" aria-label="{escape(say("lesson.overview", "en"))}">'
        f'<table class="sheet-rows"><caption class="sr">{both("lesson.overview")}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<div class="class-parts"><section>{title}{compared}</section></div><p class="dim">{about}</p>'
    )


def _piece(one: LessonPiece, columns: Sequence[str]) -> str:
    by_language = {language: lesson_words.overview_row(one, language) for language in LANGUAGES}
    cells = []
    for index, column in enumerate(columns):
        texts = {language: row[index] for language, row in by_language.items()}
        mark = dot(one.piece.genre) if column == "genre" and one.piece.genre is not None else ""
        shown = escape(texts["en"]) if len(set(texts.values())) == 1 else each(texts)
        cells.append(f'<td data-column="{column}">{mark}<bdi>{shown}</bdi></td>')
    return (
        f'<tr class="row" data-number="{one.number}" data-genre="{escape(one.piece.genre or "")}">{"".join(cells)}</tr>'
    )


def form_html(samples: Sequence[Sample]) -> str:
    """The HTML of the tab: two forms, each with its files, progress and result."""
    return f"""
<section class="school" data-max-bytes="{MAX_BYTES}" data-max-pieces="{MAX_PIECES}" data-max-rows="{MAX_ROWS}"
  data-examples="{escape(_listing(samples))}">
  {_form("homework", _homework_files(samples), MAX_ROWS, "xlsx", samples)}
  {_form("lesson", _lesson_files(), MAX_PIECES, "docx", samples)}
  <p class="sr announce" role="status"></p>
</section>"""


def _listing(samples: Sequence[Sample]) -> str:
    import json

    return json.dumps([{"example": sample.id, "name": sample.path.name} for sample in samples])


def _form(kind: str, files: str, most: int, document: str, samples: Sequence[Sample]) -> str:
    examples = (
        f'<button type="button" class="button use-examples">{both("classroom.examples")}</button>' if samples else ""
    )
    return f"""
  <form class="lesson-form" data-kind="{kind}" data-state="empty">
    <h2 class="school-title">{both(f"classroom.{kind}_title")}</h2>
    <p class="dim">{both(f"classroom.{kind}_how", pieces=MAX_PIECES)}</p>
    {files}
    <p class="dim overfull" role="status" hidden>{both("classroom.overfull", most=most)}</p>
    <div class="drop-actions start-actions">
      <button type="submit" class="button primary start" disabled>{both(f"classroom.{kind}_start")}</button>
      {examples}
      <button type="button" class="button cancel" hidden>{both("classroom.cancel")}</button>
    </div>
    <div class="progress-box" hidden>
      <progress class="many-bar" max="1" aria-labelledby="{kind}-bar"></progress>
      <p class="dim" id="{kind}-bar"><span data-phase="sending">{both("classroom.sending")}</span><span
        data-phase="waiting">{both("classroom.waiting")}</span><span
        data-phase="hearing">{both("classroom.hearing")}</span><span
        data-phase="writing">{both("classroom.writing")}</span> <span class="share"></span></p>
    </div>
    <p class="network" role="alert" hidden>{both("error.network")}. {both("error.network_text")}</p>
    <div class="take-box drop-actions" hidden>
      <a class="button take" data-kind="{document}">{both(f"classroom.{document}")}</a>
      <a class="button take" data-kind="html">{both("classroom.html")}</a>
    </div>
    <div class="result"></div>
  </form>"""


def _homework_files(samples: Sequence[Sample]) -> str:
    example = (
        '<p class="dim"><a class="link example-roster" download="roster.csv">'
        f"{both('classroom.example_roster')}</a></p>"
        if samples
        else ""
    )
    return f"""
    <div class="school-slots">
      <div class="school-slot" data-slot="roster">
        <input class="roster-file" type="file" accept=".csv,.txt,.tsv,.xlsx,.xls" tabindex="-1" aria-hidden="true">
        <h3>{both("classroom.roster")}</h3><p class="dim">{both("classroom.roster_how", rows=MAX_ROWS)}</p>{example}
        <button type="button" class="button small choose-roster">{both("classroom.choose_roster")}</button>
        <p class="given-names"></p>
      </div>
      <div class="school-slot" data-slot="files">
        <input class="files" type="file" multiple tabindex="-1" aria-hidden="true">
        <h3>{both("classroom.files")}</h3><p class="dim">{both("classroom.files_how")}</p>
        <button type="button" class="button small choose-files">{both("classroom.choose_files")}</button>
        <p class="given-names"></p>
      </div>
    </div>"""


def _lesson_files() -> str:
    return f"""
    <div class="school-slots">
      <div class="school-slot" data-slot="files">
        <input class="files" type="file" multiple tabindex="-1" aria-hidden="true">
        <h3>{both("classroom.pieces")}</h3><p class="dim">{both("classroom.pieces_how")}</p>
        <button type="button" class="button small choose-files">{both("classroom.choose_files")}</button>
        <p class="given-names"></p>
      </div>
      <div class="school-slot">
        <h3><label for="lesson-title">{both("classroom.sheet_title")}</label></h3>
        <p class="dim">{both("classroom.sheet_title_how")}</p>
        <input class="sheet-title" id="lesson-title" type="text" maxlength="120" autocomplete="off">
      </div>
    </div>"""
