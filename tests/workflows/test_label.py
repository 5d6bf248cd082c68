import shutil
import threading
from pathlib import Path

import pytest

from genrelens.catalogue.lock import labelling_lock
from genrelens.catalogue.paths import to_text
from genrelens.catalogue.store import open_catalogue
from genrelens.engines.local import LocalEngine
from genrelens.errors import CatalogueError, UsageError
from genrelens.workflows.gather import Wanted
from genrelens.workflows.label import LabelOptions, label


class Counting(LocalEngine):
    """The real engine, which also says what it was given."""

    def __init__(self, model):
        super().__init__(model)
        self.heard = []

    def hear(self, paths):
        def counted():
            for path in paths:
                self.heard.append(path.name)
                yield path

        return super().hear(counted())


@pytest.fixture
def engine(model):
    with Counting(model) as engine:
        yield engine


@pytest.fixture
def catalogue(tmp_path):
    with open_catalogue(tmp_path / "my.db", create=True) as opened:
        yield opened


@pytest.fixture
def music(tmp_path, examples):
    folder = tmp_path / "music"
    (folder / "sub").mkdir(parents=True)
    for example in examples[:4]:
        shutil.copy(example, folder)
    shutil.copy(examples[0], folder / "sub" / "copy.ogg")
    (folder / "broken.mp3").write_text("no sound")
    return folder


def rows(catalogue):
    return {Path(row.path).name: row for row in catalogue.rows(catalogue.latest_model())}


def test_a_folder(catalogue, engine, music, examples):
    told = []
    done = label(
        catalogue, engine, [music], tell=lambda now: told.append((now.done, now.failed)), review=lambda _: True
    )
    end = done.progress
    assert (end.found, end.to_do, end.done, end.failed, end.copies, end.known) == (6, 5, 4, 1, 1, 0)
    assert (done.failed, done.stopped, end.review) == (1, False, 4)
    assert told[-1] == (4, 1)
    found = rows(catalogue)
    assert found["copy.ogg"].copy_of == to_text(music / examples[0].name)
    assert found["broken.mp3"].error == "AUDIO_UNREADABLE"
    assert found["bossa_nova.ogg"].genre == "Jazz"


def test_again_costs_nothing_and_a_moved_file_neither(catalogue, engine, music):
    label(catalogue, engine, [music])
    engine.heard.clear()
    (music / "bossa_nova.ogg").rename(music / "renamed.ogg")
    again = label(catalogue, engine, [music])
    assert engine.heard == []
    assert (again.progress.known, again.progress.done, again.failed) == (5, 0, 1)
    assert "bossa_nova.ogg" not in rows(catalogue)
    assert rows(catalogue)["renamed.ogg"].genre == "Jazz"
    retried = label(catalogue, engine, [music], LabelOptions(retry_failed=True))
    assert engine.heard == ["broken.mp3"]
    assert retried.failed == 1


def test_an_edited_file_is_heard_anew(catalogue, engine, music, examples):
    label(catalogue, engine, [music])
    engine.heard.clear()
    shutil.copy(examples[5], music / "bossa_nova.ogg")
    label(catalogue, engine, [music])
    assert engine.heard == ["bossa_nova.ogg"]
    assert rows(catalogue)["bossa_nova.ogg"].genre != "Jazz"


def test_a_part_of_a_folder_forgets_nothing_else(catalogue, engine, music):
    label(catalogue, engine, [music])
    label(catalogue, engine, [music], LabelOptions(Wanted(extensions=("mp3",))))
    assert len(rows(catalogue)) == 6


def test_a_changed_model_answers_beside_the_first(catalogue, engine, music, model):
    label(catalogue, engine, [music / "bossa_nova.ogg"])
    first = catalogue.latest_model()
    from dataclasses import replace

    other = replace(model.bundle, windows=2)
    second = catalogue.model_id(other)
    assert first != second
    assert [row.state for row in catalogue.rows(second)] == ["waiting"]
    assert [row.state for row in catalogue.rows(first)] == ["done"]


