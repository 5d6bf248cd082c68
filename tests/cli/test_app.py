"""The command line as a whole: help, version, errors and bugs in words."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from genrelens import __version__
from genrelens.cli.options import seconds
from tests.cli.test_classify import genrelens


def test_help_names_every_command():
    done = genrelens("--help")
    assert done.returncode == 0
    for command in ("classify", "serve", "doctor"):
        assert command in done.stdout


def test_version():
    assert genrelens("--version").stdout.strip() == f"genrelens {__version__}"


def test_an_unknown_command_exits_2():
    done = genrelens("frobnicate")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_bug_is_an_id_not_a_traceback(monkeypatch, capsys):
    from genrelens.cli import app

    monkeypatch.setattr(app, "app", lambda *_, **__: 1 / 0)
    assert app.run(["classify"]) == 2
    shown = capsys.readouterr().err
    assert "INTERNAL" in shown
    assert "id " in shown


def test_a_closed_pipe_is_no_error(examples):
    command = f"{sys.executable} -m genrelens classify --json {examples[0]} {examples[1]} | head -c 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("text", "value"), [("75", 75), ("1:15", 75), ("0:45.5", 45.5), ("1:02:03", 3723), ("0", 0)])
def test_times(text, value):
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "1:", "a", "-5", "1:2:3:4", "٣"])
def test_what_is_no_time(text):
    with pytest.raises(typer.BadParameter):
        seconds(text)
