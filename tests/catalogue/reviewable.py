"""A catalogue of hand-made answers to review: no file is heard, the rows are real."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from genrelens.catalogue.paths import to_text
from genrelens.catalogue.store import Catalogue, FileRecord
from tests.studio.made import analysis


def fill(catalogue: Catalogue, model, files: list[tuple[Path, str]], *, tag: str = "") -> dict[str, str]:
    """Put (path, tier) into the catalogue; gives path as text -> SHA-256 (of the file, or of its name)."""
    model_id = catalogue.model_id(model.bundle)
    shas, answered = {}, []
    for path, tier in files:
        data = path.read_bytes() if path.is_file() else str(path).encode("utf-8", "surrogateescape")
        sha = hashlib.sha256(data).hexdigest()
        shas[to_text(path)] = sha
        whole = analysis(tier)
        # As many different answers as files, the first the most doubtful.
        moved = [
            replace(score, probability=score.probability + 1e-6 * len(answered)) if not place else score
            for place, score in enumerate(whole.top)
        ]
        source = replace(whole.source, sha256=sha, genre_tag=tag, duration_s=20.0)
        answered.append((sha, replace(whole, source=source, top=tuple(moved))))
    catalogue.plan(model_id, [FileRecord(path, 1, 1, sha) for path, sha in shas.items()])
    wanted = list(dict.fromkeys(shas.values()))
    for first in range(0, len(wanted), 400):
        catalogue.claim(model_id, "test", wanted[first : first + 400])
    catalogue.commit(model_id, "test", answered)
    return shas
