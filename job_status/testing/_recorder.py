"""Counts what jobs and machines do while it is installed. When it is not, it costs nothing.

A cell is credited by where the job stood when the call was made; if another thread moved the job in between, so that the outcome
does not fit, nothing is credited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial, update_wrapper
from inspect import iscoroutinefunction
from typing import Any

from transitions import Machine, MachineError

from .._engine import Step
from .._facts import Observed
from .._lifecycle import Lifecycle
from .._rows import UNKNOWN, Column, RunningStatus
from .._status import JobStatus

__all__ = ["Case", "Recorder"]

#: one thing that can happen in a cell: the status before, the column, and the status it leads to (None: it is refused)
Case = tuple[str, str, str | None]


class Recorder:
    """Counts the moves and the refusals of every `JobStatus`, or only under some lifecycles, and of the machines given by name."""

    def __init__(self, machines: Mapping[str, Machine] | None = None, lifecycles: Iterable[Lifecycle[Any]] = ()) -> None:
        self._machines = dict(machines or {})
        self._only = tuple(lifecycles)
        #: by the lifecycle's own steps, which jobs share
        self._steps: Counter[Step] = Counter()
        self._fired: dict[str, Counter[Case]] = {name: Counter() for name in self._machines}
        self._undo: list[Callable[[], object]] = []

    def install(self) -> None:
        """Count from now on. Raises `TypeError` if the triggers of a machine have to be awaited."""
        self._wrap("_move", self._counted_move(JobStatus._move))
        self._wrap("update_progress", self._counted_report(JobStatus.update_progress))
        for name, machine in self._machines.items():
            for event in machine.events.values():
                if iscoroutinefunction(event._trigger):
                    raise TypeError(f"{name} has to be awaited: the coverage of async machines is not counted")
                vars(event)["_trigger"] = _counted_trigger(event, self._fired[name])
                self._undo.append(partial(vars(event).pop, "_trigger"))

    def uninstall(self) -> None:
        """Count no more; what was counted remains."""
        while self._undo:
            self._undo.pop()()

    def lifecycles(self) -> Iterator[tuple[Lifecycle[Any], Counter[Case]]]:
        """Yield what was done under each lifecycle."""
        counts: dict[Lifecycle[Any], Counter[Case]] = {}
        for step, hits in self._steps.items():
            label = Column(step.trigger, None if step.cause is None else step.cause.name)
            case = step.source.name, label, None if step.refused else step.dest.name
            counts.setdefault(step.after.lifecycle, Counter())[case] += hits
        yield from counts.items()

    def machines(self) -> Iterator[tuple[str, Counter[Case]]]:
        """Yield what was done by each machine."""
        yield from self._fired.items()

    def _wrap(self, name: str, wrapper: Callable[..., Any]) -> None:
        original = vars(JobStatus).get(name)
        setattr(JobStatus, name, update_wrapper(wrapper, getattr(JobStatus, name)))
        self._undo.append(partial(delattr, JobStatus, name) if original is None else partial(setattr, JobStatus, name, original))

    def _count(self, step: Step) -> None:
        if not self._only or step.after.lifecycle in self._only:
            self._steps[step] += 1

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
                if moved and observed is not None and observed.step is not None:
                    for step in filter(_is_row, observed.step.path):
                        self._count(step)
                return moved
            step = status._position.steps[key]
            try:
                moved = move(status, key, *args, **options)
            except MachineError:
                if step.refused and not _superseded(status):
                    self._count(step)
                raise
            if moved is not step.refused and (moved or not _superseded(status)):
                self._count(step)
            return moved

        return counted

    def _counted_report(self, report: Callable[..., bool]) -> Callable[..., bool]:
        def update_progress(status: JobStatus[Any], *args: Any, **options: Any) -> bool:
            position = status._position
            moved = report(status, *args, **options)
            if position.progresses and moved:  # a report that was a move went through _move
                self._count(position.steps["update_progress"])
            return moved

        return update_progress


def _is_row(step: Step) -> bool:
    """Return whether an observed step is a row of the table: into or out of UNKNOWN. Others follow from what can be reached."""
    meanings = step.after.lifecycle.meaning(step.source), step.after.meaning
    return not step.refused and not step.inferred and UNKNOWN in meanings


def _superseded(status: JobStatus[Any]) -> bool:
    """Return whether the latest call was refused because of its attempt, which says nothing about the cell."""
    return status._history is not None and status._history[1].superseded


def _counted_trigger(event: Any, fired: Counter[Case]) -> Callable[[Any], bool]:
    trigger, machine = event._trigger, event.machine

    def counted(data: Any) -> bool:
        source = machine.get_model_state(data.model).name
        try:
            moved: bool = trigger(data)
        except MachineError:
            if data.transition is None:  # else a callback of the move fired another trigger, which was refused
                fired[source, event.name, None] += 1
            raise
        fired[source, event.name, (data.transition.dest or source) if moved else None] += 1
        return moved

    return counted
