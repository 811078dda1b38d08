"""The job of a command, for the process that runs it: moved where that is legal, and where a store fails for a while, later."""

from __future__ import annotations

import logging
from collections import deque
from contextlib import suppress
from time import monotonic, sleep

from ._facts import NOT_STARTED, Claim
from ._lean import TYPE_CHECKING
from ._rows import CANCELED, ERROR
from .errors import InvalidTransition, JobGone, StoreError

if TYPE_CHECKING:
    from typing import Any

    from ._rows import RunningStatus
    from ._status import JobStatus

__all__ = ["UNREACHABLE", "Record"]

logger = logging.getLogger("job_status")

#: what a job of a store may raise at any time
UNREACHABLE = (StoreError, JobGone)

#: after how many seconds a store that failed is tried again; and for how long, once the command has ended
TRY_AGAIN, PATIENCE = 1.0, 10.0


class Record:
    """What becomes of a job as its command runs. For one thread.

    It ends no attempt but its own: the one that `start` has started, or the one that the caller has started before.
    """

    def __init__(self, status: JobStatus[Any], attempt: int | None = None) -> None:
        self.status = status
        self._claim = Claim()
        self._claim.attempt = attempt
        #: when to try a store again that has failed
        self.try_at: float | None = None
        self._has_failed = False
        #: the moves that are yet to be made: triggers and their messages
        self._late: deque[tuple[str, str | None]] = deque()

    def start(self, problem: str | None) -> bool:
        """Start the job, for this process alone; or end it in ERROR without a start, if there is a `problem` with the command.

        Return False if somebody has canceled it before. Raises `InvalidTransition` if it cannot start: another has started it, say.
        """
        if self._claim.attempt is not None:
            return not self.is_unwanted()
        status, error = self.status, self.status.lifecycle.final(ERROR)
        self._claim = claim = Claim(status.attempt)
        try:
            if problem is not None and not claim and status.waiting and error is not None and status.can("stop_run", error):
                # In the name of attempt 0, the job can be ended until another starts it.
                return status.stop_run(error, problem, attempt=0)
            status.start_run(attempt=claim)
            if claim.attempt is None:  # the status only warns, or takes this for a start that is known better
                raise claim.refusal or InvalidTransition(
                    "start_run", status.status, None, status.allowed(), status.history, status.name
                )
        except InvalidTransition:
            if status._start == NOT_STARTED and (status.cancel_requested or status.canceled):
                self._stop(CANCELED, status.stop_message)  # nobody has started it, so nobody else acknowledges the request
                return False
            raise
        return True

    def is_unwanted(self) -> bool:
        """Return whether somebody has requested a cancel of the job that has started, ended it, or taken it back."""
        return self.status.cancel_requested or self.status.completed or self._is_given_away()

    def _is_given_away(self) -> bool:
        """Return whether the job waits for another attempt, or has been given to one."""
        return self.status.waiting or self.status.attempt != self._claim.attempt

    def move(self, trigger: str, mesg: str | None = None) -> bool:
        """Fire a trigger where the job accepts it now, and return whether it moved. A store that fails gets the move later."""
        self._late.append((trigger, mesg))
        return self._settle()

    def stop(self, meaning: RunningStatus, mesg: str | None) -> None:
        """End the job with the first final status of that meaning, or with any that it may end with where there is none.

        One that was not started here, or was given away since, is left alone. Raises `StoreError`, or `JobGone`, if the job is in a
        store that has failed for a while.
        """
        if self._claim.attempt is None:
            return
        deadline = monotonic() + PATIENCE
        while True:
            try:
                self._catch_up()
                if not self._is_given_away():
                    self._stop(meaning, mesg)
                return
            except StoreError:
                if monotonic() >= deadline:
                    raise
            sleep(TRY_AGAIN)

    def _stop(self, meaning: RunningStatus, mesg: str | None) -> None:
        status, final = self.status, self.status.lifecycle.final(meaning)
        causes = status.lifecycle.finals if final is None else (final, *status.lifecycle.finals)
        cause = next((cause for cause in causes if status.can("stop_run", cause)), None)
        with suppress(InvalidTransition):  # someone else ended it before; that stands
            if cause is not None:
                status.stop_run(cause, mesg, attempt=self._claim.attempt)

    # -- a store that fails

    def failed(self, error: Exception) -> None:
        """Take note that the store has failed."""
        level = logging.DEBUG if self._has_failed else logging.WARNING
        logger.log(level, "the command goes on, and its moves are recorded later: %s", error)
        self._has_failed, self.try_at = True, monotonic() + TRY_AGAIN

    def is_due(self) -> bool:
        """Return whether it is time to try the store again."""
        return self.try_at is not None and monotonic() >= self.try_at

    def try_again(self) -> None:
        """Make the moves that are late."""
        self.try_at = None
        self._settle()
        self._has_failed = self.try_at is not None

    def _settle(self) -> bool:
        """Make the moves that are late, unless the store fails. Return whether the last one has moved the job."""
        try:
            return self._catch_up()
        except UNREACHABLE as error:
            self.failed(error)
            return False

    def _catch_up(self) -> bool:
        moved = False
        while self._late:
            trigger, mesg = self._late[0]
            moved = False
            with suppress(InvalidTransition):  # another thread may be faster
                moved = self.status.can(trigger) and self.status.trigger(trigger, mesg, self._claim.attempt)
            self._late.popleft()
        return moved
