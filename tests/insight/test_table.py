"""Many answers as one table: nothing is lost, nothing is run, and every number is the analysis'."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genrelens.catalogue.cells import cell
from genrelens.errors import AudioError
from genrelens.insight.table import COLUMNS, TableRow, to_csv, to_jsonl
from tests.studio.made import analysis, clipped


def tagged(tag: str, tier: str = "likely", **options):
    made = analysis(tier, **options)
    return TableRow(made.source.name, replace(made, source=replace(made.source, genre_tag=tag)))


def read(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_row_of_each_kind():
    failed = TableRow("broken.mp3", AudioError("AUDIO_UNREADABLE", "no\naudio \x1b[31mfile"))
    silent = TableRow("silence.wav", analysis("not_music", silent=True))
    rows = read(to_csv([tagged("Rock", health=[clipped()]), failed, silent]))
    assert [list(row) for row in rows] == [list(COLUMNS)] * 3
    assert rows[0] | {"sha256": ""} == {
        "file": "song.mp3", "genre": "Rock", "probability": "0.7700", "tier": "likely", "second_genre": "Metal",
        "second_probability": "0.1500", "mix_index": f"{analysis('likely').mix_index:.1f}", "not_music": "0.0100",
        "genre_tag": "Rock", "tag_agrees": "yes", "duration_s": "215.30", "health": "CLIPPING", "error": "",
        "sha256": "", "model": "tiny 1.0", "decision": "",
    }  # fmt: skip
    assert rows[1]["error"] == "AUDIO_UNREADABLE: no audio [31mfile"
    assert {rows[1][column] for column in COLUMNS[1:12]} == {""}
    assert (rows[2]["genre"], rows[2]["probability"], rows[2]["tier"]) == ("", "", "not_music")


@pytest.mark.parametrize(
    ("tag", "tier", "agrees"),
    [
        ("Rock", "likely", "yes"),
        ("Alternative Rock / Pop", "likely", "yes"),
        ("Jazz", "likely", "no"),
        ("Techno", "likely", ""),
        ("", "likely", ""),
        ("Jazz", "not_music", ""),
    ],
)
def test_whether_the_tag_agrees(tag, tier, agrees):
    assert tagged(tag, tier).agrees == agrees


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\n=1", "＝1", "=cmd|' /C calc'!A0"]
)
def test_no_cell_is_a_formula(text):
    assert cell(text) == f"'{text}"
    row = read(to_csv([TableRow(text, tagged(text).answer)]))[0]
    assert row["file"] == row["genre_tag"] == f"'{text}"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=5))
def test_any_name_comes_back(names):
    rows = read(to_csv([TableRow(name, AudioError("AUDIO_EMPTY", "empty")) for name in names]))
    assert [row["file"] for row in rows] == [cell(name) for name in names]
    assert not any(row["file"][:1] in ("=", "+", "-", "@") for row in rows)


def test_the_lines_are_the_analyses():
    made = analysis("blend", name="爵士.mp3")
    lines = to_jsonl([TableRow("爵士.mp3", made), TableRow("x", AudioError("AUDIO_EMPTY", "empty"))]).splitlines()
    assert json.loads(lines[0]) == {"path": "爵士.mp3", **json.loads(json.dumps(made.to_dict()))}
    assert json.loads(lines[1])["error"]["code"] == "AUDIO_EMPTY"


def test_a_name_that_is_not_utf8_does_not_stop_the_table():
    row = TableRow("\udce9.mp3", AudioError("AUDIO_EMPTY", "empty"))
    assert read(to_csv([row]))[0]["file"] == "?.mp3"
    assert json.loads(to_jsonl([row]))["path"] == "?.mp3"
