"""Counts what jobs and machines do while it is installed. When it is not, nothing of it is in anybody's way.

A cell is credited by where the job stood when the call was made; if another thread moved the job in between, so that the outcome
does not fit, nothing is credited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial, update_wrapper
from inspect import iscoroutinefunction
from typing import Any

from transitions import Machine, MachineError

from .._lifecycle import UNKNOWN, Lifecycle, Position, RunningStatus, Step
from .._status import JobStatus

#: what was done: the status before, the column of the table, and the status it led to (None: it was refused)
Deed = tuple[str, str, str | None]


class Recorder:
    """Counts the moves and the refusals of every `JobStatus`, and of the machines given by name."""

    def __init__(self, machines: Mapping[str, Machine] | None = None) -> None:
        self._machines = dict(machines or {})
        #: by the lifecycle's own steps, which jobs share
        self._steps: Counter[Step] = Counter()
        self._news: Counter[tuple[Position, RunningStatus, RunningStatus]] = Counter()
        self._fired: dict[str, Counter[Deed]] = {name: Counter() for name in self._machines}
        self._undo: list[Callable[[], object]] = []

    def install(self) -> None:
        """Count from now on."""
        self._wrap("_fire", self._counted_fire(JobStatus._fire))
        self._wrap("_hear", self._counted_hear(JobStatus._hear))
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

    def lifecycles(self) -> Iterator[tuple[Lifecycle, Counter[Deed]]]:
        """What was done under each lifecycle."""
        counts: dict[Lifecycle, Counter[Deed]] = {}
        for step, hits in self._steps.items():
            lifecycle = step.to.lifecycle
            label = lifecycle.label(step.trigger, step.cause)
            deed = step.source.name, label, None if step.refused else step.dest.name
            counts.setdefault(lifecycle, Counter())[deed] += hits
        for (start, source, dest), hits in self._news.items():
            deed = source.name, f"observe({dest.name})", dest.name
            counts.setdefault(start.lifecycle, Counter())[deed] += hits
        yield from counts.items()

    def machines(self) -> Iterator[tuple[str, Counter[Deed]]]:
        """What was done by each machine."""
        yield from self._fired.items()

    def _wrap(self, name: str, wrapper: Callable[..., Any]) -> None:
        original = JobStatus.__dict__[name]
        setattr(JobStatus, name, update_wrapper(wrapper, original))
        self._undo.append(lambda: setattr(JobStatus, name, original))

    def _counted_fire(self, fire: Callable[..., bool]) -> Callable[..., bool]:
        steps = self._steps

        def counted(status: JobStatus, label: str, *args: Any) -> bool:
            step = status._position.steps[label]
            try:
                moved = fire(status, label, *args)
            except MachineError:
                if step.refused:
                    steps[step] += 1
                raise
            if moved is not step.refused:
                steps[step] += 1
            return moved

        return counted

    def _counted_hear(self, hear: Callable[..., bool]) -> Callable[..., bool]:
        news = self._news

        def counted(status: JobStatus, position: Position, steps: Sequence[Step], *args: Any) -> bool:
            heard = hear(status, position, steps, *args)
            step = steps[-1]
            if heard and not step.refused and UNKNOWN in (step.source, step.dest):  # other news is no row of the table
                news[position.lifecycle.start, step.source, step.dest] += 1
            return heard

        return counted

    def _counted_report(self, report: Callable[..., bool]) -> Callable[..., bool]:
        steps = self._steps

        def update_progress(self: JobStatus, progress: float, phase: str | None = None) -> bool:
            position = self._position
            moved = report(self, progress, phase)
            if position.progresses and moved:  # a report that was a move went through _fire
                steps[position.steps["update_progress"]] += 1
            return moved

        return update_progress


def _counted_trigger(event: Any, fired: Counter[Deed]) -> Callable[[Any], bool]:
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
