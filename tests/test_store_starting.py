"""A job that is created and started in one transaction, on each database."""

from __future__ import annotations

import os
from typing import Any

import pytest

from job_status import InvalidTransition, RunningStatus
from job_status.store import JobStore
from job_status.store._starting import started
from tests.lifecycles.rq_jobs import RQ
from tests.store_audit import check_walk, moves_of


def test_a_job_is_there_and_started_at_once(url: str) -> None:
    with JobStore(url) as store, JobStore(url) as other:
        job = started(store, "train", {"user": "ada"})
        assert (job.name, job.labels, job.status, job.attempt) == ("train", {"user": "ada"}, RunningStatus.RUNNING, 1)
        assert [move.trigger for move in job.history] == ["start_run"]
        check_walk(job, moves_of(job))
        (same,) = other.list()
        assert same.to_dict() == job.to_dict()
        assert job.store is store
        job.stop_run(RunningStatus.ERROR, "enough")
        assert (same.status, same.stop_message) == (RunningStatus.ERROR, "enough")
        assert 0.0 <= (job.duration or -1.0) < 60.0


def test_its_process_is_its_worker(url: str) -> None:
    with JobStore(url, beat=3600.0) as store:
        job = started(store)
        assert list(store.reap(stale_after=3600.0)) == []
        assert [lost.id for lost in store.reap(stale_after=0.0)] == [job.id]
        (worker,) = store._database.read("SELECT pid FROM job_status_worker")
        assert worker[0] == os.getpid()


def test_it_speaks_for_the_attempt_that_it_started(url: str) -> None:
    with JobStore(url) as store:
        job = started(store)
        with pytest.raises(InvalidTransition, match=r"^cannot start_run while RUNNING; "):
            store.get(job.id).start_run()
        assert job.update_progress(0.5)
        assert job.progress == 0.5


@pytest.mark.parametrize("name", ["train", "\0"])
def test_what_cannot_be_started_or_created_is_not_there(url: str, name: Any) -> None:
    with JobStore(url, RQ) as store:
        with pytest.raises((InvalidTransition, ValueError)):
            started(store, name)
        assert store.count() == {}
