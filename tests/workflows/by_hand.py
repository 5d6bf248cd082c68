"""Files that people write by hand, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from genrelens.errors import PolicyError


def by_hand(file: Path, text: str | bytes) -> Path:
    """The file with this text."""
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def complaint(read, file: Path, code: str) -> str:
    """What `read` says of a wrong file, the code being right."""
    with pytest.raises(PolicyError) as caught:
        read(file)
    assert caught.value.code == code
    return caught.value.message
