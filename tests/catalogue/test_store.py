"""Every test runs on SQLite and on a real PostgreSQL."""

import threading
import time
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from genrelens import analyze
from genrelens.catalogue.rows import RowFilter
from genrelens.catalogue.schema import files
from genrelens.catalogue.store import FileRecord, open_catalogue
from genrelens.errors import AudioError, CatalogueError

SHAS = [f"{number:064x}" for number in range(40)]


@pytest.fixture(scope="module")
def answer(model, examples):
    return analyze(model, examples[1])


@pytest.fixture
def catalogue(where):
    with open_catalogue(where, create=True) as opened:
        yield opened


@pytest.fixture
def model_id(catalogue, model):
    return catalogue.model_id(model.bundle)


def record(number, folder="/music"):
    return FileRecord(f"{folder}/{number:03}.mp3", 1000 + number, 7, SHAS[number])


def answered(answer, sha):
    return replace(answer, source=replace(answer.source, sha256=sha))


def fill(catalogue, model_id, answer, numbers):
    catalogue.plan(model_id, [record(number) for number in numbers])
    got = catalogue.claim(model_id, "me", [SHAS[number] for number in numbers])
    assert catalogue.commit(model_id, "me", [(sha, answered(answer, sha)) for sha in got]) == len(got)


def test_a_row_says_what_the_analysis_said(catalogue, model_id, model, answer):
    fill(catalogue, model_id, answer, [3])
    (row,) = catalogue.rows(model_id)
    assert (row.path, row.sha256, row.size, row.state) == ("/music/003.mp3", SHAS[3], 1003, "done")
    assert (row.top, row.tier, row.mix_index, row.not_music) == (
        answer.top,
        answer.tier,
        answer.mix_index,
        answer.not_music,
    )
    assert (row.prediction_set, row.duration_s, row.model) == (
        answer.prediction_set,
        answer.source.duration_s,
        answer.model,
    )
    whole = catalogue.analysis(SHAS[3], model_id)
    expected = answer.to_dict()
    del expected["timing_ms"]
    assert whole == expected | {"source": expected["source"] | {"name": "", "sha256": SHAS[3]}}
    assert catalogue.labels(model_id) == model.bundle.labels
    assert catalogue.latest_model() == model_id


def test_the_same_model_has_one_id_and_another_calibration_another(catalogue, model_id, model):
    assert catalogue.model_id(model.bundle) == model_id
    calibration = replace(model.bundle.calibration, not_music_threshold=0.99)
    assert catalogue.model_id(replace(model.bundle, calibration=calibration)) != model_id
    assert catalogue.models()[model_id].sha256 == model.bundle.model_sha256


def test_copies_share_an_answer_and_are_named(catalogue, model_id, answer):
    fill(catalogue, model_id, answer, [1])
    catalogue.plan(model_id, [replace(record(1), path="/a/copy.mp3")])
    rows = list(catalogue.rows(model_id))
    assert [(row.path, row.copy_of, row.state) for row in rows] == [
        ("/a/copy.mp3", "", "done"),
        ("/music/001.mp3", "/a/copy.mp3", "done"),
    ]
    assert [row.path for row in catalogue.rows(model_id, RowFilter(first_copies=True))] == ["/a/copy.mp3"]
    catalogue.mark_gone(["/a/copy.mp3"])
    (row,) = catalogue.rows(model_id)
    assert (row.path, row.copy_of) == ("/music/001.mp3", "")


def test_an_edited_file_waits_for_a_new_answer(catalogue, model_id, answer):
    fill(catalogue, model_id, answer, [1])
    catalogue.plan(model_id, [replace(record(1), sha256=SHAS[2], mtime_ns=8)])
    (row,) = catalogue.rows(model_id)
    assert (row.state, row.sha256) == ("waiting", SHAS[2])
    catalogue.plan(model_id, [record(1)])  # and back again: nothing is lost
    assert next(catalogue.rows(model_id)).state == "done"


def test_what_one_has_claimed_no_other_gets(catalogue, model_id):
    catalogue.plan(model_id, [record(number) for number in range(10)])
    assert catalogue.claim(model_id, "me", SHAS[:6]) == SHAS[:6]
    assert catalogue.claim(model_id, "you", SHAS[:10]) == SHAS[6:10]
    assert catalogue.claim(model_id, "they", SHAS[:10]) == []


def test_what_one_holds_already_is_its_own_again(catalogue, model_id):
    """As where the answer to a claim was lost with the connection, and the claim is made once more."""
    catalogue.plan(model_id, [record(number) for number in range(3)])
    for _ in range(10):
        assert catalogue.claim(model_id, "me", SHAS[:3]) == SHAS[:3]
    catalogue.give_back("me")
    assert catalogue.claim(model_id, "you", SHAS[:3]) == SHAS[:3]


