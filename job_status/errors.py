"""The exception classes of this package.

Of the package, only `_lean` is imported here, so that every other module may raise these. A wrong *argument* is a plain
`ValueError` or `TypeError`; the classes below say that the *moment* was wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from transitions import MachineError

from ._lean import TYPE_CHECKING

if TYPE_CHECKING:
    from enum import Enum
    from typing import Any

    from ._history import Move

__all__ = ["InvalidTransition", "JobCanceled", "JobCompleted", "JobGone", "JobStatusError", "StoreError", "Superseded"]


class JobStatusError(Exception):
    """The base of every error of this package, for one `except` around a job runner."""


class JobCanceled(JobStatusError):
    """Raised inside a job by `JobStatus.raise_if_cancel_requested`, so that the work unwinds; `run` then ends it CANCELED."""

    #: why the job is to end
    reason: str
    #: the name of the job, if it has one
    name: str | None

    def __init__(self, reason: str = "a cancel was requested", name: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.name = name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason, self.name)

    def __str__(self) -> str:
        return prefixed(self.name, self.reason)


class JobGone(JobStatusError):
    """Raised by the function that `follow` asks with, to say that the server knows nothing of the job any more, and by a store."""


class StoreError(JobStatusError):
    """A store could not do what it was asked; the text says why, and what to do about it."""


class InvalidTransition(JobStatusError, MachineError):
    """A trigger that the lifecycle does not allow now. The job is as it was before.

    It is a `transitions.MachineError` too, so code that knows that package catches it. It survives pickling.
    """

    #: the trigger that was refused
    trigger: str
    #: the status that refused it
    status: Enum
    #: the cause given to `stop_run`; None for every other trigger
    cause: Enum | None
    #: what may be done instead, as columns of the transition table: `start_run`, `stop_run(ERROR)`
    allowed: tuple[str, ...]
    #: how the job came to that status, the refused attempt included
    history: Sequence[Move[Any]]
    #: the name of the job, if it has one
    name: str | None

    def __init__(
        self,
        trigger: str,
        status: Enum,
        cause: Enum | None = None,
        allowed: Iterable[str] = (),
        history: Sequence[Move[Any]] = (),
        name: str | None = None,
    ) -> None:
        self.trigger = trigger
        self.status = status
        self.cause = cause
        self.allowed = tuple(allowed)
        self.history = history
        self.name = name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.trigger, self.status, self.cause, self.allowed, tuple(self.history), self.name)

    # A refusal is often caught and dropped: its text is put together only when somebody reads it.
    def __str__(self) -> str:
        return prefixed(self.name, self._text())

    def _text(self) -> str:
        return f"cannot {self.label} while {self.status.name}; allowed now: {_merged(self.allowed) or 'nothing'}"

    @property
    def label(self) -> str:
        """The trigger with its cause, as in the heading of the transition table: `stop_run(ERROR)`."""
        return self.trigger if self.cause is None else f"{self.trigger}({self.cause.name})"

    @property
    def value(self) -> str:  # type: ignore[override]  # there it is an attribute, filled in when the error is made
        """The text, by the name that `transitions.MachineError` has for it."""
        return str(self)


class JobCompleted(InvalidTransition):
    """A move that came too late: the job is in a final status, which nothing leaves."""

    def _text(self) -> str:
        path = ", ".join(part for part in (self._since(), self._before()) if part)
        return f"cannot {self.label}: the job is {self.status.name}, which is final" + (f" ({path})" if path else "")

    def _since(self) -> str:
        stamps = [move.timestamp for move in self.history if not move.refused and move.dest is self.status]
        return f"{self.status.name} since {_clock_time(stamps[-1])}" if stamps and stamps[-1] is not None else ""

    def _before(self) -> str:
        names = [move.source.name for move in self.history if not move.refused]
        shown = names if len(names) <= _MOST_STATUSES else ["...", *names[-_MOST_STATUSES:]]
        return "after " + ", ".join(shown) if shown else ""


class Superseded(InvalidTransition):
    """A call by an attempt that another has replaced: the job was given to somebody else meanwhile."""

    #: the attempt that the caller named
    attempt: int
    #: how many attempts the job has started
    attempts: int

    def __init__(self, *arguments: Any, attempt: int = 0, attempts: int = 0, **others: Any) -> None:
        super().__init__(*arguments, **others)
        self.attempt = attempt
        self.attempts = attempts

    def __reduce__(self) -> tuple[Any, ...]:
        _, arguments = super().__reduce__()
        return _superseded, (type(self), arguments, self.attempt, self.attempts)

    def _text(self) -> str:
        now = f"waits for attempt {self.attempt + 1}" if self.attempt == self.attempts else f"is at attempt {self.attempts}"
        return f"cannot {self.label} for attempt {self.attempt}: the job is {self.status.name} and {now}"


def _superseded(kind: type[Superseded], arguments: tuple[Any, ...], attempt: int, attempts: int) -> Superseded:
    return kind(*arguments, attempt=attempt, attempts=attempts)


def prefixed(name: str | None, text: str) -> str:
    """Return a text about a job, with the name of the job before it if it has one."""
    return text if name is None else f"{name}: {text}"


#: how many statuses of a job's path an error text names
_MOST_STATUSES = 6


def _clock_time(timestamp: float) -> str:
    """Return a POSIX timestamp as local time, as log files write it, with its date if that is not today."""
    try:
        moment, today = time.localtime(timestamp), time.localtime()
    except (OverflowError, ValueError, OSError):  # out of range, such as nanoseconds
        return f"{timestamp:g} s"
    return time.strftime("%H:%M:%S" if moment[:3] == today[:3] else "%Y-%m-%d %H:%M:%S", moment)


def _merged(labels: Iterable[Any]) -> str:
    """Return columns for a reader: `stop_run(ERROR), stop_run(CANCELED)` becomes `stop_run(ERROR|CANCELED)`."""
    causes: dict[str, list[str]] = {}
    for label in labels:
        cause = getattr(label, "cause", None)  # a plain string has none
        causes.setdefault(getattr(label, "trigger", label), []).extend([cause] if cause else [])
    return ", ".join(f"{trigger}({'|'.join(names)})" if names else trigger for trigger, names in causes.items())
