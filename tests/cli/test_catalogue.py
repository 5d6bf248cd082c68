"""`genrelens catalogue` as a person runs it."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
from dataclasses import replace

import pytest

from genrelens.catalogue.paths import from_text
from genrelens.catalogue.store import open_catalogue
from genrelens.listening.bundle import read_bundle
from genrelens.workflows.model_diff import pairs
from tests.catalogue.made import decide, synthetic_catalogue, synthetic_path
from tests.cli.test_classify import genrelens

N = 150


@pytest.fixture(scope="module")
def where(tmp_path_factory):
    """A catalogue that two models answered, with decisions about what they differ on."""
    folder = tmp_path_factory.mktemp("catalogue")
    newer = replace(read_bundle(), version="9.0", model_sha256="9" * 64)
    synthetic_catalogue(folder / "my.db", N, bundle=newer, shift=2).close()
    with synthetic_catalogue(folder / "my.db", N) as made:
        a, b = made.model_id(read_bundle()), made.model_id(newer)
        done = [pair for pair in pairs(made, a, b) if pair.changed]
        for pair in done[:9]:
            decide(made, b, pair.a.sha256, "not-music" if pair.b.tier == "not_music" else pair.b.genre)
        decide(made, a, done[9].a.sha256, "Nothing of these")
    return folder / "my.db"


def read_csv(file):
    return list(csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))


def test_help_says_what_there_is():
    done = genrelens("catalogue", "--help")
    assert done.returncode == 0
    for command in ("export", "mapping", "check", "backup", "info", "diff"):
        assert command in done.stdout
    assert "--undecided" in genrelens("catalogue", "export", "--help").stdout


def test_a_table_by_default_and_by_wish(where, tmp_path):
    done = genrelens("catalogue", "export", "-c", where, "--out", tmp_path / "all.csv")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"{N} rows written to all.csv" in done.stderr
    rows = read_csv(tmp_path / "all.csv")
    assert {os.fsencode(from_text(row["file"])) for row in rows} == {synthetic_path(number) for number in range(N)}
    assert {row["triage"] for row in rows} == {"", "accept", "suggest", "review"}
    (tmp_path / "policy.yaml").write_text("genres: {jazz: review}\naccept_above: 0.5\n", encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text("genres: {jazz: Swing}\notherwise: drop\n", encoding="utf-8")
    files = ("--policy", tmp_path / "policy.yaml", "--mapping", tmp_path / "mapping.yaml")
    some = ("--genre", "jazz", "--state", "done", "--under", "/music", "--undecided")
    done = genrelens("catalogue", "export", "-c", where, "-o", tmp_path / "some.csv", *files, *some, "--lang", "zh")
    assert done.returncode == 0, done.stderr
    assert "已写入 some.csv" in done.stderr
    rows = read_csv(tmp_path / "some.csv")
    assert len(rows) > 3
    said = {(row["genre_1"], row["triage"], row["mapped_genres"]) for row in rows if row["tier"] != "not_music"}
    assert said == {("Jazz", "review", "Swing")}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("-o", "table.ods"), "EXPORT_FORMAT"),
        (("-o", "none/table.csv"), "OUTPUT_FAILED"),
        (("-o", "table.csv", "--model", "nobody"), "MODEL_UNKNOWN"),
        (("-o", "table.csv", "--genre", "Polka"), "GENRE_UNKNOWN"),
        (("-o", "table.csv", "--policy", "none.yaml"), "POLICY_INVALID"),
        (("-o", "table.csv", "--mapping", "none.yaml"), "MAPPING_INVALID"),
        (("-o", "table.csv", "--tier", "certain"), "none of sure"),
        (("-o", "table.csv", "-c", "none.db"), "CATALOGUE_NOT_FOUND"),
    ],
)
def test_what_is_refused(arguments, code, where, tmp_path):
    done = genrelens("catalogue", "export", "-c", where, *arguments, cwd=tmp_path)
    assert (done.returncode, code in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_mapping_to_begin_with(tmp_path, where):
    assert genrelens("catalogue", "mapping").stdout.startswith("# mapping.yaml")
    file = tmp_path / "mapping.yaml"
    assert genrelens("catalogue", "mapping", file).returncode == 0
    again = genrelens("catalogue", "mapping", file)
    assert (again.returncode, "OUTPUT_FAILED" in again.stderr) == (2, True)
    done = genrelens("catalogue", "export", "-c", where, "-o", tmp_path / "a.csv", "--mapping", file)
    assert done.returncode == 0, done.stderr
    assert "Urban" in {row["mapped_genres"] for row in read_csv(tmp_path / "a.csv")}


def test_check_whole_and_damaged(where, tmp_path):
    done = genrelens("catalogue", "check", "-c", where)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Whole: {N} files" in done.stdout
    copy = tmp_path / "copy.db"
    assert genrelens("catalogue", "backup", copy, "-c", where).returncode == 0
    with sqlite3.connect(copy) as raw:
        raw.execute("UPDATE answers SET analysis = x'00' WHERE genre = 'Jazz'")
    raw.close()
    done = genrelens("catalogue", "check", "-c", copy, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["whole"], found["problems"][0]["kind"]) == (1, False, "unreadable")
    assert "不完好" in genrelens("catalogue", "check", "-c", copy, "--lang", "zh").stdout
    copy.write_bytes(b"SQLite format 3\0" + b"broken" * 999)
    done = genrelens("catalogue", "check", "-c", copy)
    assert (done.returncode, "CATALOGUE_CORRUPT" in done.stderr) == (2, True)


def test_backup_takes_a_name_of_its_own(where, tmp_path):
    done = genrelens("catalogue", "backup", "-c", where, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (copy,) = tmp_path.iterdir()
    assert copy.name.startswith("genrelens-20")
    assert copy.name in done.stdout
    with open_catalogue(copy) as opened:
        assert len(list(opened.rows(None))) == N
    again = genrelens("catalogue", "backup", copy, "-c", where)
    assert (again.returncode, "BACKUP_EXISTS" in again.stderr) == (2, True)
    assert genrelens("catalogue", "backup", copy, "-c", where, "--force").returncode == 0


def test_info(where):
    said = genrelens("catalogue", "info", "-c", where).stdout
    for words in (
        f"{N} files",
        "genrelens-base 9.0 (99999999)",
        "By tier: ",
        "Decided: another genre 10",
        "By: ann 10",
    ):
        assert words in said
    assert "按第一流派" in genrelens("catalogue", "info", "-c", where, "--lang", "zh").stdout
    found = json.loads(genrelens("catalogue", "info", "-c", where, "--json").stdout)
    assert [model["model"]["version"] for model in found["models"]] == ["9.0", read_bundle().version]


def test_two_models_side_by_side(where, tmp_path):
    models = ("--model", read_bundle().version, "--model", "9999")
    done = genrelens("catalogue", "diff", "-c", where, *models)
    assert done.returncode == 0, done.stderr
    for words in (
        "only B 9",
        "neither 1",
        "B is right more often",
        "saw A's answer for 1 of these and B's for 9",
        "A: ",
    ):
        assert words in done.stdout
    found = json.loads(genrelens("catalogue", "diff", "-c", where, *models, "--json").stdout)
    assert found["changed"] == sum(pair["count"] for pair in found["genres"]) > 10
    assert len(found["files"]) == found["changed"]
    out = tmp_path / "changed.csv"
    done = genrelens("catalogue", "diff", "-c", where, *models, "--out", out, "--lang", "zh")
    assert "第一流派不同" in done.stdout
    rows = read_csv(out)
    assert [row["file"] for row in rows] == [file["file"] for file in found["files"]]
    assert sum(row["right"] == "b" for row in rows) == 9


def test_one_model_cannot_be_compared(where):
    done = genrelens("catalogue", "diff", "-c", where, "--model", "1")
    assert (done.returncode, "--model twice" in done.stderr) == (2, True)
