"""What people wrote into their files, as one more source of labels for `genrelens arbitrate`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from genrelens.catalogue.cells import cell
from genrelens.catalogue.paths import to_text
from genrelens.errors import GenreLensError, TagError, as_expected
from genrelens.whole_files import write_text
from genrelens.workflows.tags.formats import read_standing

__all__ = ["COLUMNS", "FileLabels", "read_labels", "write_labels"]

COLUMNS: Final = ("file", "source", "label")
"""A row for each genre of each file."""


@dataclass(frozen=True, slots=True)
class FileLabels:
    """The genres that a person wrote into one file; none where there are none, where they are ours, or with `error`."""

    path: Path
    labels: tuple[str, ...] = ()
    error: GenreLensError | None = None


def read_labels(files: Iterable[Path]) -> Iterator[FileLabels]:
    """The genres that people wrote; what GenreLens wrote itself is left out, or it would vouch for itself."""
    for path in files:
        try:
            yield FileLabels(path, read_standing(path).persons)
        except OSError as error:
            words = error.strerror or str(error)
            yield FileLabels(path, error=TagError("TAGS_UNREADABLE", f"the file cannot be read: {words}"))
        except Exception as error:
            yield FileLabels(path, error=as_expected(error))


def write_labels(target: Path, found: Iterable[FileLabels], source: str) -> int:
    """Write a CSV in long form; opens well in every spreadsheet, and none runs a cell of it.

    Args:
        target: Replaced where it is there.
        found: From `read_labels`.
        source: What this source of labels is called.

    Returns:
        How many rows were written.

    Raises:
        UsageError: `OUTPUT_FAILED`.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    rows = [(to_text(file.path), source, label) for file in found for label in file.labels]
    writer.writerows([cell(value) for value in row] for row in rows)
    write_text(target, text.getvalue(), mark=True)
    return len(rows)
