"""Hypothesis strategies over a source, and a state machine that drives a job class against it. They need hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from .._lifecycle import JOB_LIFECYCLE, Lifecycle, Observation, RunningStatus
from .._source import Edge
from ._graph import Graph, Place, Source
from ._subject import Subject
from ._walks import Walk

__all__ = ["LifecycleMachine", "News", "histories", "observations", "triggers"]


@dataclass(frozen=True, slots=True)
class News:
    """What a server says of a job, as `JobStatus.observe` takes it; a machine's states are given by name."""

    status: Any
    #: the server's own time
    at: float


@st.composite
def histories(draw: st.DrawFn, source: Source, max_length: int = 12) -> Walk:
    """Legal walks from the initial status, of at most so many moves."""
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
    """Any triggers in any order, legal or not, each as the column of the transition table that it is."""
    return st.lists(st.sampled_from(Graph(source).definition.labels), max_size=max_length)


@st.composite
def observations(draw: st.DrawFn, source: Source, max_length: int = 12) -> tuple[tuple[News, ...], Walk]:
    """What is heard of a job that takes a legal walk, and that walk: news comes late, twice, out of order and with gaps.

    Each news has the time at which it was true, one second per move.
    """
    walk = draw(histories(source, max_length))
    names = (walk.start, *(move.dest for move in walk))
    told = [News(RunningStatus[name] if isinstance(source, Lifecycle) else name, float(at)) for at, name in enumerate(names)]
    copies = [draw(st.integers(0, 2)) for _ in told]
    heard = [news for news, number in zip(told, copies, strict=True) for _ in range(number)]
    return tuple(draw(st.permutations(heard)) if draw(st.booleans()) else heard), walk


class LifecycleMachine(RuleBasedStateMachine):
    """Drives objects by any triggers in any order, and news, and holds each answer against the source.

    Subclass it, say which source and how an object is made, and let pytest find its `TestCase`:

        class MyJobMachine(LifecycleMachine):
            source = MY_LIFECYCLE
            factory = MyJob

        TestMyJob = MyJobMachine.TestCase
    """

    #: what the objects are held against
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
        told = ", ".join(end.status for end in legal) or "nothing"
        assert ends, f"{label} led from {self.place.status} to {status}; the table says: {told}"
        self.place = ends[0]

    @precondition(lambda self: isinstance(self.source, Lifecycle) and hasattr(self.job, "observe"))
    @rule(data=st.data())
    def hear(self, data: st.DataObject) -> None:
        """Tell the object news: it takes it as reachability has it."""
        assert isinstance(self.source, Lifecycle)
        assert self.place.position is not None
        seen = data.draw(st.sampled_from(self.source.statuses), label="news")
        expected, steps, _ = self.source.judge(self.place.position, seen)
        said = self.job.observe(seen)
        assert said is expected, f"{seen.name} was {said} while {self.place.status}, not {expected}"
        if expected is Observation.MOVED:
            self.place = Place(seen.name, steps[-1].to)

    @invariant()
    def stands(self) -> None:
        """The object is where the source says that it is."""
        status = self.subject.status(self.job)
        assert status == self.place.status, f"the object is {status}, but should be {self.place.status}"
        asked = self.subject.cancel_requested(self.job)
        assert asked is not False or not self.place.cancel_requested, "a cancel request was forgotten"
