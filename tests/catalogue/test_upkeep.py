"""Check, copy and count: what is damaged is found and said, and a copy is whole or is not there."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from genrelens.catalogue.backup import back_up
from genrelens.catalogue.exports import write_export
from genrelens.catalogue.inventory import info, model_named
from genrelens.catalogue.schema import answers, decisions, files, metadata
from genrelens.catalogue.store import FileRecord, open_catalogue
from genrelens.catalogue.upkeep import check
from genrelens.errors import CatalogueError, UsageError
from tests.catalogue.made import decide, synthetic_catalogue
from tests.faults.running import wait_until

N = 150
JAZZ = answers.update().where(answers.c.genre == "Jazz")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A catalogue with decisions, as one file."""
    folder = tmp_path_factory.mktemp("kept")
    with synthetic_catalogue(folder / "full.db", N) as made:
        model = made.latest_model()
        for number, row in enumerate(row for row in made.rows(model) if row.state == "done" and row.top):
            if number < 5:
                decide(made, model, row.sha256, row.genre, kind="accept", person="ann" if number else "王")
        back_up(made, folder / "kept.db")
    return folder / "kept.db"


@pytest.fixture
def catalogue(kept, tmp_path):
    shutil.copy(kept, tmp_path / "a.db")
    with open_catalogue(tmp_path / "a.db") as opened:
        yield opened


def change(catalogue, statement):
    catalogue.database.write(lambda connection: connection.execute(statement))


def kinds(catalogue):
    return {problem.kind: problem.count for problem in check(catalogue).problems}


def test_a_whole_catalogue(catalogue):
    found = check(catalogue)
    assert found.whole
    assert found.problems == ()
    assert (found.files, found.decisions) == (N, 5)
    assert found.answers > 100


@pytest.mark.parametrize(
    ("statement", "kind", "harm"),
    [
        (JAZZ.values(analysis=b"\x78\x9cdamaged"), "unreadable", True),
        (
            JAZZ.values(embedding=b"\x00\x00\xc0\x7f" * 4),
            "unreadable",
            True,
        ),
        (JAZZ.values(embedding=b"abc"), "unreadable", True),
        (JAZZ.values(tier="sure!"), "mismatch", True),
        (JAZZ.values(brief='{"top":[]}'), "mismatch", True),
        (JAZZ.values(brief="[1]"), "unreadable", True),
        (JAZZ.values(analysis=None), "half", True),
        (answers.delete().where(answers.c.genre == "Jazz"), "no_answer", False),
    ],
)
def test_what_is_wrong_with_answers(statement, kind, harm, catalogue):
    jazz = check_count(catalogue)
    change(catalogue, statement)
    found = check(catalogue)
    assert [(problem.kind, problem.harm) for problem in found.problems] == [(kind, harm)]
    assert found.problems[0].count >= jazz > 0
    assert found.whole is not harm
    assert 0 < len(found.problems[0].examples) <= 5


def check_count(catalogue):
    model = catalogue.latest_model()
    return len({row.sha256 for row in catalogue.rows(model) if row.genre == "Jazz"})


def test_rows_that_point_nowhere(catalogue):
    change(catalogue, files.delete())
    change(catalogue, answers.delete())
    assert kinds(catalogue) == {"decision": 5}
    assert check(catalogue).whole
    with sqlite3.connect(catalogue.database.path) as raw:
        raw.execute("DELETE FROM models")  # without the foreign keys that our own connections keep
    assert kinds(catalogue) == {"decision": 5, "no_model": 5}
    assert not check(catalogue).whole


def test_a_table_that_lacks_a_column(catalogue):
    with sqlite3.connect(catalogue.database.path) as raw:
        raw.execute("ALTER TABLE leases DROP COLUMN person")
    found = check(catalogue)
    assert [(problem.kind, problem.examples) for problem in found.problems] == [("columns", ("leases.person",))]
    assert not found.whole


