"""The lifecycle of a job: its statuses, its legal moves, and the questions one asks of them.

Every rule about what may happen is a row of the table below; nothing else in the package repeats one. No job, clock or lock
lives here, and no other module builds or fires a `transitions.Machine`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache, partial

from transitions import EventData, Machine, State

TYPE_CHECKING = False  # `typing` itself would be a tenth of what it takes to import this package
if TYPE_CHECKING:
    from typing import Any

    _Walks = dict["RunningStatus", dict["RunningStatus", tuple["Transition", ...]]]

__all__ = ["FINALS", "JOB_LIFECYCLE", "Guard", "Lifecycle", "RunningStatus", "Transition"]

logger = logging.getLogger("job_status")


class RunningStatus(Enum):
    """What is true of a job. Store and send the names, never the numbers: other versions of Perceval number them otherwise."""

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
    #: a status code was met that could not be understood
    UNKNOWN = 7

    # Every look-up of a move hashes a member. Members are singletons, so their identity will do, and it is hashed in C, where
    # Enum would run Python code to hash the name.
    __hash__ = object.__hash__

    @staticmethod
    def from_server_response(res: object) -> RunningStatus:
        """The status for a server's word; "completed" is SUCCESS there.

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
        """The server's word for a status: its name in lower case, but "completed" for SUCCESS."""
        return "completed" if status is RunningStatus.SUCCESS else status.name.lower()


WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus

#: the statuses that are never left, by anything
FINALS = (SUCCESS, ERROR, CANCELED)

#: the triggers that `JobStatus` has a method for, in the order of the columns of the transition table
BUILT_IN = ("start_run", "update_progress", "request_cancel", "suspend", "resume", "stop_run")


class Guard(Enum):
    """What must hold, beside the source, for a row to be taken."""

    #: the caller named the destination: as the cause of `stop_run`, as the status of `observe`
    CAUSE = "the cause is the destination"
    #: a cancel was requested earlier
    CANCEL_REQUESTED = "a cancel was requested"
    #: no cancel was requested so far
    NO_CANCEL_REQUESTED = "no cancel was requested"


@dataclass(frozen=True, slots=True)
class Transition:
    """One legal move: `trigger` takes a job from `source` to `dest` where `guard` holds (None: always); `words` say why.

    A trigger is named like a method, an identifier. Anything else is a `ValueError`, and what is not of the right class a
    `TypeError`.
    """

    trigger: str
    source: RunningStatus
    dest: RunningStatus
    guard: Guard | None = None
    words: str = ""

    def __post_init__(self) -> None:
        for name in ("source", "dest"):
            if not isinstance(getattr(self, name), RunningStatus):
                raise TypeError(f"the {name} of a row must be a RunningStatus, not {getattr(self, name)!r}")
        if not isinstance(self.guard, Guard | None):
            raise TypeError(f"the guard of a row must be a Guard or None, not {self.guard!r}")
        if not isinstance(self.trigger, str) or not self.trigger.isidentifier():
            raise ValueError(f"a trigger must be an identifier such as 'requeue', not {self.trigger!r}")

    @property
    def label(self) -> str:
        """The column of the transition table that this row stands in: `start_run`, `stop_run(ERROR)`."""
        return f"{self.trigger}({self.dest.name})" if self.guard is Guard.CAUSE else self.trigger

    def holds(self, cause: RunningStatus | None, cancel_requested: bool) -> bool:
        """Whether the guard lets a job through, given the cause its caller named and whether a cancel was requested before."""
        if self.guard is Guard.CAUSE:
            return cause is self.dest
        return self.guard is None or cancel_requested is (self.guard is Guard.CANCEL_REQUESTED)

    def __str__(self) -> str:
        return f"{self.label}: {self.source.name} -> {self.dest.name}"


CAUSE, ASKED, NOT_ASKED = Guard

