"""Files written all or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["write_json"]


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write readable JSON."""
    partial = path.with_suffix(".tmp")
    partial.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)
