"""What is known of one job: the facts as data, and their locks. Reading them is in `_known`, moving the job in `_moving`."""

from __future__ import annotations

import os
from collections import namedtuple
from collections.abc import Callable
from itertools import cycle
from threading import RLock
from time import monotonic, time

from ._history import HISTORY_LIMIT, Entry, Move, chained
from ._lean import TYPE_CHECKING
from ._lifecycle import JOB_LIFECYCLE, Lifecycle
from ._rows import RUNNING, SUSPENDED, WAITING
from ._values import clock_at, shown

if TYPE_CHECKING:
    from typing import Any, NamedTuple

    from ._engine import Position, Step

    Listener = Callable[[Any, Move[Any]], object]

__all__ = ["STARTS", "Claim", "Facts", "Observed", "Snapshot", "completion"]

#: what is known of the start of a job's current attempt: it has not started; it may have, as the job was seen elsewhere; it has,
#: nobody knows when; it has, at a time by the reporter's clock, by the clock of this machine, or stated by a caller of
#: `update_times`, who answers for it. Only the last two can be measured by the monotonic clock
NOT_STARTED, PERHAPS, UNTIMED, REPORTED, OWN, STATED = range(6)
STARTS = ("no", "perhaps", "untimed", "reported", "own", "stated")

# Jobs share a few locks. None is held for longer than a few assignments, and a lock per job would be a third of a waiting job's
# memory. They are reentrant, since a signal handler may run just as one is acquired, and move the same job.
_LOCKS = [RLock() for _ in range(64)]
LOCKS = cycle(_LOCKS)


def _acquire_all() -> None:
    for lock in _LOCKS:
        lock.acquire()


def _release_all() -> None:
    for lock in _LOCKS:
        lock.release()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows has no fork
    # A lock that another thread holds while this one forks would be held in the child for ever.
    os.register_at_fork(before=_acquire_all, after_in_parent=_release_all, after_in_child=_release_all)

#: if wall clock and monotonic clock measured times that differ by more seconds, somebody has set the wall clock meanwhile
CLOCK_WAS_SET = 1.0

if TYPE_CHECKING:

    class Snapshot(NamedTuple):
        """The facts of one job at one moment; `Facts` says what each is."""

        position: Position
        attempt: int
        start: int
        started: float | None
        clock: float | None
        suspended: float | None
        halted: float | None
        halt_clock: float | None
        completed: float | None
        duration: float | None
        progress: float
        phase: str | None
        stop_message: str | None
        known_at: float | None
        unknown_at: float | None
        created: float
        history: Entry | None
        heard: float | None
else:
    Snapshot = namedtuple(
        "Snapshot",
        "position attempt start started clock suspended halted halt_clock completed duration progress phase stop_message known_at "
        "unknown_at created history heard",
    )


def completion(facts: Snapshot) -> float | None:
    """Return when a job completed, by the wall clock as it stood at the start: somebody may have set it since."""
    if facts.completed is None or facts.started is None or facts.duration is None:
        return facts.completed
    between = facts.completed - facts.started
    if facts.start < OWN or abs(between - facts.duration) < CLOCK_WAS_SET:
        return facts.completed
    return facts.started + facts.duration


class Claim(int):
    """The number of a job's latest attempt, passed to `start_run` by a caller that has to know which attempt it starts."""

    #: the number of the attempt that was started; None as long as none was
    attempt: int | None = None
    #: why none was
    refusal: Exception | None = None


class Observed:
    """A report judged at one position, with the step that follows; the job takes it only if it is still at that position."""

    __slots__ = ("at", "attempt", "entry", "known_history", "known_times", "moves", "position", "report_times", "step")

    def __init__(self, facts: Facts, at: float | None) -> None:
        #: when the report was true, by the clock of whoever reported; None where that is not known
        self.at = at
        #: what the report is judged by; the history first, so that the rest is at least as new
        self.known_history = facts._history
        self.known_times = facts._known_at, facts._unknown_at
        self.position = facts._position
        #: the outcome: the times to remember, and for a later attempt how many came before it
        self.report_times = self.known_times
        self.attempt: int | None = None

    def record(self, step: Step, at: float | None, mesg: str | None) -> None:
        """Set the step to take. The reported move gets the time and the message; inferred moves get neither."""
        self.step = step
        entries = [(part, None, None) if part.inferred else (part, at, mesg) for part in step.path]
        #: the entries of its moves, by themselves and at the end of the job's history
        self.moves = chained(entries)
        self.entry = chained(entries, self.known_history)


