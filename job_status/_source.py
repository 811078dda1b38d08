"""One view of whatever declares legal moves: a `Lifecycle`, or any flat `transitions.Machine` of somebody else's.

What draws or tests lifecycles reads this, and so serves both. A machine is only read here, never fired.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from operator import attrgetter
from typing import Any

from transitions import Machine
from transitions.extensions.nesting import HierarchicalMachine

from ._lifecycle import Guard, Lifecycle, Transition

__all__ = ["Definition", "Edge", "definition", "resolve"]


@dataclass(frozen=True, slots=True)
class Edge:
    """One declared move, by the names of its statuses."""

    trigger: str
    source: str
    dest: str
    #: the column of the transition table: the trigger, with its cause if the caller names one: `stop_run(ERROR)`
    label: str
    #: in a few words, under what condition besides; "" for none
    condition: str = ""
    #: in a few words, what the move means; "" where the declaration does not say
    words: str = ""

    @property
    def news(self) -> bool:
        """Whether it is a row of `observe`: into or out of UNKNOWN, by what others say of the job."""
        return self.trigger == "observe"


@dataclass(frozen=True, slots=True)
class Definition:
    """The statuses and moves of a source, in the order declared."""

    statuses: tuple[str, ...]
    initial: str
    finals: tuple[str, ...]
    edges: tuple[Edge, ...]
    #: the columns of the transition table: every label that a caller can fire, news aside
    labels: tuple[str, ...]


def resolve(name: str) -> Any:
    """What `package.module:object` names, dots after the colon included. `ValueError` says why there is nothing of that name."""
    module, colon, path = name.partition(":")
    if not (module and colon and path):
        raise ValueError(f"{name!r} is not like package.module:object")
    try:
        found: Any = import_module(module)
    except Exception as error:  # whatever importing somebody's module raises, and it runs all of that module
        raise ValueError(f"{module} cannot be imported: {type(error).__name__}: {error}") from error
    try:
        return attrgetter(path)(found)
    except AttributeError:
        raise ValueError(f"{module} has no {path}") from None


def definition(source: Lifecycle | Machine) -> Definition:
    """The definition behind a `Lifecycle` or a flat `transitions.Machine`. `TypeError` for anything else."""
    if isinstance(source, Lifecycle):
        return _of_lifecycle(source)
    if isinstance(source, HierarchicalMachine):
        raise TypeError("only a flat machine has a transition table; this one has nested states")
    if isinstance(source, Machine):
        return _of_machine(source)
    raise TypeError(f"expected a Lifecycle or a transitions.Machine, not {source!r}")


def _of_lifecycle(lifecycle: Lifecycle) -> Definition:
    return Definition(
        statuses=tuple(status.name for status in lifecycle.statuses),
        initial=lifecycle.initial.name,
        finals=tuple(status.name for status in lifecycle.statuses if status in lifecycle.finals),
        edges=tuple(_edge(row) for row in lifecycle.rows),
        labels=lifecycle.labels,
    )


def _edge(row: Transition) -> Edge:
    condition = row.guard.value if row.guard not in (None, Guard.CAUSE) else ""
    return Edge(row.trigger, row.source.name, row.dest.name, row.label, condition, row.words)


def _of_machine(machine: Machine) -> Definition:
    edges = tuple(
        Edge(event.name, transition.source, _name(transition.dest) or transition.source, event.name, _conditions(transition))
        for event in machine.events.values()
        if not _is_automatic(machine, event)
        for group in event.transitions.values()
        for transition in group
    )
    flagged = tuple(name for name, state in machine.states.items() if state.final)
    left = {edge.source for edge in edges if edge.dest != edge.source}
    return Definition(
        statuses=tuple(machine.states),
        initial=_name(machine.initial) or next(iter(machine.states)),
        # A machine that flags none has those for final that nothing leaves.
        finals=flagged or tuple(name for name in machine.states if name not in left),
        edges=edges,
        labels=tuple(dict.fromkeys(edge.label for edge in edges)),
    )


def _name(state: str | Enum | None) -> str:
    return state.name if isinstance(state, Enum) else state or ""


def _conditions(transition: Any) -> str:
    """The conditions of a machine's transition, by their names."""
    return " and ".join(
        ("" if condition.target else "not ") + (condition.func if isinstance(condition.func, str) else condition.func.__name__)
        for condition in transition.conditions
    )


def _is_automatic(machine: Machine, event: Any) -> bool:
    """Whether the machine itself made the event, `to_X` from every state, rather than whoever declared the moves."""
    return bool(
        machine.auto_transitions
        and event.name.removeprefix("to_") in machine.states
        and event.name.startswith("to_")
        and len(event.transitions) == len(machine.states)
    )
