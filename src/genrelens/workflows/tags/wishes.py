"""Which genre a file should have: from an answer, or from a catalogue's row and what a person decided about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from genrelens.catalogue.paths import from_text, to_text
from genrelens.catalogue.rows import NOT_MUSIC, CatalogueRow
from genrelens.errors import AudioError, GenreLensError, TagError
from genrelens.listening.analysis import Analysis, GenreScore, ModelInfo
from genrelens.workflows.mapping import read_mapping
from genrelens.workflows.policy import Policy, read_policy
from genrelens.workflows.tags.files import stamp_of
from genrelens.workflows.tags.formats import SIDECAR_SUFFIX
from genrelens.workflows.tags.journal import Entry
from genrelens.workflows.tags.plan import TagAction, TagPlan, TagWish

__all__ = [
    "Naming",
    "catalogue_wishes",
    "catch_up",
    "first_genre",
    "follow_tags",
    "wish_of_answer",
    "wishes_of_rows",
]

Naming: TypeAlias = Callable[[Sequence[GenreScore] | str], Sequence[str]]
"""All labels with their probabilities, descending, or what a person decided (a label or `NOT_MUSIC`) -> the names to
write: the owner's, one or several."""


def first_genre(heard: Sequence[GenreScore] | str) -> tuple[str, ...]:
    """The likeliest or decided label, as the model calls it."""
    if isinstance(heard, str):
        return () if heard == NOT_MUSIC else (heard,)
    return tuple(score.id for score in heard[:1])


def wish_of_answer(path: Path, answer: Analysis | GenreLensError, naming: Naming = first_genre) -> TagWish:
    """The wish for a file that was just heard."""
    if isinstance(answer, GenreLensError):
        return TagWish(path, (), error=answer)
    return _wish(path, answer.top, answer.tier, answer.model, answer.source.sha256, naming)


def wishes_of_rows(
    rows: Iterable[CatalogueRow], naming: Naming = first_genre, policy: Policy | None = None
) -> Iterator[TagWish]:
    """The wishes for a catalogue's files; a person's decision comes before the model's answer.

    Args:
        rows: Of one model.
        naming: Says what a genre is called.
        policy: Says which answers are accepted; their tiers when left out.

    Yields:
        One for each row, in order.
    """
    for row in rows:
        path = from_text(row.path)
        if row.state == "failed":
            yield TagWish(path, (), error=AudioError(row.error, row.message))
        elif row.decision is not None:
            yield _decided(path, row, naming)
        else:
            wish = _wish(path, row.top, row.tier, row.model, row.sha256, naming)
            yield wish if policy is None else replace(wish, accepted=policy.action(row) == "accept")


def _decided(path: Path, row: CatalogueRow, naming: Naming) -> TagWish:
    decision = row.decision
    assert decision is not None
    said = next((score.probability for score in row.top if score.id == decision.verdict), None)
    return TagWish(
        path,
        tuple(naming(decision.verdict)),
        said,
        row.tier,
        _model(row.model),
        decision.person,
        row.sha256,
    )


def _wish(
    path: Path, top: Sequence[GenreScore], tier: str, model: ModelInfo | None, sha256: str, naming: Naming
) -> TagWish:
    genres = tuple(naming(NOT_MUSIC if tier == "not_music" else top))
    return TagWish(path, genres, top[0].probability if top else None, tier, _model(model), sha256=sha256)


def _model(model: ModelInfo | None) -> str:
    return "" if model is None else f"{model.name} {model.version}"


def catalogue_wishes(
    where: str,
    paths: Sequence[Path],
    *,
    model: str | None = None,
    mapping: Path | None = None,
    policy: Path | None = None,
) -> Iterator[TagWish]:
    """The wishes for the files of a catalogue.

    Args:
        where: The catalogue's file or address.
        paths: Only these files, and those in these folders; all where there are none.
        model: Whose answers; the model that answered last when left out.
        mapping: A file with the owner's own names.
        policy: A file that says which answers are accepted; their tiers when left out.

    Yields:
        One for each file that has an answer, sorted by path.

    Raises:
        CatalogueError: It cannot be opened or read, or has no such model.
        PolicyError: The mapping or the policy does not say what it must.
    """
    from genrelens.catalogue.inventory import model_named
    from genrelens.catalogue.rows import RowFilter
    from genrelens.catalogue.store import open_catalogue

    with open_catalogue(where, create=False) as catalogue:
        asked = model_named(catalogue, model)
        if asked is None:
            return
        labels = catalogue.labels(asked)
        naming = first_genre if mapping is None else read_mapping(mapping, labels).genres_of
        triage = None if policy is None else read_policy(policy, labels)
        whole = {to_text(path) for path in paths if path.is_dir()} if paths else {""}
        named = {to_text(path) for path in paths}
        # A folder is read once, however many of its files are named.
        for under in sorted(whole | {to_text(path.parent) for path in paths if not path.is_dir()}):
            rows = catalogue.rows(asked, RowFilter(under=under, states=("done", "failed")))
            yield from wishes_of_rows((row for row in rows if under in whole or row.path in named), naming, triage)


def follow_tags(where: str, plans: Iterable[TagPlan]) -> Iterator[TagPlan]:
    """Let a catalogue know each file by its new bytes as soon as they are there: what it knows of the file goes along.

    Args:
        where: The catalogue's file or address.
        plans: From `apply_tags`.

    Yields:
        The plans.

    Raises:
        CatalogueError: It cannot be opened or written.
    """
    from genrelens.catalogue.retagged import follow
    from genrelens.catalogue.store import open_catalogue

    with open_catalogue(where, create=False) as catalogue:
        for plan in plans:
            if plan.written is not None and plan.action is TagAction.WRITE:
                now = plan.written
                follow(catalogue.database, plan.target, plan.sha256, now.sha256, size=now.size, mtime_ns=now.mtime_ns)
            yield plan


def catch_up(where: str, entries: Sequence[Entry]) -> None:
    """The same for what was done to files without the catalogue: undone, or before a kill. As often as one likes.

    Args:
        where: The catalogue's file or address.
        entries: All of a run. Files are read where the catalogue does not know them by the bytes that they should have.

    Raises:
        CatalogueError: It cannot be opened or written.
    """
    from genrelens.catalogue.retagged import follow
    from genrelens.catalogue.store import open_catalogue

    # Of these a killed undo may have brought one back without saying so: the last.
    waiting = [entry for entry in entries if not entry.undone][-1:]
    with open_catalogue(where, create=False) as catalogue:
        known = catalogue.known_files([to_text(entry.path) for entry in entries])
        for entry in entries:
            if not entry.before.sha256 or entry.path.name.endswith(SIDECAR_SUFFIX):
                continue
            row = known.get(to_text(entry.path))
            should = entry.before if entry.undone else entry.after
            if row is not None and row.sha256 == should.sha256 and entry not in waiting:
                continue
            try:
                now = stamp_of(entry.path)
            except (OSError, TagError):
                # Whatever keeps one file from being read, the others are followed.
                continue
            shas = [entry.before.sha256, entry.after.sha256]
            if now.sha256 in shas:
                other = shas[1 - shas.index(now.sha256)]
                follow(catalogue.database, entry.path, other, now.sha256, size=now.size, mtime_ns=now.mtime_ns)
