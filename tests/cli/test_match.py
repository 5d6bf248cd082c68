"""`genrelens match` as a person runs it."""

from __future__ import annotations

import csv
import io
import json
import shutil

import pytest

from tests.cli.test_classify import genrelens

PIECES = ("joplin_rag", "metal_riff", "four_on_the_floor", "strauss_waltz")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, examples):
    """Four pieces, one of them with a name like a formula, and a broken file."""
    folder = tmp_path_factory.mktemp("match")
    for path in examples:
        if path.stem in PIECES:
            shutil.copy(path, folder / ("=SUM(A1).ogg" if path.stem == "joplin_rag" else path.name))
    (folder / "broken.mp3").write_bytes(b"ID3 nothing")
    return folder


def test_text_playlist_and_table(folder, tmp_path):
    playlist, table = folder / "best.m3u8", tmp_path / "all.csv"
    done = genrelens(
        "match",
        "swing, 老上海, nostalgik, quuxly",
        folder,
        "--lang",
        "en",
        "--top",
        2,
        "--m3u",
        playlist,
        "--csv",
        table,
    )
    assert done.returncode == 1, done.stderr
    for words in (
        "Understood: swing",
        "took nostalgik for nostalgic",
        "Not known, no influence: quuxly",
        "1. =SUM(A1).ogg",
    ):
        assert words in done.stdout
    assert "broken.mp3: AUDIO_" in done.stderr
    assert "Traceback" not in done.stderr
    lines = playlist.read_text(encoding="utf-8").splitlines()
    assert (lines[0], lines[2]) == ("#EXTM3U", "=SUM(A1).ogg")
    rows = list(csv.reader(io.StringIO(table.read_text(encoding="utf-8-sig"))))
    assert len(rows) == 6
    assert rows[-1][-1].startswith("AUDIO_")
    assert not any(cell.startswith(("=", "@")) for row in rows for cell in row)


def test_a_cell_that_begins_like_a_formula_is_quoted(folder, tmp_path):
    table = tmp_path / "all.csv"
    done = genrelens("match", "摇摆乐，怀旧", ".", "--lang", "zh", "--csv", table, cwd=folder)
    assert "读懂了：摇摆" in done.stdout
    assert "'=SUM(A1).ogg" in table.read_text(encoding="utf-8-sig")


def test_json_is_the_whole_match(folder):
    done = genrelens("match", "--json", "fast, energetic, no vocals", folder)
    found = json.loads(done.stdout)
    assert (found["schema_version"], found["brief"]["voice"], len(found["fits"])) == (1, "unwanted", 5)
    assert [fit["rank"] for fit in found["fits"]] == [1, 2, 3, 4, None]
    # A tempo was wished for, so tempos were looked for.
    assert all(fit["description"]["tempo_asked"] for fit in found["fits"][:4])
    assert {reason["code"] for fit in found["fits"][:4] for reason in fit["reasons"]} & {"tempo_fits", "tempo_off"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["qzxv", "."], "BRIEF_UNKNOWN"), (["jazz", "EMPTY"], "NO_INPUT"), (["jazz"], "Missing argument")],
)
def test_what_cannot_be_done_says_why(tmp_path, arguments, code):
    done = genrelens("match", *[tmp_path if word == "EMPTY" else word for word in arguments])
    assert done.returncode == 2
    assert code in done.stderr
    assert "Traceback" not in done.stderr
