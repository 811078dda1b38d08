"""One view of whatever declares legal moves: a `Lifecycle`, any `transitions.Machine`, or another machine by an `Adapter`.

What draws or tests lifecycles reads this, and so serves them all. A machine is only read here, never fired.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from importlib import import_module
from operator import attrgetter
from typing import Any, Protocol, TypeGuard, runtime_checkable

from transitions import Machine

from ._definition import Definition, Edge, Group, taken
from ._history import Move
from ._lifecycle import Lifecycle
from ._machines import conditions_of, declared, is_nested, name_of, of_machine
from ._rows import Column, Transition
from ._values import shown

__all__ = [
    "Adapter",
    "Definition",
    "Edge",
    "Group",
    "ReadableJob",
    "Source",
    "are_several",
    "conditions_of",
    "definition",
    "is_job",
    "load",
    "resolve",
]


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


def are_several(source: object) -> TypeGuard[Iterable[Any]]:
    """Return whether it is a collection, such as of jobs, and not something that declares moves."""
    return isinstance(source, Iterable) and not isinstance(source, str | type | Adapter) and not is_job(source)


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


def load(name: str, *, to_draw: bool = False) -> Any:
    """Return the lifecycle or machine of that name, or with `to_draw` also a job, a collection of jobs or a nested machine.

    Raises `ValueError` if it is none of these.
    """
    found = resolve(name)
    if to_draw and (is_job(found) or are_several(found)):
        return found
    try:
        definition(found, nested=to_draw)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None
    return found


def definition(source: Source, *, nested: bool = False) -> Definition:
    """Return the definition behind a `Lifecycle`, a flat `transitions.Machine` or an `Adapter`; with `nested` of a nested one too.

    Raises `TypeError` if it is none of these, and `ValueError` if the table of an adapter is none.
    """
    if isinstance(source, Lifecycle):
        return _of_lifecycle(source)
    if isinstance(source, Machine):
        if is_nested(source) and not nested:
            raise TypeError("only a flat machine has a transition table; this one has nested states")
        return of_machine(source)
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


def _of_adapter(adapter: Adapter) -> Definition:
    names, rows = adapter.table()
    statuses = tuple(map(name_of, names))
    edges = taken((_adapted(row, statuses),) for row in rows)
    if not statuses:
        raise ValueError(f"the table of {type(adapter).__name__} has no statuses")
    return declared(statuses, statuses[0], edges)


def _adapted(row: Sequence[str], statuses: Sequence[str]) -> Edge:
    if isinstance(row, str) or len(row) not in (3, 4):
        raise ValueError(f"a row is (trigger, source, dest), with a condition if there is one, not {shown(row)}")
    trigger, source, dest, *condition = map(name_of, row)
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
