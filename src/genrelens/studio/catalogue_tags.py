"""What writing tags would do, planned in the background: thousands of files are read, and nothing is written.

One preview a listener; a new one ends the one before, and so does leaving. Of each kind of outcome the first rows are
kept to look at, all are counted.
"""

from __future__ import annotations

import shlex
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from genrelens.catalogue.rows import RowFilter
from genrelens.catalogue.store import Catalogue
from genrelens.errors import GenreLensError, as_expected
from genrelens.studio.jobs import Cancelled, Job
from genrelens.workflows.policy import Policy
from genrelens.workflows.tags.plan import TagMode, TagPlan, TagPolicy, plan_tags
from genrelens.workflows.tags.wishes import wishes_of_rows

__all__ = ["MOST", "TagPreview", "TagPreviews", "apply_command", "plans_of"]

MOST: Final = 1000
"""Rows of each kind that are kept."""
_WANTED: Final = RowFilter(states=("done", "failed"))
_AT_ONCE: Final = threading.Semaphore(2)
"""Previews that read files at the same time."""
_POLL_S: Final = 0.25


@dataclass(slots=True, eq=False)
class TagPreview:
    """One preview, while it runs and after.

    Attributes:
        total: Files that will be looked at.
        counts: Kind (`TagAction.kind`) -> how many so far.
        rows: Kind -> the first of them.
        running: Whether it goes on.
        stopped: Whether it was called off.
        error: What ended it.
    """

    total: int
    counts: Counter[str] = field(default_factory=Counter)
    rows: dict[str, list[TagPlan]] = field(default_factory=dict)
    running: bool = True
    stopped: bool = False
    error: GenreLensError | None = None

    def add(self, plan: TagPlan) -> None:
        """Take one more plan.

        Raises:
            TagError: `TAGS_NOT_INSTALLED`, which would be said of every file.
        """
        if plan.error is not None and plan.error.code == "TAGS_NOT_INSTALLED":
            raise plan.error
        kept = self.rows.setdefault(plan.action.kind, [])
        if len(kept) < MOST:
            kept.append(plan)
        self.counts[plan.action.kind] += 1


class TagPreviews:
    """The previews of all listeners. May be used from many threads."""

    def __init__(self) -> None:
        self._by_listener: dict[str, TagPreview] = {}

    def start(self, listener: str, job: Job, total: int, plans: Iterator[TagPlan]) -> TagPreview:
        """Begin a listener's preview, in the place of the one before."""
        preview = self._by_listener[listener] = TagPreview(total)
        threading.Thread(target=_run, args=(preview, job, plans), name="tag-preview", daemon=True).start()
        return preview

    def get(self, listener: str) -> TagPreview | None:
        """The listener's preview."""
        return self._by_listener.get(listener)

    def leave(self, listener: str) -> None:
        """The listener's tab closed."""
        self._by_listener.pop(listener, None)


def plans_of(
    catalogue: Catalogue, model_id: int, policy: Policy | None, when: TagPolicy, mode: TagMode
) -> tuple[int, Iterator[TagPlan]]:
    """How many files will be looked at, and their plans, read as they are taken.

    Raises:
        UsageError: `TAGS_POLICY`: the wishes contradict each other.
    """
    plans = plan_tags(wishes_of_rows(catalogue.rows(model_id, _WANTED), policy=policy), when, mode)
    return catalogue.count(model_id, _WANTED), plans


def apply_command(where: str, policy_name: str, when: TagPolicy, mode: TagMode) -> str:
    """The command that does what the preview shows."""
    words = ["genrelens", "tags", "apply", "--catalogue", where]
    words += [] if when is TagPolicy.SURE else ["--when", when.value]
    words += [] if mode == "keep" else [f"--{mode}"]
    words += ["--policy", policy_name] if policy_name else []
    return shlex.join(words)


def _run(preview: TagPreview, job: Job, plans: Iterator[TagPlan]) -> None:
    try:
        while not _AT_ONCE.acquire(timeout=_POLL_S):
            job.check()
        try:
            for plan in plans:
                job.check()
                preview.add(plan)
        finally:
            _AT_ONCE.release()
    except Cancelled:
        preview.stopped = True
    except Exception as error:
        preview.error = as_expected(error)
    finally:
        preview.running = False
