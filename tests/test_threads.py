"""Jobs that many threads, processes and signal handlers move at once: exactly one wins, and nothing is ever half done."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from types import FrameType

import pytest

from job_status import (
    JOB_LIFECYCLE,
    InvalidTransition,
    JobCompleted,
    JobStatus,
    Observation,
    RunningStatus,
    Transition,
)

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
THREADS = 16
JOBS = 2000
Action = Callable[[JobStatus], bool]


def attempt(action: Action, job: JobStatus) -> bool:
    try:
        return action(job)
    except InvalidTransition:
        return False


def race(jobs: list[JobStatus], actions: list[Action]) -> list[list[bool]]:
    """Each of 16 threads does its action to each job, all at one job at a time; who of them won, job by job."""
    barrier = threading.Barrier(THREADS)
    won = [[False] * THREADS for _ in jobs]

    def run(number: int) -> None:
        action = actions[number % len(actions)]
        barrier.wait()
        for index, job in enumerate(jobs):
            won[index][number] = attempt(action, job)

    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(run, number) for number in range(THREADS)]:
            future.result()
    return won


def assert_legal_walk(job: JobStatus) -> None:
    walk = [move for move in job.history if not move.refused]
    edges = {(row.source, row.dest) for row in JOB_LIFECYCLE.rows}
    position = WAITING
    for move in walk:
        assert move.source is position
        assert (move.source, move.dest) in edges
        position = move.dest
    assert position is job.status


def fresh() -> list[JobStatus]:
    return [JobStatus() for _ in range(JOBS)]


def started() -> list[JobStatus]:
    jobs = fresh()
    for job in jobs:
        job.start_run()
    return jobs


def test_one_of_many_workers_starts_a_job() -> None:
    jobs = fresh()
    won = race(jobs, [JobStatus.start_run])
    assert all(sum(winners) == 1 for winners in won)
    for job in jobs:
        assert job.running
        assert_legal_walk(job)


def test_of_a_cancel_and_a_finish_one_wins() -> None:
    jobs = started()
    won = race(jobs, [lambda job: job.stop_run(CANCELED, "canceled"), lambda job: job.stop_run(SUCCESS)])
    for job, winners in zip(jobs, won, strict=True):
        assert sum(winners) == 1
        assert job.canceled == any(winners[0::2])
        assert job.stop_message == ("canceled" if job.canceled else None)
        assert job.progress == (0.0 if job.canceled else 1.0)
        assert_legal_walk(job)


def test_of_many_finishes_one_wins() -> None:
    jobs = started()
    won = race(jobs, [lambda job, cause=cause: job.stop_run(cause) for cause in (SUCCESS, ERROR, CANCELED)])  # type: ignore[misc]
    for job, winners in zip(jobs, won, strict=True):
        assert sum(winners) == 1
        assert job.status is (SUCCESS, ERROR, CANCELED)[winners.index(True) % 3]
        assert_legal_walk(job)


def test_no_cancel_request_is_lost_to_a_finish() -> None:
    jobs = started()
    won = race(jobs, [JobStatus.request_cancel, JobStatus.stop_run])
    for job, winners in zip(jobs, won, strict=True):
        assert sum(winners[1::2]) == 1
        assert job.success
        assert job.cancel_requested == any(winners[0::2])
        assert_legal_walk(job)


def test_progress_never_changes_what_the_finish_left() -> None:
    jobs = started()
    wrong: list[JobStatus] = []

    def finish(job: JobStatus) -> bool:
        job.stop_run(ERROR)
        left = job.progress
        for _ in range(5):
            if job.progress != left:
                wrong.append(job)
        return True

    race(jobs, [lambda job: job.update_progress(0.5), finish, lambda job: job.update_progress(0.75)])
    assert wrong == []
    for job in jobs:
        assert job.status is ERROR
        assert job.progress in (0.0, 0.5, 0.75)
        assert_legal_walk(job)


def test_a_reader_never_sees_half_a_move() -> None:
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING)))
    over = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not over.is_set():
            data = job.to_dict()
            JobStatus.from_dict(data, lifecycle=job.lifecycle)  # which knows the combinations that cannot be
            if job.progress == 1.0 and not job.completed:
                wrong.append(data)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(300):
        job.start_run()
        job.update_progress(0.5, "half")
        job.trigger("requeue")
    job.start_run()
    job.stop_run()
    over.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_listeners_run_after_the_lock_was_released() -> None:
    job = JobStatus()
    read: list[float] = []

    def listener(status: JobStatus, _: object) -> None:
        reader = threading.Thread(target=lambda: read.append(status.progress))  # which takes the lock
        reader.start()
        reader.join(10)

    job.subscribe(listener)
    job.start_run()
    assert read == [0.0]


def test_listeners_run_in_the_thread_that_moved() -> None:
    job = JobStatus()
    seen: list[int] = []
    job.subscribe(lambda *_: seen.append(threading.get_ident()))
    job.start_run()
    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(lambda: (job.stop_run(), threading.get_ident())[1]).result()
    assert seen == [threading.get_ident(), worker]


def test_those_who_wait_are_woken() -> None:
    job = JobStatus()
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = [pool.submit(job.wait, 60) for _ in range(THREADS)]
        job.start_run()
        job.stop_run(ERROR)
        assert all(future.result() for future in waiting)


def test_those_who_wait_in_an_event_loop_are_woken_by_another_thread() -> None:
    job = JobStatus()

    async def scenario() -> bool:
        waiting = asyncio.create_task(job.wait_async(60))
        await asyncio.sleep(0)
        threading.Thread(target=job.stop_run, args=(CANCELED,)).start()
        return await waiting

    assert asyncio.run(scenario()) is True


def test_a_signal_handler_may_move_the_job_it_interrupts() -> None:
    """A handler runs in the thread it interrupts: it must neither wait for itself nor be lost, wherever that thread stands."""
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("requeue", CANCEL_REQUESTED, WAITING)))
    handled: list[bool] = []

    def handler(_number: int, _frame: FrameType | None) -> None:
        handled.append(attempt(JobStatus.request_cancel, job))
        signal.setitimer(signal.ITIMER_REAL, 0.0001)

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0001)
    requests = 0
    try:
        deadline = time.monotonic() + 20
        while len(handled) < 3000 and time.monotonic() < deadline:
            attempt(JobStatus.start_run, job)
            attempt(lambda job: job.update_progress(0.5), job)
            attempt(JobStatus.suspend, job)
            attempt(JobStatus.resume, job)
            job.to_dict()
            if job.status is CANCEL_REQUESTED:
                requests += 1
                job.trigger("requeue")
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)  # before the timer, which a last call of the handler would start again
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(handled) >= 1000, len(handled)
    assert requests + (job.status is CANCEL_REQUESTED) == sum(handled), "each accepted request was seen"


class Intruder:
    """In place of a job's lock: lets something else move the job first, where threads would have to be lucky to."""

    def __init__(self, job: JobStatus, intrude: Callable[[], object]) -> None:
        self.lock, self.job, self.intrude = job._lock, job, intrude

    def acquire(self) -> None:
        self.job._lock = self.lock
        self.intrude()
        self.lock.acquire()

    def release(self) -> None:
        self.lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def test_a_report_is_judged_anew_if_the_job_moved_meanwhile() -> None:
    job = JobStatus()
    job._lock = Intruder(job, lambda: job.stop_run(ERROR))  # type: ignore[assignment]
    assert job.observe(SUCCESS) is Observation.CONTRADICTORY
    assert job.status is ERROR


