"""Executors of other kinds, functions that do odd things to their jobs, and ends that come twice."""

from __future__ import annotations

import pickle
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from job_status import JobCanceled, JobStatus, RunningStatus, current_status
from job_status.executors import RETRY_LIFECYCLE, TrackedExecutor
from job_status.executors._caller import INTERVAL, Caller, caller
from job_status.executors._work import _take_over
from job_status.store import JobStore
from job_status.store._statements import FIND
from tests.executor_jobs import halts_between_reports, reports, stays_suspended, until
from tests.test_store_finding import statements
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


def heard_of(fn: Callable[..., object], *arguments: object) -> tuple[list[tuple[str, str | None]], float]:
    """What the status in the parent goes through while a function runs by the line, and for how many seconds that does."""
    heard: list[tuple[str, str | None]] = []
    with TrackedExecutor(Pickling()) as executor:
        held = threading.Event()
        executor._executor._threads.submit(held.wait)  # type: ignore[attr-defined]  # it is a Pickling
        future = executor.submit(fn, *arguments)
        future.job_status.subscribe(lambda job, move: heard.append((move.trigger, job.phase)), progress=True)
        begun = time.monotonic()
        held.set()
        future.exception(60)
    return heard, time.monotonic() - begun


def test_reports_are_sent_at_intervals_and_the_last_one_always() -> None:
    heard, took = heard_of(reports, 200)
    phases = [phase for trigger, phase in heard if trigger == "update_progress"]
    assert (phases[0], phases[-1]) == ("1", "200")
    assert len(phases) <= 2 + took / INTERVAL


def test_a_report_that_waits_is_sent_before_the_move_that_follows_it() -> None:
    heard, _ = heard_of(halts_between_reports)
    assert [phase for trigger, phase in heard if trigger == "suspend"] == ["aa", "bb"]
    before = [heard[number - 1] for number, (trigger, _) in enumerate(heard) if trigger == "suspend"]
    assert before == [("update_progress", "aa"), ("update_progress", "bb")]


_kept: list[JobStatus] = []


def keeps_its_status() -> None:
    _kept.append(current_status())


def test_a_report_after_the_end_is_dropped() -> None:
    with TrackedExecutor(Pickling()) as executor:
        future = executor.submit(keeps_its_status)
        assert future.result(60) is None
        assert _kept.pop().update_progress(0.5, "too late"), "the copy of the worker does not know"
        executor.submit(int).result(60)  # whose start is asked for after that
    assert (future.job_status.status, future.job_status.phase) == (SUCCESS, None)


def test_a_failed_future_keeps_no_executor() -> None:
    executor = TrackedExecutor(Pickling())
    future = executor.submit(stays_suspended)
    assert future.exception(60) is not None
    gone = weakref.ref(executor._jobs)
    with executor._executor:
        del executor
        until(lambda: gone() is None)
    assert future.job_status.status is ERROR


def test_a_job_of_a_store_is_read_once_where_it_runs(store: JobStore[RunningStatus]) -> None:
    with TrackedExecutor(Pickling(), store) as executor:
        executor.submit(int).result(60)
        with statements(store) as seen:
            executor.submit(int).result(60)
    assert seen == [FIND], "to find it; neither to start nor to end it"


def test_a_store_that_was_closed_is_opened_again(tmp_path: Path) -> None:
    for count in (1, 2):
        with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store, TrackedExecutor(Pickling(), store) as executor:
            assert executor.submit(int).result(60) == 0
            assert store.count() == {SUCCESS: count}


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
