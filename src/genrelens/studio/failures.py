"""What went wrong, as a calm card: code, what happened, what to do - never a traceback.

An error of ours (`GenreLensError`) is shown in the language of the page; a bug is logged with its
traceback under an id, and only that id is shown.
"""

from __future__ import annotations

from html import escape

from genrelens.errors import GenreLensError
from genrelens.words import LANGUAGES, both, catalogue, say
from genrelens.words.forms import short_name

__all__ = ["error_words", "render_error"]


def render_error(error: GenreLensError) -> str:
    """The card of one error. Its own words (they may quote the file) are shown, escaped and short."""
    code = error.code
    known = f"errors.{code}.what" in catalogue(LANGUAGES[0])
    what = both(f"errors.{code}.what") if known else escape(error.message)
    todo = both(f"errors.{code}.todo") if known else escape(error.hint)
    number = error.details.get("id") if code == "INTERNAL" else None
    own = (
        ""
        if number or not known
        else f'<p class="own dim">{both("error.words")}: <bdi>{escape(short_name(error.message, 300))}</bdi></p>'
    )
    mark = f'<p class="own dim">{both("error.id", id=str(number))}</p>' if number else ""
    return (
        f'<article class="failure" role="alert" data-code="{escape(code)}">'
        f'<p class="tier">{both("error.title")} <code>{escape(code)}</code></p>'
        f'<h2 class="what">{what}</h2><p class="todo">{todo}</p>{own}{mark}</article>'
    )


def error_words(error: GenreLensError) -> dict[str, str]:
    """What happened and what to do, by language."""
    if f"errors.{error.code}.what" not in catalogue(LANGUAGES[0]):
        return dict.fromkeys(LANGUAGES, f"{error.message} {error.hint}")
    return {
        language: f"{say(f'errors.{error.code}.what', language)} {say(f'errors.{error.code}.todo', language)}"
        for language in LANGUAGES
    }
