"""One view of whatever declares legal moves: a `Lifecycle`, any flat `transitions.Machine`, or another machine by an `Adapter`.

What draws or tests lifecycles reads this, and so serves them all. A machine is only read here, never fired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from operator import attrgetter
from typing import Any, Protocol, TypeGuard, runtime_checkable

from transitions import Machine
from transitions.extensions.nesting import HierarchicalMachine

from ._history import Move
from ._lifecycle import Lifecycle
from ._rows import Column, RunningStatus, Transition
from ._values import shown

__all__ = ["Adapter", "Definition", "Edge", "ReadableJob", "Source", "conditions_of", "definition", "is_job", "load", "resolve"]


@runtime_checkable
class Adapter(Protocol):
    """Any other kind of state machine as a source, by three methods: what pictures, tables, walks and races need of it.

    >>> class Lamp:
    ...     lit = False
    >>> class Lamps:
    ...     def table(self):
    ...         return ("off", "on"), [("press", "off", "on"), ("press", "on", "off"), ("unplug", "on", "off")]
    ...
    ...     def fire(self, lamp, trigger):
    ...         if trigger == "unplug" and not lamp.lit:
    ...             return False
    ...         lamp.lit = not lamp.lit
    ...
    ...     def snapshot(self, lamp):
    ...         return "on" if lamp.lit else "off", vars(lamp)
    >>> from job_status.testing import covering_walks
    >>> for walk in covering_walks(Lamps()):
    ...     print(walk, walk.take(factory=Lamp).lit)
    off -press-> on -press-> off -press-> on -unplug-> off False

    How a machine is made is not among them: where one is needed, say so with `factory`.
    """

    def table(self) -> tuple[Iterable[str], Iterable[Sequence[str]]]:
        """Return the statuses, the initial one first, and the rows.

        A row is a trigger, the status that it leaves and the one that it leads to; a fourth text may say under what condition.
        """

    def fire(self, machine: Any, trigger: str, *args: Any) -> object:
        """Fire a trigger of a machine. A refusal returns False, or raises one of the `refusals` of a `Factory`."""

    def snapshot(self, machine: Any) -> tuple[str, object]:
        """Return the status that a machine is in, and whatever else a refusal has to leave as it was."""


#: what declares legal moves
Source = Lifecycle[Any] | Machine | Adapter


@dataclass(frozen=True, slots=True)
class Edge:
    """One declared move, by the names of its statuses."""

    trigger: str
    source: str
    dest: str
    #: the column of the transition table: the trigger, with its cause if the caller names one: `stop_run(ERROR)`
    label: Column
    #: in a few words, the condition of its guard; "" for none
    condition: str = ""
    #: in a few words, what the move means; "" where the declaration does not say
    words: str = ""
    #: whether it is a row of `observe`, into or out of UNKNOWN, which only a lifecycle has
    observed: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """The statuses and moves of a source, in the order declared."""

    statuses: tuple[str, ...]
    initial: str
    finals: tuple[str, ...]
    edges: tuple[Edge, ...]
    #: the columns of the transition table: every label that a caller can fire, observations aside
    labels: tuple[Column, ...]
    #: what each status means; empty for a machine, which does not say
    means: Mapping[str, RunningStatus] = field(default_factory=dict)


@runtime_checkable
class ReadableJob(Protocol):
    """What is read of a job to show it; a `JobStatus` has it."""

    @property
    def name(self) -> str | None: ...
    @property
    def status(self) -> Enum: ...
    @property
    def lifecycle(self) -> Lifecycle[Any]: ...
    @property
    def history(self) -> Sequence[Move[Any]]: ...
    @property
    def creation_timestamp(self) -> float | None: ...
    @property
    def progress(self) -> float: ...
    @property
    def phase(self) -> str | None: ...
    @property
    def stop_message(self) -> str | None: ...


def is_job(source: object) -> TypeGuard[ReadableJob]:
    """Return whether it can be read as a job; a class of jobs has all that a job has, but is not one."""
    return isinstance(source, ReadableJob) and not isinstance(source, type)


def resolve(name: str) -> Any:
    """Return what `package.module:object` names, dots after the colon included. Raises `ValueError` if it cannot be found."""
    module, colon, path = name.partition(":")
    if not (module and colon and path):
        raise ValueError(f"{name!r} is not of the form package.module:object")
    try:
        found: Any = import_module(module)
    except Exception as error:  # an import runs the module, which may raise anything
        raise ValueError(f"{module} cannot be imported: {type(error).__name__}: {error}") from error
    try:
        return attrgetter(path)(found)
    except AttributeError:
        raise ValueError(f"{module} has no {path}") from None


def load(name: str, *, jobs: bool = False) -> Any:
    """Return the lifecycle or machine of that name, or with `jobs` a job too. Raises `ValueError` if it is none of these."""
    found = resolve(name)
    if jobs and is_job(found):
        return found
    try:
        definition(found)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None
    return found


def definition(source: Source) -> Definition:
    """Return the definition behind a `Lifecycle`, a flat `transitions.Machine` or an `Adapter`.

    Raises `TypeError` if it is none of these, and `ValueError` if the table of an adapter is none.
    """
    if isinstance(source, Lifecycle):
        return _of_lifecycle(source)
    if isinstance(source, HierarchicalMachine):
        raise TypeError("only a flat machine has a transition table; this one has nested states")
    if isinstance(source, Machine):
        return _of_machine(source)
    if isinstance(source, Adapter) and not isinstance(source, type):
        return _of_adapter(source)
    raise TypeError(f"expected a Lifecycle or a transitions.Machine, not {source!r}{_hint(source)}")


def _of_lifecycle(lifecycle: Lifecycle[Any]) -> Definition:
    return Definition(
        statuses=tuple(status.name for status in lifecycle.statuses),
        initial=lifecycle.initial.name,
        finals=tuple(status.name for status in lifecycle.finals),
        edges=tuple(_edge(row) for row in lifecycle.rows),
        labels=lifecycle.labels,
        means={status.name: lifecycle.meaning(status) for status in lifecycle.statuses},
    )


def _edge(row: Transition[Any]) -> Edge:
    condition = row.guard.value if row.guard else ""
    return Edge(row.trigger, row.source.name, row.dest.name, row.label, condition, row.words, row.observed)


def _of_machine(machine: Machine) -> Definition:
    edges = tuple(
        Edge(
            event.name,
            transition.source,
            _name(transition.dest) or transition.source,
            Column(event.name),
            conditions_of(transition),
        )
        for event in machine.events.values()
        if not _is_automatic(machine, event)
        for group in event.transitions.values()
        for transition in group
    )
    flagged = tuple(name for name, state in machine.states.items() if state.final)
    return _declared(tuple(machine.states), _name(machine.initial) or next(iter(machine.states)), edges, flagged)


def _of_adapter(adapter: Adapter) -> Definition:
    names, rows = adapter.table()
    statuses = tuple(map(_name, names))
    edges = tuple(_adapted(row, statuses) for row in rows)
    if not statuses:
        raise ValueError(f"the table of {type(adapter).__name__} has no statuses")
    return _declared(statuses, statuses[0], edges)


def _declared(statuses: tuple[str, ...], initial: str, edges: tuple[Edge, ...], finals: tuple[str, ...] = ()) -> Definition:
    """Return the definition of what is no lifecycle; if it flags no status as final, those that nothing leaves are."""
    left = {edge.source for edge in edges if edge.dest != edge.source}
    finals = finals or tuple(name for name in statuses if name not in left)
    return Definition(statuses, initial, finals, edges, tuple(dict.fromkeys(edge.label for edge in edges)))


def _adapted(row: Sequence[str], statuses: Sequence[str]) -> Edge:
    if isinstance(row, str) or len(row) not in (3, 4):
        raise ValueError(f"a row is (trigger, source, dest), with a condition if there is one, not {shown(row)}")
    trigger, source, dest, *condition = map(_name, row)
    for status in (source, dest):
        if status not in statuses:
            raise ValueError(f"the row {shown(tuple(row))} has {status!r}, which is none of the statuses: {', '.join(statuses)}")
    return Edge(trigger, source, dest, Column(trigger), "".join(condition))


def _hint(source: object) -> str:
    """Return what a source that is none may lack; "" if it is nothing like an adapter."""
    if isinstance(source, type):
        return ""
    missing = [name for name in ("table", "fire", "snapshot") if not callable(getattr(source, name, None))]
    return f": as an adapter it lacks {' and '.join(missing)}" if len(missing) < 3 else ""


def _name(state: str | Enum | None) -> str:
    return state.name if isinstance(state, Enum) else state or ""


def conditions_of(transition: Any) -> str:
    """Return the conditions of a machine's transition, by their names."""
    return " and ".join(
        ("" if condition.target else "not ") + _function_name(condition.func) for condition in transition.conditions
    )


def _function_name(function: Any) -> str:
    """Return the name of a condition: of a method that is looked up later, of a function, or of the class of what is called."""
    return function if isinstance(function, str) else getattr(function, "__name__", type(function).__name__)


def _is_automatic(machine: Machine, event: Any) -> bool:
    """Return whether the machine itself made the event, `to_X` from every state, rather than whoever declared the moves."""
    return bool(
        machine.auto_transitions
        and event.name.removeprefix("to_") in machine.states
        and event.name.startswith("to_")
        and len(event.transitions) == len(machine.states)
    )