# fmt: off
ROWS = (
    Transition("start_run",       WAITING,          RUNNING,          None,      "a platform takes the job"),
    Transition("update_progress", WAITING,          RUNNING,          None,      "progress implies running"),
    Transition("request_cancel",  WAITING,          CANCEL_REQUESTED, None,      "a cancel order is on its way"),
    Transition("stop_run",        WAITING,          ERROR,            CAUSE,     "it could not be started"),
    Transition("stop_run",        WAITING,          CANCELED,         CAUSE,     "withdrawn before it started"),
    Transition("observe",         WAITING,          UNKNOWN,          CAUSE,     "news that is not understood"),

    Transition("update_progress", RUNNING,          RUNNING,          None,      "the work advances"),
    Transition("suspend",         RUNNING,          SUSPENDED,        None,      "the platform halts the job"),
    Transition("request_cancel",  RUNNING,          CANCEL_REQUESTED, None,      "a cancel order is on its way"),
    Transition("stop_run",        RUNNING,          SUCCESS,          CAUSE,     "the work is done"),
    Transition("stop_run",        RUNNING,          ERROR,            CAUSE,     "the work failed"),
    Transition("stop_run",        RUNNING,          CANCELED,         CAUSE,     "canceled at once"),
    Transition("observe",         RUNNING,          UNKNOWN,          CAUSE,     "news that is not understood"),

    Transition("resume",          SUSPENDED,        RUNNING,          None,      "the platform goes on"),
    Transition("request_cancel",  SUSPENDED,        CANCEL_REQUESTED, None,      "a cancel order is on its way"),
    Transition("stop_run",        SUSPENDED,        ERROR,            CAUSE,     "it could not be resumed"),
    Transition("stop_run",        SUSPENDED,        CANCELED,         CAUSE,     "canceled while halted"),
    Transition("observe",         SUSPENDED,        UNKNOWN,          CAUSE,     "news that is not understood"),

    Transition("update_progress", CANCEL_REQUESTED, CANCEL_REQUESTED, None,      "not stopped yet"),
    Transition("stop_run",        CANCEL_REQUESTED, SUCCESS,          CAUSE,     "the order came too late"),
    Transition("stop_run",        CANCEL_REQUESTED, ERROR,            CAUSE,     "it failed before the order took effect"),
    Transition("stop_run",        CANCEL_REQUESTED, CANCELED,         CAUSE,     "the order took effect"),
    Transition("observe",         CANCEL_REQUESTED, UNKNOWN,          CAUSE,     "news that is not understood"),

    Transition("update_progress", UNKNOWN,          RUNNING,          NOT_ASKED, "progress implies running"),
    Transition("update_progress", UNKNOWN,          CANCEL_REQUESTED, ASKED,     "a request is never lost"),
    Transition("request_cancel",  UNKNOWN,          CANCEL_REQUESTED, NOT_ASKED, "a cancel order is on its way"),
    Transition("stop_run",        UNKNOWN,          SUCCESS,          CAUSE,     "the work is done"),
    Transition("stop_run",        UNKNOWN,          ERROR,            CAUSE,     "the work failed"),
    Transition("stop_run",        UNKNOWN,          CANCELED,         CAUSE,     "canceled"),
    *(Transition("observe",       UNKNOWN,          status,           CAUSE,     "heard of again")
      for status in RunningStatus if status is not UNKNOWN),
)
# fmt: on


class Observation(Enum):
    """What news about a job was worth, given what was known of it."""

    #: it says what is known already
    UNCHANGED = "unchanged"
    #: the job has moved there
    MOVED = "moved"
    #: older news, which the job has left behind; ignored
    STALE = "stale"
    #: it cannot be true beside what is known, like a second final status; ignored, kept in the history and logged
    CONTRADICTORY = "contradictory"