class Facts:
    """What is known of one job, and who listens to it.

    The position decides what may come next. It is read without the lock, so each move writes it after all else that is; what a move
    changes besides is read under the lock, so that nobody sees half a move. The history comes last of all: whoever finds the one
    that it has read before knows that the job has not moved since.
    """

    # A move calls nothing and jumps back nowhere while it holds the lock. CPython runs signal handlers, and raises
    # KeyboardInterrupt, only at calls and backward jumps, so neither cuts a move in two. Frequent calls acquire and release the
    # lock by hand, in half the time of `with`; an interrupt during the acquisition may leave the lock acquired or not, and a
    # reentrant lock refuses a release by a thread that does not hold it.
    _position: Position
    #: how many times the job has started
    _attempt: int
    #: what is known of the start of the current attempt, one of the constants above
    _start: int
    #: when the current attempt started, by the wall clock, and by the monotonic one where that is known
    _started: float | None
    _clock: float | None
    #: for how many seconds the current attempt was suspended (None: unknown), before the suspension that it is in, if it is in one
    _suspended: float | None
    #: of a suspended job: when that began, by the wall clock, and by the monotonic one where that is known
    _halted: float | None
    _halt_clock: float | None
    _completed: float | None
    #: of a completed job: from start to stop, in seconds
    _duration: float | None
    _progress: float
    _phase: str | None
    _stop_message: str | None
    #: when the latest report of the known status was true, and when the latest one that was not understood
    _known_at: float | None
    _unknown_at: float | None
    _history: Entry | None
    #: how many more steps may be recorded before the history is shortened
    _room: int
    _created: float
    #: when the latest report came, by the wall clock; None where there was none
    _heard: float | None
    _name: str | None
    #: whether a refusal raises
    _strict: bool
    #: who is called after a move, and whether after a progress report too; replaced as a whole, never changed
    _listeners: tuple[tuple[Listener, bool], ...]

    __slots__ = (
        "_attempt", "_clock", "_completed", "_created", "_duration", "_halt_clock", "_halted", "_heard", "_history", "_known_at",
        "_listeners", "_lock", "_name", "_phase", "_position", "_progress", "_room", "_start", "_started", "_stop_message",
        "_strict", "_suspended", "_unknown_at",
    )  # fmt: skip

    def __init__(self, *, lifecycle: Any = JOB_LIFECYCLE, name: str | None = None, on_invalid: str = "raise") -> None:
        self._strict = strict = on_invalid == "raise"
        if not strict and on_invalid != "warn":
            raise ValueError(f"on_invalid must be 'raise' or 'warn', not {shown(on_invalid)}")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"the name of a job must be a str or None, not {shown(name)}")
        self._name = name
        try:
            self._position = position = (lifecycle._unfolded or lifecycle.positions).start
        except AttributeError:
            if isinstance(lifecycle, Lifecycle):
                raise
            raise TypeError(f"the lifecycle of a job must be a Lifecycle, not {shown(lifecycle)}") from None
        self._lock = next(LOCKS)
        self._created = time()
        self._attempt = 0
        self._start = NOT_STARTED
        self._suspended = self._progress = 0.0
        self._started = self._clock = self._halted = self._halt_clock = self._completed = self._duration = None
        self._phase = self._stop_message = self._known_at = self._unknown_at = self._history = self._heard = None
        self._listeners = ()
        self._room = HISTORY_LIMIT
        if position.meaning is not WAITING:
            self._begin()

    def _begin(self) -> None:
        """Set the times of a job that is not created WAITING: a RUNNING one has started; a SUSPENDED one is suspended."""
        if self._position.meaning is RUNNING:
            self._attempt, self._start, self._started, self._clock = 1, OWN, self._created, monotonic()
        elif self._position.meaning is SUSPENDED:
            self._halted, self._halt_clock = self._created, monotonic()

    # -- the facts as a value

    def _snapshot(self) -> Snapshot:
        """Return the facts of one moment."""
        with self._lock:
            facts = (
                self._position, self._attempt, self._start, self._started, self._clock, self._suspended, self._halted,
                self._halt_clock, self._completed, self._duration, self._progress, self._phase, self._stop_message,
                self._known_at, self._unknown_at, self._created, self._history, self._heard,
            )  # fmt: skip
        return Snapshot(*facts)

    def _restore(self, facts: Snapshot) -> None:
        """Take over the facts of a snapshot, without the lock: nobody else has the job yet."""
        (
            self._position, self._attempt, self._start, self._started, self._clock, self._suspended, self._halted,
            self._halt_clock, self._completed, self._duration, self._progress, self._phase, self._stop_message,
            self._known_at, self._unknown_at, self._created, self._history, self._heard,
        ) = facts  # fmt: skip

    def _remember(self, observed: Observed) -> bool:
        """Remember the times of a report that moves nothing. Return False if the job is no longer as it was when it was judged."""
        known_at, unknown_at = observed.known_times
        with self._lock:
            holds = self._history is observed.known_history and self._known_at is known_at and self._unknown_at is unknown_at
            if holds:
                self._known_at, self._unknown_at = observed.report_times
        return holds

    def _state_times(self, created: float | None, started: float | None, lasted: float | None) -> None:
        """Set the times that somebody states, and what follows from them: where both ends are known, so is the duration."""
        clock = None if started is None else clock_at(started)
        with self._lock:
            if created is not None:
                self._created = created
            if started is not None:
                self._started = started
                if self._position.meaning is not WAITING:
                    if self._start <= PERHAPS:
                        self._attempt += 1
                    self._start = STATED
                    self._clock = clock
            if self._position.final and self._start == STATED:
                if lasted is not None:
                    self._duration = lasted
                    self._completed = self._started + lasted  # type: ignore[operator]  # what is stated has a time
                elif self._completed is not None:
                    lasted = self._completed - self._started  # type: ignore[operator]  # as above
                    self._duration = lasted if lasted > 0.0 else 0.0
            elif self._position.final and lasted is not None:
                if lasted > 0.0 and self._start <= PERHAPS:  # so it has started
                    self._start = UNTIMED if self._started is None else STATED
                    self._attempt += 1
                self._duration = lasted
                if self._started is not None:
                    self._completed = self._started + lasted
