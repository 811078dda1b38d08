"""TrackedExecutor over worker processes, without a store and with one: what they report, how they obey, and how they die."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from functools import partial
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import loky  # type: ignore[import-untyped]
import pytest

from job_status import JobCanceled, JobCompleted, RunningStatus
from job_status.executors import TrackedExecutor
from job_status.executors._caller import caller
from job_status.store import JobStore
from tests.executor_jobs import (
    add,
    dies,
    double,
    ends_itself,
    exits,
    fails,
    finishes_nevertheless,
    half_way,
    listens,
    nothing,
    obeys,
    outside,
    reports,
    reports_at_once,
    stays_suspended,
    unpicklable,
    until,
    waits,
)

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus

KINDS = ("fork", "spawn", "forkserver", "loky")
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")  # from Python 3.12 on


def pool(kind: str, workers: int = 1) -> Executor:
    if kind == "loky":
        made: Executor = loky.ProcessPoolExecutor(workers)
        return made
    return ProcessPoolExecutor(workers, multiprocessing.get_context(kind))


def line_threads() -> list[threading.Thread]:
    gc.collect()  # the executors of other tests, which errors of theirs may keep
    return [thread for thread in threading.enumerate() if thread.name == "job_status line"]


@pytest.fixture(scope="module")
def pools() -> Iterator[Callable[[str], Executor]]:
    """A pool of each kind that is asked for, of one process: to start one takes longer than a test."""
    made: dict[str, Executor] = {}
    with ExitStack() as stack:

        def get(kind: str) -> Executor:
            if kind not in made:
                made[kind] = stack.enter_context(pool(kind))
            return made[kind]

        yield get


@pytest.fixture(params=[*KINDS, *(f"{kind}-store" for kind in ("fork", "spawn", "loky"))])
def executor(request: pytest.FixtureRequest, pools: Callable[[str], Executor], tmp_path: Path) -> Iterator[TrackedExecutor]:
    """An executor of one process, which outlives it."""
    kind, _, stored = request.param.partition("-")
    with ExitStack() as stack:
        store = stack.enter_context(JobStore(f"sqlite:///{tmp_path}/jobs.db", progress_interval=0.0)) if stored else None
        yield TrackedExecutor(pools(kind), store)


def pid_of(future: Any) -> int:
    """The process that runs a job, once it does."""
    until(lambda: future.job_status.phase)
    return int(future.job_status.phase)


def test_a_job_starts_and_reports_in_its_process(executor: TrackedExecutor, tmp_path: Path) -> None:
    future, queued = executor.submit(waits, str(tmp_path / "go")), executor.submit(nothing)
    assert pid_of(future) != os.getpid()
    job = future.job_status
    assert (future.running(), job.status, job.progress) == (True, RUNNING, 0.25)
    assert (queued.running(), queued.job_status.status) == (False, WAITING)
    (tmp_path / "go").touch()
    assert future.result(60) == "RUNNING"
    assert (job.status, job.attempt, job.progress) == (SUCCESS, 1, 1.0)
    assert [move.dest for move in job.history] == [RUNNING, SUCCESS]
    assert queued.result(60) is None


def test_the_last_report_is_there_when_the_job_ends(executor: TrackedExecutor) -> None:
    future = executor.submit(reports, 200)
    assert str(future.exception(60)) == "that was all"
    job = future.job_status
    assert (job.status, job.stop_message, job.progress, job.phase) == (ERROR, "RuntimeError: that was all", 0.5, "200")


def test_the_last_of_many_reports_comes_by_itself(executor: TrackedExecutor, tmp_path: Path) -> None:
    future = executor.submit(reports_at_once, str(tmp_path / "go"))
    until(lambda: future.job_status.phase == "the last")
    assert (future.running(), future.job_status.progress) == (True, 0.5)
    (tmp_path / "go").touch()
    assert future.result(60) is None


def test_a_job_left_suspended_is_an_error(executor: TrackedExecutor) -> None:
    future = executor.submit(stays_suspended)
    assert "cannot stop_run(SUCCESS) while SUSPENDED" in str(future.exception(60))
    assert future.job_status.status is ERROR
    assert "cannot stop_run(SUCCESS) while SUSPENDED" in str(future.job_status.stop_message)


def test_a_queued_job_never_starts_once_cancelled(executor: TrackedExecutor, tmp_path: Path) -> None:
    running = executor.submit(waits, str(tmp_path / "go"))
    pid_of(running)
    # The pool has handed the first of them to the worker already, so that its own future cannot be cancelled any more.
    futures = [executor.submit(Path(tmp_path / f"ran{number}").touch) for number in range(3)]
    asked = executor.submit(nothing)
    assert all(future.cancel() for future in futures)
    asked.job_status.request_cancel("enough")
    (tmp_path / "go").touch()
    wait([*futures, asked, running], 60)
    assert executor.submit(double, 2).result(60) == 4
    assert not list(tmp_path.glob("ran*"))
    assert [(future.cancelled(), future.job_status.status) for future in (*futures, asked)] == [(True, CANCELED)] * 4
    assert asked.job_status.stop_message == "enough"


def test_a_running_job_obeys_a_cancel(executor: TrackedExecutor) -> None:
    future = executor.submit(obeys)
    pid_of(future)
    assert not future.cancel()
    assert isinstance(future.exception(60), JobCanceled)
    assert (future.cancelled(), future.job_status.status) == (False, CANCELED)
    assert not any(move.refused for move in future.job_status.history)


def test_a_job_may_finish_after_the_request(executor: TrackedExecutor) -> None:
    future = executor.submit(finishes_nevertheless)
    until(lambda: future.job_status.phase)
    future.job_status.request_cancel("enough")
    assert future.result(60) == "done"
    assert (future.job_status.status, future.job_status.cancel_requested) == (SUCCESS, True)


def test_a_job_hears_of_what_others_do_to_it(executor: TrackedExecutor) -> None:
    future = executor.submit(listens)
    until(lambda: future.job_status.phase == "listening")
    future.job_status.request_cancel()
    assert future.result(60) == ["request_cancel"]


def test_a_job_that_others_ended_is_refused_its_reports(executor: TrackedExecutor) -> None:
    future = executor.submit(obeys)
    pid_of(future)
    future.job_status.stop_run(ERROR, "reaped")
    assert isinstance(future.exception(60), JobCompleted)
    assert (future.job_status.status, future.job_status.stop_message) == (ERROR, "reaped")


def test_a_function_may_move_its_job(executor: TrackedExecutor) -> None:
    future = executor.submit(ends_itself)
    assert future.result(60) is None
    job = future.job_status
    assert (job.status, job.stop_message, job.cancel_requested) == (ERROR, "half of it", True)


def test_exceptions_come_back_as_they_are(executor: TrackedExecutor) -> None:
    future = executor.submit(fails, "no")
    assert (type(future.exception(60)), str(future.exception())) == (ValueError, "no")
    assert future.job_status.stop_message == "ValueError: no"
    future = executor.submit(exits)
    assert isinstance(future.exception(60), SystemExit)
    assert future.job_status.stop_message == "SystemExit: 3"


def test_what_cannot_be_pickled_is_an_error(executor: TrackedExecutor) -> None:
    for fn in (partial(double, threading.Lock()), unpicklable):  # type: ignore[arg-type]  # it never gets there
        future = executor.submit(fn)
        error = future.exception(60)
        assert error is not None
        assert future.job_status.status is ERROR
        assert str(future.job_status.stop_message).startswith(f"{type(error).__name__}: ")
    assert executor.submit(double, 2).result(60) == 4


def test_arguments_results_and_map(executor: TrackedExecutor) -> None:
    assert executor.submit(add, 1, 2, name="x", labels=3).result(60) == (3, "x", 3, 0)
    assert list(executor.map(half_way, range(7), chunksize=3)) == list(range(7))
    assert list(executor.map(add, [1, 2], [3, 4])) == [(4, "", 0, 0), (6, "", 0, 0)]
    assert list(executor.named("part").map(double, [1, 2], chunksize=2)) == [2, 4]
    assert "no job runs here" in executor._executor.submit(outside).result(60)


def test_a_chunk_is_a_job_of_the_functions_name(pools: Callable[[str], Executor], tmp_path: Path) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store:
        executor = TrackedExecutor(pools("fork"), store)
        assert list(executor.map(double, range(5), chunksize=2)) == [0, 2, 4, 6, 8]
        assert [job.name for job in store.list()] == ["double"] * 3


def broken(kind: str, store: JobStore[Any] | None, never: Path) -> None:
    with TrackedExecutor(pool(kind, 2), store) as executor:
        killed, other = executor.submit(obeys), executor.submit(waits, str(never))  # or it might run another before it is ended
        pid = pid_of(killed)
        pid_of(other)
        queued = [executor.submit(nothing) for _ in range(5)]
        os.kill(pid, signal.SIGKILL)
        wait([killed, other, *queued], 60)
        for future in (killed, other):
            assert isinstance(future.exception(), BrokenProcessPool)
            assert (future.job_status.status, future.job_status.stop_message) == (ERROR, "worker lost")
        for future in queued:
            error = future.exception()
            assert isinstance(error, BrokenProcessPool)
            assert (future.job_status.status, future.job_status.attempt) == (ERROR, 0)
            assert future.job_status.stop_message == f"{type(error).__name__}: {error}"
        with pytest.raises(BrokenProcessPool):
            executor.submit(nothing)


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_that_is_killed_loses_its_job_at_once(kind: str, tmp_path: Path) -> None:
    broken(kind, None, tmp_path / "never")
    if kind == "fork":
        with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store:
            broken(kind, store, tmp_path / "never")


def test_a_worker_that_is_killed_in_midst_of_its_reports(tmp_path: Path) -> None:
    with TrackedExecutor(pool("fork")) as executor:
        assert isinstance(executor.submit(dies).exception(60), BrokenProcessPool)
    assert not list(tmp_path.iterdir())


def test_what_was_cancelled_while_the_pool_broke_stays_so() -> None:
    with TrackedExecutor(pool("fork")) as executor:
        running, queued = executor.submit(obeys), executor.submit(nothing)
        pid = pid_of(running)
        running.cancel()
        queued.cancel()
        with suppress(ProcessLookupError):  # it may have obeyed, but then it waits for more
            os.kill(pid, signal.SIGKILL)
        wait([running, queued], 60)
        assert queued.cancelled()
        assert running.job_status.completed


def test_a_pool_that_is_shut_down_hangs_up() -> None:
    with TrackedExecutor(pool("fork")) as executor:
        futures = [executor.submit(half_way, number) for number in range(3)]
        assert futures[0].result(60) == 0
        assert line_threads()
        address = executor._jobs.line._listener.address  # type: ignore[union-attr]  # it listens
    assert [future.result(0) for future in futures] == [0, 1, 2]
    until(lambda: not line_threads())
    assert not os.path.exists(address)


def test_a_pool_that_is_shut_down_without_waiting_hangs_up_with_its_last_job(tmp_path: Path) -> None:
    executor = TrackedExecutor(pool("fork"))
    future, queued = executor.submit(waits, str(tmp_path / "go")), executor.submit(nothing)
    pid_of(future)
    executor.shutdown(wait=False, cancel_futures=True)
    assert queued.cancelled()
    assert line_threads()
    (tmp_path / "go").touch()
    assert future.result(60) == "RUNNING"
    until(lambda: not line_threads())


def test_an_executor_that_is_collected_hangs_up(pools: Callable[[str], Executor]) -> None:
    executor = TrackedExecutor(pools("fork"))
    futures = [executor.submit(half_way, number) for number in range(5)]
    del executor
    assert [future.result(60) for future in futures] == list(range(5)), "the jobs that are not over keep the line"
    until(lambda: not line_threads())
    again = TrackedExecutor(pools("fork"))
    assert again.submit(half_way, 7).result(60) == 7, "the same process, by another line"


def test_who_does_not_have_the_key_is_not_heard(pools: Callable[[str], Executor]) -> None:
    executor = TrackedExecutor(pools("fork"))
    assert executor.submit(half_way, 1).result(60) == 1
    address = executor._jobs.line._listener.address  # type: ignore[union-attr]  # it listens
    with Client(address) as idle, Client(address) as talker:  # one that says nothing holds up nobody
        talker.send_bytes(b"let me in")
        assert executor.submit(half_way, 2).result(60) == 2
        assert idle.poll(60), "it is asked for the key"
    with pytest.raises(
        ConnectionError, match=r"the process of the executor cannot be reached at .* it has exited, or runs on another"
    ):
        caller(str(address), b"a guess")
    with pytest.raises(ConnectionError, match=r"TrackedExecutor.executor, store=JobStore"):
        caller(str(address) + "x", b"a guess")


TOO_MANY = """
import os, resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import logging
from job_status.executors import TrackedExecutor
from tests.executor_jobs import half_way, until, waits

