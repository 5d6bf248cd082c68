"""The words of page, pictures and command line: every sentence in every language, and how they get onto a page.

One YAML file a topic in `en/`, its twin in `zh/`.

A sentence is put on the page in all languages at once, each in an element with its `lang`; the style
sheet shows the chosen one. So the language switch changes the whole page at once, without asking the
server and without losing a result, and a screen reader hears each sentence in its own voice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

__all__ = ["LANGUAGES", "TAGS", "both", "catalogue", "each", "each_line", "say"]

LANGUAGES: Final = ("en", "zh")
"""The first is what is shown where the browser asks for a language that is not here."""
TAGS: Final = {"en": "en", "zh": "zh-CN"}
"""Language -> what stands in `lang` attributes."""


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All sentences of one language: dotted key -> text with {names}."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    sentences: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / language).glob("*.yaml")):
        sentences.update(_flatten(yaml.load(path.read_text(encoding="utf-8"), Loader=loader)))
    return sentences


def say(key: str, language: str, /, **facts: object) -> str:
    """One sentence in one language as plain text, not escaped.

    Raises:
        KeyError: There is no such sentence, or a fact is missing: a bug, found by the tests.
    """
    return catalogue(language)[key].format(**facts)


def each(texts: Mapping[str, str]) -> str:
    """HTML that shows the text of the chosen language; the texts (language -> text) are escaped here."""
    return "".join(
        f'<span class="w" lang="{TAGS[language]}">{escape(texts[language])}</span>' for language in LANGUAGES
    )


def each_line(lines: Callable[[str], Sequence[str]]) -> list[str]:
    """HTML of each line of `lines(language)`, which gives the same lines in every language."""
    return [each(dict(zip(LANGUAGES, row, strict=True))) for row in zip(*map(lines, LANGUAGES), strict=True)]


def both(key: str, /, **facts: object) -> str:
    """HTML of one sentence in every language. A fact that is a mapping is taken by language; all is escaped."""
    return each({language: say(key, language, **_facts(language, facts)) for language in LANGUAGES})


def _facts(language: str, facts: Mapping[str, object]) -> dict[str, object]:
    return {name: fact[language] if isinstance(fact, Mapping) else fact for name, fact in facts.items()}


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in tree.items():
        pairs += _flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else [(f"{prefix}{name}", value)]
    return pairs