class Step:
    """One move as a job takes it or is refused it (`refused`); `to` is where the job stands afterwards."""

    __slots__ = (
        "asks", "cause", "dest", "inferred", "recurs", "refused", "runs", "source", "stops", "to", "trigger", "waits"
    )  # fmt: skip

    def __init__(
        self,
        trigger: str,
        cause: RunningStatus | None,
        source: RunningStatus,
        dest: RunningStatus,
        to: Position,
        inferred: bool = False,
        refused: bool = False,
    ) -> None:
        self.trigger = trigger
        self.cause = cause
        self.source = source
        #: the status it leads to; for a refused one, that which was wanted
        self.dest = dest
        self.to = to
        self.inferred = inferred
        self.refused = refused
        # What a move does to a job depends on where it leads, not on what triggered it.
        self.runs = not refused and dest is RUNNING
        self.stops = not refused and dest in FINALS
        self.waits = not refused and dest is WAITING
        self.asks = not refused and dest is CANCEL_REQUESTED
        #: whether a job may take it again and again, and so overfill its history
        self.recurs = refused or source is dest or UNKNOWN in (source, dest) or source in to.lifecycle.reachable(dest)


class Position:
    """Where a job stands: its status and the little that guards and news need to remember. All jobs there share one object."""

    __slots__ = ("allowed", "cancel_requested", "final", "known", "lifecycle", "progresses", "status", "steps")

    def __init__(self, lifecycle: Lifecycle, status: RunningStatus, known: RunningStatus, cancel_requested: bool) -> None:
        self.lifecycle = lifecycle
        self.status = status
        #: the last status that was known: `status` itself, but under UNKNOWN what that overlays
        self.known = known
        self.cancel_requested = cancel_requested
        self.final = status in FINALS
        #: what each column of the table leads to from here, refusals included; `Lifecycle` fills it in
        self.steps: dict[str, Step] = {}
        self.allowed: tuple[str, ...] = ()
        #: whether a progress report is no move here, but just a report
        self.progresses = False