if __name__ == "__main__":
    warnings = []
    logging.getLogger("job_status").addFilter(warnings.append)
    with TrackedExecutor(ProcessPoolExecutor(2, get_context("fork"))) as executor:
        first = executor.submit(waits, "go")
        until(lambda: first.job_status.phase)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        files = []
        try:
            while True:
                files.append(open(os.devnull))
        except OSError:
            second = executor.submit(half_way, 2)
        until(lambda: warnings)
        for file in files:
            file.close()
        print(second.result(60), warnings[0].getMessage())
        open("go", "w").close()
"""


def test_too_many_open_files_hold_a_job_up(tmp_path: Path) -> None:
    assert printed(TOO_MANY, tmp_path) == ("2 a worker process cannot be answered yet: [Errno 24] Too many open files\n")


EXIT = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import atexit
from job_status.executors import TrackedExecutor
from tests.executor_jobs import half_way
executor = TrackedExecutor(ProcessPoolExecutor(1, get_context("fork")))
futures = [executor.submit(half_way, number) for number in range(30)]
atexit.register(lambda: print({future.job_status.status.name for future in futures}))
"""


def test_at_the_exit_of_python_the_jobs_of_processes_are_done(tmp_path: Path) -> None:
    assert printed(EXIT, tmp_path) == "{'SUCCESS'}\n"


def printed(code: str, folder: Path) -> str:
    """What a program prints, and nothing else: no error."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    return done.stdout
