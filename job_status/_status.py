"""The status of one job: where it stands in a lifecycle, since when and how far, changed by guarded triggers alone.

The lifecycle decides what is legal; what a move does is in `_moving`, what can be read of a job in `_known`. There is no I/O here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from itertools import product
from time import time

from ._facts import PERHAPS, REPORTED, UNTIMED, Observed
from ._history import Move
from ._lean import TYPE_CHECKING, Generic, S
from ._lifecycle import Lifecycle
from ._moving import Moving
from ._observation import Observation, weighed
from ._rows import SUCCESS, WAITING, RunningStatus
from ._run import Run, wait, wait_async
from ._stored import checked, stored
from ._values import attributes, checked_attempt, checked_seconds, real, shown
from .errors import InvalidTransition, JobCanceled, prefixed

if TYPE_CHECKING:
    from typing import Any, Literal, TypeVar, overload

    Self = TypeVar("Self", bound="JobStatus[Any]")

__all__ = ["JobStatus"]

logger = logging.getLogger("job_status")

#: a progress outside of 0 to 1 by no more than this is a rounding error
ROUNDING = 1e-9

_TEXT = frozenset((str, type(None)))


class JobStatus(Moving[S], Generic[S]):
    """What is known of one job, from its creation to its end.

    Every change is a move of `lifecycle`. A trigger returns True when the job has moved. A refused one changes nothing, is kept
    in the history, and raises `InvalidTransition`: `JobCompleted` where the job is final already, `Superseded` where the caller
    names an `attempt` that another has replaced. With `on_invalid="warn"`, for hosts written before there were guards, it is
    logged and returns False instead. `name` is shown in refusals, log lines and pictures of the job.

    Times are POSIX seconds, intervals seconds by a monotonic clock; what is not known is None. Any thread and any signal handler
    may call anything, and each call is atomic.
    """

    __slots__ = ("__weakref__",)

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: JobStatus[RunningStatus], *, name: str | None = None, on_invalid: Literal["raise", "warn"] = "raise"
        ) -> None: ...
        @overload
        def __init__(
            self, *, lifecycle: Lifecycle[S], name: str | None = None, on_invalid: Literal["raise", "warn"] = "raise"
        ) -> None: ...
        def __init__(self, *, lifecycle: Any = ..., name: str | None = None, on_invalid: str = "raise") -> None: ...

    # -- triggers

    def start_run(self, attempt: int | None = None) -> bool:
        """The job starts to run. With `attempt`, the number of its latest attempt, only if no other has started since."""
        return self._move("start_run", None, attempt)

    def update_progress(self, progress: float, phase: str | None = None, attempt: int | None = None) -> bool:
        """Report how much of the work is done, `progress` from 0 to 1, and which phase it is in.

        It starts a job that is WAITING, since progress implies running, and never completes one. Raises `ValueError` if
        `progress` is not a real number from 0 to 1; an overshoot of at most 1e-9 is a rounding error, taken as the bound.
        """
        if progress.__class__ is not float or not 0.0 <= progress <= 1.0 or phase.__class__ not in _TEXT:
            try:
                progress, phase = self._checked_report(progress, phase)
            except (TypeError, ValueError) as error:
                return self._refused(error)
        lock = self._lock
        held = True
        try:
            lock.acquire()
            # A mere report is taken here; one that names an attempt or shows the job to have started needs more, see below.
            if done := self._position.progresses and attempt is None and self._start >= UNTIMED:
                self._progress = progress
                self._phase = phase
            held = False
            lock.release()
        except BaseException:
            self._let_go(held)
            raise
        if not done and not self._reported(progress, phase, attempt):
            return self._move("update_progress", None, attempt, (progress, phase))
        if self._listeners:
            self._tell_progress()
        return True

    def request_cancel(self, mesg: str | None = None, attempt: int | None = None, *, quiet: bool = False) -> bool:
        """A cancel order was sent to whatever runs the job. From here on `cancel_requested` is true, however the job ends.

        With `quiet`, return False instead of raising if it is refused: for an endpoint that may be called twice.
        """
        if not quiet:
            return self._move("request_cancel", mesg, attempt)
        try:
            return self.can("request_cancel") and self._move("request_cancel", mesg, attempt)
        except InvalidTransition:  # another thread was faster
            return False

    def suspend(self, mesg: str | None = None, attempt: int | None = None) -> bool:
        """The platform halted the job; it may be resumed."""
        return self._move("suspend", mesg, attempt)

    def resume(self, attempt: int | None = None) -> bool:
        """A suspended job goes on. Its clock was not stopped and is not started anew."""
        return self._move("resume", None, attempt)

    def stop_run(self, cause: S | RunningStatus = SUCCESS, mesg: str | None = None, attempt: int | None = None) -> bool:
        """The job stopped, for `cause`: a final status, or a meaning: the first final status that has it and is allowed now.

        The first final status that means SUCCESS keeps no message. CANCEL_REQUESTED is taken for `request_cancel(mesg)`, as
        nothing has stopped yet. Raises `ValueError` if the cause is anything else.
        """
        if cause.__class__ is RunningStatus:
            try:
                return self._move(cause, mesg, attempt)
            except KeyError:
                pass
        try:
            key = self.lifecycle.stop_column(cause)
        except ValueError as error:
            raise self._about(error) from None
        return self._move(key, mesg, attempt)

    def trigger(self, name: str, mesg: str | None = None, attempt: int | None = None) -> bool:
        """Fire a trigger by its name, such as one that only the lifecycle has.

        Raises `ValueError` if the lifecycle does not have it, or if it is `stop_run` or `update_progress`, which take more than a
        message and have methods of their own.
        """
        if name in ("stop_run", "update_progress"):
            raise self._about(ValueError(f"{name} takes more than a message: call {name}(...)"))
        return self._move(self._column(name), mesg, attempt)

    def can(self, trigger: str, cause: S | RunningStatus | None = None) -> bool:
        """Return whether the trigger would be accepted now; `cause` is that of `stop_run` (None: SUCCESS).

        Raises `ValueError` if the lifecycle does not have the trigger or the cause.
        """
        position = self._position
        return not position.steps[self._column(trigger, cause)].refused

    def allowed(self) -> tuple[str, ...]:
        """Return what would be accepted now, as columns of the transition table, such as `stop_run(ERROR)`."""
        return self._position.allowed

    # -- observations

    def observe(self, status: S, mesg: str | None = None, at: float | None = None, *, attempt: int | None = None) -> Observation:
        """Take in what a server reports about the job, polled or pushed: perhaps late, twice, out of order or with gaps.

        The report is judged by what the moves can reach, and is never an error: `MOVED` if the job can come from what is
        known to `status` (steps that were skipped are recorded as inferred), `STALE` if it has left `status` behind,
        `CONTRADICTORY` if neither, `UNCHANGED` if nothing is new. Of two statuses that reach each other the later call counts,
        unless its `at` is older than that of an earlier report. A report of WAITING after the start is STALE, unless it names a
        later `attempt`, counted from 1, and a move leads back; so is any report of an earlier attempt.

        `at` is the server's own time of the report, in POSIX seconds. No other clock is used: without `at`, start and end
        remain None until `update_times` states them. Reports with times lead to the same status in any order, as long as moves lead
        from one to another, which none does from a final status. A report that is older than one that was not understood leaves the
        job UNKNOWN.

        Raises `TypeError` if `status` is not a member of the lifecycle's Enum, and `ValueError` if `at` is not finite or `attempt`
        is not a whole number.
        """
        return self._observe(status, mesg, at, attempt, time())

    def _observe(
        self, status: S, mesg: str | None, at: float | None = None, attempt: int | None = None, heard: float | None = None
    ) -> Observation:
        """Observe what was reported, or without `heard`, the time at which it was, what follows from there being no report."""
        lifecycle = self._position.lifecycle
        if type(status) is not lifecycle.enum:
            hint = ": see RunningStatus.from_server_response" if lifecycle.enum is RunningStatus else ""
            raise self._about(TypeError(f"observe takes a {lifecycle.enum.__name__}, not {shown(status)}{hint}"))
        mesg = self._checked_text("mesg", mesg)
        at = checked_seconds(self._prefix + "at", at)
        if attempt is not None:
            attempt = max(checked_attempt(attempt, self._prefix), 1)
        if heard is not None:
            self._heard = heard
        while True:
            observed = Observed(self, at)
            position = observed.position
            current = self._attempt + (self._start <= PERHAPS)  # the one that runs, or that will start next
            if attempt is not None and attempt < current:
                return Observation.STALE
            renewed = attempt is not None and attempt > current
            judgement = lifecycle.judge(position, status, renewed)
            verdict, step, observed.report_times = weighed(judgement, observed.known_times, at)
            if step is None:
                if observed.report_times is observed.known_times or self._remember(observed):
                    return verdict
                continue
            observed.record(step, at, mesg)
            if renewed and attempt is not None and verdict is Observation.MOVED:
                observed.attempt = attempt - 1
            if self._move(None, mesg, observed=observed):
                break
        if verdict is Observation.CONTRADICTORY:
            logger.warning("%signored: %s was reported, but the job is %s already", self._prefix, status.name, position.status.name)
        return verdict

    def update_times(
        self, creation_datetime: float | None = None, start_time: float | None = None, duration: float | None = None
    ) -> None:
        """State the times that a server knows: creation and start in POSIX seconds, and how long a completed job ran, in seconds.

        None leaves a time as it is. The caller must make sure that the times come from the same clock as those already known. A
        duration stated before the job completed is ignored. Raises `ValueError`, and sets nothing, if a time is
        not finite or the duration is below 0.
        """
        created = checked_seconds(self._prefix + "creation_datetime", creation_datetime)
        started = checked_seconds(self._prefix + "start_time", start_time)
        lasted = checked_seconds(self._prefix + "duration", duration)
        if lasted is not None and lasted < 0.0:
            raise ValueError(f"{self._prefix}duration must be at least 0 seconds, not {lasted}")
        self._state_times(created, started, lasted)

    # -- listening, waiting, running

    def subscribe(self, listener: Callable[[JobStatus[S], Move[S]], object], *, progress: bool = False) -> Callable[[], None]:
        """Call `listener(status, move)` after each move, with `progress` after each report too; return what unsubscribes it.

        It is called in the thread that moved the job, without the lock: other threads may have moved the job on by then. An
        exception in it is logged and disturbs nothing. Refused moves are not passed on.
        """
        if not callable(listener):
            raise TypeError(f"a listener is called as listener(status, move), which {shown(listener)} cannot be")
        entry = (listener, progress)
        self._replace_listeners(lambda listeners: (*listeners, entry))
        return lambda: self._replace_listeners(lambda listeners: tuple(other for other in listeners if other is not entry))

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job has completed, for at most `timeout` seconds. Return whether it has."""
        return wait(self, timeout)

    async def wait_async(self, timeout: float | None = None) -> bool:
        """Wait as `wait` does, without blocking the event loop."""
        return await wait_async(self, timeout)

    def run(self: Self, timeout: float | None = None) -> Run[Self]:
        """Start the job, do the work of the `with` block, and stop the job as the block ends.

        It ends with SUCCESS at the end of the block; with CANCELED on `JobCanceled`, `asyncio.CancelledError` or
        `KeyboardInterrupt`; and with ERROR and "TypeName: text" on any other exception. The exception propagates. A job that was
        stopped, or given to another attempt, meanwhile stays as it is. Raises `InvalidTransition`, with `on_invalid="warn"` too,
        if the job may not start now, and `JobCanceled` if a cancel was requested before it started: it then ends CANCELED.

        After `timeout` seconds a task of asyncio is canceled in the block; elsewhere a cancel is requested, and the block ends at
        its next `raise_if_cancel_requested`. Either way the job ends with ERROR, "timed out after ...", and the block raises
        `TimeoutError`. A block in a thread that never calls it runs on to its own end.
        """
        return Run(self, checked_seconds(self._prefix + "timeout", timeout))

    def raise_if_cancel_requested(self) -> None:
        """Raise `JobCanceled` if a cancel was requested or the job was canceled: a safe point for the work to end at."""
        if self.cancel_requested or self.canceled:
            raise JobCanceled(self.stop_message or "a cancel was requested", self._name)

    def again(self: Self) -> Self:
        """Return a new job for the next attempt at a completed one, with its name and lifecycle; the old one stays as it ended.

        Raises `InvalidTransition` if the job is not over.
        """
        position = self._position
        if not position.final:
            raise InvalidTransition("again", position.status, None, position.allowed, self.history, self._name)
        new = _new(type(self), self.lifecycle, self._name, self._strict)
        new._attempt += self._attempt
        return new

    # -- values

    def to_dict(self, *, history: bool = True) -> dict[str, Any]:
        """Return all that is known of the job in values that JSON can hold, for `from_dict`; not its lifecycle and listeners.

        Without `history` the values are for readers such as clients of an API, and cannot be restored.
        """
        return stored(self._snapshot(), self._name, history)

    @classmethod
    def from_dict(cls: type[Self], data: Mapping[str, Any], **options: Any) -> Self:
        """Return the status that `to_dict` described; `options` are those of a new one, such as its lifecycle.

        Raises `ValueError` if the version is unknown, a field is missing or wrong, or a combination is impossible; it names which.
        """
        status = cls(**options)
        status._take_over(data)
        return status

    def _take_over(self, data: Mapping[str, Any]) -> None:
        facts, name = checked(data, self.lifecycle, self._overrides)
        self._restore(facts)
        self._name = name if self._name is None else self._name

    # A pickle and a copy carry the values alone: the lock, the listeners and the waiters stay with the original.
    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        if self._listeners or self.running:
            logger.warning("%sits pickle is a copy: later moves of this job do not reach it", self._prefix)
        return _copied, self._parts()

    def __copy__(self: Self) -> Self:
        return _copied(*self._parts())

    def __deepcopy__(self: Self, memo: dict[int, Any]) -> Self:
        from copy import deepcopy  # whoever calls this has imported it

        kind, data, lifecycle, strict, attributes = self._parts()
        return _copied(kind, data, lifecycle, strict, deepcopy(attributes, memo))

    def _parts(self: Self) -> tuple[type[Self], dict[str, Any], Lifecycle[Any], bool, dict[str, Any]]:
        """Return the arguments of `_copied`."""
        return type(self), self.to_dict(), self.lifecycle, self._strict, attributes(self, JobStatus)

    # -- details

    #: whether a history may have moves that no row allows, as under a host that overrides the status
    _overrides = False

    def _column(self, trigger: str, cause: S | RunningStatus | None = None) -> str | RunningStatus:
        try:
            return self.lifecycle.column(trigger, cause)
        except ValueError as error:
            raise self._about(error) from None

    def _reported(self, progress: float, phase: str | None, attempt: int | None) -> bool:
        """Take in a progress report that names its attempt or shows a job to have started. Return False if `_move` must decide."""
        attempt = None if attempt is None else checked_attempt(attempt, self._prefix)
        with self._lock:
            current = attempt is None or (attempt == self._attempt and (not attempt or self._start >= UNTIMED))
            done = self._position.progresses and current
            if done:
                self._progress = progress
                self._phase = phase
                if self._start <= PERHAPS and self._position.meaning is not WAITING:
                    self._start = UNTIMED if self._started is None else REPORTED
                    self._attempt += 1
        return done

    def _tell_progress(self) -> None:
        listeners = [listener for listener, progress in self._listeners if progress]
        if listeners:
            status = self._position.status
            self._tell(product(listeners, [Move("update_progress", status, status, time())]))

    def _checked_report(self, progress: object, phase: object) -> tuple[float, str | None]:
        value = real(progress)
        if not -ROUNDING <= value <= 1.0 + ROUNDING:
            problem = prefixed(self._name, f"progress must be a real number from 0 to 1, not {shown(progress)}")
            if self._strict or value != value:
                raise ValueError(problem)
            logger.warning("%s; the nearer bound is taken", problem)
        return min(max(value, 0.0), 1.0), self._checked_text("phase", phase)


def _new(kind: type[Self], lifecycle: Lifecycle[Any], name: str | None, strict: bool) -> Self:
    """Return a new job of a class, without calling the constructor of a subclass, whose arguments nobody knows."""
    status = kind.__new__(kind)
    JobStatus.__init__(status, lifecycle=lifecycle, name=name, on_invalid="raise" if strict else "warn")
    return status


def _copied(
    kind: type[Self], data: Mapping[str, Any], lifecycle: Lifecycle[Any], strict: bool, attributes: Mapping[str, Any]
) -> Self:
    """Return a job from what its pickle or copy carries."""
    status = _new(kind, lifecycle, None, strict)
    status._take_over(data)
    for name, value in attributes.items():
        object.__setattr__(status, name, value)
    return status