class Lifecycle:
    """A frozen definition of the legal moves, checked as it is built.

    `machine` is a `transitions.Machine` built from the rows, guards included (each is a condition of the arguments `cause` and
    `cancel_requested`). It has no models: a job is never registered with it. Nor does a job fire it, since that takes many times
    as long as all the rest of a move. Instead the lifecycle asks the Machine, once, for the first transition whose conditions
    hold, for each trigger from each status with each cause, with and without a remembered cancel request. What the Machine
    answers is the look-up table by which every `JobStatus` moves; the tests fire the Machine in each cell and compare.

    Rows that cannot be right are a `ValueError` whose sentence names the row.
    """

    #: the status of a new job
    initial = WAITING
    #: the statuses that are never left
    finals = FINALS

    #: the legal moves, in the order given
    rows: tuple[Transition, ...]
    #: every status that a row leads from or to, in the order of `RunningStatus`
    statuses: tuple[RunningStatus, ...]
    #: the columns of the transition table: the triggers that a caller fires, `stop_run` once for each cause
    labels: tuple[str, ...]
    #: what the look-up table was read off
    machine: Machine

    #: where a new job stands
    start: Position
    _reachable: dict[RunningStatus, frozenset[RunningStatus]]
    _positions: dict[tuple[RunningStatus, RunningStatus, bool], Position]

    __slots__ = ("_positions", "_reachable", "labels", "machine", "rows", "start", "statuses")

    def __init__(self, rows: Iterable[Transition]) -> None:
        fill = partial(object.__setattr__, self)  # frozen for its users; nothing but this method fills it in
        fill("rows", _typed(rows))
        walks = {status: _shortest_walks(self.rows, status) for status in RunningStatus}
        _check(self.rows, walks)
        named = {status for row in self.rows for status in (row.source, row.dest)}
        fill("statuses", tuple(status for status in RunningStatus if status in named))
        triggers = dict.fromkeys((*BUILT_IN, *(row.trigger for row in self.rows if row.trigger != "observe")))
        fill("labels", tuple(label for trigger in triggers for label in _columns(trigger)))
        fill("machine", _machine(self.rows, self.statuses))
        fill("_reachable", {status: frozenset(walks[status]) - {status} for status in self.statuses})
        fill("_positions", _unfolded(self))
        fill("start", self.position(WAITING))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Lifecycle is frozen: extend() makes a new one with more rows; {name} stays as it is")

    def __eq__(self, other: object) -> bool:
        return self.rows == other.rows if isinstance(other, Lifecycle) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.rows)

    def __repr__(self) -> str:
        return f"<Lifecycle of {len(self.statuses)} statuses and {len(self.rows)} moves>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from .diagrams import render  # for notebooks alone: the package does without

        return {"text/plain": repr(self), "text/html": render(self, "html")}

    def triggers(self, status: RunningStatus) -> tuple[str, ...]:
        """The triggers that some row leads from `status`, in the order of the rows."""
        return tuple(dict.fromkeys(row.trigger for row in self.rows if row.source is status))

    def destination(
        self, trigger: str, status: RunningStatus, cause: RunningStatus | None = None, cancel_requested: bool = False
    ) -> RunningStatus | None:
        """The status that `trigger` leads to from `status`; None where that move is refused.

        `cause` is that of `stop_run` (None: SUCCESS); `cancel_requested` tells whether a cancel was requested earlier.
        A trigger or a cause that the lifecycle does not know is a `ValueError`.
        """
        step = self.position(status, cancel_requested=cancel_requested).steps[self.label(trigger, cause)]
        return None if step.refused else step.to.status

    def reachable(self, status: RunningStatus) -> frozenset[RunningStatus]:
        """The other statuses that a job in `status` can still come to, by any number of moves; UNKNOWN aside."""
        return self._reachable.get(status, frozenset())

    def extend(self, *rows: Transition) -> Lifecycle:
        """A new lifecycle with these rows as well; this one stays as it is."""
        return Lifecycle((*self.rows, *rows))

    def label(self, trigger: str, cause: RunningStatus | None = None) -> str:
        """The column of the table for a trigger and its cause. `ValueError` if there is none."""
        if trigger == "stop_run":
            if cause not in (None, *STOP_LABELS):
                raise wrong_cause(cause)
            return STOP_LABELS[cause or SUCCESS]
        if trigger not in self.labels:
            known = ", ".join(dict.fromkeys(label.partition("(")[0] for label in self.labels))
            raise ValueError(f"there is no trigger {trigger!r}; the triggers are: {known}")
        if cause is not None:
            raise ValueError(f"only stop_run takes a cause, not {trigger}")
        return trigger

    def position(self, status: RunningStatus, known: RunningStatus | None = None, cancel_requested: bool = False) -> Position:
        """The position of a job in `status`; under UNKNOWN, `known` is what was known before (default: WAITING)."""
        overlaid = (known or WAITING) if status is UNKNOWN else status
        try:
            return self._positions[status, overlaid, cancel_requested or CANCEL_REQUESTED in (status, overlaid)]
        except KeyError:
            raise ValueError(f"{status.name} is no status of this lifecycle") from None

    def judge(self, position: Position, observed: RunningStatus) -> tuple[Observation, tuple[Step, ...], bool]:
        """What news is worth at a position: the verdict, the steps it makes a job take, and whether older news is possible.

        Where the last is true, the two statuses reach each other: only the time of the news can tell whether it is older.
        """
        known = position.known
        if observed is position.status:
            return Observation.UNCHANGED, (), False
        # Moves into and out of UNKNOWN are rows; all other news is judged by what moves can reach.
        row = _answer(self.machine, "observe", position.status, observed, position.cancel_requested)
        if observed is UNKNOWN:
            if row is None:  # a final status is not overlaid
                return Observation.UNCHANGED, (), False
            to = self.position(UNKNOWN, known, position.cancel_requested)
            return Observation.MOVED, (Step("observe", observed, position.status, observed, to),), False
        forward = observed is known or observed in self.reachable(known)
        backward = observed is not known and known in self.reachable(observed)
        if forward and (row is not None or position.status is not UNKNOWN):
            return Observation.MOVED, tuple(self._heard(position, observed)), backward
        if backward:
            return Observation.STALE, (), False
        refusal = Step("observe", observed, position.status, observed, position, refused=True)
        return Observation.CONTRADICTORY, (refusal,), False

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.rows,)

    def _heard(self, position: Position, observed: RunningStatus) -> Iterator[Step]:
        """The steps to `observed`: one out of UNKNOWN, else the shortest legal walk, of which all but the end is inferred."""
        walk = () if position.status is UNKNOWN else _shortest_walks(self.rows, position.status)[observed][:-1]
        for row in walk:
            position = self.position(row.dest, None, position.cancel_requested)
            yield Step(row.trigger, None, row.source, row.dest, position, inferred=True)
        to = self.position(observed, None, position.cancel_requested)
        yield Step("observe", observed, position.status, observed, to)


