"""Parquet of a table, for who counts with pandas, DuckDB or Spark: full precision, lists as lists, in row groups."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, BinaryIO, Final

from genrelens.errors import UsageError

if TYPE_CHECKING:
    from genrelens.catalogue.exports import Line

__all__ = ["check_installed", "write_parquet"]

_GROUP: Final = 2000
"""Rows of a row group: what is held in memory."""
_LISTS: Final = ("prediction_set", "health", "mapped_genres")
_NUMBERS: Final = ("mix_index", "not_music", "duration_s", *(f"probability_{place}" for place in range(1, 6)))


def check_installed() -> None:
    """Say so before any work where Parquet cannot be written.

    Raises:
        UsageError: `PARQUET_NOT_INSTALLED`.
    """
    if find_spec("pyarrow") is None:
        raise UsageError("PARQUET_NOT_INSTALLED", "what writes Parquet is not installed")


def write_parquet(stream: BinaryIO, names: Sequence[str], lines: Iterable[Line]) -> int:
    """Write lines as Parquet; "" becomes null.

    Returns:
        How many lines there were.
    """
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {name: pa.list_(pa.string()) for name in _LISTS} | dict.fromkeys(_NUMBERS, pa.float64())
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in names])
    rows, count = iter(lines), 0
    with parquet.ParquetWriter(stream, schema) as writer:
        while group := list(itertools.islice(rows, _GROUP)):
            values = [{name: _value(said[name]) for name in names} for said in group]
            writer.write_table(pa.Table.from_pylist(values, schema=schema))
            count += len(group)
    return count


def _value(value: str | float | tuple[str, ...] | None) -> str | float | list[str] | None:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8") or None
    return value
