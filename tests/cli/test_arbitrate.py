"""`genrelens arbitrate` as a person runs it."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from tests.cli.test_classify import genrelens

ROWS = [
    "file,title,discogs,shop,intern",
    "music/joplin_rag.ogg,Maple,Ragtime,Classical,Zorgcore",
    "music/metal_riff.ogg,Riff,Heavy Metal,Rock; Metal,摇滚",
    "music/gone.ogg,,Techno,电子,Pop",
    "music/silent.ogg,,,,",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, examples):
    folder = tmp_path_factory.mktemp("arbitrate")
    (folder / "music").mkdir()
    for path in examples:
        if path.stem in ("joplin_rag", "metal_riff"):
            shutil.copy(path, folder / "music")
    (folder / "labels.csv").write_text("\n".join(ROWS) + "\n", encoding="gbk")
    return folder


def test_text(folder):
    done = genrelens("arbitrate", folder / "labels.csv", "--lang", "en")
    # One file has no answer.
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("4 songs, 3 sources: ")
    assert "Too few songs" in lines[1]
    assert "Left out, for they are no labels: title" in done.stdout
    assert "Zorgcore (1×)" in done.stdout
    assert "music/silent.ogg" in done.stdout


def test_with_the_model_and_a_table(folder):
    out = folder / "result.csv"
    (folder / "names.yaml").write_text("Zorgcore: Country\n")
    done = genrelens(
        "arbitrate", folder / "labels.csv", "--listen", folder / "music", "--out", out, "--json", "--lang", "zh",
        "--names", folder / "names.yaml",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "gone.ogg" in done.stderr
    found = json.loads(done.stdout)
    assert found["sources"][-1]["is_model"]
    assert found["sources"][-1]["labels"] == 2
    assert found["unknown"] == []
    assert found["verdicts"][0]["says"][2]["labels"] == ["Country"]
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["genre"] for row in rows] == ["Jazz", "Metal", "Electronic", ""]
    assert rows[1]["the model"] == "Metal"
    assert [row["file"] for row in rows] == [row.split(",")[0] for row in ROWS[1:]]
    assert [verdict["label"] for verdict in found["verdicts"]] == [row["genre"] for row in rows]


def test_no_model_listens_to_nothing_but_tags(folder):
    done = genrelens("arbitrate", folder / "labels.csv", "--listen", folder / "music", "--tags", "--no-model", "--json")
    assert not any(source["is_model"] for source in json.loads(done.stdout)["sources"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["/no/such.csv"], "LABELS_TABLE_INVALID"),
        (["{folder}/labels.csv", "--catalogue", "/no/such.db"], "CATALOGUE_NOT_FOUND"),
        (["{folder}/labels.csv", "--catalogue", "x.db", "--listen", "{folder}"], "NO_INPUT"),
        (["{folder}/labels.csv", "--tags"], "NO_INPUT"),
        (["{folder}/labels.csv", "--names", "{folder}/labels.csv"], "NAMES_INVALID"),
        (["{folder}/labels.csv", "--listen", "{folder}/labels.csv"], "NO_INPUT"),
        (["{folder}/labels.csv", "--out", "/no/such/folder/x.csv"], "OUTPUT_FAILED"),
    ],
)
def test_what_cannot_be_done(folder, arguments, code):
    done = genrelens("arbitrate", *(argument.format(folder=folder) for argument in arguments))
    assert done.returncode == 2
    assert f"{code}: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_models_answers_out_of_a_catalogue(folder, model, examples):
    """As `genrelens label` leaves them; the table names files as another disk had them."""
    from genrelens.catalogue.paths import to_text
    from genrelens.catalogue.store import FileRecord, open_catalogue
    from genrelens.listening.analyze import analyze

    path = folder / "music" / "metal_riff.ogg"
    with open_catalogue(folder / "my.db", create=True) as catalogue:
        mid = catalogue.model_id(model.bundle)
        catalogue.plan(mid, [FileRecord(to_text(path), path.stat().st_size, 1, "a" * 64)])
        catalogue.claim(mid, "me", ["a" * 64])
        catalogue.commit(mid, "me", [("a" * 64, analyze(model, path))])
    done = genrelens("arbitrate", folder / "labels.csv", "--catalogue", folder / "my.db", "--json", "--lang", "en")
    assert "Files that were not found, so that the model does not speak for them (3): " in done.stderr
    found = json.loads(done.stdout)
    assert found["sources"][-1] | {"is_model": True, "labels": 1} == found["sources"][-1]
    assert found["verdicts"][1]["label"] == "Metal"