def _unfolded(lifecycle: Lifecycle) -> dict[tuple[RunningStatus, RunningStatus, bool], Position]:
    """Every position that a job can take, with what the Machine answers there to each column of the table."""
    live = [status for status in lifecycle.statuses if status not in (*FINALS, UNKNOWN)]
    positions = {
        (status, known, asked): Position(lifecycle, status, known, asked)
        for status in lifecycle.statuses
        for known in (live if status is UNKNOWN else [status])
        for asked in ((True,) if CANCEL_REQUESTED in (status, known) else (False, True))
    }
    wanted = {row.label: row.dest for row in reversed(lifecycle.rows)}
    columns = [(label, *_parsed(label)) for label in lifecycle.labels]
    for position in positions.values():
        for label, trigger, cause in columns:
            dest = _answer(lifecycle.machine, trigger, position.status, cause, position.cancel_requested)
            to = position
            if dest is not None:
                to = positions[dest, dest, position.cancel_requested or dest is CANCEL_REQUESTED]
            position.steps[label] = Step(
                trigger, cause, position.status, dest or wanted.get(label, position.status), to, refused=dest is None
            )
        position.allowed = tuple(label for label, step in position.steps.items() if not step.refused)
        position.progresses = "update_progress" in position.allowed and position.steps["update_progress"].to is position
    return positions


#: the column of the table for `stop_run` with each cause that it takes
STOP_LABELS = {cause: f"stop_run({cause.name})" for cause in FINALS} | {CANCEL_REQUESTED: "request_cancel"}


def wrong_cause(cause: object) -> ValueError:
    """The error for a cause that `stop_run` does not take."""
    causes = ", ".join(known.name for known in STOP_LABELS)
    return ValueError(f"the cause of stop_run must be one of {causes}, not {getattr(cause, 'name', repr(cause))}")


def _columns(trigger: str) -> tuple[str, ...]:
    return tuple(STOP_LABELS[cause] for cause in FINALS) if trigger == "stop_run" else (trigger,)


def _parsed(label: str) -> tuple[str, RunningStatus | None]:
    """A column's trigger and cause."""
    trigger, _, cause = label.rstrip(")").partition("(")
    return trigger, RunningStatus[cause] if cause else None


def _machine(rows: Iterable[Transition], statuses: Iterable[RunningStatus]) -> Machine:
    """The Machine that defines the legal moves: no models, and no trigger but those of the rows."""
    machine = Machine(
        model=None,
        states=[State(status, final=status in FINALS) for status in statuses],
        initial=WAITING,
        auto_transitions=False,
    )
    for row in rows:
        machine.add_transition(row.trigger, row.source, row.dest, conditions=[_condition(row)] if row.guard else None)
    return machine


def _condition(row: Transition) -> Callable[..., bool]:
    """The guard of a row as a condition of the Machine, under a name that can be shown."""

    def condition(cause: RunningStatus | None = None, cancel_requested: bool = False) -> bool:
        return row.holds(cause, cancel_requested)

    condition.__name__ = f"cause_is_{row.dest.name}" if row.guard is Guard.CAUSE else str(row.guard and row.guard.name).lower()
    return condition


def _answer(
    machine: Machine, trigger: str, status: RunningStatus, cause: RunningStatus | None, cancel_requested: bool
) -> RunningStatus | None:
    """Where the Machine takes a job from `status`, by the first of its transitions whose conditions hold; None: nowhere."""
    event = machine.events.get(trigger)
    if event is None or status.name not in event.transitions:
        return None
    facts = EventData(None, event, machine, None, args=(), kwargs={"cause": cause, "cancel_requested": cancel_requested})
    for transition in event.transitions[status.name]:
        if all(condition.check(facts) for condition in transition.conditions):
            return RunningStatus[str(transition.dest)]
    return None


