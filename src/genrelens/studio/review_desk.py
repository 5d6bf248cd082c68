"""What the tab "review" asks for, answered: files with their leases, verdicts, sound, evidence."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final

from genrelens.audio.song import Song
from genrelens.audio.sources import safe_name, safe_text
from genrelens.catalogue.decisions import About, Desk
from genrelens.catalogue.paths import from_text, to_text
from genrelens.catalogue.rows import NOT_MUSIC, Decision, RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.errors import AudioError, CatalogueError, as_expected
from genrelens.studio.failures import error_words
from genrelens.studio.given import number_of, text_of
from genrelens.studio.names import names_of, score_of
from genrelens.studio.room import Room
from genrelens.studio.seats import Seat
from genrelens.words import LANGUAGES, say
from genrelens.words.forms import NBSP, clock, percent
from genrelens.workflows.agreement import agreement
from genrelens.workflows.policy import DEFAULT, Policy
from genrelens.workflows.review import (
    DOUBTFUL_S,
    TIERS,
    Review,
    ReviewItem,
    Wish,
    answer_of,
    person_named,
    readable,
)

__all__ = ["VERBS", "answer", "cut_sound", "failure", "picture", "wav", "wish_of"]

_MOST_ITEMS: Final = 4
"""A desk gets this many at most: one before it, the others ahead."""
_DAY_S: Final = 86_400.0


def answer(verb: str, room: Room, seat: Seat, data: Any) -> dict[str, Any]:
    """What one of `VERBS` answers. Never raises: what goes wrong is told in words."""
    try:
        with seat.lock:
            return VERBS[verb](room, _review(room, seat, data), data)
    except Exception as error:
        return failure(error)


def failure(error: Exception) -> dict[str, Any]:
    """What went wrong, in words of every language."""
    known = as_expected(error)
    return {"error": {"code": known.code, "words": error_words(known)}}


def _review(room: Room, seat: Seat, data: Any) -> Review:
    """The seat's review; a new one where the person or the wish is another."""
    catalogue = _catalogue(room)
    desk, wish = Desk(person_named(text_of(data, "person", 200)), seat.token[:16]), wish_of(data, room.policy)
    review = seat.review
    if review is None or review.desk != desk or review.wish != wish or not review.labels:
        if review is not None:
            review.leave()
        review = seat.review = Review(catalogue, desk, wish)
    return review


def _catalogue(room: Room) -> Catalogue:
    if room.catalogue is None:
        raise CatalogueError("CATALOGUE_NOT_FOUND", "the page was opened without a catalogue")
    return room.catalogue


def wish_of(data: Any, policy: Policy = DEFAULT) -> Wish:
    """What the browser's filters ask for; what makes no sense asks for nothing."""
    about: dict[str, About] = {"decided": "decided", "disputed": "disputed"}
    tier, genre, folder = (text_of(data, name, 4000) for name in ("tier", "genre", "folder"))
    days = number_of(data, "days")
    # To the hour, so that the same choice stays the same wish.
    since = None if not days or days < 0 else (time.time() - days * _DAY_S) // 3600 * 3600
    return Wish(
        RowFilter(
            tiers={"all": TIERS, "doubtful": TIERS[:-1]}.get(tier, (tier,) if tier in TIERS else ()),
            genres=(genre,) if genre else (),
            under=to_text(from_text(folder)).rstrip("/\\") if folder.strip() else "",
            text=text_of(data, "text", 200).replace("\0", ""),
            answered_since=since,
        ),
        order="path" if text_of(data, "order") == "path" else "doubt",
        about=about.get(text_of(data, "about", 20), "undecided"),
        policy=policy,
    )


def _take(room: Room, review: Review, data: Any) -> dict[str, Any]:
    have = data.get("have")
    known = tuple(sha for sha in have[:_MOST_ITEMS] if isinstance(sha, str)) if isinstance(have, list) else ()
    want = max(0, min(int(number_of(data, "want") or 1), _MOST_ITEMS - len(known)))
    items = review.next(want, have=known) if want else []
    return {"items": [_item(room, item) for item in items], **_standing(review)}


def _decide(room: Room, review: Review, data: Any) -> dict[str, Any]:
    row = review.row(text_of(data, "sha", 64))
    if row is None or row.state != "done":
        raise CatalogueError("REVIEW_UNKNOWN_FILE", "the catalogue has no answer for this file")
    item = ReviewItem(row, 0.0, 0.0, 0.0, int(number_of(data, "seen") or 0))
    decision = review.decide(item, text_of(data, "said", 200), token=text_of(data, "token", 40) or None)
    return {"decision": _decision(decision), **_standing(review)}


def _undo(room: Room, review: Review, data: Any) -> dict[str, Any]:
    undone, item = review.undo(batch=text_of(data, "batch", 40))
    shown = None if item is None else _item(room, item)
    return {"count": len(undone), "decision": _decision(undone[-1]), "item": shown, **_standing(review)}


def _renew(room: Room, review: Review, data: Any) -> dict[str, Any]:
    return {"held": review.renew(), **_standing(review)}


