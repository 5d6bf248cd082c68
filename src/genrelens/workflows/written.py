"""Files that people write by hand (YAML), read so that every complaint names its line and what would be right.

Plain loaders lose the lines, let the second of two equal keys win, and turn `no` into false. Here every scalar is the
text that stands in the file, asked for as what it should be.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from genrelens.audio.sources import safe_text
from genrelens.errors import PolicyError

__all__ = ["Written", "near_miss", "read_written"]

_MOST_BYTES: Final = 1_000_000
_NOTHING: Final = ("", "~", "null", "Null", "NULL")


def read_written(path: Path, code: str) -> Written:
    """The tree of a YAML file.

    Args:
        path: The file.
        code: Of every complaint about it.

    Raises:
        PolicyError: `code`: it cannot be read, or is no YAML.
    """
    import yaml

    name = safe_text(path.name, 80)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise PolicyError(code, f"{name} is larger than 1 MB")
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise PolicyError(code, f"{name} cannot be read: {said}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        problem = safe_text(getattr(error, "problem", None) or getattr(error, "reason", "") or "no YAML", 120)
        raise PolicyError(code, f"{name}{where}: {problem}") from None
    except RecursionError:
        raise PolicyError(code, f"{name} is nested too deep") from None
    if node is None:
        raise PolicyError(code, f"{name} says nothing")
    return Written(node, name, code)


def near_miss(text: str, known: Sequence[str]) -> str:
    """`: did you mean X?` for a word that was mistyped, else what there is; for the end of a message."""
    by_fold = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(text.casefold(), list(by_fold), n=1, cutoff=0.6)
    return f": did you mean {by_fold[near[0]]}?" if near else f"; known: {', '.join(known)}"


@dataclass(frozen=True, slots=True)
class Written:
    """A part of a file: asked for as a mapping, a list, a number or a text."""

    node: Any
    name: str
    code: str

    @property
    def line(self) -> int:
        """Where it begins, from 1."""
        return int(self.node.start_mark.line) + 1

    def wrong(self, message: str) -> PolicyError:
        """The complaint about this part."""
        return PolicyError(self.code, f"{self.name}, line {self.line}: {message}", details={"line": self.line})

    def is_nothing(self) -> bool:
        """Whether nothing stands here."""
        return self.node.id == "scalar" and self.node.style is None and self.node.value in _NOTHING

    def is_mapping(self) -> bool:
        """Whether keys stand here."""
        return bool(self.node.id == "mapping")

    def mapping(self, known: Sequence[str] | None = None) -> dict[str, Written]:
        """Key -> part.

        Args:
            known: The keys that there are; any when left out.

        Raises:
            PolicyError: No mapping, a key twice, or one that is not known.
        """
        if self.is_nothing():
            return {}
        if not self.is_mapping():
            raise self.wrong("here must stand keys with values, `key: value`")
        parts: dict[str, Written] = {}
        for key_node, value_node in self.node.value:
            key = self._at(key_node)
            word = key.text()
            if word in parts:
                raise key.wrong(f"{word} stands here twice")
            if known is not None and word not in known:
                raise key.wrong(f"{word} is not known{near_miss(word, known)}")
            parts[word] = self._at(value_node)
        return parts

    def labelled(self, labels: Sequence[str]) -> dict[str, Written]:
        """Genre -> part, the genres in the spelling of `labels`, whatever their case here.

        Raises:
            PolicyError: As `mapping`; a genre that is none of `labels`.
        """
        found: dict[str, Written] = {}
        for word, part in self.mapping().items():
            label = part.label(labels, word)
            if label in found:
                raise part.wrong(f"{label} stands here twice")
            found[label] = part
        return found

    def label(self, labels: Sequence[str], word: str | None = None) -> str:
        """The one of `labels` that is written here (or is `word`, written in this line).

        Raises:
            PolicyError: It is none of them.
        """
        asked = self.text() if word is None else word
        for label in labels:
            if label.casefold() == asked.casefold():
                return label
        raise self.wrong(f"{asked!r} is no genre of this model{near_miss(asked, labels)}")

    def items(self) -> tuple[Written, ...]:
        """The parts of a list; one thing alone is a list of one, nothing is none."""
        if self.is_nothing():
            return ()
        return tuple(self._at(part) for part in self.node.value) if self.node.id == "sequence" else (self,)

    def texts(self) -> tuple[str, ...]:
        """The texts of a list, none twice.

        Raises:
            PolicyError: Something in it is no text, or stands there twice.
        """
        found: list[str] = []
        for part in self.items():
            text = part.text()
            if text in found:
                raise part.wrong(f"{text} stands here twice")
            found.append(text)
        return tuple(found)

    def text(self) -> str:
        """What stands here, as it is written.

        Raises:
            PolicyError: Nothing does, or more than one line of text.
        """
        if self.node.id != "scalar" or self.is_nothing():
            raise self.wrong("here must stand a word")
        text = str(self.node.value).strip()
        if not text.isprintable() or not 0 < len(text) <= 200:
            raise self.wrong("here must stand a word of at most 200 characters, without line breaks")
        return text

    def choice(self, known: Sequence[str]) -> str:
        """One of some words.

        Raises:
            PolicyError: Another one.
        """
        text = self.text()
        if text not in known:
            raise self.wrong(f"{text} is not known{near_miss(text, known)}")
        return text

    def number(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number.

        Raises:
            PolicyError: None, or one outside of `low` to `high`.
        """
        text = self.text()
        try:
            value = float(text)
        except ValueError:
            hint = " (write 0.85 for 85 %)" if text.endswith("%") else ""
            raise self.wrong(f"{text!r} is no number{hint}") from None
        if not low <= value <= high:
            raise self.wrong(f"{text} is not between {low:g} and {high:g}")
        return value

    def whole(self, low: int, high: int) -> int:
        """A whole number.

        Raises:
            PolicyError: None, or one outside of `low` to `high`.
        """
        value = self.number(low, high)
        if value != int(value):
            raise self.wrong(f"{self.text()} is no whole number")
        return int(value)

    def _at(self, node: Any) -> Written:
        return Written(node, self.name, self.code)
