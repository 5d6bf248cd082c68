"""A brief, as a client writes it, becomes wishes: genres for and against, tempo, energy, brightness, voice.

"科技感、未来、简洁" or "warm, nostalgic, no vocals -rock": terms are found by longest match on the lexicon, negations
reach as far as a reader would let them, and nothing is dropped in silence - what is not in the lexicon is named, and a
word that is only nearly in it is taken with a note ("took 'nostalgik' for nostalgic").
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from genrelens.insight.lexicon import Lexicon, Phrase, Range, Term, Token, Voice, load_lexicon, tokens_of

__all__ = ["Brief", "Found", "Guess", "parse_brief"]

Sense = Literal["wanted", "less", "unwanted"]

_MAX_CHARS: Final = 2_000
"""Read of a brief: a page of text. What comes behind it is not read, and the brief says so."""
_MAX_GUESSES: Final = 40
"""Unknown words that are compared with the whole lexicon: bounds the time for a page of nonsense."""
_STRENGTH: Final = {"very": 1.4, "slightly": 0.6}
_EXPLICIT: Final = 3.0
"""Weight of a word that is about nothing but tempo, energy or voice, against a mood that only implies them."""
_NEAR: Final = 0.8
"""Similarity (1 - edit distance / length) from which an unknown word is taken for a known one: one letter in five."""
_NEAR_MIN: Final = {"zh": 4, "en": 5}
"""Characters from which that is tried: shorter words are near to too many others."""
_NOUNS: Final = frozenset({"genre", "voice", "instrument", "scene", "use"})
"""Kinds that end the reach of an English "no", which passes adjectives: "no loud rock, ..."."""
_TINY: Final = frozenset("感风系味型性片曲歌舞版级化类式们家")
"""Single characters that are left over beside a term and mean nothing alone: 复古风, 科技类."""
_TEMPO: Final = re.compile(
    r"(?<!\d)(\d{2,3})(?:\s*(?:-|\u2013|~|to|到|至)\s*(\d{2,3}))?\s*(?:bpm|拍|beats (?:a|per) minute)", re.I
)
_TEMPO_ROOM: Final = 4.0
"""Beats a minute that a single number is widened by, to each side."""
_SPAN: Final[Mapping[str, Range]] = {"tempo": (40.0, 220.0), "energy": (0.0, 1.0), "brightness": (0.0, 1.0)}
"""Where a wish that says "less" or "not" begins and ends."""
_EXCLUDING: Final = 0.6
"""Weight from which "no TERM" rules a genre out: "no rap" rules out Rap and Hip-Hop."""


@dataclass(frozen=True, slots=True)
class Found:
    """A term in a brief: its id and kind, how it was written, in which sense, and how strongly (1 is plain)."""

    id: str
    kind: str
    written: str
    sense: Sense
    strength: float


@dataclass(frozen=True, slots=True)
class Guess:
    """An unknown word that was taken for a known one."""

    written: str
    meant: str
    id: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What a brief asks for.

    Attributes:
        text: As it was written.
        language: "zh" where there is a Chinese character, else "en".
        found: The terms in it, in its order.
        guesses: Words taken for terms that they are nearly.
        unknown: Words that nobody here knows; they had no influence.
        genres: Genre id -> wish, -1 to +1; genres without an opinion are left out.
        excluded: Genres that are ruled out; their wish is -1.
        tempo_bpm: Wished range; None: no wish.
        energy: Wished range, 0 to 1; None: no wish.
        brightness: Wished range, 0 to 1; None: no wish.
        voice: "wanted" or "unwanted"; None: no wish.
        tags: Ids of instruments and voices that are asked for.
        unwanted_tags: Ids of those that are refused.
        cut: Whether the text was too long to be read whole.
    """

    text: str
    language: str
    found: tuple[Found, ...]
    guesses: tuple[Guess, ...]
    unknown: tuple[str, ...]
    genres: Mapping[str, float]
    excluded: tuple[str, ...]
    tempo_bpm: Range | None
    energy: Range | None
    brightness: Range | None
    voice: Voice | None
    tags: tuple[str, ...]
    unwanted_tags: tuple[str, ...]
    cut: bool = False

    @property
    def understood(self) -> bool:
        """Whether anything in it can be asked of a song."""
        return bool(self.found) or self.tempo_bpm is not None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON with stable keys."""
        values = asdict(self)
        ranges = ("tempo_bpm", "energy", "brightness")
        return {
            "schema_version": 1,
            **values,
            **{name: None if values[name] is None else list(values[name]) for name in ranges},
            **{name: list(values[name]) for name in ("found", "guesses", "unknown", "excluded", "tags")},
            "unwanted_tags": list(self.unwanted_tags),
        }


def parse_brief(text: str, lexicon: Lexicon | None = None) -> Brief:
    """Read a brief in Chinese, English or both.

    Args:
        text: Keywords or sentences.
        lexicon: The shipped one when left out.
    """
    lexicon = lexicon or load_lexicon()
    normal = unicodedata.normalize("NFKC", text)[:_MAX_CHARS]
    tempo, rest = _said_tempo(normal)
    reader = _Reader(lexicon, rest)
    reader.read()
    found = [item for item, _ in reader.found]
    terms = [(lexicon.terms[item.id], item) for item in found]
    genres, excluded = _genres(terms)
    tags = {
        wanted: tuple(
            dict.fromkeys(tag for term, item in terms for tag in term.tags if (item.sense == "wanted") is wanted)
        )
        for wanted in (True, False)
    }
    return Brief(
        text=text,
        language="zh" if re.search(r"[\u3400-\u9fff]", normal) else "en",
        found=tuple(found),
        guesses=tuple(reader.guesses),
        unknown=tuple(dict.fromkeys(reader.unknown)),
        genres=genres,
        excluded=excluded,
        tempo_bpm=tempo or _wish(terms, "tempo"),
        energy=_wish(terms, "energy"),
        brightness=_wish(terms, "brightness"),
        voice=_voice(terms),
        tags=tags[True],
        unwanted_tags=tags[False],
        cut=len(text) > _MAX_CHARS,
    )


class _Reader:
    """One pass over the tokens of a brief: `found` with its clause, `guesses`, `unknown`."""

    def __init__(self, lexicon: Lexicon, text: str) -> None:
        self.lexicon, self.text = lexicon, text
        self.tokens = tokens_of(text)
        self.found: list[tuple[Found, int]] = []
        self.guesses: list[Guess] = []
        self.unknown: list[str] = []
        self._sense: Sense = "wanted"
        self._spent = False  # whether the "no" has had its term
        self._once = False  # whether it was a leading minus
        self._strength = 1.0
        self._clause = 0
        self._listed: set[int] = set()  # clauses that end a list: "..., rock or metal"
        self._run: list[Token] = []

    def read(self) -> None:
        """Go through the text."""
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.is_mark:
                self._flush()
                self._mark(token)
                at += 1
                continue
            match = self._match(at)
            if match is None:
                self._unknown(token)
                at += 1
                continue
            self._flush()
            phrase, length = match
            self._phrase(phrase, self.tokens[at : at + length])
            at += length
        self._flush()
        self._reach_over_lists()

    def _match(self, at: int) -> tuple[Phrase, int] | None:
        match = self.lexicon.longest_match(self.tokens, at)
        if match is None or match[1] > 1 or match[0].term is None or not _is_cjk(self.tokens[at].key):
            return match
        # One character that is a term (快) may be a part of a word that is not known (快递): then it is no term.
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        lost = after is not None and _is_cjk(after.key) and not self.lexicon.longest_match(self.tokens, at + 1)
        return None if (lost and after is not None and after.key not in _TINY) or self._run else match

    def _mark(self, token: Token) -> None:
        self._once = token.key == "-"
        self._sense, self._spent, self._strength = ("unwanted" if self._once else "wanted"), False, 1.0
        self._clause += not self._once

    def _phrase(self, phrase: Phrase, tokens: Sequence[Token]) -> None:
        role = phrase.role
        if role == "term" and phrase.term is not None:
            self._term(phrase.term, self.text[tokens[0].start : tokens[-1].end], _is_cjk(tokens[-1].key))
        elif role in ("not", "less"):
            self._sense, self._spent, self._once = "unwanted" if role == "not" else "less", False, False
        elif role == "also":
            self._spent = False
            if phrase.written in ("or", "nor", "或", "或者", "和", "及", "以及"):
                self._listed.add(self._clause)
        elif role == "but":
            self._sense, self._spent = "wanted", False
        elif role == "too_much" and self.found and self.found[-1][0].sense == "unwanted":
            self.found[-1] = (replace(self.found[-1][0], sense="less"), self.found[-1][1])
        elif role in _STRENGTH:
            self._strength = _STRENGTH[role]

    def _term(self, term: Term, written: str, chinese: bool) -> None:
        if self._spent:
            self._sense, self._spent = "wanted", False
        self.found.append((Found(term.id, term.kind, written, self._sense, self._strength), self._clause))
        self._strength = 1.0
        self._spent = self._sense != "wanted" and (chinese or self._once or term.kind in _NOUNS)

    def _unknown(self, token: Token) -> None:
        if not _is_cjk(token.key):
            self._flush()
        self._run.append(token)
        if not _is_cjk(token.key):
            self._flush()

    def _flush(self) -> None:
        run, self._run = self._run, []
        written = self.text[run[0].start : run[-1].end] if run else ""
        if not written or set(written) <= _TINY or written.isdigit():
            return
        term = self._near(written, run[0].key) if len(self.guesses) + len(self.unknown) < _MAX_GUESSES else None
        if term is None:
            self.unknown.append(written)
            return
        language = "zh" if _is_cjk(written[0]) else "en"
        self.guesses.append(Guess(written, term[0], term[1].id))
        self._term(term[1], written, language == "zh")

    def _near(self, written: str, key: str) -> tuple[str, Term] | None:
        """The way to write a term that is nearest to an unknown word, and the term."""
        from rapidfuzz import process
        from rapidfuzz.distance import Levenshtein

        chinese = _is_cjk(written[0])
        if len(written) < _NEAR_MIN["zh" if chinese else "en"]:
            return None
        known = {
            "".join(keys): phrase
            for keys, phrase in self.lexicon.phrases.items()
            if phrase.term is not None
            and keys[0][0] == key[0]
            and _is_cjk(keys[-1]) is chinese
            and (chinese or len(keys) == 1)
        }
        cutoff = 0.75 if chinese else _NEAR
        best = process.extractOne(
            written if chinese else key, list(known), scorer=Levenshtein.normalized_similarity, score_cutoff=cutoff
        )
        if best is None or len(best[0]) < 3:
            return None
        phrase = known[best[0]]
        return None if phrase.term is None else (phrase.written, phrase.term)

    def _reach_over_lists(self) -> None:
        """ "no rap, rock or metal": a "no" reaches over a list of terms of its kind that ends with "or"."""
        for index, (item, clause) in enumerate(self.found):
            if item.sense != "unwanted" or item.kind not in _NOUNS:
                continue
            ending = next((number for number in sorted(self._listed) if number > clause), None)
            if ending is None or ending > clause + 4:
                continue
            rest = [(at, other) for at, (other, where) in enumerate(self.found) if at > index and where <= ending]
            if rest and all(other.kind == item.kind for _, other in rest) and self._all_full(clause, ending):
                for at, other in rest:
                    self.found[at] = (replace(other, sense="unwanted"), self.found[at][1])

    def _all_full(self, first: int, last: int) -> bool:
        """Whether every clause from the one after `first` to `last` holds a term."""
        return set(range(first + 1, last + 1)) <= {clause for _, clause in self.found}


def _said_tempo(text: str) -> tuple[Range | None, str]:
    """A tempo in numbers, and the text without it."""
    match = _TEMPO.search(text)
    if match is None:
        return None, text
    low, high = float(match[1]), float(match[2] or match[1])
    low, high = min(low, high), max(low, high)
    room = _TEMPO_ROOM if low == high else 0.0
    return (low - room, high + room), f"{text[: match.start()]}.{text[match.end() :]}"


def _genres(terms: Sequence[tuple[Term, Found]]) -> tuple[dict[str, float], tuple[str, ...]]:
    """The wishes for genres, -1 to +1, and the genres that are ruled out."""
    sums: dict[str, float] = defaultdict(float)
    excluded: dict[str, None] = {}
    for term, item in terms:
        for genre, weight in term.genres.items():
            if item.sense == "wanted":
                sums[genre] += item.strength * weight
            elif weight > 0:
                # What is not wanted says less about the rest than what is: half, and nothing for what it spoke against.
                sums[genre] -= 0.5 * item.strength * weight
                if item.sense == "unwanted" and term.kind == "genre" and weight >= _EXCLUDING:
                    excluded[genre] = None
    largest = max([1.0, *(abs(value) for genre, value in sums.items() if genre not in excluded)])
    wishes = {genre: -1.0 if genre in excluded else value / largest for genre, value in sums.items()}
    ordered = sorted(wishes.items(), key=lambda pair: (-pair[1], pair[0]))
    return {genre: round(value, 4) for genre, value in ordered if value}, tuple(excluded)


def _wish(terms: Sequence[tuple[Term, Found]], name: str) -> Range | None:
    """The mean of the ranges that the terms wish for; a word that is about nothing else counts three times."""
    ranges = [
        (span, item.strength * (_EXPLICIT if term.kind in ("tempo", "energy") else 1.0))
        for term, item in terms
        # "No metal" is about metal, and not a wish for calm.
        if item.sense == "wanted" or term.kind != "genre"
        for span in _spans(getattr(term, name), item.sense, _SPAN[name])
    ]
    total = sum(weight for _, weight in ranges)
    if not total:
        return None
    low, high = (sum(span[side] * weight for span, weight in ranges) / total for side in (0, 1))
    return round(low, 3), round(high, 3)


def _spans(span: Range | None, sense: Sense, whole: Range) -> Iterator[Range]:
    """The range itself; for what is not wanted, what is left of the whole on the other side, where there is one."""
    if span is None:
        return
    if sense == "wanted":
        yield span
        return
    room = 0.2 * (whole[1] - whole[0])
    below, above = span[0] - whole[0], whole[1] - span[1]
    if above <= room < below:
        yield whole[0], span[0]
    elif below <= room < above:
        yield span[1], whole[1]


def _voice(terms: Sequence[tuple[Term, Found]]) -> Voice | None:
    """Wanted or not: a word about voices counts three times, a mood or use that implies it once; a tie is no wish."""
    votes = 0.0
    for term, item in terms:
        if term.voice is None or (item.sense != "wanted" and term.kind != "voice"):
            continue
        sign = 1.0 if (term.voice == "wanted") is (item.sense == "wanted") else -1.0
        votes += sign * (_EXPLICIT if term.kind == "voice" else 1.0)
    return None if votes == 0 else "wanted" if votes > 0 else "unwanted"


def _is_cjk(text: str) -> bool:
    return bool(re.match(r"[\u3400-\u9fff\uf900-\ufaff]", text))
