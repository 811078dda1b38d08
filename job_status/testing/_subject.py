"""The real objects that are checked against a source: how to make one, move it, and look at all of its state.

For a `Lifecycle` that is a `JobStatus` or a job class of the user's own; for a machine, one of its models. Nothing here decides
what is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from functools import cached_property, partial
from inspect import isawaitable
from typing import Any, Protocol

from transitions import Machine, MachineError

from .._lifecycle import Lifecycle
from .._observation import Observation
from .._rows import BUILT_IN, CANCEL_REQUESTED, FINALS, Column
from .._source import Definition, Source, definition
from .._status import JobStatus
from ._graph import name_of

__all__ = ["Job", "Subject"]

#: what `update_progress` reports where a table or a walk names the trigger alone
PROGRESS = 0.5

#: a column of the table, and what its trigger is called with
Call = tuple[Column, tuple[Any, ...]]


class Job(Protocol):
    """What a factory makes for a `Lifecycle`, beside `JobStatus` itself.

    It has a method for each trigger that is fired, named like it and called as that of `JobStatus` is, or else
    `trigger(name)`; for observation tables, `observe(status, at=None)`. A refusal raises `InvalidTransition` (or any
    `transitions.MachineError`) or returns False.
    """

    @property
    def status(self) -> Enum | JobStatus[Any]:
        """The status that the job is in, or the `JobStatus` that keeps it."""


class Model:
    """The model of a machine for which nobody named a factory: it has a state and nothing else."""


class Subject:
    """Makes, moves and looks at the objects under test."""

    def __init__(self, source: Source, factory: Callable[[], Any] | None = None) -> None:
        self.source = source
        self._factory = factory

    @cached_property
    def definition(self) -> Definition:
        """What the source declares."""
        return definition(self.source)

    def new(self) -> Any:
        """Return a fresh object, in the initial status."""
        if isinstance(self.source, Lifecycle):
            return self._factory() if self._factory else JobStatus(lifecycle=self.source)
        model = self._factory() if self._factory else Model()
        if not hasattr(model, self.source.model_attribute):
            self.source.set_state(self.definition.initial, model)
        return model

    def status(self, job: Any) -> str:
        """Return the name of the status that an object is in."""
        if isinstance(self.source, Lifecycle):
            return name_of(job.status.status if isinstance(job.status, JobStatus) else job.status)
        return self.source.get_model_state(job).name

    def cancel_requested(self, job: Any) -> bool | None:
        """Return whether a cancel was requested of a job; None if the object does not say."""
        requested = getattr(job, "cancel_requested", getattr(getattr(job, "status", None), "cancel_requested", None))
        return requested if isinstance(requested, bool) else None

    def fire(self, job: Any, label: str, *args: Any) -> bool:
        """Fire a column of the table, or a trigger with its arguments, and return whether the object took it.

        Raises `ValueError` if the source does not have the trigger.
        """
        column, named = self._call(label)
        method = getattr(job, column.trigger, None)
        if isinstance(self.source, Machine):
            call = method if callable(method) else partial(self.source.events[column.trigger].trigger, job)
        else:
            args = args or named
            call = method if _fires(method, column.trigger) else partial(job.trigger, column.trigger)
        try:
            result = call(*args)
        except MachineError:
            return False
        if result is not True and isawaitable(result):
            getattr(result, "close", bool)()
            raise TypeError(f"{label} has to be awaited: async machines are not driven here")
        return result is Observation.MOVED if isinstance(result, Observation) else result is not False

    def refusals(self, job: Any) -> int | None:
        """Return how many refused attempts a job's history holds; None if the object neither is nor has a `JobStatus`."""
        status = job if isinstance(job, JobStatus) else getattr(job, "status", None)
        return sum(move.refused for move in status.history) if isinstance(status, JobStatus) else None

    def snapshot(self, job: Any) -> object:
        """Return all of an object's state as a value to compare, but for the refused attempts that a `JobStatus` records."""
        return _value(job, set())

    def column(self, label: str) -> Column:
        """Return the column that a text names. Raises `ValueError` if it names none."""
        return self._call(label)[0]

    def _call(self, label: str) -> Call:
        if label in self._calls:
            return self._calls[label]
        if isinstance(self.source, Lifecycle):
            if label != "observe":
                self.source.column(label)  # a ValueError that names the triggers
        elif label not in self.source.events:
            raise ValueError(f"there is no trigger {label!r}; the triggers are: {', '.join(self.definition.labels)}")
        return Column(label), (PROGRESS,) if label == "update_progress" else ()

    @cached_property
    def _calls(self) -> dict[str, Call]:
        """What each text that names a cause calls: a column of `stop_run`, a meaning that it takes as well, an observation."""
        if isinstance(self.source, Machine):
            return {}
        causes = {cause.name: cause for cause in (*FINALS, CANCEL_REQUESTED, *self.source.finals)}
        calls = [(Column("stop_run", name), (cause,)) for name, cause in causes.items()]
        calls += [(Column("observe", status.name), (status,)) for status in self.source.statuses]
        return {str(column): (column, arguments) for column, arguments in calls}


def _fires(method: Any, trigger: str) -> bool:
    """Return whether it is the method for a trigger, and not one by which `JobStatus` does something else, such as `wait`."""
    if not callable(method) or isinstance(method, JobStatus):
        return False
    return trigger in (*BUILT_IN, "observe") or _function(method) is not _function(getattr(JobStatus, trigger, None))


def _function(method: Any) -> Any:
    return getattr(method, "__func__", method)


def _value(thing: Any, above: set[int]) -> object:
    """Return what a thing is now, as a value that later changes of it do not reach."""
    if id(thing) in above:
        return "(see above)"
    above = {*above, id(thing)}
    if isinstance(thing, list | tuple):
        return [_value(item, above) for item in thing]
    if isinstance(thing, dict):
        return {key: _value(value, above) for key, value in thing.items()}
    if isinstance(thing, set):
        return frozenset(thing)
    if isinstance(thing, JobStatus):
        return _job_value(thing), _fields(thing, above)
    return _fields(thing, above) if above == {id(thing)} else thing


def _job_value(status: JobStatus[Any]) -> dict[str, Any]:
    values = status.to_dict()
    values["history"] = [move for move in values["history"] if not move["refused"]]
    return values


def _fields(thing: Any, above: set[int]) -> dict[str, object]:
    """Return the attributes that a thing itself has, but for those of `JobStatus`, which are in its `to_dict`."""
    return {name: _value(value, above) for name, value in _attributes(thing)}


def _attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    yield from getattr(thing, "__dict__", {}).items()
    for base in type(thing).__mro__:
        slots = base.__dict__.get("__slots__", ()) if base not in JobStatus.__mro__ else ()
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(thing, name):
                yield name, getattr(thing, name)