def test_a_damaged_page(catalogue):
    where = catalogue.database.path
    catalogue.close()
    data = bytearray(where.read_bytes())
    # Overwritten in the middle: deep inside the answers.
    for place in range(len(data) // 2, len(data) // 2 + 20_000):
        data[place] = place * 7 % 251
    where.write_bytes(bytes(data))
    with open_catalogue(where) as opened:
        assert damaged(opened)
        copy = where.with_name("copy.db")
        with pytest.raises(CatalogueError) as caught:
            back_up(opened, copy)
        assert caught.value.code == "CATALOGUE_CORRUPT"
        assert [path.name for path in where.parent.iterdir() if not path.name.startswith("a.db")] == []


@pytest.mark.parametrize("damage", ["truncated", "garbage", "empty", "other", "half"])
def test_what_is_no_catalogue(damage, kept, tmp_path):
    where = tmp_path / "bad.db"
    whole = kept.read_bytes()
    if damage == "other":
        with sqlite3.connect(where) as raw:
            raw.execute("CREATE TABLE files (path TEXT)")
        raw.close()
    else:
        data = {
            "truncated": whole[:5000],
            "garbage": b"no database " * 999,
            "empty": b"",
            "half": whole[: len(whole) // 2],
        }
        where.write_bytes(data[damage])
    before = where.read_bytes()
    if damage == "empty":
        with pytest.raises(CatalogueError) as caught:
            open_catalogue(where)
        assert caught.value.code == "CATALOGUE_NOT_FOUND"
        return
    assert damaged(where)
    assert where.read_bytes()[100:] == before[100:]  # the header counts who opened it


def damaged(catalogue):
    """Whether damage is found, when it is opened or by the check."""
    try:
        if isinstance(catalogue, Path):
            with open_catalogue(catalogue) as opened:
                return not check(opened).whole
        return not check(catalogue).whole
    except CatalogueError as error:
        return error.code == "CATALOGUE_CORRUPT"


def same_tables(one, other):
    for table in metadata.sorted_tables:
        first, second = (sorted(map(repr, c.database.fetch(table.select()))) for c in (one, other))
        assert first == second, table.name


def test_a_copy_holds_everything(catalogue, tmp_path):
    found = back_up(catalogue, tmp_path / "copy.db")
    assert found.whole
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(("copy", "."))) == ["copy.db"]
    with open_catalogue(tmp_path / "copy.db") as copy:
        same_tables(catalogue, copy)
        model = catalogue.latest_model()
        for kind in ("csv", "jsonl"):
            for each, name in ((catalogue, "one"), (copy, "two")):
                write_export(each, model, tmp_path / f"{name}.{kind}")
            assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()


def test_a_copy_while_others_write(catalogue, tmp_path):
    model, stop, wrote = catalogue.latest_model(), threading.Event(), []

    def write():
        while not stop.is_set():
            number = len(wrote)
            catalogue.plan(model, [FileRecord(f"/late/{number}.mp3", 1, 1, f"{number:064x}")])
            wrote.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_until(lambda: len(wrote) >= 5)
        found = back_up(catalogue, tmp_path / "copy.db")
    finally:
        stop.set()
        writer.join()
    assert found.whole
    assert N + 5 <= found.files <= N + len(wrote)


def test_an_older_copy_stays_unless_told(catalogue, tmp_path):
    copy = tmp_path / "copy.db"
    copy.write_bytes(b"older")
    with pytest.raises(UsageError) as caught:
        back_up(catalogue, copy)
    assert caught.value.code == "BACKUP_EXISTS"
    assert copy.read_bytes() == b"older"
    assert back_up(catalogue, copy, force=True).whole
    with open_catalogue(copy) as opened:
        assert check(opened).whole
        before = copy.read_bytes()
        with pytest.raises(UsageError) as caught:
            back_up(catalogue, copy, force=True)  # its journal would be taken for the new one's
        assert caught.value.code == "BACKUP_EXISTS"
        assert copy.read_bytes() == before
    assert back_up(catalogue, copy, force=True).whole


@pytest.mark.parametrize("name", ["a.db", "link.db"])
def test_a_catalogue_is_never_copied_onto_itself(name, catalogue, tmp_path):
    (tmp_path / "link.db").symlink_to(tmp_path / "a.db")
    with pytest.raises(UsageError) as caught:
        back_up(catalogue, tmp_path / name, force=True)
    assert caught.value.code == "BACKUP_EXISTS"
    assert check(catalogue).whole


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_copy_that_fails_leaves_nothing(step, catalogue, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("genrelens.catalogue.backup.os.fsync", fail) if step == "fsync" else monkeypatch.setattr(
        "genrelens.catalogue.backup.Path.replace", fail
    )
    with pytest.raises(UsageError) as caught:
        back_up(catalogue, tmp_path / "copy.db")
    assert caught.value.code == "OUTPUT_FAILED"
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith("a.db")] == []


def test_a_folder_that_is_not_there(catalogue, tmp_path):
    with pytest.raises(UsageError) as caught:
        back_up(catalogue, tmp_path / "none" / "copy.db")
    assert caught.value.code == "OUTPUT_FAILED"


def test_what_a_catalogue_holds(catalogue):
    found = info(catalogue)
    assert (found.files, found.gone, found.unreadable) == (N, 0, 1)
    assert found.contents == len({row.sha256 for row in catalogue.rows(catalogue.latest_model()) if row.sha256})
    assert found.bytes >= catalogue.database.path.stat().st_size
    assert found.decisions == {"accept": 5}
    assert found.people == {"ann": 4, "王": 1}
    (model,) = found.models
    assert model.counts == catalogue.counts(model.id)
    rows = {row.sha256: row for row in catalogue.rows(model.id) if row.state == "done"}.values()
    assert model.tiers == {tier: sum(row.tier == tier for row in rows) for tier in {row.tier for row in rows}}
    assert model.genres == {g: sum(row.genre == g for row in rows) for g in {row.genre for row in rows if row.genre}}
    catalogue.mark_gone(catalogue.paths_under("/music/album 00"))
    assert info(catalogue).gone > 0
    assert info(catalogue).files + info(catalogue).gone == N


def test_models_by_name(catalogue):
    model = catalogue.latest_model()
    said = catalogue.models()[model]
    names = (
        "1",
        said.name,
        said.name.upper(),
        said.version,
        f"{said.name} {said.version}",
        said.sha256,
        said.sha256[:6],
    )
    assert {model_named(catalogue, name) for name in (*names, None)} == {model}
    for name in ("2", "nobody", said.sha256[:3], "", "0"):
        with pytest.raises(UsageError) as caught:
            model_named(catalogue, name)
        assert caught.value.code == "MODEL_UNKNOWN"
        assert said.name in caught.value.message


def test_postgres_becomes_a_file(postgres, tmp_path):
    with synthetic_catalogue(postgres.url("upkeep"), 120) as made:
        model = made.latest_model()
        row = next(row for row in made.rows(model) if row.top)
        decide(made, model, row.sha256, "World")
        assert check(made).whole
        counted = info(made)
        assert counted.bytes > 100_000
        assert counted.files == 120
        assert back_up(made, tmp_path / "copy.db").whole
        with open_catalogue(tmp_path / "copy.db") as copy:
            same_tables(made, copy)
            for each, name in ((made, "one"), (copy, "two")):
                write_export(each, model, tmp_path / f"{name}.csv")
            assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
            assert copy.database.fetch(decisions.select())[0].verdict == "World"
