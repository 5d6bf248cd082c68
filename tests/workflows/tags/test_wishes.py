"""Which genre a file should have: the person's before the model's, in the owner's names, accepted by tier or policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from genrelens.catalogue.paths import to_text
from genrelens.catalogue.rows import NOT_MUSIC, CatalogueRow, Decision
from genrelens.errors import AudioError
from genrelens.listening.analysis import GenreScore, ModelInfo
from genrelens.workflows.mapping import read_mapping
from genrelens.workflows.policy import read_policy
from genrelens.workflows.tags import wishes as wishes_module
from genrelens.workflows.tags.apply import apply_tags, entries_to_undo, undo_tags
from genrelens.workflows.tags.files import Stamp, stamp_of
from genrelens.workflows.tags.journal import Journal, entries_of
from genrelens.workflows.tags.wishes import catalogue_wishes, catch_up, follow_tags, wish_of_answer, wishes_of_rows
from tests.catalogue.made import made_catalogue
from tests.workflows.tagged import bare_mp3, frame, id3_tag, wish
from tests.workflows.tagged import plan as planned

MODEL = ModelInfo("genrelens-base", "0.2.0", "f" * 64, True)


def row(name="a.mp3", tier="sure", verdict="", state="done", **more):
    scores = (GenreScore("Rap", 0.60), GenreScore("Hip-Hop", 0.35), GenreScore("Jazz", 0.05))
    decision = Decision(1, "0" * 64, "ann", 1.0, "other", verdict, 1) if verdict else None
    values = {"error": "", "message": "", "top": scores, **more}
    return CatalogueRow(
        path=to_text(Path("/music", name)), sha256="0" * 64, size=1, copy_of="", state=state, model=MODEL, model_id=1,
        tier=tier, decision=decision, **values,
    )  # fmt: skip


def wishes(*rows, **options):
    return list(wishes_of_rows(rows, **options))


def test_the_models_answer_and_a_persons():
    heard, decided, speech, none = wishes(
        row(), row(tier="unsure", verdict="Jazz"), row(verdict=NOT_MUSIC), row(tier="not_music")
    )
    assert (heard.genres, heard.probability, heard.model, heard.certain) == (
        ("Rap",),
        0.60,
        "genrelens-base 0.2.0",
        True,
    )
    assert (decided.genres, decided.probability, decided.decided_by, decided.certain) == (("Jazz",), 0.05, "ann", True)
    assert (speech.genres, speech.decided_by) == ((), "ann")
    assert none.genres == ()
    assert heard.sha256 == "0" * 64


def test_what_failed_fails():
    [failed] = wishes(row(state="failed", error="AUDIO_EMPTY", message="no bytes", top=()))
    assert (failed.error.code, failed.error.message) == ("AUDIO_EMPTY", "no bytes")
    assert wish_of_answer(Path("a.mp3"), AudioError("AUDIO_EMPTY", "no bytes")).error.code == "AUDIO_EMPTY"


def test_in_the_owners_names_one_or_several(tmp_path):
    table = tmp_path / "mapping.yaml"
    table.write_text(
        "genres: {Rap: Urban, Hip-Hop: [Beats, Urban], Jazz: ~}\nothers_from: 0.3\nnot_music: Speech\n",
        encoding="utf-8",
    )
    naming = read_mapping(table).genres_of
    heard, decided, nothing, speech = wishes(
        row(), row(verdict="Hip-Hop"), row(verdict="Jazz"), row(tier="not_music"), naming=naming
    )
    assert heard.genres == ("Urban", "Beats")
    assert decided.genres == ("Beats", "Urban")
    assert nothing.genres == ()
    assert (speech.genres, speech.certain) == (("Speech",), False)


def test_a_policy_says_what_is_sure(tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text("accept_above: 0.55\nsuggest_from: 0.30\n", encoding="utf-8")
    accepted, reviewed = wishes(row(tier="blend"), row(tier="not_music"), policy=read_policy(policy))
    assert (accepted.certain, accepted.tier, reviewed.certain) == (True, "blend", False)
    [default] = wishes(row(tier="sure"), policy=read_policy(None))
    assert not default.certain


def test_names_that_are_no_utf_8(tmp_path):
    [wish] = wishes(row("na\udcffme.mp3"))
    assert wish.path == Path("/music/na\udcffme.mp3")


@pytest.fixture
def heard(tmp_path, model):
    """Three files, and a catalogue that has heard them."""
    files = [tmp_path / "music" / name for name in ("a.mp3", "b.mp3", "c.mp3")]
    files[0].parent.mkdir()
    for path in files:
        path.write_bytes(id3_tag([frame(b"TIT2", b"\x00" + path.name.encode(), 4)], 4) + bare_mp3())
    catalogue = made_catalogue(tmp_path / "my.db", model, files)
    yield catalogue, files
    catalogue.close()


def test_files_and_folders_of_a_catalogue(heard, tmp_path):
    _, files = heard
    where = str(tmp_path / "my.db")
    for asked, found in (([], files), ([tmp_path], files), (files[:2], files[:2]), ([tmp_path / "none.mp3"], [])):
        assert [wish.path for wish in catalogue_wishes(where, asked)] == found


def test_a_catalogue_follows_each_file_and_reads_none_that_it_knows(heard, tmp_path, monkeypatch):
    catalogue, files = heard
    where, undo = str(tmp_path / "my.db"), tmp_path / "undo"
    known = {path: catalogue.known_files([to_text(path)])[to_text(path)].sha256 for path in files}
    journal = Journal(undo)
    for plan in follow_tags(where, apply_tags(planned([wish(path, "Rock") for path in files]), journal)):
        row = catalogue.known_files([to_text(plan.target)])[to_text(plan.target)]
        assert Stamp(row.sha256, row.size, row.mtime_ns, plan.written.inode) == plan.written == stamp_of(plan.target)
    read = []
    monkeypatch.setattr(wishes_module, "stamp_of", lambda path: read.append(path) or stamp_of(path))
    catch_up(where, entries_of(undo, journal.run))
    # The last might have been brought back by a killed undo.
    assert read == files[2:]
    assert [done.state for done in undo_tags(entries_to_undo(undo)[:2])] == ["undone"] * 2
    files[2].unlink()
    files[2].mkdir()
    catch_up(where, entries_of(undo, journal.run))
    now = {path: catalogue.known_files([to_text(path)])[to_text(path)].sha256 for path in files}
    assert now[files[1]] == known[files[1]]
    assert now[files[2]] != known[files[2]]
