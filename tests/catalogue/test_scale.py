"""What a hundred thousand rows would make slow: a page that is found by going through all of a table."""

from __future__ import annotations

import contextlib

import pytest
from sqlalchemy import event

from genrelens.catalogue import reading, upkeep
from genrelens.catalogue.rows import RowFilter
from tests.catalogue.made import decide, synthetic_catalogue

N = 60


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_PAGE", 20)
    monkeypatch.setattr(upkeep, "_PAGE", 20)
    with synthetic_catalogue(tmp_path / "a.db", N) as made:
        model = made.latest_model()
        for row in [row for row in made.rows(model) if row.state == "done"][:10]:
            decide(made, model, row.sha256, "World")
        yield made


@contextlib.contextmanager
def plans(catalogue):
    """How SQLite goes about the queries that are made in the block: one list of steps each."""
    engine, asked, found = catalogue.database._engine, [], []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with contextlib.closing(catalogue.database.raw()) as raw:
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                steps = raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
                found.append([step[3] for step in steps])


@pytest.mark.parametrize(
    "only",
    [
        RowFilter(),
        RowFilter(decided=False, not_by="ann"),
        RowFilter(first_copies=True),
        RowFilter(tiers=("sure", "unsure")),
        RowFilter(states=("done",)),
    ],
    ids=["all", "to review", "first", "tiers", "state"],
)
def test_a_page_of_rows_goes_through_no_table(catalogue, only):
    with plans(catalogue) as found:
        assert len(list(catalogue.rows(catalogue.latest_model(), only))) > 20
    pages = [steps for steps in found if any("files" in step for step in steps)]
    assert len(pages) >= 2
    for steps in pages:
        # The first page begins where the table does.
        assert {step for step in steps if step.startswith("SCAN")} <= {
            "SCAN files USING INDEX sqlite_autoindex_files_1"
        }
        assert not any("TEMP B-TREE" in step for step in steps), steps


def test_a_page_of_the_check_sorts_nothing(catalogue):
    with plans(catalogue) as found:
        assert upkeep.check(catalogue).whole
    pages = [steps for steps in found if steps[0].startswith(("SEARCH answers", "SCAN answers"))]
    assert len(pages) >= 3
    assert not any("TEMP B-TREE" in step for steps in pages for step in steps)


def test_what_a_run_asks_is_found_by_key(catalogue):
    model = catalogue.latest_model()
    shas = [row.sha256 for row in catalogue.rows(model) if row.sha256]
    with plans(catalogue) as found:
        assert catalogue.unanswered(model, shas) == []
        assert catalogue.failures(model, shas) == 1
        assert catalogue.claim(model, "me", shas) == []
    assert len(found) == 3
    for steps in found:
        assert steps == ["SEARCH answers USING INDEX sqlite_autoindex_answers_1 (sha256=? AND model=?)"]
