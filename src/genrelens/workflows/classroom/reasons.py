"""What of a student's reasons can be held against the sound: tempo, metre, key, off-beats, instruments and the like.

Only what is measured is answered. A number that was written is compared; a word ("fast") is answered with what was
measured and no verdict; an instrument that the model cannot name is never counted against anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from genrelens.insight.evidence_claims import Claim
from genrelens.insight.notes import Notes
from genrelens.listening.tags import TagWord
from genrelens.workflows.classroom.piece import Piece

__all__ = ["Echo", "Verdict", "echoes_of"]

Verdict = Literal["agrees", "differs", "told", "open", "mute"]
"""The sound agrees; it differs; what was measured is told; nothing certain can be said; it has no word for it."""

_MOST: Final = 6
"""Echoes of one text: more would be a lecture."""
_TEMPO_NEAR: Final = 0.04
"""Share by which a written tempo may miss the measured one: what tapping along gives."""
_SLOWEST_BEAT_S: Final = 1.0
"""What repeats more slowly is no beat: it says nothing about a kick."""
_BPM: Final = re.compile(
    r"(?<![\d.])(\d{2,3})(?:\.\d+)?\s*(?:bpm|beats per minute|拍)|bpm\s*[:：=≈]?\s*(\d{2,3})", re.I
)
_METRE: Final = re.compile(r"(?<![\d/])([2-7])\s*/\s*([48])(?![\d/])")
_CHINESE_METRE: Final = re.compile("([二三四五六七])拍子")
_NUMERALS: Final = {"二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7}
_EIGHTHS: Final = {6: (2, 3, 6)}
"""Of 6/8 people count two or six, and the notes may, too."""
_DENIED: Final = re.compile(
    r"(?:\bno|\bnot|\bwithout|n't|没有|沒有|并非|不是|不|无|没)\s*(?:any|a|the|very|太|很)?\s*$", re.I
)


@dataclass(frozen=True, slots=True)
class Echo:
    """An answer of the sound to something that was written.

    Attributes:
        topic: `tempo`, `metre`, `beat`, `off_beat`, `key`, `brightness`, `energy` or `instrument`.
        written: The words that it answers.
        verdict: What the sound says to it.
        note: Code of the listening note that answers ("tempo", "struck" ...); "" for none.
        names: Language -> the instrument, where the topic is one.
        claim: Of the evidence, where that answers.
    """

    topic: str
    written: str
    verdict: Verdict
    note: str = ""
    names: Mapping[str, str] | None = None
    claim: Claim | None = None


def echoes_of(reasons: str, piece: Piece, words: Sequence[TagWord]) -> tuple[Echo, ...]:
    """What the sound says to a student's reasons, in the order in which they were written.

    Args:
        reasons: The student's text.
        piece: What was heard; one that failed or is no music answers nothing.
        words: Instruments and voices of the bundle.
    """
    if piece.genre is None or piece.notes is None or not reasons:
        return ()
    found: dict[str, tuple[int, Echo]] = {}
    mentions, rest = _mentions(reasons)
    for at, written, topic in sorted(mentions):
        if topic not in found:
            found[topic] = at, _answered(topic, written, reasons, piece)
    for at, written, word in _instruments(rest, words):
        found.setdefault(word.id, (at, _instrument(written, word, piece)))
    return tuple(echo for _, echo in sorted(found.values(), key=lambda pair: pair[0])[:_MOST])


def _answered(topic: str, written: str, reasons: str, piece: Piece) -> Echo:
    notes = piece.notes
    assert notes is not None
    match topic:
        case "tempo":
            return _tempo(written, reasons, notes)
        case "metre":
            return _metre(written, reasons, notes)
        case "off_beat":
            said = _claim(piece, ("off_beat",))
            return Echo(topic, written, "agrees", claim=said) if said else Echo(topic, written, "open")
        case "key":
            return Echo(topic, written, "told", "key") if notes.key.name is not None else Echo(topic, written, "open")
        case "beat":
            said = _claim(piece, ("band_period_beat", "band_period", "period"))
            if said is not None and said.facts["period_s"] <= _SLOWEST_BEAT_S:
                return Echo(topic, written, "told", claim=said)
            return Echo(topic, written, "told", "struck")
        case "brightness":
            return Echo(topic, written, "told" if notes.timbre.brightness else "open", topic)
        case _:
            return Echo(topic, written, "told", topic)


def _claim(piece: Piece, codes: Sequence[str]) -> Claim | None:
    claims = piece.evidence.claims if piece.evidence is not None else ()
    return next((claim for claim in claims if claim.code in codes), None)


def _tempo(written: str, reasons: str, notes: Notes) -> Echo:
    rhythm = notes.rhythm
    number = _BPM.search(reasons)
    shown = number.group().strip() if number else written
    if rhythm is None or rhythm.tempo_bpm is None:
        return Echo("tempo", shown, "open")
    if number is None:
        return Echo("tempo", shown, "told", "tempo")
    said = float(number.group(1) or number.group(2))
    tempi = [rhythm.tempo_bpm, rhythm.alternative_bpm or rhythm.tempo_bpm]
    near = any(abs(said * times / bpm - 1) <= _TEMPO_NEAR for bpm in tempi for times in (0.5, 1.0, 2.0))
    return Echo("tempo", shown, "agrees" if near else "differs", "tempo")


def _metre(written: str, reasons: str, notes: Notes) -> Echo:
    beats = notes.rhythm.metre if notes.rhythm is not None else None
    said, shown = _said_metre(written, reasons)
    if beats is None:
        return Echo("metre", shown, "open")
    if not said:
        return Echo("metre", shown, "told", "metre")
    return Echo("metre", shown, "agrees" if beats in said else "differs", "metre")


def _said_metre(written: str, reasons: str) -> tuple[tuple[int, ...], str]:
    """Which beats a bar would fit what was written; none where no number stands there."""
    if found := _METRE.search(reasons):
        beats = int(found.group(1))
        return (_EIGHTHS.get(beats, (beats,)) if found.group(2) == "8" else (beats,)), found.group()
    if found := _CHINESE_METRE.search(reasons):
        return (_NUMERALS[found.group(1)],), found.group()
    return ((3,) if written.casefold() in ("waltz", "圆舞曲") else ()), written


def _instrument(written: str, word: TagWord, piece: Piece) -> Echo:
    heard = piece.analysis is not None and any(tag.id == word.id for tag in piece.analysis.tags)
    if heard:
        return Echo("instrument", written, "agrees", "heard", word.names)
    return Echo("instrument", written, "mute" if word.threshold is None else "open", "", word.names)


def _mentions(reasons: str) -> tuple[list[tuple[int, str, str]], str]:
    """(where, what is written, topic) of everything that the lexicon knows; and the text without that."""
    found = [
        (match.start(), match.group(), topic)
        for topic, pattern in (("tempo", _BPM), ("metre", _METRE), ("metre", _CHINESE_METRE))
        for match in pattern.finditer(reasons)
    ]
    rest = reasons
    for pattern, topic in _lexicon():
        matches, rest = _taken(rest, pattern)
        found += [(at, written, topic) for at, written in matches]
    return found, rest


def _instruments(rest: str, words: Sequence[TagWord]) -> list[tuple[int, str, TagWord]]:
    named = [(name, word) for word in words for name in (*word.names.values(), word.id.replace("_", " "))]
    found = []
    for name, word in sorted(named, key=lambda pair: -len(pair[0])):
        matches, rest = _taken(rest, _pattern(name))
        found += [(at, written, word) for at, written in matches]
    return found


def _taken(text: str, pattern: re.Pattern[str]) -> tuple[list[tuple[int, str]], str]:
    """Where a pattern stands and is not denied ("no drums"), and the text without it: a longer word is not read again
    as a shorter one inside it."""
    found = [(match.start(), match.group()) for match in pattern.finditer(text)]
    rest = pattern.sub(lambda match: "\0" * len(match.group()), text)
    return [(at, written) for at, written in found if not _DENIED.search(text[:at])], rest


@cache
def _lexicon() -> tuple[tuple[re.Pattern[str], str], ...]:
    import yaml

    read = yaml.safe_load((Path(__file__).parent / "reasons.yaml").read_text(encoding="utf-8"))
    words = [
        (str(word), topic) for topic, by_language in read.items() for some in by_language.values() for word in some
    ]
    return tuple((_pattern(word), topic) for word, topic in sorted(words, key=lambda pair: -len(pair[0])))


@cache
def _pattern(word: str) -> re.Pattern[str]:
    """A word as people write it: any case, hyphens for spaces, an English plural."""
    if not word.isascii():
        return re.compile(re.escape(word))
    parts = r"[\s\-]+".join(map(re.escape, word.split()))
    return re.compile(rf"(?<![^\W_]){parts}(?:e?s)?(?![^\W_])", re.I | re.A)
