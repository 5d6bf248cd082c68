"""All embeddings of a model: of the files that are there, of length 1, in pages that leave nothing out."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sqlalchemy import update

from genrelens.catalogue.schema import answers
from genrelens.catalogue.vectors import unit_vectors
from genrelens.errors import CatalogueError
from genrelens.listening.analysis import ModelInfo
from genrelens.listening.bundle import read_bundle
from tests.catalogue.made import synthetic_analysis, synthetic_catalogue


@pytest.fixture(params=["sqlite", "postgresql"])
def made(request, tmp_path):
    """120 made-up files with copies, failures and silence."""
    where = tmp_path / "my.db"
    if request.param == "postgresql":
        where = request.getfixturevalue("postgres").url(f"vectors_{time.time_ns()}")
    with synthetic_catalogue(where, 120) as catalogue:
        yield catalogue, catalogue.latest_model()


def heard(catalogue, model_id):
    """SHA-256 -> embedding as it was made, for what is there."""
    bundle = read_bundle()
    info = ModelInfo(bundle.name, bundle.version, bundle.model_sha256, bundle.calibration.calibrated)
    found = {}
    for row in catalogue.rows(model_id):
        if row.state == "done" and row.top:
            content = row.size - 4_000_000
            found[row.sha256] = synthetic_analysis(0, content, row.sha256, bundle, info).embedding
    return found


def test_of_length_one_in_pages(made, monkeypatch):
    monkeypatch.setattr("genrelens.catalogue.vectors._PAGE", 7)
    catalogue, model_id = made
    shas, units = unit_vectors(catalogue, model_id)
    expected = heard(catalogue, model_id)
    assert shas == sorted(expected)
    assert len(shas) > 90
    vectors = np.stack([expected[sha] for sha in shas])
    assert units == pytest.approx(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), abs=1e-6)


def test_what_is_gone_is_left_out_unless_a_copy_is_there(made):
    catalogue, model_id = made
    rows = [row for row in catalogue.rows(model_id) if row.state == "done" and row.top]
    copy = next(row for row in rows if row.copy_of)
    alone = next(row for row in rows if row.sha256 != copy.sha256)
    before, _ = unit_vectors(catalogue, model_id)
    catalogue.mark_gone([copy.path, alone.path])
    assert unit_vectors(catalogue, model_id)[0] == [sha for sha in before if sha != alone.sha256]
    assert unit_vectors(catalogue, model_id + 1)[0] == []


@pytest.mark.parametrize("damaged", [b"odd", b"\0" * 12])
def test_a_damaged_one_is_said(made, damaged):
    catalogue, model_id = made
    sha = unit_vectors(catalogue, model_id)[0][30]
    worse = update(answers).where(answers.c.sha256 == sha).values(embedding=damaged)
    catalogue.database.write(lambda connection: connection.execute(worse))
    with pytest.raises(CatalogueError) as caught:
        unit_vectors(catalogue, model_id)
    assert caught.value.code == "CATALOGUE_CORRUPT"
    zeros = update(answers).where(answers.c.sha256 == sha).values(embedding=b"\0" * 64)
    catalogue.database.write(lambda connection: connection.execute(zeros))
    assert not unit_vectors(catalogue, model_id)[1][30].any()
