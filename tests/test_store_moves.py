"""A move of a stored job is one transaction, whatever comes in the middle of it."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType

import pytest

from job_status import RunningStatus, StoreError
from job_status.store import JobStore, StoredJob, _pool

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
TAKEN = (
    "INSERT INTO job_status_move (job, version, trigger_name, source, dest, at, mesg, inferred) "
    "VALUES (?, ?, 'start_run', 'WAITING', 'RUNNING', NULL, NULL, 0)"
)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer that sends signals")
def test_a_signal_handler_moves_a_job_while_its_thread_moves_one(tmp_path: Path) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db", progress_interval=0) as store:
        job, other = store.create("a job"), store.create("of the handler")
        for one in (job, other):
            one.start_run()
        done: list[bool] = []
        problems: list[Exception] = []

        def handler(_number: int, _frame: FrameType | None) -> None:
            try:
                done.append(other.resume() if other.suspended else other.update_progress(0.5) and other.suspend())
            except Exception as error:
                problems.append(error)
            signal.setitimer(signal.ITIMER_REAL, 0.001)  # the next one, which so does not interrupt this one

        before = signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        rounds = 0
        try:
            while len(done) + len(problems) < 100:
                job.suspend()
                job.resume()
                job.update_progress(0.25)
                rounds += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before)
        assert problems == []
        assert job._read().version == 1 + 2 * rounds
        assert other._read().version == 1 + len(done)


def version_taken(job: StoredJob[RunningStatus], version: int) -> None:
    """Keep the job from being recorded at a version, as a damaged database might."""
    job.store._database.write(TAKEN, (job._row.number, version))


def test_what_cannot_be_recorded_does_not_move(url: str) -> None:
    with JobStore(url) as store:
        job = store.create()
        version_taken(job, 1)
        with pytest.raises(StoreError, match=r"(?i)unique"):
            job.start_run()
        assert (job.status, job.attempt, job._read().version) == (WAITING, 0, 0)


def test_of_several_steps_none_is_taken_if_one_cannot_be_recorded(url: str) -> None:
    with JobStore(url) as store:
        job = store.create()
        version_taken(job, 2)
        with pytest.raises(StoreError, match=r"(?i)unique"):
            job.observe(SUCCESS)
        assert (job.status, job._read().version) == (WAITING, 0)
        assert [move.dest for move in job.history] == [RUNNING], "what was there before"


def test_who_comes_second_looks_again(url: str) -> None:
    with JobStore(url) as store:
        job = store.create()
        other = store.get(job.id)
        job.start_run()
        assert other.suspend("a pause"), "by what it knew, the job was WAITING"
        assert job.resume()
        assert other.observe(SUCCESS)
        assert [move.trigger for move in store.get(job.id).history] == ["start_run", "suspend", "resume", "observe"]


def test_who_comes_second_with_several_steps_looks_again(url: str) -> None:
    with JobStore(url) as store:
        job = store.create()
        other = store.get(job.id)
        job.start_run()
        other._change(lambda copy: copy.observe(SUCCESS))  # as if it had looked before
        assert [move.trigger for move in job.history] == ["start_run", "observe"]


def test_within_a_transaction_of_its_thread_a_signal_handler_changes_nothing(tmp_path: Path) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store:
        job = store.create()
        with store._database.transaction():
            for change in (store.create, job.start_run):
                with pytest.raises(StoreError, match="a signal handler or finalizer cannot change a job while the thread"):
                    change()
        assert job.start_run()
        assert len(store.list()) == 1


def test_a_fork_neither_uses_nor_closes_the_connections_of_its_parent(url: str) -> None:
    with JobStore(url) as store:
        job, pool = store.create(), store._database._pool  # type: ignore[attr-defined]
        inherited = list(pool.here.idle)
        _pool._forked()  # what its child does first; that a child works is shown where processes are
        assert job.start_run()
        assert not set(inherited) & set(pool.here.idle)
        for connection in inherited:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            connection.close()
