"""Work that can be called off: by its listener, by a newer job, or by nobody reading on."""

from __future__ import annotations

import threading
import time

import pytest

from genrelens.studio.jobs import Cancelled, Job, Jobs, stream


def test_a_new_job_ends_the_one_before_and_no_other():
    jobs = Jobs()
    first, other = jobs.begin("me", "deeper"), jobs.begin("you", "deeper")
    second = jobs.begin("me", "deeper")
    assert (first.cancelled, other.cancelled, second.cancelled) == (True, False, False)
    with pytest.raises(Cancelled):
        first.step(0.5)
    jobs.cancel("me")
    assert second.cancelled
    assert not other.cancelled


def test_one_kind_is_cancelled_alone():
    jobs = Jobs()
    batch, deeper = jobs.begin("me", "batch"), jobs.begin("me", "deeper")
    jobs.cancel("me", "batch")
    assert (batch.cancelled, deeper.cancelled) == (True, False)


def test_a_stream_gives_what_is_emitted_in_order_and_while_it_runs():
    gate = threading.Event()

    def work(emit):
        emit(1)
        gate.wait(10)
        emit(2)

    found = stream(Job(), work)
    assert next(found) == 1
    gate.set()
    assert list(found) == [2]


def test_a_stream_passes_on_errors_but_not_the_end_that_was_wanted():
    def fails(emit):
        emit(1)
        raise ValueError("broken")

    found = stream(Job(), fails)
    assert next(found) == 1
    with pytest.raises(ValueError, match="broken"):
        next(found)

    def ends(emit):
        raise Cancelled

    assert list(stream(Job(), ends)) == []


def test_whoever_stops_reading_ends_the_work():
    job, ended = Job(), threading.Event()

    def work(emit):
        try:
            while True:
                emit(0)
                job.check()
                time.sleep(0.001)
        finally:
            ended.set()

    found = stream(job, work)
    next(found)
    found.close()
    assert ended.wait(10)


def test_a_cancelled_job_ends_its_stream_even_while_its_work_is_stuck():
    job, stuck = Job(), threading.Event()

    def work(emit):
        emit(1)
        stuck.wait(30)

    found = stream(job, work)
    assert next(found) == 1
    job.cancel()
    assert list(found) == []
    stuck.set()
