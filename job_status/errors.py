"""Everything this package raises of its own.

No other module of the package is imported here, so that each may raise these. A wrong *argument* is a plain `ValueError` or
`TypeError`; the classes below say that the *moment* was wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from transitions import MachineError

TYPE_CHECKING = False  # `typing` itself would be a tenth of what it takes to import this package
if TYPE_CHECKING:
    from typing import Any

    from ._history import Move
    from ._lifecycle import RunningStatus

__all__ = ["InvalidTransition", "JobCanceled", "JobCompleted", "JobStatusError"]


class JobStatusError(Exception):
    """The base of every error of this package, for one `except` around a job runner."""


class JobCanceled(JobStatusError):
    """Raised inside a job by `JobStatus.raise_if_cancel_requested`, so that the work unwinds; `run` then ends it CANCELED."""


class InvalidTransition(JobStatusError, MachineError):
    """A trigger that the lifecycle does not allow now. The job is as it was before.

    It is a `transitions.MachineError` too, so code that knows that package catches it. It survives pickling.
    """

    #: the trigger that was refused
    trigger: str
    #: the status that refused it
    status: RunningStatus
    #: the cause given to `stop_run`; None for every other trigger
    cause: RunningStatus | None
    #: what may be done instead, each as the column of the transition table that it is: `start_run`, `stop_run(ERROR)`
    allowed: tuple[str, ...]
    #: how the job came to that status, the refused attempt included
    history: Sequence[Move]

    def __init__(
        self,
        trigger: str,
        status: RunningStatus,
        cause: RunningStatus | None = None,
        allowed: Iterable[str] = (),
        history: Sequence[Move] = (),
    ) -> None:
        self.trigger = trigger
        self.status = status
        self.cause = cause
        self.allowed = tuple(allowed)
        self.history = history

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.trigger, self.status, self.cause, self.allowed, tuple(self.history))

    # A refusal is often caught and dropped: its text is put together only when somebody reads it.
    def __str__(self) -> str:
        allowed = _merged(self.allowed) or "nothing"
        return f"cannot {self.attempt} while {self.status.name}; allowed now: {allowed}"

    @property
    def attempt(self) -> str:
        """The trigger with its cause, as in the heading of the transition table: `stop_run(ERROR)`."""
        return self.trigger if self.cause is None else f"{self.trigger}({self.cause.name})"

    @property
    def value(self) -> str:  # type: ignore[override]  # there it is an attribute, filled in when the error is made
        """The text, by the name that `transitions.MachineError` has for it."""
        return str(self)


class JobCompleted(InvalidTransition):
    """A move that came too late: the job is in a final status, which nothing leaves."""

    def __str__(self) -> str:
        name = self.status.name
        story = ", ".join(part for part in (self._since(), self._before()) if part)
        return f"cannot {self.attempt}: the job is {name}, which is final" + (f" ({story})" if story else "")

    def _since(self) -> str:
        stamps = [move.timestamp for move in self.history if not move.refused and move.dest is self.status]
        return f"{self.status.name} since {_clock_time(stamps[-1])}" if stamps and stamps[-1] is not None else ""

    def _before(self) -> str:
        names = [move.source.name for move in self.history if not move.refused]
        shown = names if len(names) <= _MOST_SHOWN else ["...", *names[-_MOST_SHOWN:]]
        return "after " + ", ".join(shown) if shown else ""


#: how many of the statuses that a job went through its error text names
_MOST_SHOWN = 6


def _clock_time(timestamp: float) -> str:
    """A POSIX timestamp as local time, as log files have it; with its date where that is not today's."""
    moment, today = time.localtime(timestamp), time.localtime()
    return time.strftime("%H:%M:%S" if moment[:3] == today[:3] else "%Y-%m-%d %H:%M:%S", moment)


def _merged(labels: Iterable[str]) -> str:
    """Labels for a reader: `stop_run(ERROR), stop_run(CANCELED)` becomes `stop_run(ERROR|CANCELED)`."""
    causes: dict[str, list[str]] = {}
    for label in labels:
        trigger, _, cause = label.rstrip(")").partition("(")
        causes.setdefault(trigger, []).extend([cause] if cause else [])
    return ", ".join(f"{trigger}({'|'.join(names)})" if names else trigger for trigger, names in causes.items())
