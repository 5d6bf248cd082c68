"""A question to discuss in words; those of a genre's card are the card's own."""

from __future__ import annotations

from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.cards import card
from genrelens.words.forms import capital, clock
from genrelens.workflows.classroom.questions import Question

__all__ = ["question_text", "question_texts"]


def question_texts(questions: tuple[Question, ...], language: str) -> list[str]:
    """Each question as plain text; one that has no words for a foreign model's genre is left out."""
    return [text for one in questions if (text := question_text(one, language))]


def question_text(question: Question, language: str) -> str:
    """One question as plain text; "" where a card would be needed and there is none."""
    names = {fact: display_name(genre, language) for fact, genre in question.genres.items()}
    facts = {fact: clock(value) if fact.endswith("_s") else f"{value:.0f}" for fact, value in question.numbers.items()}
    facts = {fact.removesuffix("_s"): text for fact, text in facts.items()}
    if question.words is not None:
        facts["word"] = capital(question.words[language])
    if question.code == "card":
        known = card(question.genres["genre"], language)
        return known.question if known is not None else ""
    if question.code == "neighbour":
        apart = _told_apart(question.genres["genre"], question.genres["rival"], language)
        if not apart:
            return say("questions.neighbour_plain", language, **names)
        return say("questions.neighbour", language, **names, text=apart)
    return say(f"questions.{question.code}", language, **names, **facts)


def _told_apart(genre: str, rival: str, language: str) -> str:
    """What a card says of the difference, whichever of the two cards says it."""
    for one, other in ((genre, rival), (rival, genre)):
        known = card(one, language)
        for neighbour, text in known.neighbours if known is not None else ():
            if neighbour == other:
                return text
    return ""
