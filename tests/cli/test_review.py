"""`genrelens review` as people and scripts run it."""

from __future__ import annotations

import csv
import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from genrelens.catalogue.decisions import Decisions, Desk, Verdict
from genrelens.catalogue.store import open_catalogue
from genrelens.cli.app import run
from tests.catalogue.reviewable import fill

ODD = "/music/\x1b[31m<b>=cmd\u202e.mp3"


@pytest.fixture
def where(tmp_path, model):
    path = tmp_path / "my.db"
    files = [(ODD, "unsure"), ("/music/b.mp3", "blend"), ("/music/c.mp3", "not_music"), ("/music/sure.mp3", "sure")]
    with open_catalogue(path, create=True) as catalogue:
        fill(catalogue, model, [(Path(name), tier) for name, tier in files], tag="=Folk\x1b")
    return path


@pytest.fixture
def review(where, capsys):
    def call(*words, person="Anna"):
        command, *rest = words
        who = ("--as", person) if command in ("run", "next", "decide", "undo") else ()
        code = run(["review", command, "-c", str(where), *who, *map(str, rest)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def test_next_and_decide_are_enough_for_a_script(review):
    code, out, _ = review("next", "--json")
    item = json.loads(out)
    assert (code, item["path"], item["top"][0]["id"], item["start_s"]) == (0, ODD, "Folk", 5.0)
    assert json.loads(review("next", "--json")[1])["path"] == ODD  # asked again, the same
    assert json.loads(review("next", "--json", person="Ben")[1])["path"] == "/music/b.mp3"
    code, _, err = review("decide", ODD, "accept", person="Ben")
    assert (code, err.split(":")[0]) == (2, "REVIEW_TAKEN")
    code, out, _ = review("decide", ODD, "second", "--json")
    assert (code, json.loads(out)["verdict"]) == (0, "World")
    code, out, _ = review("decide", "/music/b.mp3", "not-music", person="Ben")
    assert (code, out) == (0, "/music/b.mp3: Not music\n")
    assert review("decide", "/music/b.mp3", "Polka")[0] == 2
    assert review("decide", "/music/nothing.mp3", "accept")[0] == 2
    assert review("decide", "/music/c.mp3", "skip")[0] == 0
    assert review("next", "--json")[:2] == (2, "null\n")
    code, out, _ = review("list")
    assert code == 0
    assert [line.split("  ")[1:3] for line in out.splitlines()] == [
        ["Anna", "World"],
        ["Ben", "not-music"],
        ["Anna", "skip"],
    ]
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert review("list", "--by", "Nobody")[0] == 2
    assert "taken back" in review("undo")[1]
    assert len(review("list")[1].splitlines()) == 2
    assert "(taken back)" in review("list", "--undone")[1]
    assert json.loads(review("list", "/music/b.mp3", "--json")[1])["path"] == "/music/b.mp3"


def test_filters_and_their_mistakes(review):
    assert json.loads(review("next", "--json", "--tier", "sure")[1])["path"] == "/music/sure.mp3"
    assert json.loads(review("next", "--json", "--genre", "Hip-Hop")[1])["path"] == "/music/b.mp3"
    assert review("next", "--json", "--under", "/elsewhere")[0] == 2
    code, _, err = review("next", "--tier", "shure")
    assert (code, "shure" in err) == (2, True)


def test_agreement_and_export(review, where, tmp_path):
    assert review("agreement")[0] == 2
    review("decide", "/music/b.mp3", "accept")
    review("decide", "/music/b.mp3", "Jazz", person="Ben")
    code, out, _ = review("agreement")
    assert (code, out.splitlines()[0]) == (0, "1 files, 0% of pairs of decisions are the same, kappa -1.00")
    assert json.loads(review("agreement", "--json")[1])["pairs"][0]["files"] == 1
    out = tmp_path / "decisions.csv"
    assert review("export", "--out", out)[0] == 0
    with out.open(encoding="utf-8-sig", newline="") as lines:
        assert [(row["path"], row["decision"]) for row in csv.DictReader(lines)] == [("/music/b.mp3", "Jazz")]
    assert review("export", "--out", tmp_path / "no" / "folder.csv")[0] == 2


def test_what_is_disputed_is_listed_shown_and_settled(review):
    assert review("list", "--disputed")[0] == 2
    review("decide", "/music/b.mp3", "accept")
    review("decide", "/music/b.mp3", "Jazz", person="Ben")
    code, out, _ = review("list", "--disputed")
    assert (code, [line.split("  ")[1:3] for line in out.splitlines()]) == (0, [["Anna", "Hip-Hop"], ["Ben", "Jazz"]])
    assert review("list", "--disputed", "--by", "Cem")[0] == 2
    assert "1 disputed" in review("agreement")[1]
    assert len(json.loads(review("agreement", "--json")[1])["disputed"]) == 1
    item = json.loads(review("next", "--disputed", "--json", person="Cem")[1])
    assert item["opinions"] == [{"person": "Anna", "verdict": "Hip-Hop"}, {"person": "Ben", "verdict": "Jazz"}]
    assert "Anna: Hip-Hop · Ben: Jazz" in review("next", "--disputed", "--lang", "en", person="Cem")[1]
    code, _, err = review("next", "--disputed", "--second")
    assert (code, "not both" in err) == (2, True)
    assert review("decide", "/music/b.mp3", "Jazz", "--settle", person="Cem")[0] == 0
    assert review("list", "--disputed")[0] == 2
    assert "(settled)" in review("list")[1]


def test_undo_of_a_bulk_decision(review, where):
    with open_catalogue(where) as catalogue:
        row = next(row for row in catalogue.rows(1) if row.tier == "sure")
        verdict = Verdict(row.sha256, 1, "accept", row.genre)
        Decisions(catalogue.database).decide_all(Desk("Anna"), [verdict], batch="b1")
    assert review("undo", "--batch", "b1", person="Ben")[0] == 2
    assert len(json.loads(review("undo", "--batch", "b1", "--json")[1])) == 1


def test_a_terminal_decides_with_single_keys(where):
    """A real terminal: keys without Enter, a name to find a genre, undo, and the end."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "genrelens", "review", "run", "-c", str(where), "--as", "Anna", "--lang", "en"]
    process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, close_fds=True)
    os.close(follower)
    shown = ""

    def until(text):
        nonlocal shown
        end = time.monotonic() + 60
        while text not in shown:
            assert select.select([leader], [], [], max(0.0, end - time.monotonic()))[0], shown
            shown += os.read(leader, 4096).decode()
        before, shown = shown.split(text, 1)
        return before

    def press(keys):
        os.write(leader, keys.encode())

    before = until("> ")
    assert "Listen from 0:05 to 0:20." in before
    assert "1   28" in before
    assert "<b>=cmd.mp3" in before
    assert "\x1b[31m" not in before
    press("x")
    until("Keys:")
    until("> ")
    press("2")
    until("World")
    until("> ")
    press("o")
    until("enough):")
    press("rega\n")
    until("Reggae")
    until("> ")
    press("o")
    until("enough):")
    press("reg\n")
    until("Reggae\r\n")
    until("> ")
    press("u")
    until("Taken back: Reggae")
    until("> ")
    press("a")
    until("> ")
    press("\n")
    until("Nothing is left")
    assert process.wait(30) == 0
    os.close(leader)
    with open_catalogue(where) as catalogue:
        said = Decisions(catalogue.database).history()
        assert [decision.verdict for decision in said] == ["World", "Hip-Hop", "not-music"]
        assert Decisions(catalogue.database).at_work() == ()


def test_lines_work_where_there_is_no_terminal_and_only_the_named_player_is_started(where, tmp_path, examples, model):
    heard = tmp_path / "heard.txt"
    song = tmp_path / "-song one.ogg"
    song.write_bytes(examples[0].read_bytes())
    with open_catalogue(where) as catalogue:
        fill(catalogue, model, [(song, "unsure")])
    script = f"import sys; open({str(heard)!r}, 'a').write(repr(sys.argv[1:]))"
    command = [sys.executable, "-m", "genrelens", "review", "run", "-c", str(where), "--as", "Anna", "--lang", "zh",
               "--text", "song one", "--player", f'"{sys.executable}" -c "{script}" {{start}} {{path}}']  # fmt: skip
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    deadline = time.monotonic() + 60
    while not (heard.exists() and heard.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    out, _ = process.communicate("a\n", 60)
    assert process.returncode == 0
    assert heard.read_text() == repr(["5.0", str(song)])
    assert "没有待审听的文件了" in out
    command[command.index("--player") + 1] = "no-such-player-here"
    with open_catalogue(where) as catalogue:
        Decisions(catalogue.database).undo("Anna")
    done = subprocess.run(command, input="a\n", capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.split(":")[0]) == (2, "REVIEW_PLAYER")
