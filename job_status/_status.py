"""The status of one job: where it stands in a lifecycle, since when and how far, changed by guarded triggers alone.

What is legal is decided by the lifecycle; this module keeps the clock, the lock and the history. It does no I/O.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf, isfinite, nan
from threading import Event, Lock
from time import monotonic, time

from ._history import HISTORY_LIMIT, History, Move, Record, chained, shortened
from ._lifecycle import (
    CANCEL_REQUESTED,
    CANCELED,
    ERROR,
    JOB_LIFECYCLE,
    RUNNING,
    STOP_LABELS,
    SUCCESS,
    SUSPENDED,
    UNKNOWN,
    WAITING,
    Lifecycle,
    Observation,
    Position,
    RunningStatus,
    Step,
    wrong_cause,
)
from ._record import VERSION, checked, move_to_dict
from .errors import InvalidTransition, JobCanceled, JobCompleted

TYPE_CHECKING = False  # `typing` itself would be a tenth of what it takes to import this package
if TYPE_CHECKING:
    from typing import Any, Literal, TypeVar

    Self = TypeVar("Self", bound="JobStatus")

__all__ = ["JobStatus"]

logger = logging.getLogger("job_status")

#: a progress that far outside of 0 to 1 is taken for rounding
ROUNDING = 1e-9


_TEXT = frozenset((str, type(None)))
_RUNNING = frozenset((RUNNING, CANCEL_REQUESTED))
_FAILED = frozenset((CANCELED, ERROR))


class JobStatus:
    """What is known of one job, from its creation to its end.

    Every change is a move of `lifecycle`. A trigger returns True when the job has moved. A refused one changes nothing, is kept
    in the history, and raises `InvalidTransition` (`JobCompleted` where the job is final already). With `on_invalid="warn"`, for
    hosts written before there were guards, it is logged and returns False instead.

    Times are POSIX seconds, intervals seconds by a monotonic clock; what is not known is None. Any thread may call anything, and
    each call is atomic. So may a signal handler, from Python 3.11 on; in 3.10 it might wait for the very call it interrupted.
    """

    # One fact decides what may come next: the position. It is written last in each move and read without the lock; all that a
    # move changes besides is read under the lock, so that nobody sees half of a move.
    #
    # Nothing is called while the lock is held. Since 3.11 CPython runs signal handlers, and raises KeyboardInterrupt, at calls and
    # backward jumps alone: so neither cuts a move in two, and a handler that moves the job it interrupted does not wait for itself.
    _position: Position
    _progress: float
    _phase: str | None
    _stop_message: str | None
    _created: float
    #: when the job started, by the wall clock and by the monotonic one
    _started: float | None
    _clock: float | None
    _completed: float | None
    #: what it would be if the job ended now: 0 until it may have started, and None from then on
    _duration: float | None
    #: the server's time of the latest news
    _heard: float | None
    _history: Record | None
    #: how many more steps may be recorded before the history is shortened
    _room: int
    _listeners: dict[object, Callable[[JobStatus, Move], object]] | None

    __slots__ = (
        "__weakref__",
        "_clock",
        "_completed",
        "_created",
        "_duration",
        "_heard",
        "_history",
        "_listeners",
        "_lock",
        "_phase",
        "_position",
        "_progress",
        "_room",
        "_started",
        "_stop_message",
        "_strict",
    )

    def __init__(self, *, lifecycle: Lifecycle = JOB_LIFECYCLE, on_invalid: Literal["raise", "warn"] = "raise") -> None:
        self._strict = on_invalid == "raise"
        if not self._strict and on_invalid != "warn":
            raise ValueError(f"on_invalid must be 'raise' or 'warn', not {on_invalid!r}")
        self._position = lifecycle.start
        self._lock = Lock()
        self._created = time()
        self._duration = self._progress = 0.0
        self._started = self._clock = self._completed = self._heard = None
        self._phase = self._stop_message = self._listeners = self._history = None
        self._room = HISTORY_LIMIT

    # -- triggers

    def start_run(self) -> bool:
        """The job starts to run."""
        return self._fire("start_run")

    def update_progress(self, progress: float, phase: str | None = None) -> bool:
        """The work is done so far: `progress` from 0 to 1, now in the phase named.

        It starts a job that is WAITING, since progress implies running, and never completes one. What is not a real number from
        0 to 1 is a `ValueError`; an overshoot within 1e-9 is rounding, and is taken as the bound.
        """
        if progress.__class__ is not float or not 0.0 <= progress <= 1.0 or phase.__class__ not in _TEXT:
            try:
                progress, phase = self._checked_report(progress, phase)
            except (TypeError, ValueError) as error:
                return self._refused(error)
        with self._lock:
            if self._position.progresses:  # no move, just a report
                self._progress = progress
                self._phase = phase
                self._duration = None
                return True
        return self._fire("update_progress", None, (progress, phase))

    def request_cancel(self, mesg: str | None = None) -> bool:
        """A cancel order was sent to whatever runs the job. From here on `cancel_requested` is true, however the job ends."""
        return self._fire("request_cancel", mesg)

    def suspend(self, mesg: str | None = None) -> bool:
        """The platform halted the job; it may be resumed."""
        return self._fire("suspend", mesg)

    def resume(self) -> bool:
        """A suspended job goes on. Its clock was not stopped and is not started anew."""
        return self._fire("resume")

    def stop_run(self, cause: RunningStatus = SUCCESS, mesg: str | None = None) -> bool:
        """The job stopped, for `cause`: SUCCESS, ERROR or CANCELED.

        CANCEL_REQUESTED is taken for `request_cancel(mesg)`: nothing stopped yet. Any other cause is a `ValueError`.
        """
        try:
            label = STOP_LABELS[cause]
        except (KeyError, TypeError):
            raise wrong_cause(cause) from None
        return self._fire(label, mesg)

    def trigger(self, name: str, mesg: str | None = None) -> bool:
        """Fire a trigger by its name: above all one that `Lifecycle.extend` added.

        `ValueError` for a name that the lifecycle does not have, and for `stop_run` and `update_progress`, which take more than a
        message and have methods of their own.
        """
        if name in ("stop_run", "update_progress"):
            raise ValueError(f"{name} takes more than a message: call {name}(...)")
        return self._fire(self.lifecycle.label(name), mesg)

    def can(self, trigger: str, cause: RunningStatus | None = None) -> bool:
        """Whether the trigger would be accepted now; `cause` is that of `stop_run` (None: SUCCESS)."""
        position = self._position
        return not position.steps[position.lifecycle.label(trigger, cause)].refused

    def allowed(self) -> tuple[str, ...]:
        """What would be accepted now, each as the column of the transition table that it is: `start_run`, `stop_run(ERROR)`."""
        return self._position.allowed

    # -- news

    def observe(self, status: RunningStatus, mesg: str | None = None, at: float | None = None) -> Observation:
        """Take in what a server said of the job, polled or pushed: perhaps late, twice, out of order or with gaps.

        It is judged by what the moves of the lifecycle can reach, and is never an error: `MOVED` if the job can come from what is
        known to `status` (steps that were skipped are recorded as inferred), `STALE` if it has left `status` behind,
        `CONTRADICTORY` if neither, `UNCHANGED` if nothing is new. Of two statuses that reach each other the later call is right,
        unless its `at` is older than that of earlier news.

        `at` is the server's own time of the news, in POSIX seconds. Nothing is stamped from any other clock: without it, start
        and end remain None until `update_times` tells them.
        """
        if not isinstance(status, RunningStatus):
            raise TypeError(f"observe takes a RunningStatus, not {status!r}: see RunningStatus.from_server_response")
        mesg = self._checked_text("mesg", mesg)
        at = _checked_seconds("at", at)
        while True:
            position = self._position
            verdict, steps, older_is_possible = position.lifecycle.judge(position, status)
            if older_is_possible and at is not None and self._heard is not None and at < self._heard:
                return Observation.STALE
            if verdict is Observation.STALE:
                return verdict
            if not steps or self._hear(position, steps, at, mesg):
                break
        if at is not None:
            with self._lock:
                if self._heard is None or at > self._heard:
                    self._heard = at
        if verdict is Observation.CONTRADICTORY:
            logger.warning("ignored: news that a job is %s, which is %s already", status.name, position.status.name)
        return verdict

    def update_times(
        self, creation_datetime: float | None = None, start_time: float | None = None, duration: float | None = None
    ) -> None:
        """Set what a server tells of the times: creation and start in POSIX seconds, and how long a completed job ran, in seconds.

        None leaves what is known. A duration told before the job completed is not its duration, and is ignored. `ValueError` for
        a time that is not finite or a duration below 0; nothing is set then.
        """
        created = _checked_seconds("creation_datetime", creation_datetime)
        started = _checked_seconds("start_time", start_time)
        lasted = _checked_seconds("duration", duration)
        if lasted is not None and lasted < 0.0:
            raise ValueError(f"duration must be at least 0 seconds, not {lasted}")
        clock = None if started is None else _clock_at(started)
        with self._lock:
            if created is not None:
                self._created = created
            if started is not None:
                self._started = started
                self._clock = clock
                if not self._position.final and self._position.status is not WAITING:
                    self._duration = None
            if self._position.final and lasted is not None:
                self._duration = lasted
                if self._started is not None:
                    self._completed = self._started + lasted
            elif self._position.final and self._duration is None and self._started is not None and self._completed is not None:
                self._duration = self._completed - self._started if self._completed > self._started else 0.0

    # -- what is known

    @property
    def status(self) -> RunningStatus:
        """Where the job stands."""
        return self._position.status

    @property
    def lifecycle(self) -> Lifecycle:
        """The legal moves of this job."""
        return self._position.lifecycle

    @property
    def waiting(self) -> bool:
        """Whether the job is WAITING."""
        return self._position.status is WAITING

    @property
    def running(self) -> bool:
        """Whether the job runs: RUNNING or CANCEL_REQUESTED."""
        return self._position.status in _RUNNING

    @property
    def suspended(self) -> bool:
        """Whether the job is SUSPENDED."""
        return self._position.status is SUSPENDED

    @property
    def completed(self) -> bool:
        """Whether the job is over: SUCCESS, ERROR or CANCELED."""
        return self._position.final

    @property
    def success(self) -> bool:
        """Whether the job ended in SUCCESS."""
        return self._position.status is SUCCESS

    @property
    def canceled(self) -> bool:
        """Whether the job ended CANCELED."""
        return self._position.status is CANCELED

    @property
    def failed(self) -> bool:
        """Whether the job ended without success: CANCELED or ERROR."""
        return self._position.status in _FAILED

    @property
    def unknown(self) -> bool:
        """Whether the latest news of the job could not be understood."""
        return self._position.status is UNKNOWN

    @property
    def maybe_completed(self) -> bool:
        """Whether the job is over or may be: completed or UNKNOWN."""
        position = self._position
        return position.final or position.status is UNKNOWN

    @property
    def cancel_requested(self) -> bool:
        """Whether a cancel was ever requested; it remains true whatever the job does afterwards."""
        return self._position.cancel_requested

    @property
    def progress(self) -> float:
        """How much of the work is done, from 0 to 1. SUCCESS makes it 1; the other ends leave it where it was."""
        with self._lock:
            return 1.0 if self._position.status is SUCCESS else self._progress

    @property
    def phase(self) -> str | None:
        """What the job was doing at its latest progress report."""
        with self._lock:
            return self._phase

    @property
    def stop_message(self) -> str | None:
        """Why the job stopped or was asked to; None after a success."""
        with self._lock:
            return None if self._position.status is SUCCESS else self._stop_message

    @property
    def creation_timestamp(self) -> float:
        """When the job was created."""
        with self._lock:
            return self._created

    @property
    def start_timestamp(self) -> float | None:
        """When the job started to run."""
        with self._lock:
            return self._started

    @property
    def completion_timestamp(self) -> float | None:
        """When the job completed."""
        with self._lock:
            return self._completed

    @property
    def duration(self) -> float | None:
        """From start to stop; None until the job completed, and 0.0 if it completed without ever having started."""
        with self._lock:
            return self._duration if self._position.final else None

    @property
    def running_time(self) -> float | None:
        """As `duration`, but counting up while the job runs; None before the start."""
        with self._lock:
            position, clock, duration = self._position, self._clock, self._duration
        if position.final:
            return duration
        return None if clock is None or position.status is WAITING else max(0.0, monotonic() - clock)

    @property
    def history(self) -> History:
        """The moves so far, oldest first, the refused ones included; see `History` for how many are remembered."""
        with self._lock:
            last = self._history
        return History(last)

    def __call__(self) -> str:
        return self._position.status.name

    def __str__(self) -> str:
        return self._position.status.name

    def __repr__(self) -> str:
        progress, phase, elapsed = self.progress, self.phase, self.running_time
        parts = [str(self), f"{progress:.0%}" + (f" {phase!r}" if phase else "")]
        if elapsed is not None:
            parts.append(f"{elapsed:.3g} s")
        if message := self.stop_message:
            parts.append(repr(message))
        return f"<{type(self).__name__} {', '.join(parts)}>"

    # -- those who wait, listen or run

    def subscribe(self, listener: Callable[[JobStatus, Move], object]) -> Callable[[], None]:
        """Call `listener(status, move)` after each move; what is returned undoes it.

        It is called in the thread that moved, after the lock was released: by then other threads may have moved the job on. One
        that raises is logged and disturbs nothing. Refused moves and progress reports are not told.
        """
        if not callable(listener):
            raise TypeError(f"a listener is called as listener(status, move); {listener!r} can't be")
        with self._lock:
            if self._listeners is None:
                self._listeners = {}
            listeners = self._listeners
        key = object()
        listeners[key] = listener

        def unsubscribe() -> None:
            listeners.pop(key, None)

        return unsubscribe

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job completed, for at most `timeout` seconds; whether it did."""
        done = Event()
        unsubscribe = self.subscribe(lambda status, _: done.set() if status.completed else None)
        try:
            if not self.completed:
                done.wait(timeout)
        finally:
            unsubscribe()
        return self.completed

    async def wait_async(self, timeout: float | None = None) -> bool:
        """As `wait`, without blocking the event loop."""
        import asyncio  # it takes longer to import than all of this package, and who calls this has it

        loop, done = asyncio.get_running_loop(), asyncio.Event()
        unsubscribe = self.subscribe(lambda status, _: status.completed and loop.call_soon_threadsafe(done.set))
        try:
            if not self.completed:
                await asyncio.wait_for(done.wait(), timeout)
        except asyncio.TimeoutError:
            pass
        finally:
            unsubscribe()
        return self.completed

    @contextmanager
    def run(self: Self) -> Iterator[Self]:
        """Start the job, do the work of the `with` block, and stop the job as the block ends.

        At its end with SUCCESS; on `JobCanceled`, `asyncio.CancelledError` or `KeyboardInterrupt` with CANCELED; on any other
        exception with ERROR and "TypeName: text". The exception goes on. A job that was stopped meanwhile keeps that end. The
        block is not entered if the job may not start now: that is an `InvalidTransition`, with `on_invalid="warn"` too.
        """
        if not self.start_run():
            raise self._refusal(self._position.steps["start_run"])
        try:
            yield self
        except BaseException as error:
            text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            try:
                self.stop_run(*((CANCELED, str(error) or text) if _is_cancel(error) else (ERROR, text)))
            except InvalidTransition as refusal:
                logger.info("after %s: %s", text, refusal)
            raise
        try:
            self.stop_run()
        except JobCompleted as refusal:
            logger.info("at the end of the work: %s", refusal)

    def raise_if_cancel_requested(self) -> None:
        """Raise `JobCanceled` if a cancel was requested or the job was canceled: a safe point for the work to end at."""
        if self.cancel_requested or self.canceled:
            raise JobCanceled(self.stop_message or "a cancel was requested")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from .diagrams import render  # for notebooks alone: the package does without

        return {"text/plain": repr(self), "text/html": render(self, "html")}

    # -- values

    def to_dict(self) -> dict[str, Any]:
        """All that is known of the job, as JSON has it, for `from_dict`. Neither the lifecycle nor listeners are part of it."""
        with self._lock:
            position, last = self._position, self._history
            progress, phase, stop_message = self._progress, self._phase, self._stop_message
            created, started, completed, duration = self._created, self._started, self._completed, self._duration
            heard = self._heard
        unknown, success = position.status is UNKNOWN, position.status is SUCCESS
        return {
            "version": VERSION,
            "status": position.status.name,
            "last_known": position.known.name if unknown else None,
            "cancel_requested": position.cancel_requested,
            "may_have_started": duration != 0.0 or (started is not None and position.status is not WAITING),
            "progress": 1.0 if success else progress,
            "phase": phase,
            "stop_message": None if success else stop_message,
            "creation_timestamp": created,
            "start_timestamp": started,
            "completion_timestamp": completed,
            "duration": duration if position.final else None,
            "news_timestamp": heard,
            "history": [move_to_dict(move) for move in History(last)],
        }

    @classmethod
    def from_dict(cls: type[Self], data: Mapping[str, Any], **options: Any) -> Self:
        """The status that `to_dict` described; `options` are those of a new one, such as its lifecycle.

        `ValueError` names the version that is unknown, the field that is missing or wrong, or the combination that cannot be.
        """
        record = checked(data)
        status = cls(**options)
        status._restore(record)
        return status

    def _restore(self, record: Mapping[str, Any]) -> None:
        """Take over what a checked record says. The job is nobody else's yet, so there is nothing to lock."""
        position = self.lifecycle.position(record["status"], record["last_known"], record["cancel_requested"])
        self._position = position
        self._progress = record["progress"]
        self._phase = record["phase"]
        self._stop_message = record["stop_message"]
        self._created = record["creation_timestamp"]
        self._started = record["start_timestamp"]
        self._completed = record["completion_timestamp"]
        self._heard = record["news_timestamp"]
        self._duration = record["duration"] if position.final or record["may_have_started"] else 0.0
        self._clock = None if self._started is None else _clock_at(self._started)
        self._history = chained((move, move.timestamp, move.mesg) for move in record["history"])

    # A pickle and a copy carry the values alone: the lock, the listeners and those who wait stay with the original.
    def __getstate__(self) -> tuple[dict[str, Any], Lifecycle, bool]:
        return self.to_dict(), self.lifecycle, self._strict

    def __setstate__(self, state: tuple[dict[str, Any], Lifecycle, bool]) -> None:
        data, lifecycle, strict = state
        JobStatus.__init__(self, lifecycle=lifecycle, on_invalid="raise" if strict else "warn")
        self._restore(checked(data))

    # -- the one place where a job moves

    def _fire(self, label: str, mesg: str | None = None, report: tuple[float, str | None] | None = None) -> bool:
        """Take the step that the lifecycle has for a column of its table, wholly, or refuse to; a refused one is only recorded."""
        if mesg is not None and mesg.__class__ is not str:
            mesg = self._checked_text("mesg", mesg)
        now = time()
        clock = monotonic()
        with self._lock:
            step = self._position.steps[label]
            if step.runs:
                if self._duration is not None:  # it had not started before
                    self._started = now
                    self._clock = clock
                    self._duration = None
            elif step.stops:
                self._completed = now
                if self._clock is not None:
                    lasted = clock - self._clock
                    self._duration = lasted if lasted > 0.0 else 0.0
                elif step.dest is SUCCESS:  # so it ran, but nobody knows since when
                    self._duration = None
                if mesg is not None or step.dest is ERROR:
                    self._stop_message = mesg
            elif step.waits:
                self._started = self._clock = self._phase = None
                self._progress = self._duration = 0.0
            elif mesg is not None and step.asks:
                self._stop_message = mesg
            if report is not None and not step.refused:
                self._progress, self._phase = report
            self._history = (self._history, step, now, mesg)
            self._position = step.to
        if step.recurs:
            self._forget()
            if step.refused:
                return self._refused(self._refusal(step))
        if self._listeners:
            self._tell((None, step, now, mesg))
        return True

    def _hear(self, position: Position, steps: Sequence[Step], at: float | None, mesg: str | None) -> bool:
        """Take steps that news tells of; False if the job is not at `position` any more, where the news was judged.

        The last step was at the server's time `at`, if that was told. When the others were, and whether a job that was last
        heard of elsewhere had started, nobody knows.
        """
        step = steps[-1]
        clock = None if at is None else _clock_at(at)
        news = [(step, None, None) if step.inferred else (step, at, mesg) for step in steps]
        before = self._history
        after = chained(news, before)
        with self._lock:
            if self._position is not position or self._history is not before:
                return False
            if step.runs:
                if self._duration is not None:
                    self._started = at
                    self._clock = clock
                    self._duration = None
            elif step.stops:
                self._completed = at
                self._duration = None
                if at is not None and self._started is not None:
                    self._duration = at - self._started if at > self._started else 0.0
                if mesg is not None or step.dest is ERROR:
                    self._stop_message = mesg
            elif step.waits:
                self._started = self._clock = self._phase = None
                self._progress = self._duration = 0.0
            elif not step.refused:
                self._duration = None
                if mesg is not None and step.asks:
                    self._stop_message = mesg
            self._history = after
            self._position = step.to
        self._forget()
        if not step.refused:
            self._tell(chained(news))
        return True

    def _forget(self) -> None:
        """Shorten the history, after as many steps as it may have."""
        self._room -= 1  # two threads may count as one: the history is a little longer then
        while self._room <= 0:
            before = self._history
            after = shortened(before)
            with self._lock:
                if self._history is before:
                    self._history = after
                    self._room = HISTORY_LIMIT

    def _tell(self, last: Record | None) -> None:
        """Call the listeners for each move taken, the last of which this is the record of."""
        for listener in tuple((self._listeners or {}).values()):
            for move in History(last):
                try:
                    listener(self, move)
                except Exception:
                    logger.exception("a listener failed on %s", move)

    def _refusal(self, step: Step) -> InvalidTransition:
        error = JobCompleted if step.to.final else InvalidTransition
        return error(step.trigger, step.source, step.cause, step.to.allowed, History(self._history))

    def _refused(self, error: InvalidTransition | TypeError | ValueError) -> bool:
        """Answer a call that changed nothing: raise, or with `on_invalid="warn"` log and return False."""
        if self._strict:
            raise error
        logger.warning("%s", error)
        return False

    def _checked_report(self, progress: object, phase: object) -> tuple[float, str | None]:
        value = _real(progress)
        if not -ROUNDING <= value <= 1.0 + ROUNDING:
            problem = f"progress must be a real number from 0 to 1, not {progress!r}"
            if self._strict or value != value:
                raise ValueError(problem)
            logger.warning("%s; the nearer bound is taken", problem)
        return min(max(value, 0.0), 1.0), self._checked_text("phase", phase)

    def _checked_text(self, name: str, text: object) -> str | None:
        if isinstance(text, str | None):
            return text
        problem = f"{name} must be a str or None, not {text!r}"
        if self._strict:
            raise TypeError(problem)
        logger.warning("%s; its str() is taken", problem)
        return str(text)


def _is_cancel(error: BaseException) -> bool:
    # asyncio is not imported for this: where it is not, none of its exceptions can have been raised
    asyncio = sys.modules.get("asyncio")
    canceled = (JobCanceled, KeyboardInterrupt) if asyncio is None else (JobCanceled, KeyboardInterrupt, asyncio.CancelledError)
    return isinstance(error, canceled)


def _real(value: Any) -> float:
    """A number as a float; NaN for what is none, which then fails every comparison."""
    if isinstance(value, str | bytes | bytearray):
        return nan
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf
    except (TypeError, ValueError):
        return nan


def _checked_seconds(name: str, value: object) -> float | None:
    """A finite number of seconds, or None. `ValueError` for anything else."""
    if value is None:
        return None
    seconds = _real(value)
    if not isfinite(seconds):
        raise ValueError(f"{name} must be a finite number of seconds or None, not {value!r}")
    return seconds


def _clock_at(timestamp: float) -> float:
    """What the monotonic clock showed at a POSIX time, as far as can be told now; never a time to come."""
    return monotonic() - max(0.0, time() - timestamp)
