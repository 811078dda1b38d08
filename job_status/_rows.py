"""The declaration: what a job's statuses mean, and the table of the legal moves between them.

Every rule about what may happen is a row of the table below; nothing else in the package repeats one. What follows from the rows
is worked out in `_engine`.
"""

from __future__ import annotations

import logging
from enum import Enum
from functools import partial

from ._lean import TYPE_CHECKING, Frozen, Generic, S

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

__all__ = ["BUILT_IN", "FINALS", "ROWS", "Column", "Guard", "RunningStatus", "Transition"]

logger = logging.getLogger("job_status")


class RunningStatus(Enum):
    """What is true of a job. Store and send the names, never the numbers: other versions of Perceval number them differently."""

    #: recorded; it waits for a computing platform to be available
    WAITING = 0
    #: being run on a platform
    RUNNING = 1
    #: completed; full results are to be expected
    SUCCESS = 2
    #: failed; partial results may exist
    ERROR = 3
    #: canceled by the user or by the system; partial results may exist
    CANCELED = 4
    #: halted by the remote system; it may be resumed
    SUSPENDED = 5
    #: a cancel order was sent to the platform that runs the job; leads to CANCELED
    CANCEL_REQUESTED = 6
    #: a status code was reported that could not be understood
    UNKNOWN = 7

    # Every look-up of a move hashes a member. Members are singletons, so their identity will do, and it is hashed in C, where
    # Enum would run Python code to hash the name.
    __hash__ = object.__hash__

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return getattr, (RunningStatus, self._name_)  # a pickle holds the name as well

    @staticmethod
    def from_server_response(res: object) -> RunningStatus:
        """Return the status for a server's word; "completed" is SUCCESS there.

        Whatever is not understood, None and other non-strings included, is UNKNOWN and is logged as a warning.
        """
        if res == "completed":
            return RunningStatus.SUCCESS
        status = RunningStatus.__members__.get(res.upper()) if isinstance(res, str) else None
        if status is None:
            logger.warning("a server's job status is not understood and is taken as UNKNOWN: %r", res)
            return RunningStatus.UNKNOWN
        return status

    @staticmethod
    def to_server_response(status: RunningStatus) -> str:
        """Return the server's word for a status: its name in lower case, but "completed" for SUCCESS."""
        return "completed" if status is RunningStatus.SUCCESS else status.name.lower()


WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus

#: the meanings of final statuses, which no move leaves
FINALS = (SUCCESS, ERROR, CANCELED)

#: the triggers that `JobStatus` has methods for, in the order of the table's columns; `stop_run` must be last
BUILT_IN = ("start_run", "update_progress", "request_cancel", "suspend", "resume", "stop_run")


class Guard(Enum):
    """What must hold, beside the source, for a row to be taken.

    There are no others: a cancel request is all that a position remembers beside its status.
    """

    #: a cancel was requested earlier
    CANCEL_REQUESTED = "a cancel was requested"
    #: no cancel was requested so far
    NO_CANCEL_REQUESTED = "no cancel was requested"

    @property
    def requested(self) -> bool:
        """Whether a cancel must have been requested."""
        return self is Guard.CANCEL_REQUESTED


class Column(str):
    """A column of the transition table as text, `start_run` or `stop_run(ERROR)`, with its parts: the trigger and its cause."""

    trigger: str
    #: the name of the cause that the trigger is given; None for a trigger that takes none
    cause: str | None

    __slots__ = ("cause", "trigger")

    def __new__(cls, trigger: str, cause: str | None = None) -> Column:  # noqa: PYI034  # Self would have to be imported
        column = super().__new__(cls, trigger if cause is None else f"{trigger}({cause})")
        column.trigger = trigger
        column.cause = cause
        return column

    def __reduce__(self) -> tuple[Any, ...]:
        return Column, (self.trigger, self.cause)