def _shortest_walks(rows: Iterable[Transition], start: RunningStatus) -> dict[RunningStatus, tuple[Transition, ...]]:
    """The shortest legal walk from `start` to each status that moves lead to, news and UNKNOWN aside.

    Of two equally short ones it is that whose rows come first in the table.
    """
    moves = [row for row in rows if row.trigger != "observe" and row.dest is not UNKNOWN]
    walks: dict[RunningStatus, tuple[Transition, ...]] = {start: ()}
    for status, walk in (queue := [*walks.items()]):  # grows while it is walked through
        for row in moves:
            if row.source is status and row.dest not in walks:
                walks[row.dest] = (*walk, row)
                queue.append((row.dest, walks[row.dest]))
    return walks


def _typed(rows: Iterable[Transition]) -> tuple[Transition, ...]:
    """The rows, if that is what they are."""
    rows = tuple(rows)
    for row in rows:
        if not isinstance(row, Transition):
            raise TypeError(f"a row must be a Transition, not {row!r}")
    if not rows:
        raise ValueError("a lifecycle needs rows, the first of them from WAITING")
    return rows


def _check(rows: tuple[Transition, ...], walks: _Walks) -> None:
    """Raise a `ValueError` that names the first row that cannot be right; `walks` are the shortest from each status."""
    for number, row in enumerate(rows):
        if fault := _fault(row, rows[:number]) or _dead_end(row, rows, walks):
            raise ValueError(f"row {number + 1} ({row}) cannot be right: {fault}")


def _fault(row: Transition, earlier: Iterable[Transition]) -> str | None:
    """What is wrong with a row by itself or beside an earlier one."""
    if row.source in FINALS:
        return f"{row.source.name} is final and is never left"
    if row.dest is UNKNOWN and row.trigger != "observe":
        return "only observe leads into UNKNOWN"
    if row.trigger == "observe" and (row.guard is not Guard.CAUSE or (row.source is UNKNOWN) is (row.dest is UNKNOWN)):
        return "observe has rows into and out of UNKNOWN alone, guarded by CAUSE; other news is judged by what moves can reach"
    if row.trigger == "stop_run" and (row.guard is not Guard.CAUSE or row.dest not in FINALS):
        return "stop_run leads to its cause, a final status: guard it by CAUSE"
    if row.trigger not in ("stop_run", "observe") and row.guard is Guard.CAUSE:
        return "only stop_run and observe are given a cause"
    for other in earlier:
        if other.source is row.source and other.trigger == row.trigger and _overlap(other, row):
            return f"it is taken under the same conditions as the row above it, {other}"
    return None


def _overlap(one: Transition, other: Transition) -> bool:
    """Whether both guards can hold at once."""
    if one.guard is other.guard is Guard.CAUSE:
        return one.dest is other.dest
    return {one.guard, other.guard} != {Guard.CANCEL_REQUESTED, Guard.NO_CANCEL_REQUESTED}


def _dead_end(row: Transition, rows: Iterable[Transition], walks: _Walks) -> str | None:
    """What is wrong with where a row comes from or leads to."""
    for status in (row.source, row.dest):
        if status is not UNKNOWN and status not in walks[WAITING]:
            return f"no move leads to {status.name}"
        if status is UNKNOWN and not any(other.dest is UNKNOWN for other in rows):
            return "no news leads to UNKNOWN"
        missing = [final.name for final in (ERROR, CANCELED) if status not in FINALS and final not in walks[status]]
        if missing:
            return f"{status.name} has no way to {' or '.join(missing)}"
    return None


@cache
def _restored(rows: tuple[Transition, ...]) -> Lifecycle:
    """The lifecycle with these rows: one for all that are unpickled, since each builds a Machine."""
    return Lifecycle(rows)


#: the lifecycle of `JobStatus` unless another is given
JOB_LIFECYCLE = _restored(ROWS)
