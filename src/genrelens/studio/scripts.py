"""The scripts of the page: files of `script/`, and the line with which a component hands its value to them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["script_of", "tell"]


def script_of(*names: str) -> str:
    """The script of a tab, of one file or of several that follow each other."""
    return "\n".join((Path(__file__).parent / "script" / name).read_text(encoding="utf-8") for name in names)


def tell(event: str) -> str:
    """The script of a component that hands its value to the page as an event."""
    return f"watch('value', () => document.dispatchEvent(new CustomEvent('{event}', {{ detail: props.value }})));"
