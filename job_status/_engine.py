"""The engine: what follows from the rows of a lifecycle.

It builds the `transitions.Machine` from them, and unfolds it into positions with a step for each column of the table, so that a
job moves by one look-up. There is no job, clock or lock here, and no other module builds a Machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum

from transitions import EventData, Machine, State

from ._generic import TYPE_CHECKING
from ._rows import (
    BUILT_IN,
    CANCEL_REQUESTED,
    FINALS,
    RUNNING,
    SUCCESS,
    SUSPENDED,
    UNKNOWN,
    WAITING,
    Column,
    RunningStatus,
)
from ._search import shortest_paths

if TYPE_CHECKING:
    from typing import Any

    from ._lifecycle import Lifecycle
    from ._rows import Means, Row

__all__ = ["Position", "Step", "built_machine", "connect", "leaving", "machine_answer", "reached", "requeues", "unfolded"]


class Step:
    """One move that a job takes or, if it is `refused`, does not; `after` is where the job stands then.

    What a move does to a job depends on the meanings that it leads from and to, not on its trigger. An observation may imply
    several moves, its `path`; the job takes them as one step, which does all that they do.
    """

    __slots__ = (
        "after", "before", "cause", "claims", "dest", "ends_unseen", "fenced", "halts", "halts_unseen", "inferred", "lifts",
        "obscures", "path", "refused", "reopens", "repeats", "reports", "requests_cancel", "requeues", "restarts",
        "resumes", "silent", "source", "special", "starts", "starts_unseen", "stops", "succeeds", "superseded", "trigger",
    )  # fmt: skip

    def __init__(
        self,
        trigger: str,
        cause: Enum | None,
        before: Position,
        after: Position,
        dest: Enum | None = None,
        *,
        inferred: bool = False,
        refused: bool = False,
        superseded: bool = False,
    ) -> None:
        self.trigger = trigger
        self.cause = cause
        self.before = before
        self.source = before.status
        #: the status it leads to; of a refused one, the status that was wanted
        self.dest = after.status if dest is None else dest
        self.after = after
        self.inferred = inferred
        self.refused = refused
        #: whether it is refused because another attempt has replaced the caller's
        self.superseded = superseded
        self.path: tuple[Step, ...] = (self,)
        #: the refusal of the same trigger to an attempt that another has replaced
        self.fenced = self
        #: whether it starts the next attempt, so that its caller names the one before
        self.claims = trigger == "start_run"
        if refused:  # it has no effect, and is only recorded
            self.starts = self.starts_unseen = self.ends_unseen = self.restarts = self.stops = self.succeeds = self.silent = False
            self.requeues = self.requests_cancel = self.halts_unseen = self.halts = self.resumes = self.lifts = False
            self.reopens = self.obscures = self.reports = self.special = False
            self.repeats = True
            return
        meaning = after.meaning
        self.starts = meaning is RUNNING
        #: whether it passes through a start that nobody saw, so that it is inferred
        self.starts_unseen = False
        #: whether an attempt that nobody saw starts on the way, and ends there
        self.ends_unseen = False
        self.restarts = self.starts and self.claims and self.source is self.dest
        self.stops = after.final
        self.succeeds = meaning is SUCCESS
        #: whether it is the plain success, which keeps no message
        self.silent = self.stops and after.status is after.lifecycle.final(SUCCESS)
        self.requeues = meaning is WAITING and before.meaning is not WAITING
        self.requests_cancel = meaning is CANCEL_REQUESTED or trigger == "request_cancel"
        #: whether it passes through a suspension of which nobody saw the length
        self.halts_unseen = False
        self.halts = after.known_meaning is SUSPENDED is not before.known_meaning
        self.resumes = before.known_meaning is SUSPENDED is not after.known_meaning
        #: whether it leads out of UNKNOWN
        self.lifts = before.meaning is UNKNOWN is not meaning
        #: whether it takes an end back, as no row does
        self.reopens = before.final and not after.final
        #: whether an observation of it leaves open if the job has started
        self.obscures = meaning in (SUSPENDED, CANCEL_REQUESTED, UNKNOWN)
        #: whether a job may take it again and again, and so overfill its history
        self.repeats = before is after or UNKNOWN in (before.meaning, meaning)
        self.repeats = self.repeats or after.lifecycle.leads(after.status, before.status)
        self.reports = trigger == "update_progress"
        self.special = (
            self.requeues or self.requests_cancel or self.halts or self.resumes or self.lifts or self.reopens or self.obscures
        ) or self.reports

    @classmethod
    def along(cls, path: Sequence[Step]) -> Step:
        """Return the one step that does what the steps of a path do one after the other."""
        last = path[-1]
        if len(path) == 1:
            return last
        whole = cls(last.trigger, last.cause, path[0].before, last.after)
        whole.path = tuple(path)
        whole.requeues = any(step.requeues for step in path)
        latest = max((number for number, step in enumerate(path) if step.requeues), default=0)  # where its last attempt begins
        whole.ends_unseen = any(step.starts for step in path[:latest])
        whole.starts = any(step.starts and not step.inferred for step in path[latest:])
        whole.starts_unseen = any(step.starts and step.inferred for step in path[latest:])
        whole.repeats = any(step.repeats for step in path)
        whole.resumes = any(step.resumes for step in path) and path[0].before.known_meaning is SUSPENDED
        whole.halts = any(step.halts for step in path) and last.after.known_meaning is SUSPENDED
        whole.halts_unseen = sum(step.halts for step in path[latest:]) > whole.halts
        whole.special = True
        return whole


class Position:
    """Where a job stands: its status and the little that guards and observations need to remember. All jobs there share one."""

    __slots__ = (
        "allowed", "begun", "cancel_requested", "final", "known", "known_meaning", "lifecycle", "meaning", "progresses", "status",
        "steps",
    )  # fmt: skip

    def __init__(self, lifecycle: Lifecycle[Any], status: Enum, known: Enum, cancel_requested: bool) -> None:
        self.lifecycle = lifecycle
        self.status = status
        self.meaning = lifecycle.meaning(status)
        #: the last status that was known: `status` itself, but under UNKNOWN what that overlays
        self.known = known
        self.cancel_requested = cancel_requested
        self.final = self.meaning in FINALS
        self.known_meaning = lifecycle.meaning(known)
        #: whether a job that is created here does not wait first
        self.begun = self.meaning is not WAITING
        #: what each column of the table leads to from here, refusals included, and what each cause of `stop_run` by its meaning
        self.steps: dict[str | RunningStatus, Step] = {}
        self.allowed: tuple[str, ...] = ()
        #: whether a progress report leaves the job where it is, and so is not a move
        self.progresses = False

    def moved_to(self, dest: Enum, trigger: str = "observe") -> Position:
        """Return where a move to `dest` leads from here. A job that is requeued from CANCEL_REQUESTED leaves the request behind."""
        served = self.meaning is CANCEL_REQUESTED and self.lifecycle.meaning(dest) is WAITING
        requested = (self.cancel_requested and not served) or trigger == "request_cancel"
        return self.lifecycle.position(dest, cancel_requested=requested)


def unfolded(lifecycle: Lifecycle[Any]) -> dict[tuple[str, str, bool], Position]:
    """Return every position that a job can take, by the names of its status and of the known one and by the cancel request."""
    live = [status for status in lifecycle.statuses if lifecycle.meaning(status) not in (*FINALS, UNKNOWN)]
    return {
        (status.name, known.name, asked): Position(lifecycle, status, known, asked)
        for status in lifecycle.statuses
        for known in (live if lifecycle.meaning(status) is UNKNOWN else [status])
        for asked in ((True,) if CANCEL_REQUESTED in map(lifecycle.meaning, (status, known)) else (False, True))
    }


def connect(lifecycle: Lifecycle[Any], positions: Iterable[Position]) -> None:
    """Fill in what the Machine answers in each position to each column of the table."""
    stops = {str(Column("stop_run", final.name)): final for final in lifecycle.finals}
    wanted = {str(row.label): row.dest for row in reversed(lifecycle.rows)} | stops
    columns = dict.fromkeys((*BUILT_IN[:-1], *stops, *map(str, lifecycle.labels)))
    for position in positions:
        for label in columns:
            cause = stops.get(label)
            trigger = label if cause is None else "stop_run"
            dest = machine_answer(lifecycle.machine, trigger, position, cause)
            after = position if dest is None else position.moved_to(dest, trigger)
            shown = wanted.get(label, position.status) if dest is None else dest
            step = Step(trigger, cause, position, after, shown, refused=dest is None)
            step.fenced = Step(trigger, cause, position, position, step.dest, refused=True, superseded=True)
            position.steps[label] = step
        for meaning in FINALS:
            causes = [position.steps[label] for label, final in stops.items() if lifecycle.meaning(final) is meaning]
            if causes:
                position.steps[meaning] = next((step for step in causes if not step.refused), causes[0])
        position.steps[CANCEL_REQUESTED] = position.steps["request_cancel"]
        position.allowed = tuple(label for label in lifecycle.labels if not position.steps[label].refused)
        position.progresses = position.steps["update_progress"].after is position and "update_progress" in position.allowed


# -- the Machine


def built_machine(rows: Iterable[Row], statuses: Iterable[Enum], means: Means, initial: Enum) -> Machine:
    """Return the Machine that defines the legal moves, without models, and without triggers other than those of the rows."""
    machine = Machine(
        model=None,
        states=[State(status, final=means[status.name] in FINALS) for status in statuses],
        initial=initial.name,
        auto_transitions=False,
    )
    for row in rows:
        guarded = row.guard is not None or row.takes_cause
        machine.add_transition(row.trigger, row.source.name, row.dest.name, conditions=[_condition(row)] if guarded else None)
    return machine


def _condition(row: Row) -> Callable[..., bool]:
    """Return what a row needs as a condition of the Machine, with a readable name."""

    def condition(cause: Enum | None = None, cancel_requested: bool = False) -> bool:
        return row.holds(cause, cancel_requested)

    needs = [f"cause_is_{row.dest.name}"] if row.takes_cause else []
    condition.__name__ = "_and_".join([*needs, *([row.guard.name.lower()] if row.guard else [])])
    return condition


def machine_answer(machine: Machine, trigger: str, position: Position, cause: Enum | None) -> Enum | None:
    """Return where the Machine takes a job, by the first of its transitions whose conditions hold; None if nowhere."""
    event = machine.events.get(trigger)
    if event is None or position.status.name not in event.transitions:
        return None
    facts = {"cause": cause, "cancel_requested": position.cancel_requested}
    event_data = EventData(None, event, machine, None, args=(), kwargs=facts)
    for transition in event.transitions[position.status.name]:
        if all(condition.check(event_data) for condition in transition.conditions):
            dest: Enum = machine.states[str(transition.dest)].value  # type: ignore[assignment]  # its states are made of members
            return dest
    return None


# -- paths


def requeues(rows: Iterable[Row], means: Means) -> frozenset[Row]:
    """Return the rows that end an attempt: they lead to a status that means WAITING from one in which a job may have started.

    A job that is held before it starts, and released, is in the same attempt.
    """
    rows = tuple(rows)
    edges: dict[str, list[tuple[Row, str]]] = {}
    for row in rows:
        if means[row.dest.name] is not WAITING:
            edges.setdefault(row.source.name, []).append((row, row.dest.name))
    running = [name for name, meaning in means.items() if meaning in (RUNNING, UNKNOWN)]
    begun = {name for start in running for name in shortest_paths(start, lambda name: edges.get(name, ()))}
    return frozenset(row for row in rows if means[row.dest.name] is WAITING and row.source.name in begun)


def leaving(rows: Iterable[Row], means: Means) -> Callable[[str], Iterable[tuple[Row, str]]]:
    """Return the edges for a search from status to status, by name: the moves, but for observations and what leads to UNKNOWN."""
    edges: dict[str, list[tuple[Row, str]]] = {}
    for row in rows:
        if not row.observed and means[row.dest.name] is not UNKNOWN:
            edges.setdefault(row.source.name, []).append((row, row.dest.name))
    return lambda name: edges.get(name, ())


def reached(start: Position) -> set[str]:
    """Return the names of the statuses that a job can come to, guards considered."""

    def onward(position: Position) -> Iterator[tuple[Step | Row, Position]]:
        yield from ((step, step.after) for step in position.steps.values() if not step.refused)
        for row in position.lifecycle.rows:
            if row.observed and row.source is position.status:
                known = position.status if row.dest is position.lifecycle.unknown else None
                yield row, position.lifecycle.position(row.dest, known, position.cancel_requested)

    return {position.status.name for position in shortest_paths(start, onward)}
