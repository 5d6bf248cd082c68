"""`genrelens longtail` and `genrelens similar --catalogue` as a person runs them."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.catalogue.made import made_catalogue, synthetic_catalogue
from tests.cli.test_classify import genrelens


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Where a made-up catalogue of 300 files lies: odd names, copies, failures."""
    where = tmp_path_factory.mktemp("tail") / "my.db"
    synthetic_catalogue(where, 300).close()
    return where


def test_list_table_and_playlist(made, tmp_path):
    table, playlist = tmp_path / "out.csv", tmp_path / "out.m3u8"
    done = genrelens("longtail", "-c", made, "--lang", "en", "--top", "3", "--csv", table, "--m3u", playlist)
    assert done.returncode == 0, done.stderr
    assert "songs looked through for" in done.stdout.splitlines()[0]
    assert "\x07" not in done.stdout
    assert f"{table.name}: " in done.stderr
    text = table.read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert rows
    assert list(rows[0])[:2] == ["Genre", "File"]
    assert not [row for row in rows if row["File"].startswith(("=", "+", "-", "@"))]
    scores = [float(row["Score"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    songs = {row["SHA-256"] for row in rows}
    assert playlist.read_text(encoding="utf-8").count("#EXTINF") == len(songs)


def test_json_and_chinese(made):
    found = json.loads(genrelens("longtail", "-c", made, "--genre", "Reggae", "--genre", "Folk", "--json").stdout)
    assert found["genres"] == ["Reggae", "Folk"]
    assert {find["genre"] for find in found["finds"]} <= {"Reggae", "Folk"}
    spoken = genrelens("longtail", "-c", made, "--genre", "Reggae", "--lang", "zh")
    assert "雷鬼" in spoken.stdout


def test_duplicates(made):
    found = json.loads(genrelens("longtail", "duplicates", "-c", made, "--json").stdout)
    assert [group for group in found["groups"] if group["kind"] == "file"]
    said = genrelens("longtail", "duplicates", "-c", made, "--lang", "en")
    assert f"{len(found['groups'])} groups" in said.stdout
    assert "The same file, 2 times" in said.stdout


def test_picture(made, tmp_path):
    svg, png = tmp_path / "map.svg", tmp_path / "map.png"
    done = genrelens("longtail", "picture", "-c", made, "--svg", svg, "--png", png, "--lang", "en", "--dark")
    assert done.returncode == 0, done.stderr
    assert "songs on the map" in done.stdout.splitlines()[0]
    assert svg.read_text(encoding="utf-8").startswith("<svg")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_what_is_wrong_is_said(made, tmp_path):
    unknown = genrelens("longtail", "-c", made, "--genre", "Polka")
    assert unknown.returncode == 2
    assert unknown.stderr.startswith("GENRE_UNKNOWN")
    nothing = genrelens("longtail", "-c", tmp_path / "none.db")
    assert nothing.returncode == 2
    assert nothing.stderr.startswith("CATALOGUE_NOT_FOUND")
    assert not (tmp_path / "none.db").exists()


def test_more_like_this_from_a_catalogue(model, examples, tmp_path):
    where = tmp_path / "my.db"
    made_catalogue(where, model, examples[:4]).close()
    done = genrelens("similar", examples[0], "--catalogue", where, "--json")
    assert done.returncode == 0, done.stderr
    fresh = json.loads(genrelens("similar", examples[0], *examples[:4], "--json").stdout)
    found = json.loads(done.stdout)
    assert [(row["path"], row["likeness"]) for row in found["neighbours"]] == [
        (row["path"], pytest.approx(row["likeness"], abs=2e-3)) for row in fresh["neighbours"]
    ]
    closer = genrelens(
        "similar", examples[0], "--catalogue", where, "--key", "compatible", "--listen-closer", "1", "--json"
    )
    rows = [row for name in ("neighbours", "not_judged", "left_out") for row in json.loads(closer.stdout)[name]]
    assert sum(row["description"]["key_asked"] for row in rows) == 1
    both = genrelens("similar", examples[0], examples[1], "--catalogue", where)
    assert both.returncode == 2
    assert "not from both" in both.stderr
