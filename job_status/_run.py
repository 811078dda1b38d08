"""Running work under a status, and waiting for its end: what spans more than one move."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from functools import partial
from threading import Event, Timer
from time import monotonic
from weakref import finalize, ref

from ._current import CURRENT
from ._facts import NOT_STARTED, Claim
from ._lean import TYPE_CHECKING
from ._rows import CANCEL_REQUESTED, CANCELED, ERROR, SUCCESS
from .errors import InvalidTransition, JobCanceled, JobCompleted, Superseded

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Generic, TypeVar

    from ._history import Move
    from ._rows import RunningStatus
    from ._status import JobStatus

    Job = TypeVar("Job", bound=JobStatus[Any])
else:
    from ._lean import Generic

    Job = "Job"

__all__ = ["Run", "wait", "wait_async"]

logger = logging.getLogger("job_status")

#: a waiter looks again after so many seconds, since the thread that should wake it may have been interrupted
LOOK_AGAIN = 1.0


class Run(Generic[Job]):
    """What `JobStatus.run` returns: a context manager that starts an attempt and ends it, and no other.

    A KeyboardInterrupt leaves no job without an end: all that it can interrupt, the start included, lies inside a `try`, and if it
    arrives just as `__exit__` is entered, the job is ended when this object is collected.
    """

    __slots__ = ("__weakref__", "_claim", "_net", "_status", "_task", "_timed_out", "_timeout", "_timer", "_token")

    def __init__(self, status: Job, timeout: float | None) -> None:
        self._status = status
        self._timeout = timeout
        self._timed_out = False
        self._timer: Any = None
        #: the task of asyncio that is in the block, and how often its cancel was requested before
        self._task: tuple[Any, int] | None = None
        self._claim: Claim | None = None
        #: ends the job if this object is collected before it did; a destructor would be called at the end of every run, and
        #: drop the KeyboardInterrupt that arrives just then
        self._net: Any = None
        #: what gives `current_status` back to whoever had it
        self._token: Any = None

    def __enter__(self) -> Job:
        if self._claim is not None:
            raise RuntimeError("a run is entered once: call run() again")
        try:
            self._start()
            if self._timeout is not None:
                self._set_timer(self._timeout)
            self._token = CURRENT.set(partial(_status_of, ref(self)))
            return self._status
        except BaseException as error:
            self._end(error)
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            self._end(error)
        except BaseException as interrupt:  # a KeyboardInterrupt, if it came before the job had ended
            self._end(interrupt)
            raise
        if self._timed_out and self._take_back_cancel() and error is not None and is_cancel(error):
            raise TimeoutError(self._late) from error

    def _start(self) -> None:
        status = self._status
        claim = self._claim = Claim(status.attempt)
        self._net = finalize(self, _abandoned, status, claim)
        self._net.atexit = False
        try:
            if not status.start_run(attempt=claim):
                raise claim.refusal or status._refusal(status._position.steps["start_run"], None)
        except InvalidTransition:
            # Nobody has started it, so nobody else will acknowledge the request.
            if status.meaning is not CANCEL_REQUESTED or status._start != NOT_STARTED:
                raise
            status.stop_run(_cause(status, CANCELED))
            raise JobCanceled(status.stop_message or "a cancel was requested", status.name) from None

    def _end(self, error: BaseException | None) -> None:
        token, self._token = self._token, None
        if token is not None:
            with suppress(ValueError):  # it is left in another context than it was entered in
                CURRENT.reset(token)
        if self._timer is not None:
            self._timer.cancel()
        if error is None:
            self._stop(SUCCESS, None)
        elif self._timed_out and is_cancel(error):
            self._stop(ERROR, self._late)
        else:
            reason = error.reason if isinstance(error, JobCanceled) else str(error)
            text = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
            self._stop(*((CANCELED, reason or text) if is_cancel(error) else (ERROR, text)))

    def _stop(self, meaning: RunningStatus, mesg: str | None) -> None:
        """End the attempt that this run started, unless it started none or somebody has ended it."""
        if self._claim is None or self._claim.attempt is None or not self._net.alive:
            return
        try:
            self._status.stop_run(_cause(self._status, meaning), mesg, attempt=self._claim.attempt)
        except InvalidTransition as refusal:
            self._net.detach()
            # A job that somebody else ended, or gave to another attempt, is no longer ours to end. Any other refused success is
            # a mistake in the block, which may have left the job SUSPENDED.
            if meaning is SUCCESS and not isinstance(refusal, JobCompleted | Superseded):
                raise
            logger.info("at the end of the work%s: %s", f" ({mesg})" if mesg else "", refusal)
        self._net.detach()

    # -- the timeout

    @property
    def _late(self) -> str:
        return f"timed out after {self._timeout:g} s"

    def _set_timer(self, timeout: float) -> None:
        asyncio = sys.modules.get("asyncio")
        try:
            task = asyncio.current_task() if asyncio else None
        except RuntimeError:  # no event loop runs in this thread
            task = None
        if asyncio is None or task is None:
            self._timer = Timer(timeout, self._expire)
            self._timer.daemon = True
            self._timer.start()
        else:
            self._task = task, task.cancelling()
            self._timer = asyncio.get_running_loop().call_later(timeout, self._expire)

    def _expire(self) -> None:
        self._timed_out = True
        if self._task is not None:
            self._task[0].cancel()
            return
        attempt = None if self._claim is None else self._claim.attempt  # a Claim of 0 is false
        with suppress(InvalidTransition):  # it has just ended
            self._status.request_cancel(self._late, attempt=attempt)

    def _take_back_cancel(self) -> bool:
        """Take back the cancel of the timeout, and return whether nobody else had canceled the task too."""
        if self._task is None:
            return True
        task, before = self._task
        canceled: bool = task.uncancel() <= before
        return canceled


def _status_of(run: ref[Run[Job]]) -> Job | None:
    """Return the status of a run; None if it was never left, and is no more."""
    found = run()
    return None if found is None else found._status


def _abandoned(status: JobStatus[Any], claim: Claim) -> None:
    """End an attempt whose run was collected before it ended it."""
    if claim.attempt is not None:
        with suppress(InvalidTransition):
            status.stop_run(_cause(status, CANCELED), "interrupted", attempt=claim.attempt)


def is_cancel(error: BaseException) -> bool:
    """Return whether an exception means that the work was canceled rather than that it failed."""
    # This does not import asyncio: unless somebody did, none of its exceptions can have been raised.
    asyncio = sys.modules.get("asyncio")
    canceled = (JobCanceled, KeyboardInterrupt) if asyncio is None else (JobCanceled, KeyboardInterrupt, asyncio.CancelledError)
    return isinstance(error, canceled)


def _cause(status: JobStatus[Any], meaning: RunningStatus) -> Any:
    """Return the meaning if a final status of the lifecycle has it, or else ERROR, or else the first final status."""
    lifecycle = status.lifecycle
    if lifecycle.final(meaning) is not None:
        return meaning
    return lifecycle.finals[0] if lifecycle.final(ERROR) is None else ERROR


def wait(status: JobStatus[Any], timeout: float | None) -> bool:
    """Wait until the job has completed; see `JobStatus.wait`."""
    done = Event()

    def wake(job: JobStatus[Any], _: Move[Any]) -> None:
        if job.completed:
            done.set()

    deadline = None if timeout is None else monotonic() + timeout
    unsubscribe = status.subscribe(wake)
    try:
        while not status.completed and (pause := _pause(deadline)) > 0.0:
            done.wait(pause)
    finally:
        unsubscribe()
    return status.completed


async def wait_async(status: JobStatus[Any], timeout: float | None) -> bool:
    """Wait until the job has completed; see `JobStatus.wait_async`."""
    import asyncio  # its import takes longer than that of this package, and a caller has it

    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def wake(job: JobStatus[Any], _: Move[Any]) -> None:
        if job.completed:
            with suppress(RuntimeError):  # the loop is closed: nobody is waiting any more
                loop.call_soon_threadsafe(done.set)

    deadline = None if timeout is None else monotonic() + timeout
    unsubscribe = status.subscribe(wake)
    try:
        while not status.completed and (pause := _pause(deadline)) > 0.0:
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), pause)
    finally:
        unsubscribe()
    return status.completed


def _pause(deadline: float | None) -> float:
    """Return how long to wait before looking again; 0 or less when it is too late."""
    return LOOK_AGAIN if deadline is None else min(LOOK_AGAIN, deadline - monotonic())
