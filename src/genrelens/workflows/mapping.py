"""Our genres in the owner's own names: a table that is applied to exports and tags, never to what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from genrelens.catalogue.rows import NOT_MUSIC, CatalogueRow
from genrelens.listening.analysis import GenreScore
from genrelens.taxonomy import GENRES
from genrelens.workflows.written import Written, read_written

__all__ = ["EXAMPLE", "GenreMapping", "GenreRule", "read_mapping"]

_KEYS: Final = ("genres", "first_from", "others_from", "at_most", "otherwise", "unsure", "not_music")

EXAMPLE: Final = """\
# mapping.yaml: what GenreLens calls a genre, in the names of your own catalogue.
# It is applied to exports and tags; the catalogue itself always keeps the answer as it was given.
# Use it with: genrelens catalogue export --catalogue my.db --mapping mapping.yaml --out table.csv

genres:
  # One name for a genre, or several:
  Hip-Hop: Urban
  Rap: Urban
  R&B: [Soul, R&B]
  # With a probability of its own, from which this genre may be named:
  Folk: {name: Folk & Roots, from: 0.40}
  # Nothing at all: ~ leaves this genre out.
  # World: ~

# What happens to genres that do not stand above: keep (their own name) or drop.
otherwise: keep

# The likeliest genre is named from this probability on, else the song gets the name under `unsure`.
first_from: 0.0
unsure: ~

# Further genres of the same song are named from this probability on, at most so many names in all.
others_from: 0.30
at_most: 3

# The name of what is no music; ~ leaves it empty.
not_music: Speech & effects
"""
"""A file to begin with."""


@dataclass(frozen=True, slots=True)
class GenreRule:
    """What becomes of a genre: its names, and the probability from which they are used (None: the general one)."""

    names: tuple[str, ...]
    least: float | None = None


@dataclass(frozen=True, slots=True)
class GenreMapping:
    """A table from a model's genres to the owner's names.

    Attributes:
        rules: Genre -> its rule.
        keep_others: Whether a genre without a rule keeps its own name; else it is left out.
        first_from: Probability from which the likeliest genre is named.
        others_from: Probability from which further genres are.
        at_most: Names of a song.
        unsure: Name of a song whose likeliest genre is below `first_from`; "" for none.
        not_music: Name of what is no music; "" for none.
    """

    rules: Mapping[str, GenreRule] = field(default_factory=dict)
    keep_others: bool = True
    first_from: float = 0.0
    others_from: float = 0.30
    at_most: int = 3
    unsure: str = ""
    not_music: str = ""

    def genres_of(self, heard: Sequence[GenreScore] | str) -> tuple[str, ...]:
        """The owner's names of a song, none twice.

        Args:
            heard: The genres with their probabilities, descending; or the verdict of a person, which holds whatever
                the probabilities: a genre or `NOT_MUSIC`.
        """
        if isinstance(heard, str):
            if heard == NOT_MUSIC:
                return (self.not_music,) if self.not_music else ()
            return self._names(heard)[: self.at_most] if heard else ()
        if not heard:
            return ()
        names: list[str] = []
        for place, score in enumerate(heard):
            if score.probability >= self._least(score.id, place):
                names += [name for name in self._names(score.id) if name not in names]
            elif place == 0:
                return (self.unsure,) if self.unsure else ()
        return tuple(names[: self.at_most])

    def of_row(self, row: CatalogueRow) -> tuple[str, ...]:
        """The owner's names of a file: what a person decided, else what was heard; none without either."""
        if row.decision is not None:
            return self.genres_of(row.decision.verdict)
        if row.state != "done":
            return ()
        return self.genres_of(NOT_MUSIC if row.tier == "not_music" else row.top)

    def _names(self, genre: str) -> tuple[str, ...]:
        rule = self.rules.get(genre)
        if rule is not None:
            return rule.names
        return (genre,) if self.keep_others else ()

    def _least(self, genre: str, place: int) -> float:
        rule = self.rules.get(genre)
        if rule is not None and rule.least is not None:
            return rule.least
        return self.first_from if place == 0 else self.others_from


def read_mapping(path: Path, labels: Sequence[str] | None = None) -> GenreMapping:
    """Read a mapping, as `EXAMPLE` shows one.

    Args:
        path: A YAML file.
        labels: The genres of the model; our sixteen when left out.

    Raises:
        PolicyError: `MAPPING_INVALID`, with the line and what would be right.
    """
    written = read_written(path, "MAPPING_INVALID")
    said = written.mapping(_KEYS)
    known = tuple(labels or (genre.id for genre in GENRES))
    rules = said["genres"].labelled(known) if "genres" in said else {}
    plain = GenreMapping()
    return GenreMapping(
        rules={label: _rule(part) for label, part in rules.items()},
        keep_others="otherwise" not in said or said["otherwise"].choice(("keep", "drop")) == "keep",
        first_from=said["first_from"].number() if "first_from" in said else plain.first_from,
        others_from=said["others_from"].number() if "others_from" in said else plain.others_from,
        at_most=said["at_most"].whole(1, 20) if "at_most" in said else plain.at_most,
        unsure=_name(said, "unsure"),
        not_music=_name(said, "not_music"),
    )


def _rule(part: Written) -> GenreRule:
    if not part.is_mapping():
        return GenreRule(part.texts())
    said = part.mapping(("name", "from"))
    if "name" not in said:
        raise part.wrong("here must stand a `name`")
    return GenreRule(said["name"].texts(), said["from"].number() if "from" in said else None)


def _name(said: Mapping[str, Written], key: str) -> str:
    return said[key].text() if key in said and not said[key].is_nothing() else ""
