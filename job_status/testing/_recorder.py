"""Counts what jobs and machines do while it is installed. When it is not, it costs nothing.

A cell is credited by where the job stood when the call was made; if another thread moved the job in between, so that the outcome
does not fit, nothing is credited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from functools import partial, update_wrapper
from typing import Any

from transitions import Event, MachineError
from transitions.extensions.asyncio import AsyncEvent

from .._engine import Step
from .._facts import Observed
from .._lifecycle import Lifecycle
from .._observation import Observation
from .._rows import UNKNOWN, Column, RunningStatus
from .._source import Source
from .._status import JobStatus
from ._alike import alike
from ._ledger import Case, Fired, Ledger
from ._subject import Subject

__all__ = ["Case", "Fired", "Recorder"]


class Recorder:
    """Counts the moves and refusals of every `JobStatus`, every flat `transitions.Machine`, and whatever else the kit fires.

    Machines that declare the same states and moves are counted as one, whichever object each belongs to. Of what is counted,
    `lifecycles` and `machines` yield all, or only the lifecycles and the machines given.
    """

    def __init__(self, machines: Mapping[str, Source] | None = None, lifecycles: Iterable[Lifecycle[Any]] = ()) -> None:
        self._machines = {name: alike(machine) for name, machine in (machines or {}).items()}
        self._only = tuple(lifecycles)
        self._ledger = Ledger()
        self._undo: list[Callable[[], object]] = []

    def install(self) -> None:
        """Count from now on."""
        self._wrap(JobStatus, "_move", self._counted_move(JobStatus._move))
        self._wrap(JobStatus, "update_progress", self._counted_report(JobStatus.update_progress))
        self._wrap(Event, "_trigger", self._counted_trigger(Event._trigger))
        self._wrap(AsyncEvent, "_trigger", self._counted_async_trigger(AsyncEvent._trigger))
        self._wrap(Subject, "fire", self._counted_fire(Subject.fire))
        self._wrap(Subject, "observe", self._counted_observe(Subject.observe))

    def uninstall(self) -> None:
        """Count no more; what was counted remains."""
        while self._undo:
            self._undo.pop()()

    def lifecycles(self) -> Iterator[tuple[Lifecycle[Any], Counter[Case]]]:
        """Yield what was done under each lifecycle, or only under those given."""
        yield from ((one, hits) for one, hits in self._ledger.lifecycles().items() if not self._only or one in self._only)

    def machines(self) -> Iterator[tuple[str, Counter[Case]]]:
        """Yield what was done by the machines given, under their names; if none are, by each that was fired."""
        fired = self._ledger.fired()
        if not self._machines:
            yield from ((one.name, one.hits) for one in fired.values())
        for name, kind in self._machines.items():
            yield name, fired[kind].hits if kind in fired else Counter()

    def fired(self) -> Iterator[Fired]:
        """Yield what was done by machines, given or not, those that declare the same as one."""
        yield from self._ledger.fired().values()

    def _wrap(self, kind: type, name: str, wrapper: Callable[..., Any]) -> None:
        original = vars(kind).get(name)
        setattr(kind, name, update_wrapper(wrapper, getattr(kind, name)))
        self._undo.append(partial(delattr, kind, name) if original is None else partial(setattr, kind, name, original))

    # -- jobs

    def _counted_move(self, move: Callable[..., bool]) -> Callable[..., bool]:
        def counted(
            status: JobStatus[Any],
            key: str | RunningStatus | None,
            *args: Any,
            observed: Observed | None = None,
            **options: Any,
        ) -> bool:
            if key is None:
                moved = move(status, key, *args, observed=observed, **options)
                path = observed.step.path if moved and observed is not None else ()  # another thread may have been faster
                for step in filter(_is_row, path):
                    self._ledger.add_step(step)
                return moved
            step = status._position.steps[key]
            try:
                moved = move(status, key, *args, **options)
            except MachineError:
                if step.refused and not _superseded(status):
                    self._ledger.add_step(step)
                raise
            if moved is not step.refused and (moved or not _superseded(status)):
                self._ledger.add_step(step)
            return moved

        return counted

    def _counted_report(self, report: Callable[..., bool]) -> Callable[..., bool]:
        def update_progress(status: JobStatus[Any], *args: Any, **options: Any) -> bool:
            position = status._position
            moved = report(status, *args, **options)
            if position.progresses and moved:  # a report that was a move went through _move
                self._ledger.add_step(position.steps["update_progress"])
            return moved

        return update_progress

    # -- machines

    def _counted_trigger(self, trigger: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
        def _trigger(event: Any, data: Any) -> bool:
            with self._firing(event, data):
                return trigger(event, data)

        return _trigger

    def _counted_async_trigger(self, trigger: Callable[[Any, Any], Awaitable[bool]]) -> Callable[[Any, Any], Awaitable[bool]]:
        async def _trigger(event: Any, data: Any) -> bool:
            with self._firing(event, data):
                return await trigger(event, data)

        return _trigger

    @contextmanager
    def _firing(self, event: Any, data: Any) -> Iterator[None]:
        """Count what a machine does meanwhile; one with nested states does not come by here."""
        fired = self._ledger.of(event.machine, data.model)
        source = event.machine.get_model_state(data.model).name
        try:
            yield
        except MachineError:
            if data.transition is None:  # else a callback of the move fired another trigger, which was refused
                self._ledger.add_firing(fired, (source, event.name, None))
            raise
        self._ledger.add_firing(fired, (source, event.name, (data.transition.dest or source) if data.result else None))

    # -- what else the kit fires

    def _counted_fire(self, fire: Callable[..., bool]) -> Callable[..., bool]:
        def counted(subject: Subject, job: Any, label: str, *args: Any, **options: Any) -> bool:
            with self._watching(subject, job, label) as outcomes:
                outcomes.append(fire(subject, job, label, *args, **options))
            return outcomes[0]

        return counted

    def _counted_observe(self, observe: Callable[..., Observation]) -> Callable[..., Observation]:
        def counted(subject: Subject, job: Any, status: Enum, **options: Any) -> Observation:
            with self._watching(subject, job, Column("observe", status.name)) as outcomes:
                verdict = observe(subject, job, status, **options)
                outcomes.append(verdict is Observation.MOVED)
            return verdict

        return counted

    @contextmanager
    def _watching(self, subject: Subject, job: Any, label: str) -> Iterator[list[bool]]:
        """Count what the kit sees an object do, unless a `JobStatus` or a machine with those moves was counted meanwhile.

        The first of the outcomes that are yielded says whether the object moved.
        """
        before = subject.status(job)
        outcomes: list[bool] = []
        with self._ledger.noting() as noted:
            yield outcomes
        source = subject.source
        if alike(source if isinstance(source, Lifecycle) else subject.definition) in noted:
            return
        case = _seen(subject, label, before, subject.status(job), outcomes[0])
        if case is not None:
            self._ledger.add_seen(source, case)


def _is_row(step: Step) -> bool:
    """Return whether an observed step is a row of the table: into or out of UNKNOWN. Others follow from what can be reached."""
    meanings = step.after.lifecycle.meaning(step.source), step.after.meaning
    return not step.refused and not step.inferred and UNKNOWN in meanings


def _superseded(status: JobStatus[Any]) -> bool:
    """Return whether the latest call was refused because of its attempt, which says nothing about the cell."""
    return status._history is not None and status._history[1].superseded


def _seen(subject: Subject, label: str, before: str, after: str, moved: bool) -> Case | None:
    """Return the case that an object showed to those who look at it from outside; None if the table has no such move."""
    if not moved:
        return (before, label, None) if before == after else None
    trigger = subject.column(label).trigger
    moves = ((edge.source, edge.label, edge.dest) for edge in subject.definition.edges if edge.trigger == trigger)
    return next((case for case in moves if case[::2] == (before, after)), None)
