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
