"""Two real workers whose jobs move a `JobStatus`: one of rq, which forks, and one of Celery. The glue is in the two programs.

That what rq does is what the rows in tests/lifecycles say is held here as well, on a real Redis.
"""

from __future__ import annotations

import json
import operator
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from job_status import JobStatus, Lifecycle
from tests.lifecycles import celery_tasks, rq_jobs

ROOT = Path(__file__).parents[2]

needs_rq = pytest.mark.skipif(
    not (find_spec("rq") and shutil.which("redis-server")), reason="needs rq and redis-server: pip install 'job_status[interop]'"
)
needs_celery = pytest.mark.skipif(not find_spec("celery"), reason="needs Celery: pip install 'job_status[interop]'")


@pytest.fixture(scope="module")
def redis_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The Unix socket of a Redis of our own, which is gone after the tests. Its path is short, since it may have 100 characters."""
    from redis import Redis
    from redis.exceptions import ConnectionError as NotYet

    folder = tmp_path_factory.mktemp("r")
    command = ["redis-server", "--port", "0", "--unixsocket", "s", "--dir", str(folder), "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as server:
        try:
            with Redis(unix_socket_path=str(folder / "s")) as connection:
                for _ in range(600):
                    with suppress(NotYet):
                        if connection.ping():
                            break
                    assert server.poll() is None, "redis-server did not start"
                    time.sleep(0.1)
                yield str(folder / "s")
        finally:
            server.kill()


def became(program: str, *arguments: str, lifecycle: Lifecycle[Any]) -> dict[str, JobStatus[Any]]:
    """What became of the jobs of a program, by their names. It has a process group of its own, and nothing of that survives."""
    code = f"from tests.interop.{program} import main; main(*{arguments!r})"
    command = [sys.executable, "-c", code]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, start_new_session=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            output, errors = process.communicate(timeout=300)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, errors
    records = json.loads(output.splitlines()[-1])
    return {name: JobStatus.from_dict(record, lifecycle=lifecycle) for name, record in records.items()}


def path(job: JobStatus[Any]) -> list[str]:
    assert not any(move.refused or move.inferred for move in job.history)
    return [f"{move.trigger}: {move.source.name} -> {move.dest.name}" for move in job.history]


@needs_rq
def test_rq(redis_socket: str) -> None:
    jobs = became("rq_worker", redis_socket, lifecycle=rq_jobs.RQ)
    assert {name: path(job) for name, job in jobs.items()} == {
        "succeeds": [
            "observe: CREATED -> QUEUED",
            "start_run: QUEUED -> STARTED",
            "observe: STARTED -> FINISHED",
        ],
        "fails": [
            "observe: CREATED -> QUEUED",
            "start_run: QUEUED -> STARTED",
            "observe: STARTED -> FAILED",
        ],
        "fails-twice": [
            "observe: CREATED -> QUEUED",
            "start_run: QUEUED -> STARTED",
            "observe: STARTED -> QUEUED",
            "start_run: QUEUED -> STARTED",
            "observe: STARTED -> FAILED",
        ],
        "canceled": [
            "observe: CREATED -> QUEUED",
            "stop_run: QUEUED -> CANCELED",
        ],
        "stopped": [
            "observe: CREATED -> QUEUED",
            "start_run: QUEUED -> STARTED",
            "observe: STARTED -> STOPPED",
        ],
    }
    assert {name: job.stop_message for name, job in jobs.items()} == {
        "succeeds": None,
        "fails": "ZeroDivisionError: division by zero",
        "fails-twice": "ZeroDivisionError: division by zero",
        "canceled": "canceled by its user",
        "stopped": "Job stopped by user, work-horse terminated.",
    }
    assert {name: job.attempt for name, job in jobs.items()} == {
        "succeeds": 1,
        "fails": 1,
        "fails-twice": 2,
        "canceled": 0,
        "stopped": 1,
    }


@needs_celery
def test_celery() -> None:
    jobs = became("celery_worker", lifecycle=celery_tasks.CELERY)
    assert {name: path(job) for name, job in jobs.items()} == {
        "succeeds": [
            "receive: PENDING -> RECEIVED",
            "start_run: RECEIVED -> STARTED",
            "stop_run: STARTED -> SUCCESS",
        ],
        "fails": [
            "receive: PENDING -> RECEIVED",
            "start_run: RECEIVED -> STARTED",
            "stop_run: STARTED -> FAILURE",
        ],
        "fails-once": [
            "receive: PENDING -> RECEIVED",
            "start_run: RECEIVED -> STARTED",
            "retry: STARTED -> RETRY",
            "receive: RETRY -> RECEIVED",
            "start_run: RECEIVED -> STARTED",
            "stop_run: STARTED -> SUCCESS",
        ],
        "revoked": ["stop_run: PENDING -> REVOKED"],
        "expired": ["stop_run: PENDING -> REVOKED"],
    }
    assert {name: job.stop_message for name, job in jobs.items()} == {
        "succeeds": None,
        "fails": "ZeroDivisionError: division by zero",
        "fails-once": None,
        "revoked": "revoked by its user",
        "expired": "expired",
    }
    assert {name: job.attempt for name, job in jobs.items()} == {
        "succeeds": 1,
        "fails": 1,
        "fails-once": 2,
        "revoked": 0,
        "expired": 0,
    }


@needs_rq
def test_rows_of_rq(redis_socket: str) -> None:
    """What clients, the scheduler, the clean-up and a worker do to a job is, move by move, what the rows say."""
    from redis import Redis
    from rq import Queue
    from rq.job import Job
    from rq.job import JobStatus as Theirs
    from rq.rate_limit import RateLimit
    from rq.registry import ReadyJobRegistry
    from rq.scheduler import RQScheduler

    moves = {(row.source.name, row.dest.name) for row in rq_jobs.RQ_REQUEUED.rows}
    taken: set[tuple[str, str]] = set()
    known: dict[str, str] = {}

    def saw(job: Job, *expected: str) -> None:
        """A job went from what it was last to what it is now."""
        now = job.get_status(refresh=job.id in known).name
        assert now == expected[-1]
        for dest in expected:
            move = known.get(job.id, dest), dest
            assert move in moves or move[0] == move[1]
            taken.add(move)
            known[job.id] = dest

    with Redis(unix_socket_path=redis_socket) as connection:
        queue = Queue("rows", connection=connection)
        once = Queue("rows", connection=connection, is_async=False)  # runs its jobs as they are enqueued
        past = datetime(2020, 1, 1, tzinfo=UTC)

        def new(queue: Queue = queue, function: Any = operator.add, **options: Any) -> Job:
            job = Job.create(function, (1, 0), connection=connection, origin="rows", **options)
            saw(job, "CREATED")
            queue.enqueue_job(job)
            return job

        def deferred() -> tuple[Job, Job]:
            job = new()
            dependent = new(depends_on=job)
            saw(dependent, "DEFERRED")
            return job, dependent

        def ready() -> Job:
            job, dependent = deferred()
            job.set_status(Theirs.FINISHED)
            queue.move_dependents_to_ready(job)
            saw(dependent, "READY_TO_ENQUEUE")
            return dependent

        def scheduled() -> Job:
            job = Job.create(operator.add, (1, 0), connection=connection, origin="rows")
            saw(job, "CREATED")
            queue.schedule_job(job, past)
            saw(job, "SCHEDULED")
            return job

        def failed() -> Job:
            job = new(once, operator.truediv)
            saw(job, "QUEUED", "STARTED", "FAILED")
            return job

        for job in (new(), deferred()[1], ready(), scheduled(), failed()):
            if known[job.id] == "CREATED":
                saw(job, "QUEUED")
            job.cancel()
            saw(job, "CANCELED")

        saw(new(once), "QUEUED", "STARTED", "FINISHED")
        requeued = failed()
        requeued.requeue()
        saw(requeued, "QUEUED")

        job = ready()
        ReadyJobRegistry(queue=queue).cleanup()
        saw(job, "QUEUED")

        job = scheduled()
        scheduler: Any = RQScheduler([queue], connection=connection)
        scheduler.acquire_locks()
        scheduler.enqueue_scheduled_jobs()
        scheduler.release_locks()
        saw(job, "QUEUED")

        limited = []
        for status in ("QUEUED", "RATE_LIMITED", "RATE_LIMITED"):
            job = Job.create(operator.add, (1, 0), connection=connection, origin="rows")
            saw(job, "CREATED")
            job.rate_limit_key, job.rate_limit_concurrency = "key", RateLimit("key", 1).concurrency
            queue.enqueue_job(job)
            saw(job, *dict.fromkeys(("RATE_LIMITED", status)))
            limited.append(job)
        limited[2].cancel()
        saw(limited[2], "CANCELED")
        limited[0].cancel()
        saw(limited[0], "CANCELED")
        saw(limited[1], "QUEUED")

    left = moves - taken
    assert left == {
        ("READY_TO_ENQUEUE", "RATE_LIMITED"),
        ("SCHEDULED", "RATE_LIMITED"),
        ("QUEUED", "FAILED"),
        ("STARTED", "QUEUED"),
        ("STARTED", "SCHEDULED"),
        ("STARTED", "STOPPED"),
        ("STARTED", "CANCELED"),
        ("FAILED", "RATE_LIMITED"),
        ("STOPPED", "QUEUED"),
        ("STOPPED", "RATE_LIMITED"),
        ("STOPPED", "CANCELED"),
    }
