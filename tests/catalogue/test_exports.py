"""Exports: the same content, the same bytes; every name comes back; nothing runs; memory stays flat."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from pyarrow import parquet

from genrelens.catalogue.exports import COLUMNS, FORMATS, MAPPED, SIMPLE_COLUMNS, export_format, write_export
from genrelens.catalogue.paths import from_text, to_text
from genrelens.catalogue.rows import RowFilter
from genrelens.catalogue.schema import answers
from genrelens.catalogue.spreadsheet import write_spreadsheet
from genrelens.catalogue.store import FileRecord, open_catalogue
from genrelens.errors import CatalogueError, UsageError
from genrelens.listening.bundle import read_bundle
from genrelens.workflows.mapping import GenreMapping, GenreRule
from genrelens.workflows.policy import DEFAULT
from tests.catalogue.made import decide, made_catalogue, synthetic_catalogue

N = 300
MAPPING = GenreMapping({"Hip-Hop": GenreRule(("Urban",)), "R&B": GenreRule(("Soul", "R&B")), "World": GenreRule(())})


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    made = synthetic_catalogue(tmp_path_factory.mktemp("made") / "a.db", N)
    model = made.latest_model()
    rows = [row for row in made.rows(model) if row.state == "done" and row.top]
    decide(made, model, rows[0].sha256, "not-music", kind="not_music", person="=1+1")
    decide(made, model, rows[1].sha256, rows[1].genre, kind="accept", batch="b1")
    yield made
    made.close()


def export(catalogue, folder, kind, **options):
    out = folder / f"table.{kind}"
    count = write_export(catalogue, catalogue.latest_model(), out, format=kind, **options)
    return out, count


def read_csv(out):
    return list(csv.DictReader(io.StringIO(out.read_bytes().decode("utf-8-sig"), newline="")))


def read_sheet(out, sheet="Tracks"):
    header, *rows = openpyxl.load_workbook(out)[sheet].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_every_kind_says_the_same(catalogue, tmp_path):
    options = {"policy": DEFAULT.action, "mapping": MAPPING.of_row}
    tables = {}
    for kind in ("csv", "jsonl", "parquet", "xlsx"):
        tables[kind], count = export(catalogue, tmp_path, kind, **options)
        assert count == N
    lines = [json.loads(line) for line in tables["jsonl"].read_bytes().splitlines()]
    arrow = parquet.read_table(tables["parquet"]).to_pylist()
    sheet, plain = read_sheet(tables["xlsx"]), read_csv(tables["csv"])
    assert list(plain[0]) == list(arrow[0]) == list(sheet[0])
    assert set(plain[0]) == {*COLUMNS, MAPPED}
    assert len(lines) == len(arrow) == len(sheet) == len(plain) == N
    seen = set()
    for text, whole, exact, cells in zip(plain, lines, arrow, sheet, strict=True):
        assert from_text(text["file"]) == from_text(whole["path"]) == from_text(exact["file"])
        seen.add((whole["state"], text["triage"], text["tier"]))
        assert text["copy_of"] == whole["copy_of"] == (exact["copy_of"] or "")
        assert text["triage"] == whole["triage"] == (exact["triage"] or "") == (cells["triage"] or "")
        assert text["decision"] == (whole["decision"] or {"verdict": ""})["verdict"] == (exact["decision"] or "")
        assert text[MAPPED] == "; ".join(whole[MAPPED]) == "; ".join(exact[MAPPED]) == (cells[MAPPED] or "")
        if whole["state"] != "done":
            assert text["error"].startswith(whole["error"]["code"])
            assert (text["genre_1"], text["triage"], exact["probability_1"], cells["tier"]) == ("", "", None, None)
            continue
        assert whole["source"]["sha256"] == text["sha256"] == exact["sha256"] == cells["sha256"]
        assert text["tier"] == whole["tier"] == exact["tier"] == cells["tier"]
        assert text["prediction_set"].split() == whole["prediction_set"] == exact["prediction_set"]
        assert text["health"].split() == [finding["code"] for finding in whole["health"]] == exact["health"]
        for place, score in enumerate(whole["top"][:5], 1):
            assert text[f"genre_{place}"] == score["id"] == exact[f"genre_{place}"] == cells[f"genre_{place}"]
            assert float(text[f"probability_{place}"]) == pytest.approx(score["probability"], abs=5.1e-5)
            assert exact[f"probability_{place}"] == score["probability"]
            assert cells[f"probability_{place}"] == pytest.approx(score["probability"], rel=1e-12)
    assert {state for state, _, _ in seen} == {"done", "failed"}
    assert {action for _, action, _ in seen} == {"", "accept", "suggest", "review"}
    assert any(row["copy_of"] for row in plain)


def test_the_same_content_is_the_same_bytes(catalogue, tmp_path):
    """Another catalogue with the same content, made at another time, after other files and another model."""
    model = catalogue.latest_model()
    other_bundle = replace(read_bundle(), name="other", model_sha256="9" * 64)
    synthetic_catalogue(tmp_path / "b.db", 40, seed=9, bundle=other_bundle, folder="/elsewhere").close()
    with synthetic_catalogue(tmp_path / "b.db", N) as other:
        again = other.latest_model()
        assert again != model
        other.mark_gone(other.paths_under("/elsewhere"))
        for row in reversed(list(catalogue.rows(model, RowFilter(decided=True)))):
            said = row.decision
            decide(other, again, row.sha256, said.verdict, kind=said.kind, person=said.person, batch=said.batch or None)
        (tmp_path / "again").mkdir()
        for kind in ("csv", "jsonl", "simple"):
            first, _ = export(catalogue, tmp_path, kind, policy=DEFAULT.action)
            second, _ = export(other, tmp_path / "again", kind, policy=DEFAULT.action)
            assert first.read_bytes() == second.read_bytes()


def test_csv_is_made_for_spreadsheets(catalogue, tmp_path):
    out, _ = export(catalogue, tmp_path, "csv")
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbffile,genre_1,probability_1,")
    assert data.endswith(b"\r\n")
    rows = read_csv(out)
    assert {row["decided_by"] for row in rows} == {"", "ann", "'=1+1"}
    assert {row["genre_tag"] for row in rows} >= {"'=Rock", "电子"}
    for row in rows:
        assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())
        assert "\n" not in row["error"]


def test_a_spreadsheet_runs_nothing(catalogue, tmp_path):
    out, _ = export(catalogue, tmp_path, "xlsx")
    book = openpyxl.load_workbook(out)
    sheet = book["Tracks"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n"}
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(N + 1, len(COLUMNS)).coordinate}"
    assert sheet["A1"].font.bold
    assert {row["genre_tag"] for row in read_sheet(out)} >= {"=Rock"}


def test_the_simple_table_is_that_of_the_origin(catalogue, tmp_path):
    out, _ = export(catalogue, tmp_path, "simple")
    rows = read_csv(out)
    assert tuple(rows[0]) == SIMPLE_COLUMNS == ("Filename", "Predicted Genre", "Confidence")
    said = {row["Predicted Genre"] for row in rows}
    assert {"Not music", "Error: AUDIO_UNREADABLE", "Error: AUDIO_DECODER_CRASHED", "Hip-Hop"} <= said
    assert any(row["Filename"] == "'=cmd|' C calc'!A0.mp3" for row in rows)
    assert not any("/" in row["Filename"] for row in rows)
    for row in rows:
        if row["Predicted Genre"].startswith("Error"):
            assert row["Confidence"] == ""
        elif row["Predicted Genre"] != "Not music":
            assert len(row["Confidence"]) == 4
            assert 0 < float(row["Confidence"]) <= 1
    mapped, _ = export(catalogue, tmp_path, "simple", mapping=MAPPING.of_row)
    assert "Urban" in {row["Predicted Genre"] for row in read_csv(mapped)}


def test_only_what_is_asked_for(catalogue, tmp_path):
    out, count = export(catalogue, tmp_path, "csv", only=RowFilter(tiers=("sure",), genres=("Jazz",)))
    rows = read_csv(out)
    assert len(rows) == count > 0
    assert {(row["tier"], row["genre_1"]) for row in rows} == {("sure", "Jazz")}


def test_real_answers(model, examples, tmp_path):
    copy = tmp_path / os.fsdecode(b"caf\xe9.ogg")
    copy.write_bytes(examples[0].read_bytes())
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"no sound at all")
    with made_catalogue(tmp_path / "real.db", model, [*examples[:2], copy, broken]) as made:
        out, count = export(made, tmp_path, "jsonl")
        assert count == 4
        said = {from_text(line["path"]): line for line in map(json.loads, out.read_bytes().splitlines())}
        assert set(said) == {*examples[:2], copy, broken}
        first = min(examples[0], copy)
        assert from_text(said[max(examples[0], copy)]["copy_of"]) == first
        assert said[broken]["error"]["code"] == "AUDIO_UNREADABLE"
        assert said[examples[0]]["windows"] == said[copy]["windows"]
        assert "timing_ms" not in said[copy]


def hostile():
    letters = st.binary(min_size=1, max_size=24).map(lambda name: name.replace(b"/", b"_").replace(b"\0", b"_"))
    words = st.text(min_size=1, max_size=12).map(lambda name: os.fsencode("".join(c for c in name if c.isprintable())))
    odd = st.sampled_from(
        [b"=1+1", b"\r", b"a\r\nb", b"\\xe9", b"\\", b"_x0041_", b"\xef\xbf\xbd", b"\x7f", b" ", b"a\t"]
    )
    return st.lists(st.one_of(letters, odd, words.filter(lambda w: w and b"/" not in w)), min_size=1, max_size=15)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=hostile())
def test_every_name_comes_back(names, tmp_path):
    paths = sorted({b"/odd/" + name for name in names if name not in (b".", b"..")})
    where = tmp_path / "odd.db"
    where.unlink(missing_ok=True)
    with open_catalogue(where, create=True) as catalogue:
        model = catalogue.model_id(read_bundle())
        texts = [to_text(os.fsdecode(path)) for path in paths]
        catalogue.plan(model, [FileRecord(text, 1, 1, None, "AUDIO_UNREADABLE", "odd") for text in texts])
        got = {}
        for kind in ("csv", "jsonl", "parquet", "xlsx"):
            out = tmp_path / f"odd.{kind}"
            write_export(catalogue, model, out)
            if kind == "csv":
                got[kind] = [row["file"] for row in read_csv(out)]
            elif kind == "jsonl":
                got[kind] = [json.loads(line)["path"] for line in out.read_bytes().split(b"\n")[:-1]]
            elif kind == "parquet":
                got[kind] = [row["file"] for row in parquet.read_table(out).to_pylist()]
            else:
                got[kind] = [unescape(row["file"]) for row in read_sheet(out)]
    wanted = sorted(texts)
    unwritable = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})
    for kind, found in got.items():
        expected = [text.translate(unwritable) for text in wanted] if kind == "xlsx" else wanted
        assert found == expected, kind
    assert sorted(os.fsencode(from_text(text)) for text in got["csv"]) == paths


def test_more_rows_than_a_sheet_holds(tmp_path):
    lines = [{"file": f"/{number}", "mix_index": float(number)} for number in range(7)]
    for most, sheets in ((3, 3), (7, 1)):
        with (tmp_path / "x.xlsx").open("wb") as stream:
            assert write_spreadsheet(stream, ("file", "mix_index"), lines, most_rows=most) == 7
        names = openpyxl.load_workbook(tmp_path / "x.xlsx").sheetnames
        assert len(names) == sheets
        found = [row for name in names for row in read_sheet(tmp_path / "x.xlsx", name)]
        assert found == lines


def test_an_empty_catalogue_is_a_header(tmp_path):
    with open_catalogue(tmp_path / "empty.db", create=True) as empty:
        for kind in FORMATS:
            out, count = export(empty, tmp_path, kind)
            assert count == 0
            assert out.exists()
        assert read_sheet(tmp_path / "table.xlsx") == []
        assert parquet.read_table(tmp_path / "table.parquet").column_names == list(COLUMNS)


@pytest.mark.parametrize(
    ("name", "asked", "kind"), [("a.CSV", None, "csv"), ("a.txt", "simple", "simple"), ("a.csv", "xlsx", "xlsx")]
)
def test_the_kind_of_a_table(name, asked, kind, tmp_path):
    assert export_format(tmp_path / name, asked) == kind


@pytest.mark.parametrize("name", ["a", "a.simple", "a.ods", "a.csv.gz", ".csv"])
def test_no_kind_of_a_table(name, tmp_path):
    with pytest.raises(UsageError) as caught:
        export_format(tmp_path / name, None)
    assert caught.value.code == "EXPORT_FORMAT"


def test_without_pyarrow(catalogue, tmp_path, monkeypatch):
    monkeypatch.setattr("genrelens.catalogue.parquet.find_spec", lambda _: None)
    with pytest.raises(UsageError) as caught:
        export(catalogue, tmp_path, "parquet")
    assert caught.value.code == "PARQUET_NOT_INSTALLED"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_what_cannot_be_written_leaves_what_was_there(kind, catalogue, tmp_path, monkeypatch):
    out = tmp_path / f"table.{kind}"
    out.write_bytes(b"older")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UsageError) as caught:
        export(catalogue, tmp_path, kind)
    assert caught.value.code == "OUTPUT_FAILED"
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(out.name, b"older")]


def test_an_answer_that_cannot_be_unpacked(tmp_path):
    with synthetic_catalogue(tmp_path / "a.db", 5) as made:
        made.database.write(lambda connection: connection.execute(answers.update().values(analysis=b"not packed")))
        with pytest.raises(CatalogueError) as caught:
            export(made, tmp_path, "jsonl")
        assert caught.value.code == "CATALOGUE_CORRUPT"
        assert not (tmp_path / "table.jsonl").exists()


_MEASURED = """
import gc, re, sys
from pathlib import Path
from genrelens.catalogue.exports import write_export
from genrelens.catalogue.rows import RowFilter
from genrelens.catalogue.store import open_catalogue
from genrelens.workflows.policy import DEFAULT

