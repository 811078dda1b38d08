"""TrackedExecutor in threads: the contract of `concurrent.futures`, and what the jobs are meanwhile."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    as_completed,
    wait,
)
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from job_status import JobCanceled, JobGroup, JobStatus, RunningStatus, current_status
from job_status.executors import TrackedExecutor, TrackedFuture
from job_status.store import JobStore
from tests.executor_jobs import (
    FORMS,
    QUEUE,
    S,
    add,
    cancels_itself,
    double,
    exits,
    fails,
    half_way,
    interrupts,
    nothing,
    obeys,
    outside,
    until,
)

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus


@pytest.fixture(params=["memory", "store"])
def executor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TrackedExecutor]:
    """One thread, with jobs in memory, and in a store."""
    if request.param == "memory":
        with TrackedExecutor(ThreadPoolExecutor(1)) as made:
            yield made
    else:
        with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store, TrackedExecutor(ThreadPoolExecutor(1), store) as made:
            yield made


class Gate:
    """A job that begins and ends when it is let."""

    def __init__(self) -> None:
        self.begun, self.opened = threading.Event(), threading.Event()

    def __call__(self) -> Any:
        self.begun.set()
        assert self.opened.wait(60)
        current_status().raise_if_cancel_requested()
        return "through"


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.opened.set()


def path_of(future: TrackedFuture[Any]) -> list[str]:
    return [move.dest.name for move in future.job_status.history if not move.refused]


def test_a_function_is_a_job(executor: TrackedExecutor) -> None:
    future = executor.submit(half_way, 7)
    assert future.result(60) == 7
    job = future.job_status
    assert (job.status, job.name, job.phase, job.attempt) == (SUCCESS, "half_way", "half of 7", 1)
    assert path_of(future) == ["RUNNING", "SUCCESS"]
    assert (future.running(), future.done(), future.cancelled(), future.cancel()) == (False, True, False, False)
    assert not any(move.refused for move in job.history)


def test_running_means_that_it_runs(executor: TrackedExecutor, gate: Gate) -> None:
    first, second = executor.submit(gate), executor.submit(nothing)
    assert gate.begun.wait(60)
    assert [(future.running(), future.done()) for future in (first, second)] == [(True, False), (False, False)]
    assert [future.job_status.status for future in (first, second)] == [RUNNING, WAITING]
    gate.opened.set()
    assert first.result(60) == "through"
    assert first.job_status.name == "Gate"


def test_what_has_not_started_is_cancelled_and_never_runs(executor: TrackedExecutor, gate: Gate) -> None:
    executor.submit(gate)
    assert gate.begun.wait(60)
    ran: list[int] = []
    future = executor.submit(ran.append, 1)
    called: list[bool] = []
    future.add_done_callback(lambda done: called.append(done.cancelled()))
    assert future.cancel()
    assert future.cancel(), "it is cancelled"
    assert (future.cancelled(), future.done(), called) == (True, True, [True])
    assert wait([future], timeout=60).done == {future}, "who waits is woken at once"
    assert future.job_status.status is CANCELED
    assert path_of(future) == ["CANCELED"]
    with pytest.raises(CancelledError):
        future.result()
    gate.opened.set()
    assert executor.submit(nothing).result(60) is None
    assert ran == []


def test_what_runs_is_asked_to_end(executor: TrackedExecutor, gate: Gate) -> None:
    future = executor.submit(gate)
    assert gate.begun.wait(60)
    assert not future.cancel()
    assert not future.cancel(), "it was asked before"
    assert future.job_status.status is CANCEL_REQUESTED
    assert future.running()
    gate.opened.set()
    with pytest.raises(JobCanceled):
        future.result(60)
    assert (future.cancelled(), future.job_status.status) == (False, CANCELED)
    assert not any(move.refused for move in future.job_status.history)


def test_a_job_that_others_cancel_before_it_starts_is_cancelled(executor: TrackedExecutor, gate: Gate) -> None:
    executor.submit(gate)
    assert gate.begun.wait(60)
    asked, ended, failed, unclear = (executor.submit(nothing) for _ in range(4))
    asked.job_status.request_cancel("enough")
    ended.job_status.stop_run(CANCELED, "enough")
    failed.job_status.stop_run(ERROR, "no more disk")
    unclear.job_status.observe(UNKNOWN)
    gate.opened.set()
    assert set(as_completed([asked, ended, failed], timeout=60)) == {asked, ended, failed}
    assert asked.cancelled()
    assert ended.cancelled()
    assert [future.job_status.status for future in (asked, ended, failed)] == [CANCELED, CANCELED, ERROR]
    assert "cannot start_run: the job is ERROR" in str(failed.exception())
    assert "cannot start_run while UNKNOWN" in str(unclear.exception(60))
    assert (unclear.job_status.status, unclear.job_status.attempt) == (ERROR, 0)


@pytest.mark.parametrize(
    ("fn", "error", "status", "message"),
    [
        (partial(fails, "no"), ValueError, ERROR, "ValueError: no"),
        (cancels_itself, JobCanceled, CANCELED, "there is nothing to do"),
        (exits, SystemExit, ERROR, "SystemExit: 3"),
        (interrupts, KeyboardInterrupt, CANCELED, "KeyboardInterrupt"),
    ],
    ids=["error", "canceled", "exit", "interrupt"],
)
def test_an_exception_ends_both(
    executor: TrackedExecutor, fn: Callable[[], None], error: type[BaseException], status: RunningStatus, message: str
) -> None:
    future = executor.submit(fn)
    assert type(future.exception(60)) is error
    assert (future.cancelled(), future.job_status.status, future.job_status.stop_message) == (False, status, message)
    assert executor.submit(double, 2).result(60) == 4, "the thread goes on"


def test_what_its_job_became_does_not_change_the_result(executor: TrackedExecutor, gate: Gate) -> None:
    future = executor.submit(gate)
    assert gate.begun.wait(60)
    future.job_status.stop_run(ERROR, "reaped")
    gate.opened.set()
    assert future.result(60) == "through"
    assert (future.job_status.status, future.job_status.stop_message) == (ERROR, "reaped")


def test_a_report_of_a_job_that_others_ended_raises_in_it(executor: TrackedExecutor) -> None:
    future = executor.submit(obeys)
    until(lambda: future.job_status.phase)
    future.job_status.stop_run(ERROR, "reaped")
    assert "cannot update_progress: the job is ERROR" in str(future.exception(60))


def test_a_job_left_suspended_is_an_error(executor: TrackedExecutor) -> None:
    future = executor.submit(lambda: current_status().suspend())
    assert "cannot stop_run(SUCCESS) while SUSPENDED" in str(future.exception(60))
    assert future.job_status.status is ERROR


# -- names, labels and arguments


def test_arguments_are_the_functions_own(executor: TrackedExecutor) -> None:
    assert executor.submit(add, 1, 2, name="x", labels=3, fn=4).result(60) == (3, "x", 3, 4)


def test_jobs_are_named_after_the_function_or_as_one_likes(executor: TrackedExecutor) -> None:
    functions: list[Callable[[], object]] = [nothing, partial(partial(double), 2), lambda: None, Gate.__new__(Gate)]
    names = [executor.submit(fn).job_status.name for fn in functions]
    assert names == ["nothing", "double", "<lambda>", "Gate"]
    part = executor.named("part 7")
    assert part.submit(nothing).job_status.name == "part 7"
    assert executor.submit(nothing).job_status.name == "nothing"
    with pytest.raises(TypeError, match="the name of a job must be a str or None, not 7"):
        executor.named(7)  # type: ignore[arg-type]


def test_labels_are_kept_by_a_store(tmp_path: Path) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store, TrackedExecutor(ThreadPoolExecutor(1), store) as executor:
        labelled = executor.named(None, {"user": "ada"})
        future = labelled.submit(nothing)
        list(labelled.map(double, [1, 2]))
        future.result(60)
        assert [job.name for job in store.list(labels={"user": "ada"})] == ["double", "double", "nothing"]
    with TrackedExecutor(ThreadPoolExecutor(1)) as executor, pytest.raises(ValueError, match="labels are kept by a store"):
        executor.named("x", {"user": "ada"})


def test_what_is_wrapped_is_an_executor_not_tracked_yet() -> None:
    with pytest.raises(TypeError, match=r"executor must be a concurrent.futures.Executor that is not tracked yet, not 4"):
        TrackedExecutor(4)  # type: ignore[arg-type]
    with TrackedExecutor(ThreadPoolExecutor(1)) as executor:
        assert repr(executor).startswith("<TrackedExecutor <concurrent.futures.thread.ThreadPoolExecutor")
        with pytest.raises(TypeError, match="not tracked yet"):
            TrackedExecutor(executor)
    with ThreadPoolExecutor(1) as bare, pytest.raises(TypeError, match=r"store must be a JobStore, such as .* not 'sqlite://"):
        TrackedExecutor(bare, "sqlite:///jobs.db")  # type: ignore[arg-type]


def test_a_lifecycle_has_to_let_new_jobs_start(tmp_path: Path) -> None:
    with (
        JobStore(f"sqlite:///{tmp_path}/jobs.db", FORMS) as store,
        ThreadPoolExecutor(1) as bare,
        pytest.raises(ValueError, match="an executor starts its jobs by start_run, which does not lead from DRAFT"),
    ):
        TrackedExecutor(bare, store)


def test_jobs_of_a_lifecycle_of_ones_own(tmp_path: Path, gate: Gate) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db", QUEUE) as store, TrackedExecutor(ThreadPoolExecutor(1), store) as executor:
        running, queued = executor.submit(gate), executor.submit(nothing)
        assert gate.begun.wait(60)
        assert (running.running(), queued.running(), running.job_status.status) == (True, False, S.BUSY)
        assert not running.cancel(), "it has no status for a request"
        assert queued.cancel(), "nor one that means CANCELED: it ends in the one for errors"
        assert queued.job_status.status is S.BROKEN
        gate.opened.set()
        assert running.result(60) == "through"
        assert running.job_status.status is S.FINE
        failed = executor.submit(fails, "no")
        assert isinstance(failed.exception(60), ValueError)
        assert failed.job_status.status is S.BROKEN


# -- map, wait, asyncio


def test_map_gives_results_in_order_and_cancels_the_rest(executor: TrackedExecutor, gate: Gate) -> None:
    assert list(executor.map(add, [1, 2, 3], [4, 5, 6])) == [(5, "", 0, 0), (7, "", 0, 0), (9, "", 0, 0)]
    assert list(executor.map(double, range(5), chunksize=2)) == [0, 2, 4, 6, 8]
    with pytest.raises(ValueError, match="chunksize must be >= 1"):
        executor.map(double, [1], chunksize=0)
    ran: list[int] = []
    executor.submit(gate)
    results = executor.map(ran.append, [1, 2, 3], timeout=0.0)
    with pytest.raises(TimeoutError):
        next(results)
    gate.opened.set()
    executor.submit(nothing).result(60)
    assert ran == []


def test_wait_and_as_completed(executor: TrackedExecutor, gate: Gate) -> None:
    with TrackedExecutor(ThreadPoolExecutor(1)) as other:
        slow, quick = executor.submit(gate), other.submit(nothing)
        assert wait([slow, quick], timeout=60, return_when=FIRST_COMPLETED) == ({quick}, {slow})
        queued = executor.submit(nothing)
        waiter = iter(as_completed([slow, queued], timeout=60))
        queued.cancel()
        assert next(waiter) is queued
        gate.opened.set()
        assert next(waiter) is slow


def test_jobs_make_a_group(executor: TrackedExecutor, gate: Gate) -> None:
    futures = [executor.submit(gate), executor.submit(nothing), executor.submit(nothing)]
    group = JobGroup([future.job_status for future in futures])
    assert gate.begun.wait(60)
    group.request_cancel("enough")
    gate.opened.set()
    assert group.wait(60)
    assert group.status is CANCELED
    wait(futures, 60)
    assert [future.cancelled() for future in futures] == [False, True, True]


def test_asyncio_awaits_and_cancels(executor: TrackedExecutor, gate: Gate) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert await asyncio.wrap_future(executor.submit(half_way, 3)) == 3
        assert await loop.run_in_executor(executor, double, 4) == 8
        running, queued = executor.submit(gate), executor.submit(nothing)
        await loop.run_in_executor(None, gate.begun.wait, 60)
        tasks = [asyncio.wrap_future(running), asyncio.wrap_future(queued)]
        for task in tasks:
            task.cancel()
        assert [type(end) for end in await asyncio.gather(*tasks, return_exceptions=True)] == [asyncio.CancelledError] * 2
        await asyncio.sleep(0)  # from Python 3.12 on, `gather` returns before the loop passes the cancel on
        assert (running.job_status.status, queued.job_status.status) == (CANCEL_REQUESTED, CANCELED)
        gate.opened.set()
        with pytest.raises(JobCanceled):  # and not a CancelledError, which nobody sent to this task
            await asyncio.wrap_future(running)

    asyncio.run(main())


def test_a_job_submits_jobs() -> None:
    with TrackedExecutor(ThreadPoolExecutor(2)) as executor:

        def outer() -> tuple[str | None, str | None]:
            inner = executor.submit(lambda: current_status().name)
            return inner.result(60), current_status().name

        assert executor.submit(outer).result(60) == ("<lambda>", "outer")
        assert executor.submit(outside).result(60) == ""
    with ThreadPoolExecutor(1) as bare, TrackedExecutor(bare) as executor:
        executor.submit(nothing).result(60)
    assert "no job runs here" in outside()


# -- the end of an executor


def test_shutdown_takes_no_more_and_cancels_what_waits(executor: TrackedExecutor, gate: Gate) -> None:
    running, queued = executor.submit(gate), executor.submit(nothing)
    assert gate.begun.wait(60)
    executor.shutdown(wait=False, cancel_futures=True)
    assert (queued.cancelled(), queued.job_status.status) == (True, CANCELED)
    assert (running.done(), running.job_status.status) == (False, RUNNING), "what runs is left alone"
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        executor.submit(nothing)
    gate.opened.set()
    executor.shutdown()
    assert running.result(0) == "through"


def test_a_job_that_the_bare_executor_refuses_is_over(tmp_path: Path) -> None:
    bare = ThreadPoolExecutor(1)
    bare.shutdown()
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store, TrackedExecutor(bare, store) as executor:
        with pytest.raises(RuntimeError, match="cannot schedule"):
            executor.submit(nothing)
        [job] = store.list()
        assert (job.status, job.stop_message) == (ERROR, "RuntimeError: cannot schedule new futures after shutdown")


def test_a_pool_whose_threads_fail_to_start_is_broken() -> None:
    with TrackedExecutor(ThreadPoolExecutor(1, initializer=fails, initargs=("no",))) as executor:
        try:
            future = executor.submit(nothing)
        except BrokenExecutor:
            return  # it broke before
        assert isinstance(future.exception(60), BrokenExecutor)
        assert future.job_status.status is ERROR
        assert str(future.job_status.stop_message).startswith("BrokenThreadPool: A thread initializer failed")


class Dropping(Executor):
    """An executor that cancels what it was given, as Dask's does when its scheduler is gone."""

    def __init__(self) -> None:
        self.given: list[tuple[Callable[..., object], Future[Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.given.append((partial(fn, *args, **kwargs), future))
        return future


def test_what_the_bare_executor_cancels_is_cancelled() -> None:
    bare = Dropping()
    with TrackedExecutor(bare) as executor:
        waiting, started = executor.submit(nothing), executor.submit(nothing)
        started.job_status.start_run()
        for _, future in bare.given:
            future.cancel()
        assert (waiting.cancelled(), started.cancelled()) == (True, True)
        assert (waiting.job_status.status, started.job_status.status) == (CANCELED, CANCEL_REQUESTED)


def test_an_executor_that_runs_at_once() -> None:
    class Sync(Dropping):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_result(fn(*args, **kwargs))
            return future

    with TrackedExecutor(Sync()) as executor:
        assert executor.submit(half_way, 1).result(0) == 1
        assert isinstance(executor.submit(fails, "no").exception(0), ValueError)


def test_an_executor_that_is_collected_ends_its_jobs() -> None:
    executor = TrackedExecutor(ThreadPoolExecutor(1))
    futures = [executor.submit(double, number) for number in range(20)]
    gone = weakref.ref(executor)
    del executor
    gc.collect()
    assert gone() is None
    assert [future.result(60) for future in futures] == [2 * number for number in range(20)]


def test_a_future_that_is_over_keeps_no_argument() -> None:
    class Large: ...

    with TrackedExecutor(ThreadPoolExecutor(1)) as executor:
        large = Large()
        gone = weakref.ref(large)
        future = executor.submit(id, large)
        future.result(60)
        del large
        executor.submit(nothing).result(60)  # the thread drops what it ran before
        until(lambda: gc.collect() is not None and gone() is None)
        assert future.done()


def test_at_the_exit_of_python_the_jobs_are_done() -> None:
    code = """
from concurrent.futures import ThreadPoolExecutor
import atexit
from job_status.executors import TrackedExecutor
executor = TrackedExecutor(ThreadPoolExecutor(1))
def work():
    return 1
futures = [executor.submit(work) for _ in range(100)]
atexit.register(lambda: print({future.job_status.status.name for future in futures}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.stderr) == ("{'SUCCESS'}\n", "")


def test_no_job_is_lost_between_cancels_and_starts() -> None:
    with TrackedExecutor(ThreadPoolExecutor(4)) as executor:
        ran: list[int] = []
        for _ in range(50):
            futures = [executor.submit(ran.append, 1) for _ in range(20)]
            answers = [future.cancel() for future in reversed(futures)]
            wait(futures, 60)
            assert answers[::-1] == [future.cancelled() for future in futures]
            assert [future.cancelled() for future in futures] == [future.job_status.attempt == 0 for future in futures]
            assert len(ran) == answers.count(False)
            ran.clear()


def test_a_job_that_was_deleted_is_an_error(tmp_path: Path, gate: Gate) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store, TrackedExecutor(ThreadPoolExecutor(1), store) as executor:
        executor.submit(gate)
        assert gate.begun.wait(60)
        future = executor.submit(nothing)
        future.job_status.stop_run(CANCELED)
        store.delete(future.job_status.id)  # type: ignore[attr-defined]  # it is a stored job
        gate.opened.set()
        assert "was deleted" in str(future.exception(60))


def test_the_package_does_not_import_what_an_executor_does_not_need() -> None:
    code = """
import sys
from concurrent.futures import ThreadPoolExecutor
from job_status.executors import TrackedExecutor
with TrackedExecutor(ThreadPoolExecutor(1)) as executor:
    executor.submit(int).result()
print({"sqlite3", "psycopg", "distributed", "cloudpickle"} & {*sys.modules})
"""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # coverage imports things of its own
    done = subprocess.run([sys.executable, "-c", code], env=plain, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_what_the_module_offers() -> None:
    from job_status import executors

    assert {"RETRY_LIFECYCLE", "TrackedExecutor", "TrackedFuture"} <= set(dir(executors))
    assert issubclass(executors.TrackedFuture, Future)
    assert isinstance(JobStatus(lifecycle=executors.RETRY_LIFECYCLE).can("requeue"), bool)
