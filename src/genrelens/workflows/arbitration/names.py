"""What a name of a genre means, as tags write it: "Hip Hop/Rap" is two genres, Techno is Electronic, "(17)" Rock.

`names.yaml` is the whole knowledge, but for what the owner of a table adds (`read_names`). What is in neither
is not guessed: it is unknown, with near misses to look at. A bundle that brings labels of its own is matched by
spelling: the table is asked only for those of our sixteen that are among its labels.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from genrelens.audio.sources import safe_text
from genrelens.catalogue.rows import NOT_MUSIC
from genrelens.errors import PolicyError
from genrelens.taxonomy import GENRES, plain_words
from genrelens.workflows.written import read_written

__all__ = ["NAME_CHARS", "Meaning", "NameTable", "load_names", "meanings", "names_text", "read_names"]

NAME_CHARS: Final = 200
"""Most of a name that is read: real ones are shorter."""

Kind = Literal["genres", "not_music", "no_genre", "unknown"]

_PARTS: Final = re.compile(r"[;,/|\\\n\0、，；／·•+]|\s&\s|\s[-–]\s")
_ID3: Final = re.compile(r"\(\s*(\d{1,3})\s*\)|^\s*(\d{1,3})\s*$")
_NEAR_LATIN: Final = 80.0
_NEAR_CHINESE: Final = 50.0
"""From which likeness (0 to 100) a name is offered; Chinese names are so short that one wrong character costs half."""
_MOST_NEAR: Final = 3


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a written name means.

    Attributes:
        written: As it stood, made harmless.
        kind: "genres"; "not_music"; "no_genre": known, but no genre (a language, "Soundtrack"); "unknown".
        labels: The labels that it means, in the order of the taxonomy or bundle; `NOT_MUSIC` where it is no music.
        unknown: The parts that nobody knows, also where other parts are known.
        near: Names that are spelt alike, the nearest first; only where nothing is known.
    """

    written: str
    kind: Kind
    labels: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameTable:
    """The curated names, folded, and what they mean.

    Attributes:
        inside: Name -> genres; may stand inside a longer name.
        whole: Name -> genres; all names that mean genres when they are the whole.
        not_music: Names of what is no music.
        no_genre: Names that are well known and mean no genre. The longest first.
        id3: Names by their number.
    """

    inside: Mapping[str, tuple[str, ...]]
    whole: Mapping[str, tuple[str, ...]]
    not_music: frozenset[str]
    no_genre: tuple[str, ...]
    id3: tuple[str, ...]