def test_of_suspects_one_is_claimed_and_the_least_tried_first(catalogue, model_id):
    catalogue.plan(model_id, [record(number) for number in range(3)])
    for dead in ("one", "two"):
        assert catalogue.claim(model_id, dead, SHAS[:3], lease_s=-1) == SHAS[:3]
    assert catalogue.claim(model_id, "me", SHAS[:3]) == []
    assert catalogue.claim(model_id, "three", SHAS[:3], suspects=True, lease_s=-1) == SHAS[:1]
    assert catalogue.claim(model_id, "me", SHAS[:3], suspects=True) == SHAS[1:2]


def test_many_at_once_claim_each_content_once(catalogue, model_id):
    catalogue.plan(model_id, [record(number) for number in range(40)])
    got: list[str] = []

    def work(owner):
        for first in range(0, 40, 4):
            got.extend(catalogue.claim(model_id, owner, SHAS[first : first + 4]))

    threads = [threading.Thread(target=work, args=(f"labeller {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == SHAS


def test_a_claim_whose_lease_ended_is_another_ones(catalogue, model_id, answer):
    catalogue.plan(model_id, [record(1)])
    assert catalogue.claim(model_id, "dead", SHAS[1:2], lease_s=-1) == SHAS[1:2]
    assert catalogue.claim(model_id, "me", SHAS[1:2]) == SHAS[1:2]
    # The dead one was only slow: its answer comes too late and is not kept.
    assert catalogue.commit(model_id, "dead", [(SHAS[1], AudioError("AUDIO_EMPTY", "late"))]) == 0
    assert catalogue.commit(model_id, "me", [(SHAS[1], answered(answer, SHAS[1]))]) == 1
    assert next(catalogue.rows(model_id)).state == "done"


def test_a_renewed_claim_stays(catalogue, model_id):
    catalogue.plan(model_id, [record(1)])
    catalogue.claim(model_id, "me", SHAS[1:2], lease_s=-1)
    catalogue.renew("me")
    assert catalogue.claim(model_id, "you", SHAS[1:2]) == []
    catalogue.give_back("me")
    assert catalogue.claim(model_id, "you", SHAS[1:2]) == SHAS[1:2]


def test_what_ended_labellers_is_a_suspect_and_then_given_up(catalogue, model_id):
    catalogue.plan(model_id, [record(1), record(2)])
    for _ in range(2):
        assert catalogue.claim(model_id, "dies", SHAS[1:2]) == SHAS[1:2]
        catalogue.release_claims(model_id)
    assert catalogue.claim(model_id, "me", SHAS[1:3]) == SHAS[2:3]
    for _ in range(3):
        assert catalogue.claim(model_id, "dies", SHAS[1:2], suspects=True) == SHAS[1:2]
        catalogue.release_claims(model_id)
    assert catalogue.claim(model_id, "me", SHAS[1:2], suspects=True) == []
    first = next(catalogue.rows(model_id))
    assert (first.state, first.error) == ("failed", "LABEL_GAVE_UP")


def test_who_ends_in_order_leaves_no_suspicion(catalogue, model_id):
    catalogue.plan(model_id, [record(1)])
    for _ in range(7):
        assert catalogue.claim(model_id, "me", SHAS[1:2]) == SHAS[1:2]
        catalogue.give_back("me")


def test_failures_stay_until_they_are_to_be_tried_again(catalogue, model_id):
    catalogue.plan(model_id, [record(1), FileRecord("/music/gone.mp3", 0, 0, None, "AUDIO_NOT_FOUND", "no")])
    catalogue.claim(model_id, "me", SHAS[1:2])
    catalogue.commit(model_id, "me", [(SHAS[1], AudioError("AUDIO_EMPTY", "nothing\0in it"))])
    first, second = catalogue.rows(model_id)
    assert (first.state, first.error, first.message) == ("failed", "AUDIO_EMPTY", "nothingin it")
    assert (second.state, second.error) == ("failed", "AUDIO_NOT_FOUND")
    assert catalogue.unanswered(model_id, SHAS[1:3]) == SHAS[2:3]
    assert catalogue.failures(model_id, SHAS) == 1
    catalogue.plan(model_id, [record(1)])
    assert catalogue.claim(model_id, "me", SHAS[1:2]) == []
    catalogue.plan(model_id, [record(1)], retry_failed=True)
    assert catalogue.claim(model_id, "me", SHAS[1:2]) == SHAS[1:2]


def test_filters(catalogue, model_id, answer):
    fill(catalogue, model_id, answer, [1, 2])
    other = replace(answer, top=tuple(reversed(answer.top)), tier="unsure")
    catalogue.plan(model_id, [record(3, "/music/50%_off"), record(4, "/musical")])
    catalogue.claim(model_id, "me", SHAS[3:4])
    catalogue.commit(model_id, "me", [(SHAS[3], answered(other, SHAS[3]))])

    def found(**only):
        names = [row.path.rsplit("/", 1)[1][:3] for row in catalogue.rows(model_id, RowFilter(**only))]
        assert catalogue.count(model_id, RowFilter(**only)) == len(names)
        return names

    assert found() == ["001", "002", "003", "004"]
    assert found(tiers=("unsure",)) == ["003"]
    assert found(genres=(answer.top[0].id,)) == ["001", "002"]
    assert found(states=("waiting",)) == ["004"]
    assert found(states=("done", "failed")) == ["001", "002", "003"]
    assert found(under="/music/") == ["001", "002", "003"]
    assert found(under="/music/50%_off") == ["003"]
    assert found(text="50%_OFF") == ["003"]
    assert found(probability=(0.0, other.top[0].probability)) == ["003"]
    assert found(sha256s=(SHAS[2],)) == ["002"]
    assert found(decided=True) == []
    assert found(answered_since=time.time() + 10) == []


def test_rows_come_sorted_by_code_point_whatever_their_number(catalogue, model_id):
    names = [f"/m/{name}.mp3" for name in ("a", "B", "é", "歌", "Z", "z", "10", "9", "\\xff")]
    names += [f"/n/{number:05}.mp3" for number in range(2100)]
    catalogue.plan(model_id, [FileRecord(name, 1, 1, SHAS[0]) for name in names])
    assert [row.path for row in catalogue.rows(model_id)] == sorted(names)
    assert catalogue.paths_under("/m") == sorted(names[:9])
    assert catalogue.known_files(names[:3]).keys() == set(names[:3])


def test_what_is_there_opens_again(where, model, answer):
    with open_catalogue(where, create=True) as first:
        fill(first, first.model_id(model.bundle), answer, [1])
    with open_catalogue(where) as again:
        assert [row.state for row in again.rows(again.latest_model())] == ["done"]


def test_a_catalogue_that_is_not_there(tmp_path, postgres):
    for place in (tmp_path / "no.db", postgres.url("empty_one")):
        with pytest.raises(CatalogueError) as caught:
            open_catalogue(place)
        assert caught.value.code == "CATALOGUE_NOT_FOUND"
    assert not (tmp_path / "no.db").exists()


@pytest.mark.parametrize("address", ["mysql://a/b", "http://x", "postgresql://host:port/x"])
def test_an_address_that_is_none(address):
    with pytest.raises(CatalogueError) as caught:
        open_catalogue(address)
    assert caught.value.code == "CATALOGUE_ADDRESS"


def test_a_password_is_never_shown(monkeypatch):
    monkeypatch.setattr("genrelens.catalogue.database._FIRST_PATIENCE_S", 0.2)
    with pytest.raises(CatalogueError) as caught:
        open_catalogue("postgresql://me:secret@127.0.0.1:1/x", create=True)
    assert caught.value.code == "CATALOGUE_UNREACHABLE"
    assert "secret" not in str(caught.value.to_dict())


def test_one_look_sees_one_state(catalogue, model_id):
    query = select(func.count()).select_from(files)

    def work(connection):
        before = connection.execute(query).scalar_one()
        catalogue.plan(model_id, [record(1)])
        return before, connection.execute(query).scalar_one()

    assert catalogue.database.read(work) == (0, 0)
    assert catalogue.database.read(lambda connection: connection.execute(query).scalar_one()) == 1


def test_a_server_that_may_only_be_read(postgres, model):
    where = postgres.url("a_replica")
    with open_catalogue(where, create=True) as catalogue:
        catalogue.database.write(
            lambda connection: connection.exec_driver_sql(
                "ALTER DATABASE a_replica SET default_transaction_read_only = on"
            )
        )
    with open_catalogue(where) as catalogue:
        assert list(catalogue.rows(None)) == []
        with pytest.raises(CatalogueError) as caught:
            catalogue.model_id(model.bundle)
    assert caught.value.code == "CATALOGUE_READ_ONLY"


def test_a_newer_catalogue_is_left_alone(tmp_path, model):
    import sqlite3

    with open_catalogue(tmp_path / "my.db", create=True):
        pass
    with sqlite3.connect(tmp_path / "my.db") as connection:
        connection.execute("UPDATE properties SET value = '99'")
    with pytest.raises(CatalogueError) as caught:
        open_catalogue(tmp_path / "my.db")
    assert caught.value.code == "CATALOGUE_NEWER"
