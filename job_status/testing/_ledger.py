"""The book in which a recorder counts what jobs, machines and other objects did, by the lifecycle or the definition of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import local
from typing import Any
from weakref import ref

from transitions import Machine

from .._engine import Step
from .._lifecycle import Lifecycle
from .._rows import Column
from .._source import Adapter, Definition, Source, definition
from ._alike import alike, name_of

__all__ = ["Case", "Fired", "Ledger"]

#: one thing that can happen in a cell: the status before, the column, and the status it leads to (None: it is refused)
Case = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Fired:
    """What was done by all machines that declare the same."""

    kind: Hashable
    #: where the first of them is found, or the class of its model
    name: str
    declared: Definition
    hits: Counter[Case] = field(default_factory=Counter)


class Ledger:
    """Counts, and for each thread a note of what was counted since the kit fired last."""

    def __init__(self) -> None:
        #: by the lifecycle's own steps, which jobs share
        self._steps: Counter[Step] = Counter()
        #: what was seen of objects that have no JobStatus with that lifecycle
        self._seen: dict[Lifecycle[Any], Counter[Case]] = {}
        self._fired: dict[Hashable, Fired] = {}
        #: by its address, each machine met
        self._met: dict[int, tuple[ref[Machine], Fired]] = {}
        self._thread = local()

    def add_step(self, step: Step) -> None:
        """Count a step of a JobStatus."""
        self._steps[step] += 1
        self._note(step.after.lifecycle)

    def add_firing(self, fired: Fired, case: Case) -> None:
        """Count what a machine did."""
        fired.hits[case] += 1
        self._note(fired.kind)

    def add_seen(self, source: Source, case: Case) -> None:
        """Count what an object was seen to do from outside."""
        hits = self._seen.setdefault(source, Counter()) if isinstance(source, Lifecycle) else self._of_kind(source, None).hits
        hits[case] += 1

    def of(self, machine: Machine, model: object) -> Fired:
        """Return where to count what a flat machine does."""
        met = self._met.get(id(machine))
        if met is None or met[0]() is not machine:
            met = self._met[id(machine)] = ref(machine), self._of_kind(machine, model)
        return met[1]

    @contextmanager
    def noting(self) -> Iterator[list[Hashable]]:
        """Yield a list in which is noted what this thread counts meanwhile: each time, what it was counted under."""
        outer = getattr(self._thread, "noted", None)
        noted: list[Hashable] = []
        self._thread.noted = noted
        try:
            yield noted
        finally:
            self._thread.noted = outer

    def lifecycles(self) -> dict[Lifecycle[Any], Counter[Case]]:
        """Return what was done under each lifecycle."""
        counts = {lifecycle: Counter(hits) for lifecycle, hits in self._seen.items()}
        for step, hits in self._steps.items():
            label = Column(step.trigger, None if step.cause is None else step.cause.name)
            case = step.source.name, label, None if step.refused else step.dest.name
            counts.setdefault(step.after.lifecycle, Counter())[case] += hits
        return counts

    def fired(self) -> dict[Hashable, Fired]:
        """Return what was done by machines, those that declare the same as one."""
        return self._fired

    def _of_kind(self, source: Machine | Adapter, model: object) -> Fired:
        declared = definition(source)
        kind = alike(declared)
        if kind not in self._fired:
            self._fired[kind] = Fired(kind, name_of(source, model), declared)
        return self._fired[kind]

    def _note(self, kind: Hashable) -> None:
        noted: list[Hashable] | None = getattr(self._thread, "noted", None)
        if noted is not None:
            noted.append(kind)
