"""What `genrelens tags` says: of each file and in sum, in words or as JSON, and the exit code."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from genrelens.audio.sources import safe_name, safe_text
from genrelens.catalogue.paths import to_text
from genrelens.cli.report import language_of
from genrelens.errors import GenreLensError, UsageError
from genrelens.words import say

if TYPE_CHECKING:
    from genrelens.workflows.tags.apply import Undone
    from genrelens.workflows.tags.labels import FileLabels
    from genrelens.workflows.tags.plan import TagPlan

__all__ = ["Telling"]

_GENRE_CHARS: Final = 60


class Telling:
    """Tells a person, or a program."""

    def __init__(self, language: str | None, as_json: bool) -> None:
        self._language = language_of(language)
        self._as_json = as_json

    def plans(self, plans: Iterable[TagPlan], *, done: bool) -> int:
        """What becomes of each file; the exit code.

        Args:
            plans: As they come.
            done: Whether it was done, or only planned.

        Raises:
            UsageError: `NO_INPUT`: there are none.
        """
        counts: Counter[str] = Counter()
        for plan in plans:
            counts["written" if done and plan.action.writes else plan.action.kind] += 1
            if self._as_json:
                self._json(plan.to_dict())
            elif plan.error is not None:
                _say_error(plan.wish.path, plan.error)
            else:
                self._plan(plan)
        if not counts:
            raise UsageError("NO_INPUT", "the catalogue has no answer for what you named", "Label the files first.")
        self._counts(counts)
        if counts["write"] and not self._as_json:
            typer.echo(say("tagging.preview", self._language))
        return _code(counts.total(), counts["failed"])

    def how_to_undo(self, run: str, folder: Path) -> None:
        """The command that undoes a run."""
        if not self._as_json:
            command = f"genrelens tags undo {run} --undo {shlex.quote(to_text(folder))}"
            typer.echo(say("tagging.how_to_undo", self._language, command=command))

    def undone(self, undone: Iterable[Undone]) -> int:
        """What became of each file; the exit code."""
        counts: Counter[str] = Counter()
        for file in undone:
            counts[file.state] += 1
            if self._as_json:
                self._json(file.to_dict())
            elif file.error is not None:
                _say_error(file.path, file.error)
        self._counts(counts)
        return _code(counts.total(), counts["failed"])

    def runs(self, folder: Path) -> int:
        """The runs of a journal, the oldest first; the exit code."""
        from genrelens.workflows.tags.journal import counts_of, runs_of

        runs = runs_of(folder)
        for run in runs:
            files, undone = counts_of(folder, run)
            facts = {"run": run, "files": files, "undone": undone}
            if self._as_json:
                self._json(facts)
            else:
                typer.echo(say("tagging.run", self._language, **facts))
        if not runs and not self._as_json:
            typer.echo(say("tagging.no_run", self._language, name=_name(folder)))
        return 0

    def labels(self, found: Sequence[FileLabels], rows: int) -> int:
        """How many labels were read; the exit code."""
        for file in found:
            if file.error is not None:
                _say_error(file.path, file.error)
        failed = sum(file.error is not None for file in found)
        without = sum(not file.labels for file in found) - failed
        self._counts({"labels": rows, "without": without, "failed": failed})
        return _code(len(found), failed)

    def _plan(self, plan: TagPlan) -> None:
        action = say(f"tagging.action_{plan.action.value.replace('-', '_')}", self._language)
        why = say(f"tagging.why_{plan.reason}", self._language, detail=plan.detail)
        name = _name(plan.wish.path)
        if not plan.action.writes:
            typer.echo(f"{action}  {name}  ({why})")
            return
        genres = ", ".join(safe_text(genre, _GENRE_CHARS) for genre in plan.after)
        typer.echo(f"{action}  {name}: {genres}  ({why})  [{plan.place}]")

    def _counts(self, counts: Mapping[str, int]) -> None:
        if not self._as_json:
            said = [say(f"tagging.count_{kind}", self._language, count=count) for kind, count in counts.items()]
            typer.echo("\n" + ", ".join(said))

    def _json(self, values: Mapping[str, Any]) -> None:
        typer.echo(json.dumps(values, ensure_ascii=False, allow_nan=False))


def _say_error(path: Path, error: GenreLensError) -> None:
    typer.echo(f"{_name(path)}: {error.code}: {error.message}", err=True)


def _code(files: int, failed: int) -> int:
    return 0 if not failed else 2 if failed == files else 1


def _name(path: Path) -> str:
    return safe_name(path) or "?"
