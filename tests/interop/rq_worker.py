"""A worker of rq that forks a process for each job, and moves a `JobStatus` for each: `main(socket)` prints what became of them.

It runs in a process of its own, since a worker of rq sets signal handlers and kills a process group. Redis is at a Unix socket.
"""

from __future__ import annotations

import json
import operator
import time
from typing import Any

from redis import Redis
from rq import Queue, Retry, Worker, get_current_job
from rq.command import send_stop_job_command
from rq.job import Job

from job_status import JobStatus, RunningStatus
from tests.lifecycles.rq_jobs import RQ, S

# -- the glue: 30 lines at most

STATUSES: dict[str, JobStatus[S]] = {}


def report(job: Job) -> None:
    """Pass on what rq says about a job. One that ran and is back in a queue waits for its next attempt."""
    status, now, result = STATUSES[job.id], S(job.get_status().value), job.latest_result()
    again = status.running and RQ.meaning(now) is RunningStatus.WAITING
    text = (result.exc_string if result else None) or ""
    status.observe(now, text.strip().rpartition("\n")[2] or None, attempt=status.attempt + 1 if again else None)


class TrackedJob(Job):
    def cancel(self, *args: Any, **kwargs: Any) -> dict[str, list[str]]:
        dependents = super().cancel(*args, **kwargs)
        STATUSES[self.id].stop_run(S.CANCELED, "canceled by its user")
        return dependents


class TrackedQueue(Queue):
    def enqueue_job(self, job: Job, *args: Any, **kwargs: Any) -> Job:
        STATUSES[job.id] = JobStatus(lifecycle=RQ, name=job.id)
        report(super().enqueue_job(job, *args, **kwargs))
        return job


class TrackedWorker(Worker):
    def execute_job(self, job: Job, queue: Queue) -> None:
        STATUSES[job.id].start_run()
        super().execute_job(job, queue)  # forks, and waits for the child
        report(job)


# -- the jobs


def stop_myself() -> None:
    """Do what a user does who wants a job that runs to be stopped, but at a time that is certain: while it runs."""
    job = get_current_job()
    assert job is not None
    time.sleep(0.2)  # the worker first takes note of which process it has forked
    send_stop_job_command(job.connection, job.id)
    time.sleep(60)


def main(socket: str) -> None:
    with Redis(unix_socket_path=socket) as connection:
        queue = TrackedQueue("tracked", connection=connection, job_class=TrackedJob)
        queue.enqueue(operator.add, 2, 3, job_id="succeeds")
        queue.enqueue(operator.truediv, 1, 0, job_id="fails")
        queue.enqueue(operator.truediv, 1, 0, job_id="fails-twice", retry=Retry(max=1))
        queue.enqueue(operator.add, 2, 3, job_id="canceled").cancel()
        queue.enqueue(stop_myself, job_id="stopped")
        TrackedWorker([queue], connection=connection, job_class=TrackedJob).work(burst=True, logging_level="CRITICAL")
    print(json.dumps({name: status.to_dict() for name, status in STATUSES.items()}))