def test_and_one_that_would_only_be_dated() -> None:
    job = JobStatus()
    job.observe(RUNNING, at=100.0)
    job._lock = Intruder(job, lambda: job.observe(SUSPENDED, at=200.0))  # type: ignore[assignment]
    assert job.observe(RUNNING, at=150.0) is Observation.STALE
    assert job.status is SUSPENDED


def test_a_trigger_is_judged_anew_if_the_job_moved_meanwhile() -> None:
    job = JobStatus()
    job._lock = Intruder(job, job.request_cancel)  # type: ignore[assignment]
    with pytest.raises(InvalidTransition, match="CANCEL_REQUESTED"):
        job.start_run()
    assert [move.refused for move in job.history] == [False, True]


def test_an_attempt_refused_meanwhile_is_not_forgotten_by_who_tidies_the_history() -> None:
    job = JobStatus()

    def refused() -> None:
        attempt(JobStatus.resume, job)

    for _ in range(64 + 64):
        refused()
    assert len(job.history) == 64
    job._room = 0
    job._lock = Intruder(job, refused)  # type: ignore[assignment]
    job._forget()
    assert len(job.history) == 64


def finish(job: JobStatus) -> tuple[JobStatus, InvalidTransition]:
    """Runs in a worker process."""
    job.stop_run(ERROR, "in another process")
    try:
        job.start_run()
    except JobCompleted as refusal:
        return job, refusal
    raise AssertionError("a final status was left")


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_jobs_and_refusals_cross_a_process_pool(method: str) -> None:
    extended = JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING))
    jobs = [JobStatus(), JobStatus(lifecycle=extended)]
    for job in jobs:
        job.start_run()
        job.update_progress(0.5, "half way")
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        for job, (twin, refusal) in zip(jobs, pool.map(finish, jobs), strict=True):
            assert job.running, "the original is another job"
            assert (twin.status, twin.stop_message, twin.progress) == (ERROR, "in another process", 0.5)
            assert twin.lifecycle == job.lifecycle
            assert [move.trigger for move in twin.history] == ["start_run", "stop_run", "start_run"]
            assert "which is final" in str(refusal)
            assert refusal.history == twin.history
