"""`genrelens similar` as a person runs it."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.cli.test_classify import genrelens


@pytest.fixture(scope="module")
def folder(tmp_path_factory, examples):
    """Three pieces, a copy of one, and a broken file."""
    folder = tmp_path_factory.mktemp("similar")
    for path in examples:
        if path.stem in ("joplin_rag", "metal_riff", "strauss_waltz"):
            shutil.copy(path, folder)
    shutil.copy(folder / "joplin_rag.ogg", folder / "copy.ogg")
    (folder / "broken.mp3").write_bytes(b"ID3 nothing")
    return folder


def test_text_and_playlist(folder):
    playlist = folder / "next.m3u8"
    done = genrelens("similar", folder / "joplin_rag.ogg", folder, "--lang", "en", "--m3u", playlist)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "Most like joplin_rag.ogg"
    assert "copy.ogg" in lines[1]
    assert "the same file" in lines[1]
    assert "broken.mp3: AUDIO_" in done.stderr
    # A copy is named, and not played after the song itself.
    assert playlist.read_text(encoding="utf-8").count("#EXTINF") == 2


def test_filters_lose_nobody_in_silence(folder):
    done = genrelens("similar", "--json", folder / "joplin_rag.ogg", folder, "--bpm-within", "6", "--key", "compatible")
    found = json.loads(done.stdout)
    lists = [found[name] for name in ("neighbours", "not_judged", "left_out", "failed")]
    assert [len(rows) for rows in lists][-1] == 1
    assert sum(map(len, lists)) == 4
    assert found["filters"] == {"bpm_within": 6.0, "key_compatible": True}
    for row in found["left_out"]:
        assert "off" in (row["tempo"], row["key"])
    for row in found["not_judged"]:
        assert "unknown" in (row["tempo"], row["key"])


def test_in_chinese(folder):
    done = genrelens("similar", folder / "metal_riff.ogg", folder / "strauss_waltz.ogg", "--lang", "zh")
    assert "与 metal_riff.ogg 最相似" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["/no/such.mp3", "{folder}"], "AUDIO_NOT_FOUND"),
        (["{folder}/joplin_rag.ogg", "{folder}/joplin_rag.ogg"], "NO_INPUT"),
        (["{folder}/joplin_rag.ogg", "{folder}", "--bpm-within", "-3"], "FILTER_INVALID"),
        (["{folder}/joplin_rag.ogg", "{folder}", "--key", "sideways"], "sideways"),
    ],
)
def test_what_cannot_be_done_says_why(folder, arguments, code):
    done = genrelens("similar", *[text.format(folder=folder) for text in arguments])
    assert done.returncode == 2
    assert code in done.stderr
    assert "Traceback" not in done.stderr
