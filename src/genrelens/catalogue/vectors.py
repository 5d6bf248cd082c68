"""The embeddings of a whole catalogue as one array of unit length, read a page at a time so that nothing lies twice."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, exists, func, select

from genrelens.catalogue.answering import embedding_of, readable
from genrelens.catalogue.schema import answers, files
from genrelens.catalogue.store import Catalogue

__all__ = ["unit_vectors"]

_PAGE: Final = 500


def unit_vectors(catalogue: Catalogue, model_id: int) -> tuple[list[str], NDArray[np.float32]]:
    """SHA-256s [n], sorted, and embeddings scaled to length 1, float32 [n, d], of the files that are there.

    Raises:
        CatalogueError: `CATALOGUE_CORRUPT` where one is damaged, or as `Database.read`.
    """
    # Looked up for each answer: a list of all files would be made anew for every page.
    there = exists().where(files.c.sha256 == answers.c.sha256, files.c.gone.is_(False))
    mine = and_(answers.c.model == model_id, answers.c.embedding.is_not(None), there)
    count = catalogue.database.fetch(select(func.count()).select_from(answers).where(mine))[0][0]
    page = select(answers.c.sha256, answers.c.embedding).where(mine).order_by(answers.c.sha256).limit(_PAGE)
    shas: list[str] = []
    vectors = np.zeros((0, 0), np.float32)
    while len(shas) < count:
        found = catalogue.database.fetch(page.where(answers.c.sha256 > shas[-1]) if shas else page)
        if not found:
            break  # somebody took files away while we read
        with readable():
            block = np.array([embedding_of(row.embedding) for row in found[: count - len(shas)]], np.float32)
            if not shas:
                vectors = np.zeros((count, block.shape[1]), np.float32)
            lengths = np.linalg.norm(block, axis=1, keepdims=True)
            vectors[len(shas) : len(shas) + len(block)] = block / np.where(lengths > 0, lengths, 1.0)
        shas += [row.sha256 for row in found[: len(block)]]
    return shas, vectors[: len(shas)]
