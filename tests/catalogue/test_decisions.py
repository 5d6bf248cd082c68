"""Leases and decisions, on both databases: one reviewer at a time, nothing decided twice, nothing lost."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from genrelens.catalogue.contents import answered, contents
from genrelens.catalogue.decisions import Decisions, Desk, Progress, Verdict
from genrelens.catalogue.rows import RowFilter
from genrelens.catalogue.store import open_catalogue
from genrelens.errors import CatalogueError
from tests.catalogue.reviewable import fill

ANNA, BEN = Desk("Anna", "1"), Desk("Ben", "2")
NUMBERS = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "my.db")
    return request.getfixturevalue("postgres").url(f"review{next(NUMBERS)}")


@pytest.fixture
def opened(where, model):
    with open_catalogue(where, create=True) as catalogue:
        files = [(Path(f"/music/{number:02}.mp3"), "unsure") for number in range(30)]
        yield catalogue, list(fill(catalogue, model, files).values())


def accept(sha, verdict="Folk"):
    return Verdict(sha, 1, "accept", verdict)


def code_of(call, *arguments, **named):
    with pytest.raises(CatalogueError) as caught:
        call(*arguments, **named)
    return caught.value.code


def test_a_lease_keeps_others_away_until_it_ends_or_is_given_back(opened):
    catalogue, shas = opened
    work = Decisions(catalogue.database)
    assert [lease.sha256 for lease in work.take(ANNA, shas, most=2)] == shas[:2]
    assert [lease.sha256 for lease in work.take(BEN, shas)] == shas[2:3]
    assert [lease.sha256 for lease in work.take(Desk("Anna", "another window"), shas)] == shas[3:4]
    assert work.at_work() == ("Anna", "Ben")
    assert work.renew(ANNA) == sorted(shas[:2])
    assert code_of(work.hold, BEN, shas[0]) == "REVIEW_TAKEN"
    work.give_back(ANNA, shas[:1])
    assert [lease.sha256 for lease in work.take(BEN, shas, lease_s=-1.0)] == shas[:1]
    assert [lease.sha256 for lease in work.take(ANNA, shas)] == shas[:1]  # Ben's had ended
    work.give_back(ANNA)
    assert work.renew(ANNA) == []


def test_a_decision_is_kept_once_and_named_by_its_token(opened):
    catalogue, shas = opened
    work = Decisions(catalogue.database)
    (lease,) = work.take(ANNA, shas)
    first = work.decide(ANNA, accept(lease.sha256), token="t1", seen=lease.seen)
    again = work.decide(ANNA, accept(lease.sha256, "Rock"), token="t1", seen=lease.seen)
    assert first == again
    assert (first.person, first.kind, first.verdict, first.undone_at) == ("Anna", "accept", "Folk", None)
    assert work.history() == [first]
    assert work.renew(ANNA) == []  # and the file is free again
    assert [lease.sha256 for lease in work.take(BEN, shas)] == shas[1:2]
    assert [lease.sha256 for lease in work.take(BEN, shas[:1], about="decided")] == shas[:1]
    assert work.take(ANNA, shas[:1], about="decided") == []


def test_who_lost_the_lease_is_told_so_and_nothing_is_kept(opened):
    catalogue, shas = opened
    work = Decisions(catalogue.database)
    (lease,) = work.take(ANNA, shas, lease_s=-1.0)
    (other,) = work.take(BEN, shas)
    assert other.sha256 == lease.sha256
    assert code_of(work.decide, ANNA, accept(lease.sha256), token="a", seen=lease.seen) == "REVIEW_TAKEN"
    work.decide(BEN, accept(lease.sha256), token="b", seen=other.seen)
    assert code_of(work.decide, ANNA, accept(lease.sha256), token="a", seen=lease.seen) == "REVIEW_DECIDED"
    assert [decision.person for decision in work.history()] == ["Ben"]
    # Nobody took it: a lease that has ended does no harm.
    (late,) = work.take(ANNA, shas, lease_s=-1.0)
    assert work.decide(ANNA, accept(late.sha256), token="c", seen=late.seen).person == "Anna"


def test_undo_takes_back_ones_own_last_or_a_whole_batch(opened):
    catalogue, shas = opened
    work = Decisions(catalogue.database)
    for number, sha in enumerate(shas[:3]):
        work.decide(ANNA, accept(sha), token=f"t{number}")
    work.decide(BEN, accept(shas[3]), token="ben")
    assert [decision.sha256 for decision in work.undo("Anna")] == shas[2:3]
    assert [decision.sha256 for decision in work.undo("Anna")] == shas[1:2]
    assert work.decide_all(ANNA, [accept(sha) for sha in shas], batch="all") == 28  # all but Anna's and Ben's
    assert work.decide_all(ANNA, [accept(sha) for sha in shas], batch="all") == 28  # sent again
    assert code_of(work.undo, "Ben", batch="all") == "REVIEW_NOTHING_TO_UNDO"
    work.decide(ANNA, Verdict(shas[3], 1, "other", "Jazz"), token="over", seen=work.last_id())
    assert len(work.undo("Anna", batch="all")) == 28
    assert [decision.verdict for decision in work.undo("Anna")] == ["Jazz"]
    assert [decision.sha256 for decision in work.undo("Anna")] == shas[:1]
    assert code_of(work.undo, "Anna") == "REVIEW_NOTHING_TO_UNDO"
    assert [decision.person for decision in work.history()] == ["Ben"]
    assert sum(decision.undone_at is not None for decision in work.history(undone=True)) == 32
    assert work.state() == (work.last_id(), 32)
    assert work.progress("Anna") == Progress(0, 1)


def test_a_bulk_decision_leaves_alone_what_others_hold_or_have_decided(opened):
    catalogue, shas = opened
    work = Decisions(catalogue.database)
    work.take(BEN, shas[:1])
    work.decide(BEN, accept(shas[1]), token="ben")
    work.decide(ANNA, Verdict(shas[2], 1, "skip", ""), token="skip")
    work.take(ANNA, shas[3:4])
    assert work.decide_all(ANNA, [accept(sha) for sha in shas], batch="all") == 27
    assert work.renew(ANNA) == []
    assert work.renew(BEN) == shas[:1]
    assert work.skipped() == shas[2:3]
    assert work.progress("Anna") == Progress(27, 1)
    assert work.decided_since(0, person="Anna") == set(shas) - set(shas[:2])


def test_judgements_are_the_last_that_each_person_said(opened):
    catalogue, shas = opened
    work = Decisions(catalogue.database)
    work.decide(ANNA, accept(shas[0]), token="1")
    work.decide(BEN, accept(shas[0], "Rock"), token="2", seen=1)
    work.decide(ANNA, accept(shas[0], "Jazz"), token="3", seen=2)
    work.decide(ANNA, Verdict(shas[0], 1, "skip", ""), token="4", seen=2)
    assert [(item.person, item.verdict) for item in work.judgements()] == [("Anna", "Jazz"), ("Ben", "Rock")]


def test_where_people_differ_is_disputed_until_somebody_settles_it(opened):
    catalogue, shas = opened
    work = Decisions(catalogue.database)
    cem = Desk("Cem", "3")

    def say(desk, number, verdict, kind="other", sha=shas[0]):
        return work.decide(desk, Verdict(sha, 1, kind, verdict), token=str(number), seen=work.last_id())

    say(ANNA, 1, "Folk")
    say(ANNA, 2, "World", sha=shas[1])
    assert work.disputes() == {}
    say(BEN, 3, "Rock")
    say(BEN, 4, "World", sha=shas[1])
    (said,) = work.disputes().values()
    assert [(each.person, each.verdict) for each in said] == [("Anna", "Folk"), ("Ben", "Rock")]
    assert work.disputes(shas[1:]) == {}
    # Everybody may settle it, those that differ too; who passes it over is not asked again, until there is more to it.
    assert [lease.sha256 for lease in work.take(cem, shas, about="disputed")] == shas[:1]
    assert work.take(ANNA, shas, about="disputed") == []
    work.give_back(cem)
    say(ANNA, 5, "", "skip")
    assert work.take(ANNA, shas, about="disputed") == []
    assert list(work.disputes()) == list(work.disputes(person="Ben")) == shas[:1]
    say(cem, 6, "Rock", "settle")
    assert work.disputes() == {}
    assert len(work.judgements()) == 4  # nobody was blind who settled
    assert next(row for row in catalogue.rows(1) if row.sha256 == shas[0]).decision.verdict == "Rock"
    say(ANNA, 7, "Folk")
    assert [each.person for each in work.disputes()[shas[0]]] == ["Cem", "Anna"]
    work.undo("Anna")
    assert work.disputes() == {}
    work.undo("Cem")
    assert list(work.disputes()) == shas[:1]
    say(BEN, 8, "Folk")  # may change their mind
    assert work.disputes() == {}


def test_what_was_accepted_in_bulk_is_nobodys_opinion(opened):
    catalogue, shas = opened
    work = Decisions(catalogue.database)
    work.decide_all(ANNA, [accept(shas[0])], batch="b")
    work.decide(BEN, accept(shas[0], "Rock"), token="1", seen=1)
    assert work.disputes() == {}


def test_contents_are_what_rows_say_as_far_as_a_queue_needs_it(opened):
    catalogue, shas = opened
    work = Decisions(catalogue.database)
    work.decide(ANNA, accept(shas[0]), token="1")
    work.decide(BEN, Verdict(shas[1], 1, "skip", ""), token="2")
    work.undo("Anna")
    work.decide(ANNA, accept(shas[2]), token="3")
    only = RowFilter(decided=False, not_by="Ben", genres=("Folk",), under="/music", text="MP3", states=("done",))
    rows = {row.path: row for row in catalogue.rows(1, only)}
    assert len(rows) == 28
    found = contents(catalogue.database, 1, only, findings=True)
    assert {row.path for row in found} == rows.keys()
    for row in found:
        whole = rows[row.path]
        assert (row.sha256, row.genre, row.probability) == (whole.sha256, whole.genre, whole.probability)
        assert (row.tier, row.not_music, row.health, row.agrees) == (
            whole.tier,
            whole.not_music,
            whole.health,
            whole.agrees,
        )
    assert answered(catalogue.database, 1) == 30


def test_threads_never_get_the_same_file(opened):
    catalogue, shas = opened
    work = Decisions(catalogue.database)
    problems = []

    def review(name):
        desk = Desk(name, "1")
        try:
            while leases := work.take(desk, shas, most=2):
                for lease in leases:
                    work.decide(desk, accept(lease.sha256), token=f"{name}{lease.sha256}"[:40], seen=lease.seen)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=review, args=(f"person{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert Counter(decision.sha256 for decision in work.history()) == Counter(shas)


PROCESS = """
import sys
from genrelens.catalogue.decisions import Decisions, Desk, Verdict
from genrelens.catalogue.store import open_catalogue
where, name, *shas = sys.argv[1:]
with open_catalogue(where) as catalogue:
    work, desk = Decisions(catalogue.database), Desk(name)
    while leases := work.take(desk, shas):
        sha = leases[0].sha256
        work.decide(desk, Verdict(sha, 1, "accept", "Folk"), token=f"{name}{sha}"[:40], seen=leases[0].seen)
"""


def test_two_processes_never_get_the_same_file(opened, where):
    catalogue, shas = opened
    running = [subprocess.Popen([sys.executable, "-c", PROCESS, where, name, *shas]) for name in ("Anna", "Ben")]
    assert [process.wait(60) for process in running] == [0, 0]
    assert Counter(decision.sha256 for decision in Decisions(catalogue.database).history()) == Counter(shas)