def test_pretend_writes_nothing(catalogue, engine, music):
    looked = label(catalogue, engine, [music], LabelOptions(pretend=True))
    assert (looked.progress.to_do, looked.progress.copies) == (5, 1)
    assert engine.heard == []
    assert (list(catalogue.rows(None)), catalogue.models()) == ([], {})
    assert [Path(path).name for path in looked.would_do] == [
        "bach_prelude.ogg", "bossa_nova.ogg", "broken.mp3", "four_on_the_floor.ogg", "hip_hop_beat.ogg",
    ]  # fmt: skip


def test_stopping_keeps_what_was_heard_and_gives_the_rest_back(catalogue, engine, music, examples):
    for number in range(3):
        for example in examples:
            (music / f"{number}_{example.name}").write_bytes(example.read_bytes() + bytes(number))
    stop = threading.Event()
    stopped = label(catalogue, engine, [music], tell=lambda now: now.done and stop.set(), stop=stop)
    assert stopped.stopped
    kept = catalogue.counts(catalogue.latest_model())
    assert kept.done == stopped.progress.done >= 1
    assert kept.waiting >= 1
    done = label(catalogue, engine, [music])
    assert sorted(engine.heard) == sorted(set(engine.heard))  # nothing was heard twice
    assert done.progress.done + stopped.progress.done == 30


def test_two_runs_on_one_file_are_refused(catalogue, engine, music):
    with labelling_lock(catalogue.database.path), pytest.raises(CatalogueError) as caught:
        label(catalogue, engine, [music])
    assert caught.value.code == "CATALOGUE_LOCKED"
    assert label(catalogue, engine, [music]).progress.done == 4


def test_a_file_that_changes_while_it_is_heard(catalogue, model, music, examples):
    class Editing(LocalEngine):
        def hear(self, paths):
            def edited():
                for path in paths:
                    if path.name == "bossa_nova.ogg":
                        shutil.copy(examples[5], path)
                    yield path

            return super().hear(edited())

    with Editing(model) as engine:
        assert label(catalogue, engine, [music]).failed == 2
    assert rows(catalogue)["bossa_nova.ogg"].error == "FILE_CHANGED"
    with LocalEngine(model) as engine:
        assert label(catalogue, engine, [music]).failed == 1
    assert rows(catalogue)["bossa_nova.ogg"].state == "done"


def test_a_file_that_goes_away_is_still_to_be_heard_where_it_turns_up(catalogue, model, music, engine):
    class Moving(LocalEngine):
        def hear(self, paths):
            def moved():
                for path in paths:
                    if path.name == "bossa_nova.ogg":
                        path.rename(music.parent / "elsewhere.ogg")
                    yield path

            return super().hear(moved())

    with Moving(model) as moving:
        done = label(catalogue, moving, [music])
    assert done.failed == 2
    assert rows(catalogue)["bossa_nova.ogg"].error == "AUDIO_NOT_FOUND"
    assert label(catalogue, engine, [music.parent / "elsewhere.ogg"]).progress.done == 1


def test_nothing_meant(catalogue, engine, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError) as caught:
        label(catalogue, engine, [tmp_path / "empty"])
    assert caught.value.code == "NO_INPUT"


def test_two_labellers_share_the_work_on_a_server(postgres, model, music):
    where = postgres.url("two_labellers")
    engines = [Counting(model), Counting(model)]
    ends = []

    def work(engine):
        with engine, open_catalogue(where, create=True) as catalogue:
            ends.append(label(catalogue, engine, [music]))

    threads = [threading.Thread(target=work, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    heard = [name for engine in engines for name in engine.heard]
    assert len(heard) == len(set(heard)) == 5
    assert [end.failed for end in ends] == [1, 1]
    with open_catalogue(where) as catalogue:
        assert {row.state for row in rows(catalogue).values()} == {"done", "failed"}