@cache
def load_names() -> NameTable:
    """The table of `names.yaml`, read once.

    Raises:
        ValueError: A name means two things or a genre is none of ours: a bug, found by the tests.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    tree: dict[str, Any] = yaml.load((Path(__file__).parent / "names.yaml").read_text(encoding="utf-8"), Loader=loader)
    inside: dict[str, tuple[str, ...]] = {}
    alone: dict[str, tuple[str, ...]] = {}
    ids = [genre.id for genre in GENRES]
    for genre, names in tree["genres"].items():
        for kind, found in (("words", inside), ("alone", alone)):
            _add(found, names[kind], (ids[ids.index(genre)],))
    for name, genres in tree["several"].items():
        _add(inside, [name], tuple(sorted(genres, key=ids.index)))
    others: dict[str, dict[str, tuple[str, ...]]] = {"not_music": {}, "no_genre": {}}
    for kind, found in others.items():
        _add(found, tree[kind], ())
    for first, second in (
        (inside, alone),
        *(({**inside, **alone}, found) for found in others.values()),
        others.values(),
    ):
        if twice := set(first) & set(second):
            raise ValueError(f"names.yaml gives two meanings to {sorted(twice)}")
    return NameTable(
        inside=inside,
        whole=inside | alone,
        not_music=frozenset(others["not_music"]),
        no_genre=tuple(sorted(others["no_genre"], key=len, reverse=True)),
        id3=tuple(tree["id3"]),
    )


class _Names:
    """What names mean for one list of labels."""

    def __init__(self, labels: Sequence[str], owners: Mapping[str, str]) -> None:
        self.labels = labels
        self.owners: dict[str, tuple[Kind, tuple[str, ...]]] = {}
        self.table = load_names()
        self.own = {_folded(label): label for label in labels}
        for genre in GENRES:
            if genre.id in labels:
                self.own = {_folded(name): genre.id for name in (genre.zh, *genre.aliases)} | self.own
        ours = {name: self._ours(genres) for name, genres in self.table.inside.items()}
        names = {name: genres for name, genres in ours.items() if genres} | {
            name: (label,) for name, label in self.own.items()
        }
        self.inside = dict(sorted(names.items(), key=lambda pair: -len(pair[0])))
        # Read one after the other, without each other: the order of a table of the owner's does not matter.
        self.owners = {_folded(name): self._owners(name, meant) for name, meant in owners.items()}

    def meaning(self, text: str) -> Meaning:
        written = safe_text(text, NAME_CHARS)
        found: list[str] = []
        unknown: list[str] = []
        quiet = speech = False
        for part, kind, labels in self._parts(written):
            found += labels
            quiet, speech = quiet or kind == "no_genre", speech or kind == "not_music"
            if kind == "unknown":
                unknown.append(part)
        if found:
            order = {label: place for place, label in enumerate(self.labels)}
            labels = tuple(sorted(set(found), key=lambda label: order[label]))
            return Meaning(written, "genres", labels, tuple(unknown))
        if speech:
            return Meaning(written, "not_music", (NOT_MUSIC,), tuple(unknown))
        if unknown:
            return Meaning(written, "unknown", (), tuple(unknown), self._near(unknown))
        return Meaning(written, "no_genre")

    def _owners(self, name: str, meant: str) -> tuple[Kind, tuple[str, ...]]:
        meaning = self.meaning(meant)
        if meaning.unknown or not _folded(name):
            raise PolicyError("NAMES_INVALID", f"{safe_text(name, 80)!r} cannot mean {meaning.written!r}")
        return meaning.kind, meaning.labels if meaning.kind == "genres" else ()

    def _parts(self, text: str) -> Iterator[tuple[str, Kind, tuple[str, ...]]]:
        """Each part of a name: what it is, and which labels it means; the whole, where the whole is known."""
        whole = self._whole(text)
        if whole is not None:
            yield (text, *whole)
            return
        rest = text
        for match in _ID3.finditer(text):
            number = int(match.group(1) or match.group(2))
            if number < len(self.table.id3):
                rest = rest.replace(match.group(), ";", 1)
                yield from self._parts(self.table.id3[number])
        for part in filter(None, map(str.strip, _PARTS.split(rest))):
            yield (part, *(self._whole(part) or self._inside(part)))

    def _whole(self, text: str) -> tuple[Kind, tuple[str, ...]] | None:
        name = _folded(text)
        if not name:
            return "no_genre", ()
        if name in self.owners:
            return self.owners[name]
        if name in self.own:
            return "genres", (self.own[name],)
        if name in self.table.not_music:
            return "not_music", ()
        if name in self.table.no_genre:
            return "no_genre", ()
        genres = self._ours(self.table.whole.get(name, ()))
        return ("genres", genres) if genres else None

    def _inside(self, text: str) -> tuple[Kind, tuple[str, ...]]:
        """The names that stand inside a longer one, the longest first; each word is read once."""
        rest = plain_words(_normal(text))
        found: list[str] = []
        for name, labels in self.inside.items():
            rest, before = _without(rest, name), rest
            if rest != before:
                found += labels
        if found:
            return "genres", tuple(found)
        if any(_without(rest, name) != rest for name in self.table.not_music):
            return "not_music", ()
        for name in self.table.no_genre:
            rest = _without(rest, name)
        return ("unknown" if rest.replace("|", "").strip() else "no_genre"), ()

    def _ours(self, genres: Sequence[str]) -> tuple[str, ...]:
        return tuple(genre for genre in genres if genre in self.labels)

    def _near(self, unknown: Sequence[str]) -> tuple[str, ...]:
        from rapidfuzz import fuzz, process

        offered = [*self.own, *(name for name, genres in self.table.whole.items() if self._ours(genres))]
        found: list[tuple[str, float]] = []
        for part in unknown:
            name = _folded(part)
            cutoff = _NEAR_LATIN if name.isascii() else _NEAR_CHINESE
            found += [
                (near, score)
                for near, score, _ in process.extract(
                    name, offered, scorer=fuzz.ratio, limit=_MOST_NEAR, score_cutoff=cutoff
                )
            ]
        nearest = sorted(dict(found).items(), key=lambda pair: (-pair[1], pair[0]))
        return tuple(self.own.get(name, name) for name, _ in nearest[:_MOST_NEAR])


def read_names(path: Path) -> dict[str, str]:
    """What names mean to the owner of a table: name -> a name that is known, or several with semicolons.

    Args:
        path: YAML, `name: genre`, `name: [genre, genre]`; `name: ~` for what is no genre.

    Raises:
        PolicyError: `NAMES_INVALID`.
    """
    parts = read_written(path, "NAMES_INVALID").mapping()
    return {name: "; ".join(part.texts()) for name, part in parts.items()}


def names_text(names: Mapping[str, str]) -> str:
    """What `read_names` reads."""
    import yaml

    return str(yaml.safe_dump({name: meant or None for name, meant in names.items()}, allow_unicode=True))


def meanings(
    names: Sequence[str], labels: Sequence[str] | None = None, owners: Mapping[str, str] | None = None
) -> dict[str, Meaning]:
    """What each name means.

    Args:
        names: As they were written.
        labels: Those of a bundle; the sixteen genres when left out.
        owners: As from `read_names`: they come before all others.

    Raises:
        PolicyError: `NAMES_INVALID`: an owner's name means what nobody knows.
    """
    known = _Names([genre.id for genre in GENRES] if labels is None else list(labels), owners or {})
    return {name: known.meaning(name) for name in dict.fromkeys(names)}


def _add(found: dict[str, tuple[str, ...]], names: Sequence[str], genres: tuple[str, ...]) -> None:
    for name in names:
        folded = _folded(str(name))
        if found.setdefault(folded, genres) != genres:
            raise ValueError(f"names.yaml gives two meanings to {name!r}")


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _folded(text: str) -> str:
    return plain_words(_normal(text)).strip()


def _without(text: str, name: str) -> str:
    """The text with a mark where the name stood: whole words, Chinese wherever it stands."""
    return text.replace(f" {name} " if name.isascii() else name, " | ")
