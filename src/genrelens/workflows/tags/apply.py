"""Genres written into files: a copy is made, proven, journalled, and only then put in the file's place; and undone.

At every moment there is the old file or the new one under its name, never a mixture; what brings the old one back is on
the disk before the new one comes. One file that fails is one row; the others go on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from genrelens.catalogue.paths import to_text
from genrelens.errors import GenreLensError, TagError, as_expected
from genrelens.workflows.tags.files import Stamp, beside, check_replaceable, fsync_folder, put, stamp_of, sweep
from genrelens.workflows.tags.formats import read_standing, sidecar_of, write_copy
from genrelens.workflows.tags.journal import Entry, Journal, entries_of, mark_undone, restore, runs_of
from genrelens.workflows.tags.plan import TagAction, TagPlan, facts_of
from genrelens.workflows.tags.proof import prove_same

__all__ = ["Undone", "apply_tags", "entries_to_undo", "undo_tags"]


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of one file.

    Attributes:
        path: Of the file.
        state: `undone`, `untouched` (it is what it was before the run), or `failed`.
        error: Why it failed; the file is left as it is.
    """

    path: Path
    state: Literal["undone", "untouched", "failed"]
    error: GenreLensError | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        error = None if self.error is None else self.error.to_dict()
        return {"path": to_text(self.path), "state": self.state, "error": error}


def apply_tags(plans: Iterable[TagPlan], journal: Journal, *, touch: bool = False) -> Iterator[TagPlan]:
    """Do what the plans say.

    Args:
        plans: From `plan_tags`.
        journal: Gets what brings every file back.
        touch: Let files say that they were written now; else they keep their time.

    Yields:
        Each plan, as it is where it was done (or nothing was to be done), as one that failed where not.
    """
    swept: set[Path] = set()
    for plan in plans:
        if not plan.action.writes:
            yield plan
            continue
        try:
            sweep(plan.target.parent, swept)
            yield replace(plan, written=_apply(plan, journal, touch))
        except OSError as error:
            words = error.strerror or str(error)
            yield _failed(plan, TagError("TAGS_WRITE_FAILED", f"it could not be written: {words}"))
        except Exception as error:
            yield _failed(plan, as_expected(error))


def entries_to_undo(folder: Path, *, run: str | None = None, file: Path | None = None) -> list[Entry]:
    """The entries that `undo_tags` would undo, the newest first.

    Args:
        folder: With the journals.
        run: Of this run; of the last one that is not undone when left out.
        file: Only of this file; without a run the last time that it was written.

    Raises:
        TagError: `TAGS_UNDO_FAILED`: there is nothing to undo, or no such run.
        OSError: The folder cannot be read.
    """
    runs = runs_of(folder) if run is None else [run]
    for name in reversed(runs):
        waiting = [entry for entry in reversed(entries_of(folder, name)) if not entry.undone]
        if file is not None:
            target = Path(os.path.realpath(file))
            waiting = [entry for entry in waiting if entry.path in (target, sidecar_of(target))]
        if waiting:
            return waiting
    what = "nothing" if file is None else f"nothing of {file.name}"
    raise TagError("TAGS_UNDO_FAILED", f"there is {what} to undo in {folder if run is None else folder / run}")


def undo_tags(entries: Iterable[Entry]) -> Iterator[Undone]:
    """Bring files back to the bytes that they had.

    Args:
        entries: From `entries_to_undo`.

    Yields:
        What became of each; a file that somebody changed since is left alone and fails.
    """
    swept: set[Path] = set()
    for entry in entries:
        try:
            sweep(entry.path.parent, swept)
            state = _undo(entry)
            mark_undone(entry)
            yield Undone(entry.path, state)
        except OSError as error:
            words = error.strerror or str(error)
            yield Undone(entry.path, "failed", TagError("TAGS_WRITE_FAILED", f"it could not be written: {words}"))
        except Exception as error:
            yield Undone(entry.path, "failed", as_expected(error))


def _apply(plan: TagPlan, journal: Journal, touch: bool) -> Stamp:
    is_sidecar = plan.action is TagAction.SIDECAR
    path = sidecar_of(plan.target) if is_sidecar else plan.target
    before = stamp_of(path)
    if before.sha256:
        check_replaceable(path)
    standing = read_standing(plan.target)
    if (standing.sha256, standing.genres) != (plan.sha256, plan.before):
        raise TagError("TAGS_FILE_CHANGED", "the file is not what it was when this was planned")
    with beside(path) as fresh:
        write_copy(plan.target, plan.kind, fresh, plan.after, facts_of(plan))
        if not is_sidecar:
            prove_same(path, plan.kind, fresh)
        after = replace(stamp_of(fresh), mtime_ns=0, inode=0)
        entry = journal.keep(path, before, fresh, after)
        keeps_time = before.sha256 and not touch and not is_sidecar
        try:
            put(fresh, path, before, like=plan.target, mtime_ns=before.mtime_ns if keeps_time else None)
        except BaseException:
            if fresh.exists():
                journal.forget(entry)
            raise
    return stamp_of(path)


def _undo(entry: Entry) -> Literal["undone", "untouched"]:
    if entry.error is not None:
        raise entry.error
    now = stamp_of(entry.path)
    if now.sha256 == entry.before.sha256:
        return "untouched"
    if now.sha256 != entry.after.sha256:
        what = "the file is not what was written" if now.sha256 else "there is no such file any more"
        raise TagError("TAGS_CHANGED_SINCE", what)
    if not entry.before.sha256:
        entry.path.unlink()
        fsync_folder(entry.path.parent)
        return "undone"
    check_replaceable(entry.path)
    with beside(entry.path) as fresh:
        with entry.path.open("rb") as file, fresh.open("wb") as target:
            restore(entry, file, target)
        if stamp_of(fresh).sha256 != entry.before.sha256:
            raise TagError("TAGS_UNDO_FAILED", f"the entry {entry.where} is damaged: it does not give the old file")
        put(fresh, entry.path, now, mtime_ns=entry.before.mtime_ns)
    return "undone"


def _failed(plan: TagPlan, error: GenreLensError) -> TagPlan:
    return replace(plan, action=TagAction.FAILED, reason="failed", detail=error.message, after=plan.before, error=error)
