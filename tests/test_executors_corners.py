"""Executors of other kinds, functions that do odd things to their jobs, and ends that come twice."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from job_status import JobCanceled, RunningStatus, current_status
from job_status.executors import RETRY_LIFECYCLE, TrackedExecutor
from job_status.executors._caller import Caller, caller
from job_status.executors._work import _take_over
from job_status.store import JobStore
from tests.test_store_trouble import NARROW, S

_, RUNNING, SUCCESS, ERROR, CANCELED, _, _, UNKNOWN = RunningStatus


class Pickling(Executor):
    """Runs in a thread what it has sent somewhere, and once more since the first copy got lost."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        pickle.dumps(fn)
        return self._threads.submit(pickle.loads(pickle.dumps(fn)), *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JobStore[RunningStatus]]:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as made:
        yield made


def loses_sight() -> str:
    current_status().observe(UNKNOWN, "it does not answer")
    return str(current_status().status.name)


def test_whatever_pickles_its_functions_runs_them_by_the_line() -> None:
    with TrackedExecutor(Pickling()) as executor:
        future = executor.submit(loses_sight)
        assert future.result(10) == "UNKNOWN"
    assert [move.dest for move in future.job_status.history] == [RUNNING, UNKNOWN, SUCCESS]


def test_a_line_that_was_hung_up_is_over() -> None:
    with TrackedExecutor(Pickling()) as executor:
        executor.submit(int).result(10)
        line = executor._jobs.line
        assert line._listener is not None
        place: tuple[Any, bytes] = line._listener.address, line._key
        other = caller(*place)
        assert isinstance(other, Caller)
        assert not other.over()
        other.close()
        assert other.over()


class Unreadable:
    """What is pickled in a worker, and cannot be read in its parent."""

    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("seven",)


def test_a_result_that_cannot_be_read_is_the_error_of_the_future(store: JobStore[RunningStatus]) -> None:
    with TrackedExecutor(Pickling(), store) as executor:
        future = executor.submit(Unreadable)
        with pytest.raises(ValueError, match="seven"):
            future.result(10)
    assert future.job_status.status is SUCCESS, "the function has run to its end"


def test_a_future_ends_once() -> None:
    with TrackedExecutor(ThreadPoolExecutor()) as executor:
        future = executor.submit(int)
    future._succeeded(7)
    future._failed(ValueError("too late"))
    assert (future.result(), future.job_status.status) == (0, SUCCESS)


def test_a_future_that_the_executor_drops_ends_though_its_job_cannot(
    store: JobStore[RunningStatus], caplog: pytest.LogCaptureFixture
) -> None:
    with ThreadPoolExecutor(1) as threads, TrackedExecutor(threads, store) as executor:
        executor.submit(int).result(10)
        future = executor.submit(int)
        future.result(10)
        waiting: Future[int] = Future()
        other = executor.submit(int)
        other.result(10)
        assert waiting.cancel()
        lost = type(other)(store.create(), executor._jobs)
        store.close()
        lost._inner_done(waiting)
    assert lost.cancelled()
    assert "the end of a job was not recorded: " in caplog.text


def halts() -> None:
    current_status().suspend()
    raise ValueError("while it halts")


def test_a_job_that_cannot_end_where_it_is_stays_there(tmp_path: Path) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db", NARROW) as store, TrackedExecutor(ThreadPoolExecutor(), store) as executor:
        future = executor.submit(halts)
        with pytest.raises(ValueError, match="while it halts"):
            future.result(10)
        assert future.job_status.status is S.HALTS


def test_a_job_of_a_lost_worker_ends_where_it_cannot_wait_again(store: JobStore[RunningStatus]) -> None:
    lost, asked, fresh = store.create("part 7"), store.create(), store.create()
    for job in (lost, asked):
        job.start_run()
    asked.request_cancel()
    with pytest.raises(BrokenExecutor, match="the worker of part 7 was lost, and in its lifecycle no move leads from RUNNING back"):
        _take_over(store.get(lost.id))
    with pytest.raises(JobCanceled, match="worker lost"):
        _take_over(store.get(asked.id))
    _take_over(fresh)
    assert (lost.status, lost.stop_message, asked.status, fresh.waiting) == (ERROR, "worker lost", CANCELED, True)


def test_a_job_of_a_lost_worker_waits_again_where_a_move_leads_back(tmp_path: Path) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db", RETRY_LIFECYCLE) as store:
        job = store.create()
        job.start_run()
        _take_over(store.get(job.id))
        assert (job.waiting, job.attempt) == (True, 1)
