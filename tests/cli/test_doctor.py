"""`genrelens doctor` on a healthy installation, and on an ill one."""

from __future__ import annotations

import json

from genrelens.cli.checks import examine
from genrelens.pictures import png
from genrelens.pictures.png import draws_chinese
from tests.cli.test_classify import genrelens
from tests.studio.test_ports import busy  # noqa: F401


def test_a_healthy_installation():
    done = genrelens("doctor", "--json", "--port", "8765")
    checks = {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert list(checks) == ["python", "packages", "model", "codecs", "port", "gpu", "space", "fonts"]
    assert {name: row["found"] for name, row in checks.items() if row["state"] == "problem"} == {}
    assert done.returncode == 0
    for name in ("mp3", "opus", "m4a alac", "wma", "wav float"):
        assert name in checks["codecs"]["found"]
    assert "sha256" in checks["model"]["found"]
    assert checks["fonts"]["state"] == ("ok" if draws_chinese() else "note")


def test_a_busy_port_is_named(busy):  # noqa: F811
    done = genrelens("doctor", "--port", busy)
    assert f"{busy} is held by" in done.stdout


def test_a_missing_model_is_a_problem_with_a_remedy(tmp_path):
    done = genrelens("doctor", "--bundle", tmp_path)
    assert done.returncode == 1
    assert "problem  model" in done.stdout
    assert "-> Give the folder" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_without_a_chinese_font_a_note_names_one(monkeypatch):
    monkeypatch.setattr(png, "draws_chinese", lambda: draws_chinese([]))  # a machine without any font
    (found,) = [check for check in examine(8765) if check.name == "fonts"]
    assert found.state == "note"
    assert "fonts-noto-cjk" in found.mend
