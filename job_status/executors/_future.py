"""The future of a job: what it answers follows from the job's status, and both end together."""

from __future__ import annotations

import logging
import pickle
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from .._rows import CANCELED, ERROR, SUCCESS
from .._run import _cause
from ..errors import InvalidTransition, JobStatusError
from ._attempt import WORKER_LOST, end, start, succeed, verdict
from ._quick import QuickFuture

if TYPE_CHECKING:
    from concurrent.futures import Future

    from .._status import JobStatus
    from ._executor import Jobs

__all__ = ["TrackedFuture"]

logger = logging.getLogger("job_status")

T = TypeVar("T")

NOT_RECORDED = "the end of a job was not recorded: %s"


class TrackedFuture(QuickFuture[T]):
    """What `TrackedExecutor.submit` returns: a `concurrent.futures.Future` with the status of its job.

    The job ends first, and then the future. `running()` is true from the job's start on. `cancel()` ends a job that has not
    started: it returns True, and the future is cancelled. Of a job that has started it requests the cancel, and returns False; if
    the function then raises `JobCanceled`, as `raise_if_cancel_requested` does, the future has that exception like any other, and
    is not cancelled: who awaits it would take a `CancelledError` for a cancel of their own task.
    """

    #: the status of the job
    job_status: JobStatus[Any]

    #: the executor's jobs that are not over; None once this one is
    _jobs: Jobs | None = None
    #: the future of the wrapped executor, until that is done
    _inner: Future[Any] | None = None
    #: of a function that was sent elsewhere: whether its job is started and ended there, the number of one that is not, and why
    #: that one was refused its start
    _ends_there = False
    _number: int | None = None
    _refusal: JobStatusError | None = None

    def __init__(self, job: JobStatus[Any], jobs: Jobs) -> None:
        self.job_status = job
        self._jobs = jobs

    def running(self) -> bool:
        """Return whether the function runs now."""
        job = self.job_status
        return not self.done() and job.attempt > 0 and not job.waiting

    def cancel(self) -> bool:
        """Cancel the job if it has not started, and return True; else request its cancel, and return False."""
        if self.done():
            return self.cancelled()
        if self._withdraw():
            return True
        self.job_status.request_cancel(quiet=True)
        return self.cancelled()

    def _withdraw(self) -> bool:
        """Cancel the job if it has not started. Return whether it was canceled before it started, now or earlier."""
        job = self.job_status
        if job.attempt == 0 and not job.completed:
            with suppress(InvalidTransition):  # it has just started, or another has just canceled it
                job.stop_run(_cause(job, CANCELED), attempt=0)
                if (inner := self._inner) is not None:
                    inner.cancel()
        if job.attempt > 0 or not job.completed:
            return False
        return self._give_up()

    def _started(self) -> bool:
        """Start the job for a worker process, and return whether it may run."""
        try:
            start(self.job_status)
        except JobStatusError as refusal:
            self._refusal = refusal
        return self._refusal is None

    # -- the outcome

    def _inner_done(self, inner: Future[Any]) -> None:
        """The wrapped executor is done with the job: it ran here, or elsewhere, or never."""
        self._inner = None
        if self._jobs is None:
            return
        if inner.cancelled():
            self._dropped()
            return
        error = inner.exception()
        if error is None:
            error = self._refusal
        if error is not None:
            self._failed(error, lost=self._ends_there or isinstance(error, BrokenExecutor))
            return
        try:
            if not self._ends_there:
                succeed(self.job_status, SUCCESS)  # a status in memory, which means what it is called
            value = pickle.loads(inner.result()) if self._ends_there else inner.result()  # noqa: S301  # what the pool brought
        except BaseException as problem:
            self._failed(problem)
        else:
            self._succeeded(value)

    def _dropped(self) -> None:
        """The wrapped executor has cancelled its future, whether or not the job has started."""
        try:
            self.cancel()
        except JobStatusError as problem:
            logger.warning(NOT_RECORDED, problem)
        self._give_up()

    def _succeeded(self, value: T) -> None:
        if self._settle():
            self.set_result(value)

    def _failed(self, error: BaseException, *, lost: bool = False) -> None:
        """End the job, unless it is over, and the future: it is cancelled if the job was canceled before it started.

        `lost` says that the error came from the executor, so that a job that has started was lost with its worker.
        """
        try:
            if self._canceled_before_start(error, lost):
                self._give_up()
                return
        except JobStatusError as problem:  # the database is gone, or the job was deleted: the future ends all the same
            logger.warning(NOT_RECORDED, problem)
        if self._settle():
            self.set_exception(error)

    def _canceled_before_start(self, error: BaseException, lost: bool) -> bool:
        """End the job, unless it is over. Return whether it was canceled before it started."""
        job = self.job_status
        attempt = job.attempt
        if not job.completed:
            meaning, mesg = (ERROR, WORKER_LOST) if lost and attempt else verdict(error)
            end(job, meaning, mesg, attempt)
        return attempt == 0 and job.canceled

    def _give_up(self) -> bool:
        """Be cancelled, and wake who waits for that; return True."""
        if self._settle():
            super().cancel()
            self.set_running_or_notify_cancel()
        return self.cancelled()

    def _settle(self) -> bool:
        """Return True once: to whoever is to end the future."""
        jobs: Jobs | None = self.__dict__.pop("_jobs", None)  # which is atomic: of several threads that settle a future, one does
        if jobs is None:
            return False
        jobs.discard(self)
        return True
