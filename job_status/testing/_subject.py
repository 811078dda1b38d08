"""The real objects that a source is held against: how to make one, move it, and look at all of its state.

For a `Lifecycle` that is a `JobStatus` or a job class of the user's own; for a machine, one of its models. Nothing here decides
what is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from inspect import isawaitable
from typing import Any, Protocol

from transitions import Machine, MachineError

from .._lifecycle import Lifecycle, Observation, RunningStatus
from .._source import definition
from .._status import JobStatus
from ._graph import Source, name_of

#: what `update_progress` reports where a table or a walk names the trigger alone
PROGRESS = 0.5


class Job(Protocol):
    """What a factory makes for a `Lifecycle`, beside `JobStatus` itself.

    It has a method for each trigger that is fired, named like it and called as that of `JobStatus` is, or else
    `trigger(name)`; for observation tables, `observe(status, at=None)`. A refusal raises `InvalidTransition` (or any
    `transitions.MachineError`) or returns False.
    """

    @property
    def status(self) -> RunningStatus | JobStatus:
        """Where the job stands, or the `JobStatus` that knows."""


class Model:
    """What stands for the model of a machine that nobody named a factory for: it has a state and nothing else."""


class Subject:
    """Makes, moves and looks at the objects under test."""

    def __init__(self, source: Source, factory: Callable[[], Any] | None = None) -> None:
        self.source = source
        self._definition = definition(source)
        self._factory = factory

    def new(self) -> Any:
        """A fresh object, in the initial status."""
        if isinstance(self.source, Lifecycle):
            return self._factory() if self._factory else JobStatus(lifecycle=self.source)
        model = self._factory() if self._factory else Model()
        if not hasattr(model, self.source.model_attribute):
            self.source.set_state(self._definition.initial, model)
        return model

    def status(self, job: Any) -> str:
        """The name of the status that an object is in."""
        if isinstance(self.source, Lifecycle):
            return name_of(status_of(job))
        return self.source.get_model_state(job).name

    def cancel_requested(self, job: Any) -> bool | None:
        """Whether a cancel was requested of a job; None where the object does not tell."""
        asked = getattr(job, "cancel_requested", getattr(getattr(job, "status", None), "cancel_requested", None))
        return asked if isinstance(asked, bool) else None

    def fire(self, job: Any, label: str, *args: Any) -> bool:
        """Fire a trigger, named as in the heading of the table or with its arguments; whether the object took it."""
        if isinstance(self.source, Machine):
            event, method = self._event(label), getattr(job, label, None)
            call = method if callable(method) else partial(event.trigger, job)
        else:
            trigger, named = self._parsed(label)
            args = args or named
            method = getattr(job, trigger, None)
            call = method if method is not None else partial(job.trigger, trigger)
        try:
            result = call(*args)
        except MachineError:
            return False
        if result is not True and isawaitable(result):
            getattr(result, "close", bool)()
            raise TypeError(f"{label} has to be awaited: async machines are not driven here")
        return result is Observation.MOVED if isinstance(result, Observation) else result is not False

    def refusals(self, job: Any) -> int | None:
        """How many refused attempts a job's history holds; None where the object is no `JobStatus` and has none."""
        status = job if isinstance(job, JobStatus) else getattr(job, "status", None)
        return sum(move.refused for move in status.history) if isinstance(status, JobStatus) else None

    def snapshot(self, job: Any) -> object:
        """All of an object's state as a value to compare, but for the refused attempts that a `JobStatus` records."""
        return _value(job, set())

    def _event(self, name: str) -> Any:
        assert isinstance(self.source, Machine)
        if name not in self.source.events:
            raise ValueError(f"there is no trigger {name!r}; the triggers are: {', '.join(self._definition.labels)}")
        return self.source.events[name]

    def _parsed(self, label: str) -> tuple[str, tuple[Any, ...]]:
        """The method behind a column of the table of a lifecycle, and its arguments."""
        assert isinstance(self.source, Lifecycle)
        trigger, _, word = label.rstrip(")").partition("(")
        if word:
            return trigger, (RunningStatus[word],)
        if trigger not in ("observe", "stop_run"):
            self.source.label(trigger)  # a ValueError that names the triggers
        return trigger, (PROGRESS,) if trigger == "update_progress" else ()


def status_of(job: Any) -> object:
    """The status of a job, directly or by the `JobStatus` that it has."""
    status = job.status
    return status.status if isinstance(status, JobStatus) else status


def _value(thing: Any, above: set[int]) -> object:
    """What a thing is now, as a value that later changes of it do not reach."""
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


def _job_value(status: JobStatus) -> dict[str, Any]:
    values = status.to_dict()
    values["history"] = [move for move in values["history"] if not move["refused"]]
    return values


def _fields(thing: Any, above: set[int]) -> dict[str, object]:
    """The attributes that a thing itself has, those of JobStatus aside: its `to_dict` tells them."""
    return {name: _value(value, above) for name, value in _attributes(thing)}


def _attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    yield from getattr(thing, "__dict__", {}).items()
    for base in type(thing).__mro__:
        slots = base.__dict__.get("__slots__", ()) if base is not JobStatus else ()
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(thing, name):
                yield name, getattr(thing, name)
