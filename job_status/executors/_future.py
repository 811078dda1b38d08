"""The future of a job: what it answers follows from the job's status, and both end together."""

from __future__ import annotations

import logging
import pickle
from concurrent.futures import BrokenExecutor, Future
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from .._rows import CANCELED, ERROR, SUCCESS, RunningStatus
from .._run import _cause
from .._status import JobStatus
from ..errors import InvalidTransition, JobCompleted, JobStatusError, Superseded

if TYPE_CHECKING:
    from ._executor import Jobs

__all__ = ["TrackedFuture"]

logger = logging.getLogger("job_status")

T = TypeVar("T")

#: held for an assignment: of several threads that settle one future, one does
_settling = Lock()

WORKER_LOST = "worker lost"
NOT_RECORDED = "the end of a job was not recorded: %s"


class TrackedFuture(Future[T]):
    """What `TrackedExecutor.submit` returns: a `concurrent.futures.Future` with the status of its job.

    The job ends first, and then the future. `running()` is true from the job's start on. `cancel()` ends a job that has not
    started: it returns True, and the future is cancelled. Of a job that has started it requests the cancel, and returns False; if
    the function then raises `JobCanceled`, as `raise_if_cancel_requested` does, the future has that exception like any other, and
    is not cancelled: who awaits it would take a `CancelledError` for a cancel of their own task.
    """

    #: the status of the job
    job_status: JobStatus[Any]

    #: the future of the wrapped executor, until that is done
    _inner: Future[Any] | None = None
    #: of a function that was sent elsewhere: whether its job is started and ended there, the number of one that is not, and why
    #: that one was refused its start
    _ends_there = False
    _number: int | None = None
    _refusal: JobStatusError | None = None

    def __init__(self, job: JobStatus[Any], jobs: Jobs) -> None:
        super().__init__()
        self.job_status = job
        #: the executor's jobs that are not over; None once this one is
        self._jobs: Jobs | None = jobs

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
            try:
                job.stop_run(_cause(job, CANCELED), attempt=0)
            except InvalidTransition:
                pass  # it has just started, or another has just canceled it
            else:
                if self._inner is not None:
                    self._inner.cancel()
        if job.attempt > 0 or not job.completed:
            return False
        return self._give_up()

    # -- the job, where this process starts and ends it

    def _start(self) -> None:
        """Start the job. Raises `JobCanceled` if it was canceled, and `InvalidTransition` if it may not start."""
        job = self.job_status
        try:
            job.start_run(attempt=0)
        except InvalidTransition:
            with job.run():  # which says why, and ends the job if a cancel was requested
                raise  # pragma: no cover  # a job that was requeued in just that moment

    def _started(self) -> bool:
        """Start the job for a worker process, and return whether it may run."""
        try:
            self._start()
        except JobStatusError as refusal:
            self._refusal = refusal
        return self._refusal is None

    def _end(self, error: BaseException | None = None) -> None:
        """End the job that was started here, unless it is over, as `run()` would."""
        job = self.job_status
        meaning, mesg = (SUCCESS, None) if error is None else _verdict(error)
        try:
            job.stop_run(_cause(job, meaning), mesg, attempt=1)
        except (JobCompleted, Superseded) as refusal:
            logger.info("%s", refusal)

    # -- the outcome

    def _watch(self, inner: Future[Any]) -> None:
        """Follow the wrapped executor's future."""
        self._inner = inner
        inner.add_done_callback(self._inner_done)

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
                self._end()
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
            meaning, mesg = (ERROR, WORKER_LOST) if lost and attempt else _verdict(error)
            try:
                job.stop_run(_cause(job, meaning), mesg, attempt=attempt)
            except InvalidTransition as refusal:
                logger.info("%s", refusal)
        return attempt == 0 and job.canceled

    def _give_up(self) -> bool:
        """Be cancelled, and wake who waits for that; return True."""
        if self._settle():
            super().cancel()
            self.set_running_or_notify_cancel()
        return self.cancelled()

    def _settle(self) -> bool:
        """Return True once: to whoever is to end the future."""
        with _settling:
            jobs, self._jobs = self._jobs, None
        if jobs is None:
            return False
        jobs.discard(self)
        return True


def _verdict(error: BaseException) -> tuple[RunningStatus, str | None]:
    """Return how `run()` ends a job that raises an error."""
    job = JobStatus()
    run = job.run()
    run.__enter__()
    run.__exit__(type(error), error, None)
    return job.status, job.stop_message
