"""The tables: files by path, answers by content and model, what people decided.

An answer belongs to the bytes of a file (SHA-256), a model and the front-end that fed it, never to a path: a moved
file costs nothing, an edited one is done anew, copies share an answer. `files` only points.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = ["SCHEMA_VERSION", "answers", "decisions", "files", "leases", "metadata", "models", "properties"]

SCHEMA_VERSION: Final = 1

metadata: Final = MetaData()

# Sorted by code point everywhere, as SQLite does: an export is the same whatever the server's language.
_Sorted = Text().with_variant(Text(collation="C"), "postgresql")
_Sha = String(64)

properties: Final = Table(
    "properties",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

models: Final = Table(
    "models",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("sha256", _Sha, nullable=False),
    Column("front_end", String(16), nullable=False),
    Column("calibrated", Boolean, nullable=False),
    Column("labels", Text, nullable=False),
    UniqueConstraint("sha256", "front_end"),
)

files: Final = Table(
    "files",
    metadata,
    Column("path", _Sorted, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("sha256", _Sha),
    Column("error", String(40)),
    Column("message", Text),
    Column("gone", Boolean, nullable=False, default=False),
    Index("files_by_content", "sha256"),
)

answers: Final = Table(
    "answers",
    metadata,
    Column("sha256", _Sha, primary_key=True),
    Column("model", ForeignKey("models.id"), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("owner", String(80)),
    Column("lease_until", Float),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", String(40)),
    Column("message", Text),
    Column("answered_at", Float),
    Column("genre", Text),
    Column("probability", Float),
    Column("tier", String(12)),
    Column("mix_index", Float),
    Column("not_music", Float),
    Column("duration_s", Float),
    Column("genre_tag", Text),
    Column("brief", Text),
    Column("analysis", LargeBinary),
    Column("embedding", LargeBinary),
    # No further index: SQLite, which does not count, would prefer it to the key and go through half of the table.
)

decisions: Final = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String(40), nullable=False, unique=True),
    Column("sha256", _Sha, nullable=False),
    Column("model", ForeignKey("models.id"), nullable=False),
    Column("person", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("batch", String(40)),
    Column("undone_at", Float),
    Index("decisions_by_content", "sha256"),
    Index("decisions_by_person", "person"),
)

leases: Final = Table(
    "leases",
    metadata,
    Column("sha256", _Sha, primary_key=True),
    Column("person", Text, nullable=False),
    Column("seat", String(40), nullable=False, default=""),
    Column("until", Float, nullable=False),
)
