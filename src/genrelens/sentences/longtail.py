"""Why a song may be of a rare genre, as sentences: the same in the command, in tables and on the page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from genrelens.audio.sources import safe_name
from genrelens.catalogue.rows import NOT_MUSIC
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import clock, percent, short_name
from genrelens.workflows.longtail import Find

__all__ = ["genre_text", "instrument_name", "label_text", "why_texts"]


def genre_text(genre: str, language: str) -> str:
    """A genre of a catalogue, no music and no genre at all included."""
    if genre in ("", NOT_MUSIC):
        return say("tail.not_music" if genre else "tail.silent", language)
    return display_name(genre, language)


def label_text(find: Find, language: str) -> str:
    """What the song counts as now, and who says so."""
    names = say("verdict.comma", language).join(genre_text(genre, language) for genre in find.label)
    return say(f"tail.label_{find.label_source}", language, label=names)


def why_texts(find: Find, language: str) -> list[str]:
    """What speaks for a find, a sentence each."""
    genre = display_name(find.genre, language)
    facts: dict[str, object] = {"genre": genre, "percent": percent(find.probability), "rank": find.rank}
    facts["label"] = say("verdict.comma", language).join(display_name(label, language) for label in find.label)
    if find.moment is not None:
        facts |= {"at": clock(find.moment.start_s), "there": percent(find.moment.probability)}
    if find.kin:
        facts |= {
            "name": short_name(safe_name(find.kin[0].path) or "?", 60),
            "alike": percent(max(0.0, find.kin[0].likeness)),
            "known": say(f"tail.known_{find.kin[0].known_by}", language),
            "count": len(find.kin),
        }
    if find.instruments:
        facts["instruments"] = say("verdict.comma", language).join(
            instrument_name(tag, language) for tag in find.instruments
        )
    said = [say(f"tail.why_{code}", language, **facts) for code in find.why]
    return said or [say("tail.why_none", language, **facts)]


def instrument_name(tag: str, language: str) -> str:
    """The word for an instrument or voice; of a stranger's bundle its id."""
    return _names().get(tag, {}).get(language, tag)


@cache
def _names() -> dict[str, Mapping[str, str]]:
    from genrelens.listening.bundle import read_bundle

    return {word.id: word.names for word in read_bundle().tags}
