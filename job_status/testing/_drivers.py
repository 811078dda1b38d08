"""What the three kinds of sources have their objects do: how each is made, fired and asked for its status.

A job class is driven by its methods, a model by its machine, and anything else by its adapter.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any, Protocol

from transitions import EventData, Machine
from transitions.extensions import GraphMachine, LockedMachine
from transitions.extensions.asyncio import AsyncMachine

from .._lifecycle import Lifecycle
from .._rows import BUILT_IN, CANCEL_REQUESTED, FINALS, Column
from .._source import Adapter, Source, definition
from .._status import JobStatus
from ._crashes import SubjectFailed
from ._graph import name_of
from ._loop import awaited

__all__ = ["Call", "Driver", "driver"]

#: what `update_progress` reports where a table or a walk names the trigger alone
PROGRESS = 0.5

#: the machines that keep something for each of their models, and cannot do without
REGISTERING = (AsyncMachine, GraphMachine, LockedMachine)

#: a column of the table, and what its trigger is called with
Call = tuple[Column, tuple[Any, ...]]


class Driver(Protocol):
    """How the objects of a source are made, fired and asked."""

    def make(self) -> Any:
        """Return a new object, where nobody named a factory."""

    def place(self, job: Any, status: str | None) -> None:
        """Put a new object into the initial status if it has none, or into another one if there is a way to."""

    def call(self, label: str) -> Call:
        """Return the column that a text names, and its arguments. Raises `ValueError` if it names none."""

    def method(self, job: Any, trigger: str) -> Callable[..., Any]:
        """Return what fires a trigger of an object; its result, if it is False, is a refusal."""

    def status(self, job: Any) -> str:
        """Return the name of the status that an object is in."""

    def state(self, job: Any) -> Any:
        """Return what a refusal has to leave as it was."""


def driver(source: Source) -> Driver:
    """Return what drives the objects of a source."""
    if isinstance(source, Lifecycle):
        return Jobs(source)
    return Models(source) if isinstance(source, Machine) else Adapted(source)


class Jobs:
    """Objects that have a method for each trigger of a lifecycle, or one for all of them."""

    def __init__(self, lifecycle: Lifecycle[Any]) -> None:
        self._lifecycle = lifecycle

    def make(self) -> JobStatus[Any]:
        return JobStatus(lifecycle=self._lifecycle)

    def place(self, job: Any, status: str | None) -> None:
        if status is not None:
            raise SubjectFailed(f"no {status} object: no walk leads there")

    def call(self, label: str) -> Call:
        if label in self._calls:
            return self._calls[label]
        if label != "observe":
            self._lifecycle.column(label)  # a ValueError that names the triggers
        return Column(label), (PROGRESS,) if label == "update_progress" else ()

    @cached_property
    def _calls(self) -> dict[str, Call]:
        """What each text that names a cause calls: a column of `stop_run`, a meaning that it takes as well, an observation."""
        causes = {cause.name: cause for cause in (*FINALS, CANCEL_REQUESTED, *self._lifecycle.finals)}
        calls = [(Column("stop_run", name), (cause,)) for name, cause in causes.items()]
        calls += [(Column("observe", status.name), (status,)) for status in self._lifecycle.statuses]
        return {str(column): (column, arguments) for column, arguments in calls}

    def method(self, job: Any, trigger: str) -> Callable[..., Any]:
        method: Callable[..., Any] | None = getattr(job, trigger, None)
        if callable(method) and _fires(method, trigger):
            return method
        if not callable(getattr(job, "trigger", None)):
            raise SubjectFailed(f"no method {trigger}: {type(job).__name__} needs it, or trigger(name)")
        return partial(job.trigger, trigger)

    def status(self, job: Any) -> str:
        if not hasattr(job, "status"):
            raise SubjectFailed(f"no status: {type(job).__name__} needs it, a member of the lifecycle's Enum or a JobStatus")
        return name_of(job.status.status if isinstance(job.status, JobStatus) else job.status)

    def state(self, job: Any) -> Any:
        return job


class Model:
    """The model of a machine for which nobody named a factory: it has a state and nothing else."""


class Models:
    """The models of a machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._definition = definition(machine)
        self._registered: Any = None

    def make(self) -> Model:
        return Model()

    def place(self, job: Any, status: str | None) -> None:
        missing = not hasattr(job, self._machine.model_attribute)
        if missing and isinstance(self._machine, REGISTERING):
            self._register(job)
        if status is not None or missing:
            self._machine.set_state(status or self._definition.start, job)

    def _register(self, model: Any) -> None:
        """Have the machine keep what it keeps for each model, of this one instead of the one before."""
        if self._registered is not None:
            self._machine.remove_model(self._registered)
            if isinstance(self._machine, GraphMachine):
                self._machine.model_graphs.pop(id(self._registered), None)
        self._machine.add_model(model, self._definition.start)
        self._registered = model

    def call(self, label: str) -> Call:
        return _declared(label, self._definition.labels)

    def method(self, job: Any, trigger: str) -> Callable[..., Any]:
        method = getattr(job, trigger, None)
        method = method if callable(method) else partial(self._machine.events[trigger].trigger, job)
        return partial(self._queued, method, job, trigger) if self._machine.has_queue else method

    def _queued(self, method: Callable[..., Any], job: Any, trigger: str, *args: Any, **keywords: Any) -> bool:
        """Fire a trigger of a machine with a queue, which answers True whatever happens, and return whether it took it.

        It did if the state is another one, or if a move that stays in the state is possible.
        """
        before = self.status(job)
        awaited(method(*args, **keywords))
        event = EventData(None, self._machine.events[trigger], self._machine, job, args, keywords)
        stays = (move for move in self._machine.get_transitions(trigger, before) if move.dest in (None, before))
        return self.status(job) != before or any(
            all(awaited(condition.check(event)) for condition in move.conditions) for move in stays
        )

    def status(self, job: Any) -> str:
        return self._machine.get_model_state(job).name

    def state(self, job: Any) -> Any:
        return job


class Adapted:
    """The objects of any other machine."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._definition = definition(adapter)

    def make(self) -> Any:
        raise SubjectFailed(f"no object: {type(self._adapter).__name__} needs a factory, which makes one")

    def place(self, job: Any, status: str | None) -> None:
        if status is not None:
            raise SubjectFailed(f"no {status} object: no walk leads there")

    def call(self, label: str) -> Call:
        return _declared(label, self._definition.labels)

    def method(self, job: Any, trigger: str) -> Callable[..., Any]:
        return partial(self._adapter.fire, job, trigger)

    def status(self, job: Any) -> str:
        return name_of(self._adapter.snapshot(job)[0])

    def state(self, job: Any) -> Any:
        return self._adapter.snapshot(job)


def _declared(label: str, labels: tuple[Column, ...]) -> Call:
    if label not in labels:
        raise ValueError(f"there is no trigger {label!r}; the triggers are: {', '.join(labels)}")
    return Column(label), ()


def _fires(method: Callable[..., Any], trigger: str) -> bool:
    """Return whether it is the method for a trigger, and not one by which `JobStatus` does something else, such as `wait`."""
    if isinstance(method, JobStatus):
        return False
    return trigger in (*BUILT_IN, "observe") or _function(method) is not _function(getattr(JobStatus, trigger, None))


def _function(method: Any) -> Any:
    return getattr(method, "__func__", method)
