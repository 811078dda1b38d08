"""TrackedExecutor over Dask: a real cluster of processes, whose jobs are in a real PostgreSQL database."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, as_completed
from pathlib import Path
from typing import Any

import pytest

from job_status import JOB_LIFECYCLE, JobCanceled, Lifecycle, RunningStatus
from job_status.executors import RETRY_LIFECYCLE, TrackedExecutor
from job_status.store import JobStore
from job_status.store._statements import FIND
from tests.databases import database
from tests.executor_jobs import (
    QUEUE,
    S,
    add,
    dies,
    dies_once,
    dies_when_asked,
    double,
    fails,
    nothing,
    obeys,
    unpicklable,
    until,
    waits,
)
from tests.test_store_finding import statements

distributed = pytest.importorskip("distributed", reason="distributed is not installed")

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus

pytestmark = pytest.mark.filterwarnings("ignore")  # what Dask warns of is not ours


def keepers() -> int:
    """How many stores keep a thread in this process."""
    return sum(thread.name == "job_status store" for thread in threading.enumerate())


def maker(number: int) -> Any:
    return lambda: number


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of a cluster of two processes on this machine."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # it logs each error of a job, and each worker that is killed
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=False) as cluster,
        distributed.Client(cluster) as made,
    ):
        yield made


@pytest.fixture
def base(server: str) -> Iterator[str]:
    with database(server) as url:
        yield url


@pytest.fixture
def executor(client: Any, base: str) -> Iterator[TrackedExecutor]:
    with JobStore(base, RETRY_LIFECYCLE, progress_interval=0.0) as store, TrackedExecutor(client.get_executor(), store) as made:
        yield made


def test_jobs_run_in_a_process_of_the_cluster(client: Any, base: str, tmp_path: Path) -> None:
    client.wait_for_workers(1)
    worker = next(iter(client.scheduler_info()["workers"]))  # on one of them, jobs run one after the other
    with JobStore(base, progress_interval=0.0) as store, TrackedExecutor(client.get_executor(workers=[worker]), store) as executor:
        running = executor.submit(waits, str(tmp_path / "go"))
        queued = [executor.submit(Path(tmp_path / f"ran{number}").touch) for number in range(3)]
        until(lambda: running.job_status.phase)
        assert (running.running(), running.job_status.status, running.job_status.progress) == (True, RUNNING, 0.25)
        assert running.job_status.phase != str(os.getpid())
        assert not any(future.running() for future in queued)
        assert queued[0].cancel()
        queued[1].job_status.request_cancel("enough")
        (tmp_path / "go").touch()
        assert set(as_completed([running, *queued], timeout=60)) == {running, *queued}
        assert running.result() == "RUNNING"
        assert [future.cancelled() for future in queued] == [True, True, False]
        assert [future.job_status.status for future in (running, *queued)] == [SUCCESS, CANCELED, CANCELED, SUCCESS]
        assert [path.name for path in tmp_path.glob("ran*")] == ["ran2"]


def test_a_running_job_obeys_a_cancel_of_another_process(executor: TrackedExecutor, base: str) -> None:
    future = executor.submit(obeys)
    until(lambda: future.job_status.phase)
    with JobStore(base, RETRY_LIFECYCLE) as elsewhere:
        [job] = elsewhere.list(status=RUNNING)
        job.request_cancel("from elsewhere")
    assert str(future.exception(60)) == "obeys: from elsewhere"
    assert (future.job_status.status, future.job_status.stop_message) == (CANCELED, "from elsewhere")


def test_results_and_errors_come_back(executor: TrackedExecutor, client: Any) -> None:
    assert list(executor.map(double, range(5), chunksize=2)) == [0, 2, 4, 6, 8]
    made = executor.submit(maker, 7).result(60)
    assert made() == 7, "by cloudpickle, as Dask does it"
    assert executor.submit(add, client.submit(double, 4), 2).result(60) == (10, "", 0, 0), "Dask's own futures are arguments"
    future = executor.submit(fails, "no")
    assert isinstance(future.exception(60), ValueError)
    assert future.job_status.stop_message == "ValueError: no"
    odd = executor.submit(unpicklable)
    assert isinstance(odd.exception(60), TypeError)
    assert str(odd.job_status.stop_message).startswith("TypeError: cannot pickle")


def test_each_worker_opens_the_store_once_and_the_scheduler_never(client: Any, base: str) -> None:
    before = client.run(keepers)
    with JobStore(base) as store, TrackedExecutor(client.get_executor(), store) as executor:
        with statements(store) as read_here:  # where the scheduler is, too
            for _ in range(3):
                list(executor.map(double, range(4)))
        assert FIND not in read_here
        opened = [after - before.get(worker, 0) for worker, after in client.run(keepers).items()]
    assert set(opened) <= {0, 1}
    assert any(opened)


def test_two_jobs_of_one_call_run_twice(executor: TrackedExecutor) -> None:
    futures = [executor.submit(nothing) for _ in range(2)]
    assert [future.result(60) for future in futures] == [None, None]
    assert [future.job_status.attempt for future in futures] == [1, 1]


def test_a_job_whose_worker_was_killed_runs_again(executor: TrackedExecutor, tmp_path: Path) -> None:
    future = executor.submit(waits, str(tmp_path / "go"))
    until(lambda: future.job_status.phase)
    first = future.job_status.phase
    os.kill(int(str(first)), signal.SIGKILL)
    until(lambda: future.job_status.attempt == 2 and future.job_status.phase)
    assert future.job_status.phase != first
    (tmp_path / "go").touch()
    assert future.result(60) == "RUNNING"
    moves = [(move.trigger, move.dest, move.mesg) for move in future.job_status.history]
    assert moves == [
        ("start_run", RUNNING, None),
        ("requeue", WAITING, "worker lost"),
        ("start_run", RUNNING, None),
        ("stop_run", SUCCESS, None),
    ]


def test_a_job_that_kills_each_worker_is_lost(executor: TrackedExecutor) -> None:
    future = executor.submit(dies)
    assert type(future.exception(120)).__name__ == "KilledWorker"
    assert (future.job_status.status, future.job_status.stop_message) == (ERROR, "worker lost")


def test_a_job_that_was_to_be_cancelled_does_not_run_again(executor: TrackedExecutor) -> None:
    future = executor.submit(dies_when_asked)
    until(lambda: future.job_status.phase)
    assert not future.cancel()
    assert isinstance(future.exception(60), JobCanceled)
    assert (future.cancelled(), future.job_status.status, future.job_status.stop_message) == (False, CANCELED, "worker lost")
    assert future.job_status.attempt == 1


@pytest.mark.parametrize(("lifecycle", "attempt", "status"), [(JOB_LIFECYCLE, 1, ERROR), (QUEUE, 2, S.FINE)], ids=["usual", "own"])
def test_a_lifecycle_says_whether_a_job_runs_again(
    client: Any, base: str, tmp_path: Path, lifecycle: Lifecycle[Any], attempt: int, status: object
) -> None:
    with JobStore(base, lifecycle) as store, TrackedExecutor(client.get_executor(), store) as executor:
        future = executor.submit(dies_once, str(tmp_path / "died"))
        if status is ERROR:
            assert isinstance(future.exception(60), BrokenExecutor)
            assert "no move leads from RUNNING back to a status that means WAITING" in str(future.exception())
            assert future.job_status.stop_message == "worker lost"
        else:
            assert future.result(60) == 2
        assert (future.job_status.status, future.job_status.attempt) == (status, attempt)


def test_without_a_store_it_is_refused(client: Any) -> None:
    with pytest.raises(
        ValueError, match=r"the workers of Dask may be on other machines, so their jobs need a store: .*'sqlite:///"
    ):
        TrackedExecutor(client.get_executor())


def test_an_sqlite_file_serves_the_workers_of_one_machine(client: Any, tmp_path: Path) -> None:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store, TrackedExecutor(client.get_executor(), store) as executor:
        assert executor.submit(double, 4).result(60) == 8
        assert store.count() == {SUCCESS: 1}


def test_a_shutdown_that_does_not_wait_cancels(client: Any, base: str, tmp_path: Path) -> None:
    with JobStore(base) as store:
        executor = TrackedExecutor(client.get_executor(), store)
        running = executor.submit(obeys)
        until(lambda: running.job_status.phase)
        executor.shutdown(wait=False)  # Dask drops what runs as well
        until(running.done)
        assert running.cancelled()
        assert running.job_status.wait(60)
        assert running.job_status.status is CANCELED, "it obeys the request"
