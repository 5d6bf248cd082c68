"""What tests of both databases share."""

import time

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request, tmp_path):
    """The place of a new catalogue: a file, and a database of a real server."""
    if request.param == "sqlite":
        return str(tmp_path / "my.db")
    return request.getfixturevalue("postgres").url(f"catalogue_{time.time_ns()}")
