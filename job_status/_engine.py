"""The engine: what follows from the rows of a lifecycle.

It builds the `transitions.Machine` from them, and unfolds it into positions with a step for each column of the table, so that a
job moves by one look-up. There is no job, clock or lock here, and no other module builds a Machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from transitions import EventData, Machine, State

from ._lean import TYPE_CHECKING
from ._paths import still_requested
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

if TYPE_CHECKING:
    from typing import Any

    from ._lifecycle import Lifecycle
    from ._rows import Means, Row

__all__ = ["Position", "Positions", "Step", "machine_answer"]


class Step:
    """A move that a job takes, or one that it refuses (`refused`); `after` is where the job stands afterwards.

    What a move does to a job depends on the meanings that it leads from and to, and on its trigger only where that is `start_run`,
    `request_cancel` or `update_progress`. An observation may imply several moves, its `path`, which the job takes as one step.
    """

    __slots__ = (
        "after", "before", "cause", "claims", "dest", "ends_unseen", "halts", "halts_unseen", "inferred", "lifts",
        "obscures", "path", "refused", "reopens", "repeats", "requests_cancel", "requeues", "restarts",
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
        #: whether it is `start_run`, whose caller names the attempt before the one that it starts
        self.claims = trigger == "start_run"
        if refused:  # it has no effect, and is only recorded
            self.starts = self.starts_unseen = self.ends_unseen = self.restarts = self.stops = self.succeeds = self.silent = False
            self.requeues = self.requests_cancel = self.halts_unseen = self.halts = self.resumes = self.lifts = False
            self.reopens = self.obscures = self.special = False
            self.repeats = True
            return
        meaning = after.meaning
        self.starts = meaning is RUNNING
        #: whether it includes a start that nobody saw, which is inferred
        self.starts_unseen = False
        #: whether it includes a whole attempt, from start to requeue, that nobody saw
        self.ends_unseen = False
        self.restarts = self.starts and self.claims and self.source is self.dest
        self.stops = after.final
        self.succeeds = meaning is SUCCESS
        #: whether it is the plain success, which keeps no message
        self.silent = self.stops and after.status is after.lifecycle.final(SUCCESS)
        self.requeues = meaning is WAITING and before.meaning is not WAITING
        self.requests_cancel = meaning is CANCEL_REQUESTED or trigger == "request_cancel"
        #: whether it includes a suspension of unknown length
        self.halts_unseen = False
        was_suspended, is_suspended = before.known_meaning is SUSPENDED, after.known_meaning is SUSPENDED
        self.halts = is_suspended and not was_suspended
        self.resumes = was_suspended and not is_suspended
        #: whether it leads out of UNKNOWN
        self.lifts = before.meaning is UNKNOWN and meaning is not UNKNOWN
        #: whether it reopens a completed job, which no row does
        self.reopens = before.final and not after.final
        #: whether an observation of it leaves open if the job has started
        self.obscures = meaning in (SUSPENDED, CANCEL_REQUESTED, UNKNOWN)
        #: whether a job may take it any number of times, so that its history has to be shortened
        self.repeats = before is after or UNKNOWN in (before.meaning, meaning)
        self.repeats = self.repeats or after.lifecycle.leads(after.status, before.status)
        #: whether it has an effect besides those of a start or a stop, or comes with a progress report
        self.special = (
            self.requeues or self.requests_cancel or self.halts or self.resumes or self.lifts or self.reopens or self.obscures
        ) or trigger == "update_progress"

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
        whole.resumes = any(step.resumes for step in path) and path[0].before.known_meaning is SUSPENDED
        whole.halts = any(step.halts for step in path) and last.after.known_meaning is SUSPENDED
        whole.halts_unseen = sum(step.halts for step in path[latest:]) > whole.halts
        whole.special = True
        return whole


class Position:
    """Where a job stands: its status and the little that guards and observations need to remember. All jobs there share one."""

    __slots__ = (
        "allowed", "cancel_requested", "final", "known", "known_meaning", "lifecycle", "meaning", "others", "progresses",
        "status", "steps",
    )  # fmt: skip

    def __init__(self, others: Positions, status: Enum, known: Enum, cancel_requested: bool) -> None:
        self.others = others
        self.lifecycle = lifecycle = others.lifecycle
        self.status = status
        self.meaning = lifecycle.meaning(status)
        #: the last status that was known: `status` itself, but under UNKNOWN what that overlays
        self.known = known
        self.cancel_requested = cancel_requested
        self.final = self.meaning in FINALS
        self.known_meaning = lifecycle.meaning(known)
        #: the step for each column of the table, refusals included, and for each meaning that `stop_run` takes as a cause
        self.steps: dict[str | RunningStatus, Step] = {}
        self.allowed: tuple[str, ...] = ()
        #: whether a progress report leaves the job where it is, and so is not a move
        self.progresses = False

    def moved_to(self, dest: Enum, trigger: str = "observe") -> Position:
        """Return where a move to `dest` leads from here."""
        asked = still_requested(self.cancel_requested, trigger, self.meaning, self.lifecycle.meaning(dest))
        return self.others.at(dest, cancel_requested=asked)


class Positions:
    """Every position that a job of a lifecycle can take, connected by what its Machine answers there."""

    def __init__(self, lifecycle: Lifecycle[Any]) -> None:
        self.lifecycle = lifecycle
        self.machine = built_machine(lifecycle.rows, lifecycle.statuses, lifecycle.means, lifecycle.initial)
        live = [status for status in lifecycle.statuses if lifecycle.meaning(status) not in (*FINALS, UNKNOWN)]
        self._by_key = {
            (status.name, known.name, asked): Position(self, status, known, asked)
            for status in lifecycle.statuses
            for known in (live if lifecycle.meaning(status) is UNKNOWN else [status])
            for asked in ((True,) if CANCEL_REQUESTED in map(lifecycle.meaning, (status, known)) else (False, True))
        }
        self._connect()
        self.start = self.at(lifecycle.initial)

    def at(self, status: Enum, known: Enum | None = None, cancel_requested: bool = False) -> Position:
        """Return the position of a job in `status`; under UNKNOWN, `known` is what was known before (default: the initial one)."""
        lifecycle = self.lifecycle
        overlaid = (lifecycle.initial if known is None else known) if status is lifecycle.unknown else status
        asked = cancel_requested or CANCEL_REQUESTED in (lifecycle.meaning(status), lifecycle.meaning(overlaid))
        return self._by_key[status.name, overlaid.name, asked]

    def _connect(self) -> None:
        """Fill in the steps of each position: the Machine's answers for each column of the table."""
        lifecycle = self.lifecycle
        stops = {str(Column("stop_run", final.name)): final for final in lifecycle.finals}
        wanted = {str(row.label): row.dest for row in reversed(lifecycle.rows)} | stops
        columns = dict.fromkeys((*(name for name in BUILT_IN if name != "stop_run"), *stops, *map(str, lifecycle.labels)))
        ends = {meaning: [label for label, final in stops.items() if lifecycle.meaning(final) is meaning] for meaning in FINALS}
        for position in self._by_key.values():
            for label in columns:
                cause = stops.get(label)
                trigger = label if cause is None else "stop_run"
                dest = machine_answer(self.machine, trigger, position, cause)
                after = position if dest is None else position.moved_to(dest, trigger)
                to = wanted.get(label, position.status) if dest is None else dest
                position.steps[label] = Step(trigger, cause, position, after, to, refused=dest is None)
            for meaning, labels in ends.items():
                if labels:
                    label = next((label for label in labels if not position.steps[label].refused), labels[0])
                    position.steps[meaning] = position.steps[label]
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
    transitions = None if event is None else event.transitions.get(position.status.name)
    if not transitions:
        return None
    facts = {"cause": cause, "cancel_requested": position.cancel_requested}
    event_data = EventData(None, event, machine, None, args=(), kwargs=facts)
    for transition in transitions:
        if all(condition.check(event_data) for condition in transition.conditions):
            dest: Enum = machine.states[str(transition.dest)].value  # type: ignore[assignment]  # its states are made of members
            return dest
    return None
