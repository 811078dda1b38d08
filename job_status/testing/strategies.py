"""Hypothesis strategies over a source, and a state machine that drives a job class against it. They need hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from .._lifecycle import JOB_LIFECYCLE, Lifecycle
from .._observation import Observation
from .._source import Edge, Source
from ._graph import Graph, Place
from ._subject import Subject
from ._walks import Walk

__all__ = ["LifecycleMachine", "Report", "histories", "observations", "triggers"]


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
    return Walk(source, graph.definition.initial, tuple(moves))


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
    """

    #: what the objects are checked against
    source: ClassVar[Source] = JOB_LIFECYCLE
    #: makes an object; None: a `JobStatus`, or a bare model of the machine
    factory: ClassVar[Callable[[], Any] | None] = None

    @initialize()
    def begin(self) -> None:
        """Make an object."""
        # A function in a class is a method when it is asked of an instance.
        self.subject = Subject(self.source, type(self).factory)
        self.graph = Graph(self.source)
        self.job = self.subject.new()
        self.place = self.graph.start

    @rule(data=st.data())
    def fire(self, data: st.DataObject) -> None:
        """Fire a trigger: the object moves as the table has it, or refuses and is as it was."""
        label = data.draw(st.sampled_from(self.graph.definition.labels), label="trigger")
        before = self.subject.snapshot(self.job)
        moved = self.subject.fire(self.job, label)
        status = self.subject.status(self.job)
        legal = [end for edge, end in self.graph.moves(self.place) if edge.label == label]
        if not moved:
            assert self.graph.may_refuse(self.place, label), f"{label} was refused while {self.place.status}"
            assert self.subject.snapshot(self.job) == before, f"{label} was refused while {self.place.status}, and yet changed it"
            return
        ends = [end for end in legal if end.status == status]
        expected = ", ".join(end.status for end in legal) or "nothing"
        assert ends, f"{label} led from {self.place.status} to {status}; in the table: {expected}"
        self.place = ends[0]

    @precondition(lambda self: isinstance(self.source, Lifecycle) and hasattr(self.job, "observe"))
    @rule(data=st.data())
    def observe(self, data: st.DataObject) -> None:
        """Report a status to the object: it judges the report by what moves can reach."""
        assert isinstance(self.source, Lifecycle)
        assert self.place.position is not None
        seen = data.draw(st.sampled_from(self.source.statuses), label="report")
        expected = self.source.judge(self.place.position, seen)
        verdict = self.job.observe(seen)
        where = f"while {self.place.status}"
        assert verdict is expected.verdict, f"a report of {seen.name} {where} was {verdict}, not {expected.verdict}"
        if expected.verdict is Observation.MOVED and expected.step is not None:
            self.place = Place(seen.name, expected.step.after)

    @invariant()
    def stands(self) -> None:
        """The object is where the source has it."""
        status = self.subject.status(self.job)
        assert status == self.place.status, f"the object is {status}, but should be {self.place.status}"
        requested = self.subject.cancel_requested(self.job)
        assert requested is not False or not self.place.cancel_requested, "a cancel request was forgotten"
