"""`genrelens import-checkpoint` as a person runs it."""

from __future__ import annotations

import json

import pytest

from tests.cli.test_classify import genrelens
from tests.workflows.test_import_checkpoint import plain_head, saved, state_dict


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("import")
    saved(folder, state_dict(1, 16, plain_head), "my net.pt")
    saved(folder, state_dict(1, 2, plain_head), "two.pt")
    (folder / "labels.txt").write_text("quiet\nloud\n", encoding="utf-8")
    return folder


def test_from_a_checkpoint_to_an_answer(place, examples):
    done = genrelens("import-checkpoint", "two.pt", "--labels", "labels.txt", "--out", "made", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "2 classes" in done.stdout
    assert "Not calibrated" in done.stdout
    assert "largest difference from torch" in done.stdout
    answer = genrelens("classify", "--bundle", place / "made", examples[0])
    assert answer.returncode == 0, answer.stderr
    assert "not calibrated" in answer.stdout
    rows = genrelens("classify", "--json", "--bundle", place / "made", examples[0])
    row = json.loads(rows.stdout)
    assert {score["id"] for score in row["top"]} == {"quiet", "loud"}
    assert (row["not_music"], row["model"]["calibrated"], row["model"]["name"]) == (None, False, "two")
    again = genrelens("import-checkpoint", "two.pt", "--labels", "labels.txt", "--out", "made", cwd=place)
    assert (again.returncode, "TEACH_OUT_EXISTS" in again.stderr) == (2, True)


def test_json_and_a_list_that_is_here(place, examples):
    done = genrelens(
        "import-checkpoint",
        "my net.pt",
        "--label-set",
        "ccmusic",
        "--name",
        "cc",
        "--window-s",
        "5",
        "--json",
        cwd=place,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["bundle"], len(report["labels"]), report["window_s"], report["calibrated"]) == ("cc", 16, 5.0, False)
    assert report["max_abs_difference_from_torch"] < 1e-4
    answer = genrelens("classify", "--bundle", place / "cc", examples[0])
    bars = [line for line in answer.stdout.splitlines() if "░" in line]
    assert len({line.index("█" if "█" in line else "░") for line in bars}) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["two.pt"], "2 classes"),
        (["my net.pt", "--name", "x"], "--label-set ccmusic"),
        (["two.pt", "--labels", "labels.txt", "--label-set", "ccmusic"], "NO_INPUT"),
        (["two.pt", "--label-set", "ccmusic"], "the list has 16"),
        (["no.pt", "--labels", "labels.txt"], "CHECKPOINT_UNREADABLE"),
        (["labels.txt", "--labels", "labels.txt"], "CHECKPOINT_UNREADABLE"),
        (["two.pt", "--labels", "no.txt"], "CHECKPOINT_LABELS"),
        (["two.pt", "--labels", "labels.txt", "--name", "../x"], "NO_INPUT"),
        (["two.pt", "--labels", "labels.txt", "--window-s", "0.1"], "--window-s"),
    ],
)
def test_what_cannot_be_done(place, arguments, words):
    done = genrelens("import-checkpoint", *arguments, cwd=place)
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_checkpoint_given_to_classify_names_this_command(place):
    done = genrelens("classify", "--bundle", place / "two.pt", "song.mp3")
    assert done.returncode == 2
    assert done.stderr.count("BUNDLE_NEEDS_IMPORT") <= 1
