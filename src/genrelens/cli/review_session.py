"""The review in a terminal: one file after the other, one key a decision."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import Final

import typer

from genrelens.audio.sources import safe_text
from genrelens.catalogue.rows import NOT_MUSIC
from genrelens.cli.keys import read_key
from genrelens.errors import GenreLensError, UsageError
from genrelens.taxonomy import display_name
from genrelens.words import say
from genrelens.words.forms import clock, percent
from genrelens.workflows.review import Review, ReviewItem

__all__ = ["item_lines", "review_all", "said_name"]

_BAR: Final = 24


def review_all(review: Review, language: str, player: str | None) -> int:
    """Go through the queue until it is empty or the reviewer leaves; gives how many were decided."""
    decided = 0
    back: ReviewItem | None = None
    playing: subprocess.Popen[bytes] | None = None
    typer.echo(say("reviewing.keys", language))
    try:
        while True:
            found = [back] if back is not None else review.next()
            if not found:
                typer.echo(say("reviewing.empty", language))
                return decided
            item, back = found[0], None
            left = review.state().left
            typer.echo("\n" + "\n".join(item_lines(review, item, language, left)))
            _end(playing)
            playing = _play(player, review, item)
            said = _asked(item, review.labels, language)
            if said == "quit":
                return decided
            try:
                if said == "undo":
                    undone, back = review.undo()
                    typer.echo(say("reviewing.undone", language, verdict=said_name(undone[-1].verdict, language)))
                    back = back or item
                    decided -= len(undone)
                    continue
                decision = review.decide(item, said)
                typer.echo(f"  {said_name(decision.verdict, language)}")
                decided += 1
            except GenreLensError as error:
                typer.echo(f"{error.code}: {error.message}\n  {error.hint}", err=True)
                back = item if said == "undo" else None
    finally:
        _end(playing)
        review.leave()


def item_lines(review: Review, item: ReviewItem, language: str, left: int) -> list[str]:
    """A file as lines of text: where it lies and where to listen, what is said of it, its first five."""
    row = item.row
    lines = [
        f"[{left}] {safe_text(row.path, 400)}",
        "  " + say("reviewing.listen", language, start=clock(item.start_s), end=clock(item.end_s)),
    ]
    if review.file(row) is None:
        lines.append("  " + say("review.gone", language))
    facts = [say(f"verdict.{row.tier}" if row.top else "verdict.silent", language)]
    if row.genre_tag:
        facts.append(f"{say('review.tag', language)} {safe_text(row.genre_tag, 80)}")
    lines.append("  " + " · ".join(facts))
    if item.opinions:
        said = (f"{safe_text(each.person, 60)}: {said_name(each.verdict, language)}" for each in item.opinions)
        lines.append("  " + say("reviewing.opinions", language, opinions=" · ".join(said)))
    for place, score in enumerate(row.top[:5], 1):
        bar = "█" * round(score.probability * _BAR)
        lines.append(
            f"  {place} {percent(score.probability):>6} {bar:<{_BAR}} {safe_text(display_name(score.id, language), 80)}"
        )
    return lines


def said_name(verdict: str, language: str) -> str:
    """A verdict for people."""
    if not verdict:
        return say("review.said_skip", language)
    return say("review.not_music", language) if verdict == NOT_MUSIC else safe_text(display_name(verdict, language), 80)


def _asked(item: ReviewItem, labels: tuple[str, ...], language: str) -> str:
    """What the reviewer says: a word of `verdict_of`, `undo` or `quit`."""
    words = {"\r": "accept", "a": "accept", "n": "not_music", "s": "skip", "u": "undo", "q": "quit", "": "quit"}
    while True:
        typer.echo("> ", nl=False)
        key = read_key().lower()
        typer.echo(key if key.isprintable() else "")
        if key in "12345" and key and int(key) <= len(item.row.top):
            return item.row.top[int(key) - 1].id
        if key in words:
            return words[key]
        if key == "o":
            label = _label(labels, language)
            if label:
                return label
            continue
        typer.echo(say("reviewing.keys", language))


def _label(labels: tuple[str, ...], language: str) -> str:
    """A label by the beginning of one of its names; "" where none or several begin like that."""
    typer.echo(say("reviewing.genre", language) + " ", nl=False)
    # Not input(): it would pass over what read_key has already taken from the terminal.
    text = sys.stdin.readline().strip().casefold()
    found = [
        label
        for label in labels
        if text and any(name.casefold().startswith(text) for name in (label, display_name(label, "zh")))
    ]
    exact = [label for label in found if text in (label.casefold(), display_name(label, "zh"))]
    if len(exact or found) == 1:
        return (exact or found)[0]
    typer.echo(", ".join(safe_text(display_name(label, language), 80) for label in found or labels))
    return ""


def _play(player: str | None, review: Review, item: ReviewItem) -> subprocess.Popen[bytes] | None:
    """Start the player that was named, and no other."""
    path = None if player is None else review.file(item.row)
    if player is None or path is None:
        return None
    facts = {"{path}": os.fspath(path), "{start}": f"{item.start_s:.1f}", "{end}": f"{item.end_s:.1f}"}
    words = shlex.split(player)
    if not any("{path}" in word for word in words):
        words.append("{path}")
    for name, fact in facts.items():
        words = [word.replace(name, fact) for word in words]
    quiet = subprocess.DEVNULL
    try:
        return subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet)
    except (OSError, ValueError) as error:
        raise UsageError("REVIEW_PLAYER", f"{safe_text(words[0], 80)} cannot be started: {error}") from None


def _end(playing: subprocess.Popen[bytes] | None) -> None:
    if playing is not None and playing.poll() is None:
        playing.terminate()
        playing.wait(5)
