"""How the job of a function is started and ended: as by `JobStatus.run`, in fewer steps, and the end may come from elsewhere."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar

from .._current import CURRENT
from .._rows import SUCCESS, RunningStatus
from .._run import _cause
from .._status import JobStatus
from ..errors import InvalidTransition, JobCompleted, Superseded

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._lifecycle import Lifecycle

__all__ = ["WORKER_LOST", "called", "end", "start", "succeed", "success_of", "verdict"]

logger = logging.getLogger("job_status")

T = TypeVar("T")

WORKER_LOST = "worker lost"


def start(job: JobStatus[Any]) -> None:
    """Start a job. Raises `JobCanceled` if it was canceled, and `InvalidTransition` if it may not start."""
    try:
        job.start_run()
    except InvalidTransition:
        with job.run():  # which says why, and ends the job if a cancel was requested
            raise  # pragma: no cover  # a job that was requeued in just that moment


def called(status: Callable[[], JobStatus[Any]], fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    """Call a function in the job whose status is given when it is asked for."""
    token = CURRENT.set(status)
    try:
        return fn(*args, **kwargs)
    finally:
        CURRENT.reset(token)


def success_of(lifecycle: Lifecycle[Any]) -> Any:
    """Return the cause by which the jobs of a lifecycle succeed. It is looked up once for all of them."""
    return _cause(JobStatus(lifecycle=lifecycle), SUCCESS)


def succeed(job: JobStatus[Any], success: Any) -> None:
    """End a job whose function has returned, unless it is over or was given to another attempt."""
    try:
        job.stop_run(success)
    except (JobCompleted, Superseded) as refusal:
        logger.info("%s", refusal)


def end(job: JobStatus[Any], meaning: RunningStatus, mesg: str | None, attempt: int | None = None) -> None:
    """End a job whose function did not return, unless that is refused."""
    try:
        job.stop_run(_cause(job, meaning), mesg, attempt=attempt)
    except InvalidTransition as refusal:
        logger.info("%s", refusal)


def verdict(error: BaseException) -> tuple[RunningStatus, str | None]:
    """Return how `run()` ends a job that raises an error."""
    job = JobStatus()
    run = job.run()
    run.__enter__()
    run.__exit__(type(error), error, None)
    return job.status, job.stop_message