where = Path(sys.argv[1])
with open_catalogue(where) as catalogue:
    model = catalogue.latest_model()
    for kind in ("csv", "jsonl", "parquet", "xlsx"):
        for folder in ("warm", "few", "many"):
            gc.collect()
            Path("/proc/self/clear_refs").write_text("5")  # the peak is forgotten
            out = where.with_name("table." + kind)
            count = write_export(catalogue, model, out, policy=DEFAULT.action, only=RowFilter(under="/" + folder))
            peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
            print(kind, folder, count, int(peak) // 1024)
"""
_COUNTS = {"warm": 500, "few": 4000, "many": 20_000}


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_memory_is_flat(tmp_path):
    """20 000 rows cost no more memory (the process's peak, in MB) than 4 000."""
    where = tmp_path / "many.db"
    with synthetic_catalogue(where, 200) as made:
        model = made.latest_model()
        shas = [row.sha256 for row in made.rows(model) if row.state == "done"]
        for folder, count in _COUNTS.items():
            paths = (f"/{folder}/{number:06d} song.mp3" for number in range(count))
            made.plan(model, [FileRecord(path, 1, 1, shas[at % len(shas)]) for at, path in enumerate(paths)])
    done = subprocess.run([sys.executable, "-c", _MEASURED, str(where)], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    peaks = {}
    for kind, folder, count, peak in map(str.split, done.stdout.splitlines()):
        assert int(count) == _COUNTS[folder]
        peaks[kind, folder] = int(peak)
    for kind in ("csv", "jsonl", "parquet", "xlsx"):
        assert peaks[kind, "many"] <= peaks[kind, "few"] + 8, peaks
