"""The curated lexicon: which words of a brief mean what for music, in Chinese and English.

`lexicon.yaml` is the whole knowledge; this module reads it once, checks it, and finds its phrases in a text by longest
match: Chinese character by character, which needs no dictionary of all Chinese, English word by word after light
stemming. It promises that no phrase has two meanings and that every weight and range makes sense.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from genrelens.taxonomy import GENRES

__all__ = ["Lexicon", "Phrase", "Range", "Term", "Token", "Voice", "load_lexicon", "stem", "tokens_of"]

Range = tuple[float, float]
Voice = Literal["wanted", "unwanted"]

_CJK: Final = r"[\u3400-\u9fff\uf900-\ufaff]"
_TOKEN: Final = re.compile(
    rf"(?P<cjk>{_CJK})|(?P<word>(?:(?!{_CJK})[^\W_]|(?<=\w)[&'\u2019](?=\w))+)|(?P<minus>(?<![^\s,;:(])[-\u2212](?=\w))"
    r"|(?P<joint>(?<=\w)[-_](?=\w)|\s+)|(?P<stop>.)",
    re.DOTALL,
)
_WHOLE: Final = frozenset({"blues", "news"})
"""Words that would mean something else without their ending."""
_GRAMMAR: Final = ("not", "less", "too_much", "also", "but", "very", "slightly", "silent")
_LIMITS: Final[Mapping[str, Range]] = {"tempo": (30.0, 260.0), "energy": (0.0, 1.0), "brightness": (0.0, 1.0)}


@dataclass(frozen=True, slots=True)
class Term:
    """One meaning.

    Attributes:
        id: English and stable.
        kind: "genre", "era", "mood", "energy", "tempo", "voice", "instrument", "scene" or "use".
        names: Language -> the ways to write it, the first for people.
        genres: Genre id -> weight, -1 to +1.
        tempo: Wished beats a minute; None: no wish.
        energy: Wished range, 0 to 1; None: no wish.
        brightness: Wished range, 0 to 1; None: no wish.
        voice: Whether a voice is wished for; None: no wish.
        tags: Ids of the model's tags that are asked for.
    """

    id: str
    kind: str
    names: Mapping[str, tuple[str, ...]]
    genres: Mapping[str, float] = field(default_factory=dict)
    tempo: Range | None = None
    energy: Range | None = None
    brightness: Range | None = None
    voice: Voice | None = None
    tags: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """The name for people."""
        return self.names[language][0]


@dataclass(frozen=True, slots=True)
class Token:
    """A Chinese character, a word, or a mark (`key` "-" for a leading minus, "." for the end of a clause)."""

    key: str
    start: int
    end: int

    @property
    def is_mark(self) -> bool:
        """Whether it is no word."""
        return self.key in ("-", ".")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of the lexicon: what it does (a part of the grammar, or "term") and which term it is."""

    role: str
    written: str
    term: Term | None = None


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All terms, and every way to write them.

    Attributes:
        terms: Id -> term.
        phrases: Keys of the tokens -> the phrase.
        longest: Tokens in the longest phrase.
    """

    terms: Mapping[str, Term]
    phrases: Mapping[tuple[str, ...], Phrase]
    longest: int

    def longest_match(self, tokens: Sequence[Token], at: int) -> tuple[Phrase, int] | None:
        """The longest phrase that begins with the token `at`, and how many tokens it takes."""
        for length in range(min(self.longest, len(tokens) - at), 0, -1):
            phrase = self.phrases.get(tuple(token.key for token in tokens[at : at + length]))
            if phrase is not None:
                return phrase, length
        return None


def stem(word: str) -> str:
    """An English word without the commonest endings, so that "relaxing" and "relaxed" meet; short words stay."""
    word = re.sub("['\u2019]", "", word.lower())
    if word in _WHOLE:
        return word
    for ending, instead in (("ies", "y"), ("s", ""), ("ing", ""), ("ed", ""), ("ly", ""), ("e", "")):
        kept = len(word) - len(ending)
        if word.endswith(ending) and kept >= 3 and not (ending == "s" and word[-2] in "sui0123456789"):
            word = word[:kept] + instead
    return word


def tokens_of(text: str) -> list[Token]:
    """Characters, stemmed words and marks of a text in normal form (NFKC), in its order."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "joint":
            # A line's end is the end of a clause, any other space only parts words.
            if "\n" in match.group():
                yield Token(".", *match.span())
            continue
        key = {"cjk": match.group(), "minus": "-", "stop": "."}.get(kind or "") or stem(match.group())
        yield Token(key, *match.span())


@cache
def load_lexicon(path: Path | None = None) -> Lexicon:
    """Read and check a lexicon, once a process.

    Args:
        path: The shipped `lexicon.yaml` when left out.

    Raises:
        ValueError: A term is written twice, or a genre, weight or range makes no sense. The shipped one is tested.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    file = path or Path(__file__).with_name("lexicon.yaml")
    tree = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)
    terms: dict[str, Term] = {}
    phrases: dict[tuple[str, ...], Phrase] = {}
    for kind in (name for name in tree if name not in ("schema_version", "grammar")):
        for values in tree[kind]:
            term = _term(kind, values)
            if term.id in terms:
                raise ValueError(f"the term {term.id!r} is there twice")
            terms[term.id] = term
            for written in (name for names in term.names.values() for name in names):
                _add(phrases, Phrase("term", written, term))
    for role in _GRAMMAR:
        for written in (word for words in tree["grammar"].get(role, {}).values() for word in words):
            # A word may have several duties in the grammar; the first of `_GRAMMAR` holds, and a term comes before all.
            phrases.setdefault(_keys(written), Phrase(role, written))
    return Lexicon(terms, phrases, max(map(len, phrases)))


def _add(phrases: dict[tuple[str, ...], Phrase], phrase: Phrase) -> None:
    keys = _keys(phrase.written)
    known = phrases.get(keys)
    if known is not None and known.term is not None and phrase.term is not None:
        raise ValueError(f"{phrase.written!r} is a word of {known.term.id!r} and of {phrase.term.id!r}")
    phrases[keys] = phrase


def _keys(written: str) -> tuple[str, ...]:
    return tuple(token.key for token in _tokens(unicodedata.normalize("NFKC", written)))


def _term(kind: str, values: Mapping[str, Any]) -> Term:
    name = str(values["id"])
    unknown = set(values) - {"id", "en", "zh", "genres", "voice", "tags", *_LIMITS}
    genres = {str(genre): float(weight) for genre, weight in values.get("genres", {}).items()}
    known = {genre.id for genre in GENRES}
    if unknown or not set(genres) <= known or any(not -1 <= weight <= 1 for weight in genres.values()):
        raise ValueError(f"the term {name!r} has a key, a genre or a weight that cannot be: {dict(values)}")
    if values.get("voice") not in (None, "wanted", "unwanted"):
        raise ValueError(f"the term {name!r} has the voice {values['voice']!r}")
    ranges = {key: _range(name, values.get(key), limits) for key, limits in _LIMITS.items()}
    names = {language: tuple(map(str, values[language])) for language in ("en", "zh")}
    tags = tuple(map(str, values.get("tags", ())))
    return Term(name, kind, names, genres, voice=values.get("voice"), tags=tags, **ranges)


def _range(name: str, values: Any, limits: Range) -> Range | None:
    if values is None:
        return None
    low, high = map(float, values)
    if not limits[0] <= low < high <= limits[1]:
        raise ValueError(f"the term {name!r} has the range {values}, which does not lie in {limits}")
    return low, high
