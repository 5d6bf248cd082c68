"""`genrelens tags` as a person runs it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil

import pytest
from mutagen.oggvorbis import OggVorbis
from sqlalchemy import select

from genrelens.catalogue.paths import to_text
from genrelens.catalogue.schema import decisions
from genrelens.workflows.tags.apply import entries_to_undo, undo_tags
from genrelens.workflows.tags.formats import read_standing
from tests.catalogue.made import decide, made_catalogue
from tests.cli.test_classify import genrelens
from tests.workflows.tagged import bare_mp3


@pytest.fixture
def music(tmp_path, examples):
    """Two pieces, and one that a person has named."""
    folder = tmp_path / "music"
    folder.mkdir()
    for number, name in enumerate(("strauss_waltz", "joplin_rag")):
        shutil.copy(next(path for path in examples if path.stem == name), folder / f"{number}.ogg")
    shutil.copy(folder / "1.ogg", folder / "2.ogg")
    named = OggVorbis(folder / "2.ogg")
    named["GENRE"] = ["Eigenes"]
    named.save()
    return folder


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def rows_of(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_heard_written_and_brought_back(music, tmp_path):
    (music / "3.mp3").write_bytes(b"no sound at all")
    before = bytes_of(music)
    seen = genrelens("tags", "preview", music, "--when", "always", cwd=tmp_path)
    assert seen.returncode == 1
    assert "Nothing was written: this is a preview." in seen.stdout
    assert "a person's genre stands: Eigenes" in seen.stdout
    assert "3.mp3: AUDIO_" in seen.stderr
    assert bytes_of(music) == before
    done = genrelens("tags", "apply", music, "--when", "always", "--json", cwd=tmp_path)
    rows = {row["path"][-5:]: row for row in rows_of(done)}
    assert [rows[name]["action"] for name in ("0.ogg", "1.ogg", "2.ogg")] == ["write", "write", "keep-person"]
    assert rows["0.ogg"]["after"] == list(read_standing(music / "0.ogg").genres)
    assert bytes_of(music)["2.ogg"] == before["2.ogg"]
    listed = genrelens("tags", "undo", "--list", cwd=tmp_path)
    assert "2 files, 0 brought back" in listed.stdout
    one = genrelens("tags", "undo", "--file", music / "0.ogg", cwd=tmp_path)
    assert (one.returncode, "1 brought back" in one.stdout) == (0, True)
    assert bytes_of(music)["0.ogg"] == before["0.ogg"]
    rest = genrelens("tags", "undo", "--json", cwd=tmp_path)
    assert [row["state"] for row in rows_of(rest)] == ["undone"]
    assert bytes_of(music) == before
    nothing = genrelens("tags", "undo", cwd=tmp_path)
    assert (nothing.returncode, "TAGS_UNDO_FAILED" in nothing.stderr) == (2, True)


def test_what_people_wrote_as_a_source_of_labels(music, tmp_path):
    (music / "3.mp3").write_bytes(b"no sound at all")
    done = genrelens("tags", "read", music, "--out", "labels.csv", "--source", "us", cwd=tmp_path)
    assert (done.returncode, "1 labels, 2 files without a genre of a person's, 1 failed" in done.stdout) == (1, True), (
        done.stdout
    )
    data = (tmp_path / "labels.csv").read_bytes()
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows == [["file", "source", "label"], [str(music / "2.ogg"), "us", "Eigenes"]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["apply", "{}", "--add", "--replace"], "TAGS_POLICY"),
        (["apply", "{}", "--when", "empty", "--replace"], "TAGS_POLICY"),
        (["preview", "{}/nothing"], "AUDIO_NOT_FOUND"),
        (["preview"], "NO_INPUT"),
        (["preview", "--catalogue", "{}/no.db"], "CATALOGUE_NOT_FOUND"),
        (["undo", "no-such-run"], "TAGS_UNDO_FAILED"),
    ],
)
def test_what_cannot_be_done(music, tmp_path, arguments, words):
    done = genrelens("tags", *(argument.format(music) for argument in arguments), cwd=tmp_path)
    assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_catalogue_gives_the_answers_and_keeps_them(music, tmp_path, model):
    """New tags are new bytes: answers and decisions go along, to and fro."""
    (music / "4.mp3").write_bytes(bare_mp3())
    files = [music / "0.ogg", music / "1.ogg", music / "4.mp3"]
    catalogue = made_catalogue(tmp_path / "my.db", model, files)
    number = catalogue.model_id(model.bundle)
    before = bytes_of(music)
    rows = list(catalogue.rows(number))
    decide(catalogue, number, rows[1].sha256, "Blues")
    assert genrelens("tags", "preview", "--catalogue", "my.db", cwd=tmp_path).returncode == 0
    done = genrelens("tags", "apply", music, "--catalogue", "my.db", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    actions = {row["path"][-5:]: (row["action"], row["after"], row["decided_by"]) for row in rows_of(done)}
    assert actions["1.ogg"] == ("write", ["Blues"], "ann")
    assert actions["0.ogg"][0] == ("write" if rows[0].tier == "sure" else "keep-unsure")
    assert actions["4.mp3"][0] in ("keep-unsure", "keep-nothing")
    assert (tmp_path / "my.db.undo").is_dir()
    sha = hashlib.sha256((music / "1.ogg").read_bytes()).hexdigest()
    after = list(catalogue.rows(number))
    assert after[1].sha256 == sha
    assert (after[1].decision.verdict, after[1].top, after[1].state) == ("Blues", rows[1].top, "done")
    assert catalogue.analysis(sha, number)["source"]["sha256"] == sha
    assert catalogue.known_files([after[1].path])[after[1].path].mtime_ns == (music / "1.ogg").stat().st_mtime_ns
    again = genrelens("tags", "apply", music / "1.ogg", "--catalogue", "my.db", "--json", cwd=tmp_path)
    assert [(row["action"], row["reason"]) for row in rows_of(again)] == [("same", "written")]
    undone = genrelens("tags", "undo", "--catalogue", "my.db", cwd=tmp_path)
    assert undone.returncode == 0, undone.stderr
    assert bytes_of(music) == before
    back = list(catalogue.rows(number))
    assert [row.sha256 for row in back] == [row.sha256 for row in rows]
    assert back[1].decision.verdict == "Blues"
    assert len(catalogue.database.fetch(select(decisions))) == 2
    catalogue.close()


def test_a_catalogue_follows_what_was_undone_before_a_kill(music, tmp_path, model):
    """And what is damaged in the last run's journal keeps nobody from tagging."""
    files = [music / "0.ogg", music / "1.ogg"]
    catalogue = made_catalogue(tmp_path / "my.db", model, files)
    number = catalogue.model_id(model.bundle)
    named = ["tags", "apply", *files, music / "2.ogg", "--catalogue", "my.db", "--when", "always"]
    assert genrelens(*named, cwd=tmp_path).returncode == 0
    first, second = entries_to_undo(tmp_path / "my.db.undo")
    assert {first.path, second.path} == set(files)
    # As if the command had been killed here.
    assert [item.state for item in undo_tags([first])] == ["undone"]
    stale = next(row.sha256 for row in catalogue.rows(number) if row.path == to_text(first.path))
    assert stale == first.after.sha256
    done = genrelens("tags", "undo", "--catalogue", "my.db", cwd=tmp_path)
    assert (done.returncode, "1 brought back" in done.stdout) == (0, True)
    assert {row.sha256 for row in catalogue.rows(number)} == {first.before.sha256, second.before.sha256}
    catalogue.close()
    first.where.with_suffix(".undone").write_bytes(b"nothing of the kind")
    again = genrelens(*named, cwd=tmp_path)
    assert (again.returncode, "To undo:" in again.stdout) == (0, True), again.stderr
