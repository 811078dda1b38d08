"""The one method that moves a job: what a move does to it is written here, and nowhere else.

It does no I/O and decides nothing: which step may be taken is looked up in the lifecycle.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from time import monotonic, time

from ._engine import Step
from ._facts import NOT_STARTED, OWN, PERHAPS, REPORTED, UNTIMED, Claim
from ._history import HISTORY_LIMIT, Entry, History, Move, shortened
from ._known import Known
from ._lean import TYPE_CHECKING, Generic, S
from ._rows import CANCELED, WAITING, RunningStatus
from ._values import checked_attempt, shown
from .errors import InvalidTransition, JobCompleted, Superseded, prefixed

if TYPE_CHECKING:
    from typing import Any

    from ._facts import Listener, Observed

__all__ = ["Moving"]

logger = logging.getLogger("job_status")


class Moving(Known[S], Generic[S]):
    """A job as it moves, one step at a time, and the calls to its listeners."""

    __slots__ = ()

    def _move(
        self,
        key: str | RunningStatus | None,
        mesg: str | None = None,
        attempt: int | None = None,
        report: tuple[float, str | None] | None = None,
        observed: Observed | None = None,
    ) -> bool:
        """Take a step as a whole, or refuse it: the one place where a job moves.

        The step is the one that the lifecycle has for `key`, taken now, or one that was `observed`, taken only if the job is still
        where it was judged; return False if it is not. A refused step is recorded and changes nothing else.
        """
        lock = self._lock
        while True:
            # What a step needs is made before the lock is acquired: to make a tuple may collect garbage, and so call anybody's
            # finalizers, which may move this job. Under the lock it only remains to see that nobody has, and to assign.
            at: float | None
            clock: float | None
            if observed is None:
                if mesg is not None and mesg.__class__ is not str:
                    mesg = self._checked_text("mesg", mesg)
                if attempt is not None and attempt.__class__ is not Claim:
                    attempt = checked_attempt(attempt, self._prefix)
                history = self._history  # first, so that the position is at least as new
                position = self._position
                step = position.steps[key]  # type: ignore[index]  # only an observed step has no key
                at = time()
                clock = monotonic()
                entry: Entry | None = (history, step, at, mesg)
            else:
                history = observed.known_history
                position = observed.position
                step = observed.step
                at = observed.at
                clock = None
                entry = observed.entry
            calls = None
            held: bool | None = True  # None: no longer, and the job has moved
            try:
                lock.acquire()
                if self._history is not history:
                    held = False
                    lock.release()
                    if observed is not None:
                        return False
                    continue
                if observed is not None:
                    known_at, unknown_at = observed.known_times
                    if self._known_at is not known_at or self._unknown_at is not unknown_at:
                        held = False
                        lock.release()
                        return False
                    self._known_at, self._unknown_at = observed.report_times
                    if observed.attempt is not None:
                        self._attempt = observed.attempt
                elif attempt is not None and (attempt != self._attempt or (attempt and self._start <= PERHAPS and not step.claims)):
                    held = False
                    lock.release()
                    return self._supersede(step, at, mesg, attempt)
                if step.special:
                    if step.resumes:
                        before, since, stamp = self._suspended, self._halt_clock, self._halted
                        spent = None
                        if clock is not None and since is not None:
                            spent = clock - since
                        elif clock is None and since is None and at is not None and stamp is not None:
                            spent = at - stamp
                        self._suspended = None if before is None or spent is None else before + (spent if spent > 0.0 else 0.0)
                        self._halted = self._halt_clock = None
                        if self._start == NOT_STARTED:  # it was held before it started
                            self._suspended = 0.0
                    if step.requeues:
                        if step.ends_unseen and self._start <= PERHAPS and (observed is None or observed.attempt is None):
                            self._attempt += 1
                        self._started = self._clock = None
                        self._start = NOT_STARTED
                        self._suspended = self._progress = 0.0
                        self._phase = None
                        if position.cancel_requested and not step.after.cancel_requested:
                            self._stop_message = None
                        report = None
                    if report is not None:
                        self._progress, self._phase = report
                    # A report of progress shows that the job has started, as does an observation of what comes after that.
                    if self._start <= PERHAPS and (
                        step.starts_unseen or (report is not None and not step.starts and step.after.meaning is not WAITING)
                    ):
                        self._start = UNTIMED if self._started is None else REPORTED
                        self._attempt += 1
                    if step.lifts and observed is None and self._unknown_at is not None:
                        # What is known now is newer than the report that was not understood.
                        self._known_at = self._unknown_at
                        self._unknown_at = None
                    if step.halts_unseen:
                        self._suspended = None
                    if step.halts:
                        self._halted = at
                        self._halt_clock = clock
                    if step.obscures and observed is not None and self._start == NOT_STARTED:
                        self._start = PERHAPS
                    if step.requests_cancel and mesg is not None:
                        self._stop_message = mesg
                    if step.reopens:
                        self._completed = self._duration = self._stop_message = None
                if step.starts:
                    if self._start <= PERHAPS:
                        self._attempt += 1
                        if self._start == NOT_STARTED and at is not None:
                            self._start = REPORTED if clock is None else OWN
                            self._started = at
                            self._clock = clock
                        else:
                            self._start = UNTIMED if self._started is None else REPORTED
                        if attempt is not None and attempt.__class__ is Claim:
                            attempt.attempt = self._attempt
                    elif step.restarts:
                        self._started = at
                        self._clock = clock
                        self._start = OWN
                elif step.stops:
                    if not position.final:  # an end that overrides another keeps its times
                        self._completed = at
                        began = self._clock
                        if began is not None and clock is not None:
                            lasted = clock - began
                            self._duration = lasted if lasted > 0.0 else 0.0
                        elif clock is None:
                            if at is not None and self._start >= REPORTED and self._start != OWN:
                                lasted = at - self._started  # type: ignore[operator]  # such a start has a time
                                self._duration = lasted if lasted > 0.0 else 0.0
                        elif self._start == NOT_STARTED and not step.succeeds:
                            self._duration = 0.0
                    if step.succeeds:
                        self._progress = 1.0
                    if step.silent:
                        self._stop_message = None
                    elif mesg is not None or step.after.meaning is not CANCELED:
                        self._stop_message = mesg
                self._position = step.after
                self._history = entry
                held = None
                lock.release()
                if self._listeners and not step.refused:
                    calls = self._calls(step, at, mesg, observed)
                    self._tell(calls)
            except BaseException:
                self._let_go(held)
                if held is None and not step.refused:
                    # The interrupted call has moved the job all the same, so the listeners are called.
                    self._tell(self._calls(step, at, mesg, observed) if calls is None else calls)
                raise
            break
        if step.repeats:
            self._forget(len(step.path))
            if step.refused and observed is None:
                return self._refused(self._refusal(step, attempt), attempt)
        return True

    def _supersede(self, step: Step, at: float | None, mesg: str | None, attempt: int) -> bool:
        """Refuse a step to an attempt that another has replaced."""
        refused = Step(step.trigger, step.cause, step.before, step.before, step.dest, refused=True, superseded=True)
        while True:
            history = self._history
            entry = (history, refused, at, mesg)
            with self._lock:
                if self._history is history:
                    self._history = entry
                    break
        self._forget()
        return self._refused(self._refusal(refused, attempt), attempt)

    def _let_go(self, held: bool | None) -> None:
        """Release the lock after an interrupt, if it is still held."""
        if held:
            with suppress(RuntimeError):  # it was not acquired yet
                self._lock.release()

    def _forget(self, entries: int = 1) -> None:
        """Shorten the history once it is as long as it may be."""
        self._room -= entries  # of two threads at once one may not count: the history is a little longer then
        while self._room <= 0:
            before = self._history
            after = shortened(before)
            with self._lock:
                if self._history is before:
                    self._history = after
                    self._room = HISTORY_LIMIT

    # -- refusals

    def _refusal(self, step: Step, attempt: int | None) -> InvalidTransition:
        facts = step.trigger, step.source, step.cause, step.after.allowed, History(self._history), self._name
        if step.superseded and attempt is not None:
            return Superseded(*facts, attempt=attempt, attempts=self._attempt)
        return (JobCompleted if step.after.final else InvalidTransition)(*facts)

    def _refused(self, error: Exception, attempt: int | None = None) -> bool:
        """Answer a call that changed nothing: raise, or with `on_invalid="warn"` log and return False."""
        if isinstance(attempt, Claim):
            attempt.refusal = error
        if self._strict:
            raise error
        logger.warning("%s", error)
        return False

    def _about(self, error: Exception) -> Exception:
        """Return an error about an argument with the name of this job in it."""
        return error if self._name is None else type(error)(prefixed(self._name, str(error)))

    def _checked_text(self, name: str, text: object) -> str | None:
        if isinstance(text, str | None):
            return text
        problem = prefixed(self._name, f"{name} must be a str or None, not {shown(text)}")
        if self._strict:
            raise TypeError(problem)
        logger.warning("%s; its str() is taken", problem)
        return str(text)

    # -- listeners

    def _replace_listeners(self, change: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> None:
        while True:
            before = self._listeners
            after = change(before)
            with self._lock:
                if self._listeners is before:
                    self._listeners = after
                    return

    def _calls(
        self, step: Step, at: float | None, mesg: str | None, observed: Observed | None
    ) -> Iterator[tuple[Listener, Move[Any]]]:
        """Return the calls to make after a step: of every listener, with each move."""
        moves: History[Any] = History((None, step, at, mesg) if observed is None else observed.moves)
        return product([listener for listener, _ in self._listeners], moves)

    def _tell(self, calls: Iterator[tuple[Listener, Move[Any]]]) -> None:
        """Make the calls that are left, all of them: a SystemExit or KeyboardInterrupt in one is raised after the last."""
        interrupt: BaseException | None = None
        while True:
            try:
                for listener, move in calls:
                    try:
                        listener(self, move)
                    except Exception:
                        logger.exception("%sa listener failed on %s", self._prefix, move)
                break
            except BaseException as error:
                interrupt = interrupt or error
        if interrupt is not None:
            raise interrupt