class Transition(Frozen, Generic[S]):
    """One legal move: `trigger` takes a job from `source` to `dest` where `guard` holds (None: always); `words` say why.

    A row of `stop_run` or `observe` is taken where `dest` is the status that the caller names, its cause. `source` and `dest` are
    members of one Enum. Raises `TypeError` if a part is of the wrong class, and `ValueError` if the trigger is not an identifier.
    """

    trigger: str
    source: S
    dest: S
    guard: Guard | None
    words: str
    #: whether it is a row of `observe`, into or out of the status that means UNKNOWN
    observed: bool
    #: whether the caller names the destination: the cause of `stop_run`, the status that `observe` reports
    takes_cause: bool
    #: the column of the transition table that this row stands in: `start_run`, `stop_run(ERROR)`
    label: Column

    __slots__ = ("dest", "guard", "label", "observed", "source", "takes_cause", "trigger", "words")
    __match_args__ = ("trigger", "source", "dest", "guard", "words")

    def __init__(self, trigger: str, source: S, dest: S, guard: Guard | None = None, words: str = "") -> None:
        for name, status in (("source", source), ("dest", dest)):
            if not isinstance(status, Enum):
                raise TypeError(f"the {name} of a row must be a member of an Enum, such as RunningStatus.WAITING, not {status!r}")
        if type(source) is not type(dest):
            names = f"{type(source).__name__}.{source.name} and {type(dest).__name__}.{dest.name}"
            raise TypeError(f"the source and the dest of a row must be members of one Enum, not {names}")
        if guard is not None and not isinstance(guard, Guard):
            raise TypeError(f"the guard of a row must be a Guard or None, not {guard!r}")
        if not isinstance(trigger, str) or not trigger.isidentifier():
            raise ValueError(f"a trigger must be an identifier such as 'requeue', not {trigger!r}")
        fill = partial(object.__setattr__, self)
        fill("trigger", trigger)
        fill("source", source)
        fill("dest", dest)
        fill("guard", guard)
        fill("words", words)
        fill("observed", trigger == "observe")
        fill("takes_cause", trigger in ("observe", "stop_run"))
        fill("label", Column(trigger, dest.name if self.takes_cause else None))

    def holds(self, cause: Enum | None, cancel_requested: bool) -> bool:
        """Return whether a job may take the row, given the cause that its caller names and whether a cancel was requested."""
        if self.takes_cause and cause is not self.dest:
            return False
        return self.guard is None or cancel_requested is self.guard.requested

    def __str__(self) -> str:
        return f"{self.label}: {self.source.name} -> {self.dest.name}"


if TYPE_CHECKING:
    Row: TypeAlias = Transition[Any]
    #: what each status means, by its name
    Means: TypeAlias = Mapping[str, RunningStatus]
    #: a shortest path from each status to each that moves lead to, by their names
    Paths: TypeAlias = Mapping[str, Mapping[str, tuple[Row, ...]]]

ASKED, NOT_ASKED = Guard

# fmt: off
ROWS = (
    Transition("start_run",       WAITING,          RUNNING,          None,      "a platform takes the job"),
    Transition("update_progress", WAITING,          RUNNING,          None,      "progress implies running"),
    Transition("request_cancel",  WAITING,          CANCEL_REQUESTED, None,      "a cancel order is on its way"),
    Transition("stop_run",        WAITING,          ERROR,            None,      "it could not be started"),
    Transition("stop_run",        WAITING,          CANCELED,         None,      "withdrawn before it started"),
    Transition("observe",         WAITING,          UNKNOWN,          None,      "a report that is not understood"),

    Transition("update_progress", RUNNING,          RUNNING,          None,      "the work advances"),
    Transition("suspend",         RUNNING,          SUSPENDED,        None,      "the platform halts the job"),
    Transition("request_cancel",  RUNNING,          CANCEL_REQUESTED, None,      "a cancel order is on its way"),
    Transition("stop_run",        RUNNING,          SUCCESS,          None,      "the work is done"),
    Transition("stop_run",        RUNNING,          ERROR,            None,      "the work failed"),
    Transition("stop_run",        RUNNING,          CANCELED,         None,      "canceled at once"),
    Transition("observe",         RUNNING,          UNKNOWN,          None,      "a report that is not understood"),

    Transition("resume",          SUSPENDED,        RUNNING,          None,      "the platform goes on"),
    Transition("request_cancel",  SUSPENDED,        CANCEL_REQUESTED, None,      "a cancel order is on its way"),
    Transition("stop_run",        SUSPENDED,        ERROR,            None,      "it could not be resumed"),
    Transition("stop_run",        SUSPENDED,        CANCELED,         None,      "canceled while halted"),
    Transition("observe",         SUSPENDED,        UNKNOWN,          None,      "a report that is not understood"),

    Transition("update_progress", CANCEL_REQUESTED, CANCEL_REQUESTED, None,      "not stopped yet"),
    Transition("stop_run",        CANCEL_REQUESTED, SUCCESS,          None,      "the order came too late"),
    Transition("stop_run",        CANCEL_REQUESTED, ERROR,            None,      "it failed before the order took effect"),
    Transition("stop_run",        CANCEL_REQUESTED, CANCELED,         None,      "the order took effect"),
    Transition("observe",         CANCEL_REQUESTED, UNKNOWN,          None,      "a report that is not understood"),

    Transition("update_progress", UNKNOWN,          RUNNING,          NOT_ASKED, "progress implies running"),
    Transition("update_progress", UNKNOWN,          CANCEL_REQUESTED, ASKED,     "a request is never lost"),
    Transition("request_cancel",  UNKNOWN,          CANCEL_REQUESTED, NOT_ASKED, "a cancel order is on its way"),
    Transition("stop_run",        UNKNOWN,          SUCCESS,          None,      "the work is done"),
    Transition("stop_run",        UNKNOWN,          ERROR,            None,      "the work failed"),
    Transition("stop_run",        UNKNOWN,          CANCELED,         None,      "canceled"),
    *(Transition("observe",       UNKNOWN,          status,           None,      "a report that is understood")
      for status in RunningStatus if status is not UNKNOWN),
)
# fmt: on
