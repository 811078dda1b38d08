"""Which job the code that runs now belongs to."""

from __future__ import annotations

import os
from contextvars import ContextVar
from functools import lru_cache
from time import monotonic, sleep

from ._lean import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._status import JobStatus

__all__ = ["CURRENT", "current_status"]

#: for how long a command's job may take to be recorded as started, in seconds, and how often to look
START, LOOK = 10.0, 0.02

#: what gives the status of the job that runs in this context: a job in a worker process has one only when it asks for it, and a
#: block that was never left has none any more
CURRENT: ContextVar[Callable[[], JobStatus[Any] | None]] = ContextVar("job_status")


def current_status() -> JobStatus[Any]:
    """Return the status of the job that calls this, to report progress and to see whether a cancel was requested.

    That is the job of a `TrackedExecutor` or of the `with status.run():` block that it is in, or else the one of the command that
    `job-status run` started, which the environment names by JOB_STATUS_STORE and JOB_STATUS_ID. A thread that the job starts itself
    has it if it is run in a copy of the job's context, see `contextvars.copy_context`. Raises `RuntimeError` outside of any job.
    """
    current = CURRENT.get(None)
    status = None if current is None else current()
    if status is not None:
        return status
    url, job_id = os.environ.get("JOB_STATUS_STORE"), os.environ.get("JOB_STATUS_ID")
    if not url or not job_id:
        raise RuntimeError(
            "no job runs here: current_status() is called within `with status.run():`, in a function that a TrackedExecutor runs, "
            "or in a command that `job-status run` started"
        )
    return _of_command(url, job_id)


@lru_cache(maxsize=1)
def _of_command(url: str, job_id: str) -> JobStatus[Any]:
    from .store import JobStore  # which imports a database driver

    job = JobStore.existing(url).get(job_id)
    deadline = monotonic() + START
    while job.waiting and monotonic() < deadline:  # whoever runs the command starts the job, and does so as the command begins
        sleep(LOOK)
    return job
