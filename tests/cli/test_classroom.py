"""`genrelens classroom` as a teacher runs it."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
import pytest
from docx import Document

from tests.cli.test_classify import genrelens


@pytest.fixture(scope="module")
def handed(tmp_path_factory, examples):
    """A roster in GBK and a zip with a piece, a broken file and a name that leads out."""
    folder = tmp_path_factory.mktemp("class")
    roster = folder / "名单.csv"
    roster.write_bytes("姓名,文件,流派,理由\n王芳,a.ogg,爵士,节奏\n李明,b.mp3,摇滚,\n".encode("gbk"))
    piece = next(path for path in examples if path.stem == "bossa_nova")
    with zipfile.ZipFile(folder / "七班.zip", "w") as archive:
        archive.write(piece, "作业/a.ogg")
        archive.writestr("b.mp3", b"ID3 nothing")
        archive.writestr("../c.mp3", b"x")
    return folder


def test_homework_from_a_zip(handed, tmp_path):
    out = tmp_path / "new" / "out"
    done = genrelens(
        "classroom", "homework", handed / "名单.csv", handed / "七班.zip", "--out", out, "--lang", "zh", "--json"
    )
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert [(row["student"], row["agreement"], row["cause"]) for row in told["feedback"]] == [
        ("王芳", "agrees", None),
        ("李明", "open", "failed"),
    ]
    assert told["left_out"] == [{"name": "../c.mp3", "cause": "path"}]
    assert "已听 1 份，1 份没有结果" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["homework.html", "homework.xlsx"]
    book = openpyxl.load_workbook(io.BytesIO((out / "homework.xlsx").read_bytes()))
    assert [row[0] for row in book["反馈"].iter_rows(min_row=2, values_only=True)] == ["王芳", "李明"]
    assert "AUDIO_UNREADABLE" in (out / "homework.html").read_text(encoding="utf-8")


def test_a_lesson_sheet_for_word(handed, examples, tmp_path):
    (tmp_path / "broken.mp3").write_bytes(b"ID3 nothing")
    out = tmp_path / "term.docx"
    done = genrelens("classroom", "lesson", examples[1], tmp_path, "--out", out, "--title", "Term 5", "--lang", "en")
    assert done.returncode == 1, done.stderr
    assert "1 heard, 1 failed" in done.stderr
    texts = [paragraph.text for paragraph in Document(str(out)).paragraphs]
    assert texts[0] == "Term 5"
    assert f"1. {examples[1].name}" in texts
    assert any("AUDIO_UNREADABLE" in text for text in texts)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("homework", "{class}/none.csv", "{class}/七班.zip", "--out", "{out}"), "ROSTER_INVALID"),
        (("homework", "{class}/七班.zip", "{class}/七班.zip", "--out", "{out}"), "ROSTER_INVALID"),
        (("homework", "{class}/名单.csv", "{class}/名单.csv", "--out", "{out}"), "ZIP_REFUSED"),
        (("lesson", "{class}/none", "--out", "{out}.pdf"), "OUTPUT_FAILED"),
        (("lesson", "{class}", "--out", "{class}/名单.csv/lesson.html"), "OUTPUT_FAILED"),
        (("homework", "{class}/名单.csv", "{class}/七班.zip", "--out", "{class}/名单.csv"), "OUTPUT_FAILED"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(handed, tmp_path, arguments, code):
    places = {"class": str(handed), "out": str(tmp_path / "out")}
    done = genrelens("classroom", *(argument.format(**places) for argument in arguments))
    assert done.returncode == 2
    assert done.stderr.startswith(f"{code}: ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_help_is_worth_reading():
    shown = " ".join(genrelens("classroom", "--help").stdout.split())
    assert "homework" in shown
    assert "no grades" in shown
    shown = " ".join(genrelens("classroom", "homework", "--help").stdout.split())
    for said in ("姓名", "a folder, or a zip", "Exit code 0"):
        assert said in shown