def _leave(room: Room, review: Review, data: Any) -> dict[str, Any]:
    review.leave()
    return {}


def _acceptable(room: Room, review: Review, data: Any) -> dict[str, Any]:
    return {"count": len(review.acceptable())}


def _accept(room: Room, review: Review, data: Any) -> dict[str, Any]:
    batch = text_of(data, "batch", 40)
    return {"count": review.accept_all(batch) if batch else 0, **_standing(review)}


def _agreement(room: Room, review: Review, data: Any) -> dict[str, Any]:
    found = agreement(review.decisions.judgements())
    whole = found.to_dict()
    # Not `percent`: no agreement at all is 0 %, not "less than 1 %".
    whole["share_text"] = "" if found.share is None else f"{found.share * 100:.0f}{NBSP}%"
    whole["disputed"] = len(review.decisions.disputes())
    return whole


VERBS: Final[dict[str, Callable[[Room, Review, Any], dict[str, Any]]]] = {
    "take": _take,
    "decide": _decide,
    "undo": _undo,
    "renew": _renew,
    "leave": _leave,
    "acceptable": _acceptable,
    "accept": _accept,
    "agreement": _agreement,
}
"""What the tab may ask for."""


def _standing(review: Review) -> dict[str, Any]:
    state = review.state()
    others = [person for person in state.at_work if person != review.desk.person]
    return {"left": state.left, "mine": state.done.mine, "others": state.done.others, "at_work": others}


def _item(room: Room, item: ReviewItem) -> dict[str, Any]:
    """What the browser draws of a file: plain JSON."""
    row = item.row
    return {
        "sha": row.sha256,
        "seen": item.seen,
        "name": safe_name(from_text(row.path)) or "?",
        "folder": _folder(row.path),
        "there": readable(_catalogue(room), row.sha256) is not None,
        "tier": row.tier,
        "answer": answer_of(row),
        "top": [score_of(score.id, score.probability) for score in row.top[:5]],
        "set": [names_of(label) for label in row.prediction_set],
        "not_music": "" if row.not_music is None else percent(row.not_music),
        "tag": row.genre_tag,
        "agrees": row.agrees,
        "health": list(row.health),
        "start": item.start_s,
        "end": item.end_s,
        "duration": row.duration_s or 0.0,
        "length": clock(row.duration_s or 0.0),
        "opinions": [{"person": said.person, **_decision(said)} for said in item.opinions],
    }


def _folder(path: str) -> str:
    # The catalogue may have been made on the other kind of system.
    pure = PureWindowsPath(path) if "\\" in path and "/" not in path else PurePosixPath(path)
    return safe_text(str(pure.parent), 400)


def _decision(decision: Decision) -> dict[str, Any]:
    verdict = decision.verdict
    if verdict in ("", NOT_MUSIC):
        key = "review.said_skip" if not verdict else "review.not_music"
        return {"kind": decision.kind, **{language: say(key, language) for language in LANGUAGES}}
    return {"kind": decision.kind, **names_of(verdict)}


def cut_sound(room: Room, sha: str, start_s: float) -> Song:
    """15 s of a file of the catalogue, decoded apart; the sound's beginning where the place is none.

    Raises:
        AudioError: `AUDIO_NOT_FOUND` where no file with these bytes is there, or as `read_song`.
        CatalogueError: `FILE_CHANGED`: it has other bytes now.
    """
    path = readable(_catalogue(room), sha)
    if path is None:
        raise AudioError("AUDIO_NOT_FOUND", "the file is not where it was when it was labelled")
    start = max(0.0, start_s) if start_s == start_s else 0.0

    def cut() -> Song:
        rate = room.model().bundle.sample_rate
        return room.song_reader(path, sample_rate=rate, start_s=start, end_s=start + DOUBTFUL_S)

    song = room.seats.song((sha, round(start, 3)), cut)
    if song.source.sha256 != sha:
        raise CatalogueError("FILE_CHANGED", "the file has been changed since it was labelled")
    return song


def wav(song: Song) -> bytes:
    """The sound as 16-bit WAV, which every browser plays."""
    import io
    import wave

    import numpy as np

    whole = np.clip(np.nan_to_num(song.samples.T) * 32767.0, -32768, 32767).astype("<i2")
    data = io.BytesIO()
    with wave.open(data, "wb") as out:
        out.setnchannels(whole.shape[1])
        out.setsampwidth(2)
        out.setframerate(song.sample_rate)
        out.writeframes(whole.tobytes())
    return data.getvalue()


def picture(room: Room, sha: str, start_s: float, genre: str) -> str:
    """HTML of what spoke for a genre in the middle of what `cut_sound` gives; raises as it does."""
    from genrelens.insight.evidence import evidence
    from genrelens.studio.evidence_view import render_picture

    song = cut_sound(room, sha, start_s)
    model = room.model()
    middle = song.start_s + max(0.0, (song.duration_s - model.bundle.window_s) / 2)
    with room.seats.decoding:
        found = evidence(model, song, start_s=middle, label=genre if genre in model.bundle.labels else None)
    return render_picture(found)
