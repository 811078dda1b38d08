"""Hypothesis strategies over a source, and a state machine that drives a job class against it. They need hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from .._lifecycle import JOB_LIFECYCLE, Lifecycle
from .._observation import Observation
from .._source import Edge, Source
from ._graph import Graph, Place
from ._steering import MOST_PATIENCE, Steering
from ._subject import Subject
from ._walks import Walk

__all__ = ["LifecycleMachine", "Report", "histories", "observations", "triggers"]

PATIENCE = st.integers(0, MOST_PATIENCE)


@dataclass(frozen=True, slots=True)
class Report:
    """What a server reports about a job, as `JobStatus.observe` takes it; a machine's states are given by name."""

    status: Any
    #: the server's own time
    at: float


@st.composite
def histories(draw: st.DrawFn, source: Source, max_length: int = 12) -> Walk:
    """Generate legal walks from the initial status, of at most so many moves."""
    graph = Graph(source)
    place: Place = graph.start
    moves: list[Edge] = []
    for _ in range(draw(st.integers(0, max_length))):
        legal = graph.moves(place)
        if not legal:
            break
        edge, place = draw(st.sampled_from(legal))
        moves.append(edge)
    return Walk(source, graph.definition.start, tuple(moves))


def triggers(source: Source, max_length: int = 12) -> st.SearchStrategy[list[str]]:
    """Generate any triggers in any order, legal or not, each as its column of the transition table."""
    return st.lists(st.sampled_from(Graph(source).definition.labels), max_size=max_length)


@st.composite
def observations(draw: st.DrawFn, source: Source, max_length: int = 12) -> tuple[tuple[Report, ...], Walk]:
    """Generate reports of a job that takes a legal walk, and that walk: they come late, twice, out of order and with gaps.

    Each report has the time at which it was true, one second per move.
    """
    walk = draw(histories(source, max_length))
    names = (walk.start, *(move.dest for move in walk))
    statuses = [source.enum[name] if isinstance(source, Lifecycle) else name for name in names]
    reports = [Report(status, float(at)) for at, status in enumerate(statuses)]
    copies = [draw(st.integers(0, 2)) for _ in reports]
    received = [report for report, number in zip(reports, copies, strict=True) for _ in range(number)]
    return tuple(draw(st.permutations(received)) if draw(st.booleans()) else received), walk


class LifecycleMachine(RuleBasedStateMachine):
    """Drives objects by any triggers and reports in any order, and compares each answer with the source.

    Subclass it, say which source and how an object is made, and let pytest find its `TestCase`:

        class MyJobMachine(LifecycleMachine):
            source = MY_LIFECYCLE
            factory = MyJob

        TestMyJob = MyJobMachine.TestCase

    Each object goes where few have been, and comes to a final status late; a few steps after that, a new one takes its place.
    `pytest --hypothesis-show-statistics` lists the statuses that were visited, with the share of examples that were in each.
    """

    #: what the objects are checked against
    source: ClassVar[Source] = JOB_LIFECYCLE
    #: makes an object; None: a `JobStatus`, or a bare model of the machine
    factory: ClassVar[Callable[[], Any] | None] = None
    #: what the examples of one source have in common
    _common: ClassVar[tuple[Source, Subject, Graph]]

    @initialize(patience=PATIENCE)
    def begin(self, patience: int = 0) -> None:
        """Make an object, and steer clear of final statuses for so many steps."""
        kind = type(self)  # whose factory is a function, where an instance would make it a method
        common: tuple[Source, Subject, Graph] | None = vars(kind).get("_common")
        if common is None or common[0] is not self.source:
            common = kind._common = self.source, Subject(self.source, kind.factory), Graph(self.source)
        _, self.subject, self.graph = common
        self.steering = Steering(self.graph)
        self._make(patience)

    def _make(self, patience: int) -> None:
        self.job = self.subject.new()
        self.place = self.graph.start
        self.steering.begin(patience)

    @rule(data=st.data())
    def fire(self, data: st.DataObject) -> None:
        """Fire a trigger: the object moves as the table has it, or refuses and is as it was."""
        label = self._drawn(data, "trigger", self._fired)
        ends = self._fired()[label]
        before = self.subject.snapshot(self.job)
        moved = self.subject.fire(self.job, label)
        got = self.subject.status(self.job) if moved else "a refusal"
        end = next((end for end in ends if end.status == got), None)
        if end is None and (moved or not self.graph.may_refuse(self.place, label)):
            expected = " or ".join(end.status for end in ends) or "a refusal"
            raise AssertionError(f"expected {expected}, got {got}: {label} while {self.place.status}")
        if not moved and (after := self.subject.snapshot(self.job)) != before:
            lines = f"expected a refusal, got one and a change: {label} while {self.place.status}", *before.changes(after)
            raise AssertionError("\n  ".join((*lines, *before.notes())))
        self.place = end or self.place

    @precondition(lambda self: isinstance(self.source, Lifecycle) and hasattr(self.job, "observe"))
    @rule(data=st.data())
    def observe(self, data: st.DataObject) -> None:
        """Report a status to the object: it judges the report by what moves can reach."""
        seen = self._drawn(data, "report", self._reported)
        expected, ends = self._judged(seen)
        got = self.subject.observe(self.job, seen)
        assert got is expected, f"expected {expected}, got {got}: a report of {seen.name} while {self.place.status}"
        self.place = next(iter(ends), self.place)

    @invariant()
    def stands(self) -> None:
        """The object is where the source has it."""
        got = self.subject.status(self.job)
        assert got == self.place.status, f"expected {self.place.status}, got {got}"
        requested = self.subject.cancel_requested(self.job)
        assert requested is not False or not self.place.cancel_requested, "expected a cancel request, got none: it was forgotten"

    def _drawn(self, data: st.DataObject, what: str, steps: Callable[[], dict[Any, tuple[Place, ...]]]) -> Any:
        """Draw the next step, of a new object if this one is over; `steps` are those there are, each with where it may lead."""
        if self.steering.over(self.place):
            self._make(data.draw(PATIENCE, label="a new object, with patience"))
        event(f"visited {self.place.status}")
        return data.draw(st.sampled_from(self.steering.choices(self.place, steps())), label=what)

    def _fired(self) -> dict[Any, tuple[Place, ...]]:
        moves = self.graph.moves(self.place)
        return {label: tuple(end for edge, end in moves if edge.label == label) for label in self.graph.definition.labels}

    def _reported(self) -> dict[Any, tuple[Place, ...]]:
        assert isinstance(self.source, Lifecycle)
        return {status: self._judged(status)[1] for status in self.source.statuses}

    def _judged(self, seen: Enum) -> tuple[Observation, tuple[Place, ...]]:
        """Return what a report comes to, and where it leads, if anywhere."""
        assert isinstance(self.source, Lifecycle)
        assert self.place.position is not None
        judgement = self.source.judge(self.place.position, seen)
        step = judgement.step if judgement.verdict is Observation.MOVED else None
        return judgement.verdict, () if step is None else (Place(seen.name, step.after),)
