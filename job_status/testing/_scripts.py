"""Scripts: what each party of a race does, step by step, and what the table has for each step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._engine import Step
from .._lifecycle import Lifecycle
from .._observation import Observation
from .._rows import SUCCESS, Column, RunningStatus
from ._graph import Graph, Place, name_of
from ._subject import Subject

__all__ = ["Call", "ScriptStep", "ends", "may_refuse", "parties", "start"]

#: a step of a script: a trigger as the table's heading has it, or a trigger with its arguments
ScriptStep = str | Sequence[Any]

#: which argument of a trigger names the attempt, and of `observe` the time of the report; of the others, the second one does
CONDITION = {"start_run": 0, "resume": 0, "stop_run": 2, "update_progress": 2, "observe": 2}


@dataclass(frozen=True, slots=True)
class Call:
    """One step of a script: what it fires, and which column of the table has what that leads to."""

    #: which script it belongs to, from 1 on
    script: int
    #: the trigger with its arguments
    label: Column
    #: the trigger with its cause alone
    column: Column
    #: what `Subject.fire` is given
    fired: str = field(repr=False)
    args: tuple[Any, ...] = field(repr=False, compare=False)

    @property
    def conditional(self) -> bool:
        """Whether more decides on it than the table: it names its attempt, or the time of its report."""
        number = CONDITION.get(self.column.trigger, 1)
        return self.args[number : number + 1] not in ((), (None,))

    @property
    def reports(self) -> bool:
        """Whether it reports a status, which is judged by what moves can reach."""
        return self.column.trigger == "observe" and self.column.cause is not None

    def __str__(self) -> str:
        return f"{self.script}:{self.label}"


def parties(scripts: Sequence[Iterable[ScriptStep]], subject: Subject) -> tuple[tuple[Call, ...], ...]:
    """Return the steps of each script. Raises `ValueError` if there are fewer than two scripts, or one that is wrong."""
    if len(scripts) < 2:
        raise ValueError(f"a race needs two scripts or more, not {len(scripts)}")
    return tuple(tuple(_call(number, step, subject) for step in script) for number, script in enumerate(scripts, 1))


def _call(script: int, step: ScriptStep, subject: Subject) -> Call:
    fired, args = (step, ()) if isinstance(step, str) else (step[0], tuple(step[1:]))
    column = subject.column(fired)
    label = Column(column.trigger, ", ".join(map(name_of, args))) if args else column
    source = subject.source
    if isinstance(source, Lifecycle):
        if column.trigger in ("stop_run", "observe") and args:
            column = Column(column.trigger, name_of(args[0]))
        if column.trigger == "observe" and column.cause not in source.means:
            raise ValueError(f"observe takes a status of the lifecycle, one of {', '.join(source.means)}, not {column.cause}")
    return Call(script, label, column, fired, args)


def start(subject: Subject, graph: Graph) -> Place:
    """Return where a new object stands. Raises `ValueError` if that is a status that no walk leads to."""
    job = subject.new()
    status = subject.status(job)
    place = graph.find(status, subject.cancel_requested(job)) or graph.find(status)
    if place is None:
        raise ValueError(f"a new object is {status}, which no walk leads to; walks lead to: {', '.join(_statuses(graph))}")
    return place


def _statuses(graph: Graph) -> Iterable[str]:
    return dict.fromkeys(place.status for place in graph.walks)


def ends(call: Call, place: Place, graph: Graph) -> tuple[Place, ...]:
    """Return where a step that is accepted can lead from a place by the table; nothing where the table refuses it."""
    if place.position is None:
        return tuple(end for edge, end in graph.moves(place) if edge.label == call.column)
    return tuple(Place(step.after.status.name, step.after) for step in _steps(call, place) if not step.refused)


def may_refuse(call: Call, place: Place, graph: Graph) -> bool:
    """Return whether a step can be refused in a place, by the table or for what it says of its attempt or time."""
    if place.position is None:
        return graph.may_refuse(place, call.column)
    return call.conditional or not ends(call, place, graph)


def _steps(call: Call, place: Place) -> Iterator[Step]:
    """Yield the steps that a lifecycle has for a call; where a report has a time, that of one that came late as well."""
    position = place.position
    assert position is not None
    if not call.reports:
        by_meaning = RunningStatus.__members__.get(call.column.cause or SUCCESS.name)  # which a cause of `stop_run` may be
        key = by_meaning if call.column.trigger == "stop_run" and call.column not in position.steps else call.column
        if key in position.steps:
            yield position.steps[key]
        return
    judgement = position.lifecycle.judge(position, position.lifecycle.enum[str(call.column.cause)])
    if judgement.verdict is Observation.MOVED:
        yield from (step for step in (judgement.step, judgement.covered if call.conditional else None) if step is not None)
