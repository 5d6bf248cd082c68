"""`genrelens teach` as a person runs it."""

from __future__ import annotations

import json

from tests.cli.test_classify import genrelens
from tests.workflows.conftest import BANDS, sounds

__all__ = ["sounds"]


def test_from_a_folder_to_an_answer(sounds, tmp_path):
    (sounds / "boom" / "broken.mp3").write_bytes(b"no sound at all")
    done = genrelens("teach", "--from", sounds, "--name", "house-styles", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "AUDIO_UNREADABLE" in done.stderr
    assert all(genre in done.stdout for genre in BANDS)
    answer = genrelens(
        "classify", "--json", "--bundle", tmp_path / "house-styles", next((sounds / "hiss").glob("*.wav"))
    )
    assert json.loads(answer.stdout)["top"][0]["id"] == "hiss"
    again = genrelens("teach", "--from", sounds, "--name", "house-styles", cwd=tmp_path)
    assert (again.returncode, "TEACH_OUT_EXISTS" in again.stderr) == (2, True)


def test_what_cannot_be_done(tmp_path):
    for arguments, code in (
        (["--from", tmp_path, "--name", "x"], "TEACH_NO_EXAMPLES"),
        (["--from", tmp_path, "--name", "../x"], "NO_INPUT"),
    ):
        done = genrelens("teach", *arguments, cwd=tmp_path)
        assert (done.returncode, code in done.stderr) == (2, True), done.stderr
        assert "Traceback" not in done.stderr


def review(folder, sounds, decision):
    """The review of what the shipped model says of each sound, which is always another genre than the decision."""
    rows = ["path,predicted,decision,reviewer,decided_at"]
    rows += [
        f"{path.relative_to(folder)},Pop,{decision(path)},ann,2026-11-25" for path in sorted(sounds.rglob("*.wav"))
    ]
    (folder / "queue.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder / "queue.csv"


def test_corrections_from_a_review_to_an_answer(sounds, tmp_path):
    genres = {"boom": "reggae", "hiss": "说唱", "speechy": "skip"}
    queue = review(tmp_path, sounds, lambda path: "not-music" if path.stem == "00" else genres[path.parent.name])
    done = genrelens("teach", "--correct", "--from", queue, "--name", "ours", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "11 rows skipped" in done.stderr
    assert "3 rows said to be no music" in done.stderr
    figures = json.loads(done.stdout)
    assert (figures["songs"], figures["skipped"], figures["not_music"]) == (22, 11, 3)
    assert len(figures["labels"]) == 16
    assert figures["after"] > figures["before"]
    answer = genrelens("classify", "--json", "--bundle", tmp_path / "ours", next((sounds / "hiss").glob("*.wav")))
    top = json.loads(answer.stdout)["top"]
    assert (top[0]["id"], len(top)) == ("Rap", 16)


def test_corrections_in_words(sounds, tmp_path):
    queue = review(tmp_path, sounds, lambda path: "Reggae" if path.parent.name == "boom" else "")
    done = genrelens("teach", "--correct", "--from", queue, "--name", "ours", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for words in ("12 songs", "On artists not learnt from", "-> Reggae", "costs other music", "Written to ours"):
        assert words in done.stdout


def test_corrections_that_are_refused(sounds, tmp_path):
    cases = (("boom", "Vaporwave", "TEACH_LABEL_UNKNOWN"), ("none", "Reggae", "TEACH_NO_EXAMPLES"))
    for genre, decision, code in cases:
        queue = review(tmp_path, sounds, lambda path, g=genre, d=decision: d if path.parent.name == g else "")
        done = genrelens("teach", "--correct", "--from", queue, "--name", "x", cwd=tmp_path)
        assert (done.returncode, code in done.stderr) == (2, True), done.stderr
    queue = review(tmp_path, sounds, lambda path: "Reggae" if path.stem in ("01", "02") else "")
    done = genrelens("teach", "--correct", "--from", queue, "--name", "x", cwd=tmp_path)
    assert (done.returncode, "TEACH_TOO_LITTLE: 6 different sounds" in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "x").exists()
