"""The error tree, and the list of codes in the docs that must not drift."""

from __future__ import annotations

import copy
import pickle
import re

import pytest

from genrelens.errors import HINTS, AudioError, GenreLensError
from scripts.document_errors import document
from tests.conftest import REPO


def test_an_error_carries_code_message_hint_and_details():
    error = AudioError("AUDIO_EMPTY", "song.mp3 has 0 bytes", details={"bytes": 0})
    assert str(error) == "AUDIO_EMPTY: song.mp3 has 0 bytes"
    assert error.to_dict() == {
        "code": "AUDIO_EMPTY",
        "message": "song.mp3 has 0 bytes",
        "hint": HINTS["AUDIO_EMPTY"],
        "details": {"bytes": 0},
    }


def test_a_code_that_is_not_listed_cannot_be_raised():
    with pytest.raises(ValueError, match="NOT_A_CODE"):
        GenreLensError("NOT_A_CODE", "x")


@pytest.mark.parametrize("clone", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_errors_survive_a_process_border(clone):
    error = clone(AudioError("AUDIO_TOO_LONG", "7 h", "own hint", {"hours": 7}))
    assert (type(error), error.code, error.message) == (AudioError, "AUDIO_TOO_LONG", "7 h")
    assert (error.hint, error.details) == ("own hint", {"hours": 7})


def test_docs_list_every_code_and_no_other():
    text = (REPO / "docs" / "errors.md").read_text(encoding="utf-8")
    assert text == document(), "run python scripts/document_errors.py"
    assert re.findall(r"^### `([A-Z_]+)`$", text, re.MULTILINE) == list(HINTS)


def test_every_code_is_raised_somewhere():
    files = [path for path in (REPO / "src").rglob("*.py") if path.name != "errors.py"]
    sources = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [code for code in HINTS if f'"{code}"' not in sources] == []
