"""The real objects that are checked against a source: how to make one, move it, and look at all of its state.

For a `Lifecycle` that is a `JobStatus` or a job class of the user's own; for a machine, one of its models; for an adapter,
whatever it fires. Nothing here decides what is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cached_property
from typing import Any

from transitions import MachineError

from .._observation import Observation
from .._rows import Column
from .._source import Definition, Source, definition
from .._status import JobStatus
from ._crashes import SubjectFailed, blamed
from ._drivers import driver
from ._factory import Factory
from ._loop import awaited
from ._snapshot import Snapshot, snapshot

__all__ = ["Subject"]

__tracebackhide__ = True  # by pytest, which shows the user's own code


class Subject:
    """Makes, moves and looks at the objects under test; what is raised there, refusals aside, becomes a `SubjectFailed`."""

    def __init__(self, source: Source, factory: Callable[[], Any] | None = None) -> None:
        self.source = source
        self._driver = driver(source)
        self._factory = factory if isinstance(factory, Factory) else Factory(factory or self._driver.make)
        self._refusals: tuple[type[BaseException], ...] = (MachineError, *self._factory.refusals)
        for label in self._factory.arguments:
            self.column(label)  # a ValueError that names the triggers

    @cached_property
    def definition(self) -> Definition:
        """What the source declares."""
        return definition(self.source)

    def new(self, status: str | None = None) -> Any:
        """Return a fresh object, in the initial status, or in one that no walk leads to, as a machine puts its models."""
        with blamed("the factory"):
            job = awaited(self._factory())
            self._driver.place(job, None if status == self.definition.start else status)
        return job

    def status(self, job: Any) -> str:
        """Return the name of the status that an object is in."""
        with blamed("the status"):
            return self._driver.status(job)

    def cancel_requested(self, job: Any) -> bool | None:
        """Return whether a cancel was requested of a job; None if the object does not say."""
        requested = getattr(job, "cancel_requested", getattr(getattr(job, "status", None), "cancel_requested", None))
        return requested if isinstance(requested, bool) else None

    def fire(self, job: Any, label: str, *args: Any, after: Iterable[object] = ()) -> bool:
        """Fire a column of the table, or a trigger with its arguments, and return whether the object took it.

        `after` is what was fired before, as a failure shows it. Raises `ValueError` if the source does not have the trigger.
        """
        column, named = self._driver.call(label)
        method = self._driver.method(job, column.trigger)
        positional, keywords = (args, {}) if args else self._arguments(column, named)
        hint = f"Factory({type(job).__name__}, arguments={{{column.trigger!r}: (...)}}) says what it is called with"
        try:
            with blamed(column, after, self._refusals, hint):
                result = awaited(method(*positional, **keywords))
        except self._refusals:
            return False
        return result is Observation.MOVED if isinstance(result, Observation) else result is not False

    def observe(self, job: Any, status: Enum, **options: Any) -> Observation:
        """Report a status to a job, and return what it makes of that. Raises `SubjectFailed` if that is no `Observation`."""
        method = getattr(job, "observe", None)
        if not callable(method):
            raise SubjectFailed(f"no method observe: {type(job).__name__} needs observe(status, at=None)")
        with blamed(f"observe({status.name})"):
            verdict = awaited(method(status, **options))
        if not isinstance(verdict, Observation):
            raise SubjectFailed(f"{verdict!r}, which is not an Observation")
        return verdict

    def refusals(self, job: Any) -> int | None:
        """Return how many refused attempts a job's history holds; None if the object neither is nor has a `JobStatus`."""
        status = job if isinstance(job, JobStatus) else getattr(job, "status", None)
        return sum(move.refused for move in status.history) if isinstance(status, JobStatus) else None

    def snapshot(self, job: Any) -> Snapshot:
        """Return all of an object's state as a value to compare, but for the refused attempts that a `JobStatus` records."""
        with blamed("the snapshot"):
            return snapshot((self._factory.snapshot or self._driver.state)(job))

    def column(self, label: str) -> Column:
        """Return the column that a text names. Raises `ValueError` if it names none."""
        return self._driver.call(label)[0]

    def arguments(self, label: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what a column is called with: positional and keyword arguments."""
        return self._arguments(*self._driver.call(label))

    def _arguments(self, column: Column, named: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what a column is called with: the cause that it names, and then what the factory has for it."""
        arguments = self._factory.arguments
        more = arguments.get(column, arguments.get(column.trigger))
        if more is None:
            return named, {}
        named = named if column.cause else ()
        return (named, dict(more)) if isinstance(more, Mapping) else ((*named, *more), {})
