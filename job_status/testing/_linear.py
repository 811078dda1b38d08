"""Linearizability: whether some order of the steps explains what threads were answered, by the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from .._search import breadth_first
from ._graph import Graph, Place
from ._races import Order, RaceStep, Traces, run
from ._scripts import Call, ends, may_refuse
from ._subject import Subject

__all__ = ["Answer", "Explainer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a thread was answered to one step of its script, and what it saw of the job."""

    accepted: bool
    #: the status that the thread read before and after it; others may have moved the job meanwhile
    before: str
    after: str
    #: when the step was called and when it had been answered, by one clock, in nanoseconds
    called: int
    answered: int


#: the answers of each script's steps
Answers = Sequence[Sequence[Answer]]
#: for each script, for each of its steps: how many steps of each script had been answered when it was called
Waits = tuple[tuple[tuple[int, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Round:
    """What came of a round: all that has to be explained."""

    accepted: tuple[tuple[bool, ...], ...]
    waits: Waits
    #: the status at the end, and whether a cancel request was remembered then; None if the object does not say
    final: str
    cancel_requested: bool | None

    def ends_at(self, place: Place) -> bool:
        """Return whether the job can have ended in a place."""
        return place.status == self.final and not (place.cancel_requested and self.cancel_requested is False)


@dataclass(frozen=True, slots=True)
class Node:
    """How many steps of each script come before, and where they lead."""

    done: tuple[int, ...]
    place: Place


#: the steps on the way to a node, and the node
Path = tuple[tuple[RaceStep, ...], Node]


class Explainer:
    """Finds the orders that explain rounds of one race; most rounds are alike, and are explained once."""

    def __init__(self, subject: Subject, graph: Graph, start: Place, scripts: Sequence[Sequence[Call]]) -> None:
        self._subject = subject
        self._graph = graph
        self._scripts = scripts
        self._start = Node((0,) * len(scripts), start)
        self._end = tuple(map(len, scripts))
        self._found: dict[Round, Order | str] = {}
        self._traces: Traces = {}

    def order(self, answers: Answers, final: str, cancel_requested: bool | None) -> Order:
        """Return an order that explains a round, or the steps one script after the other, as `unexplained`."""
        accepted = tuple(tuple(answer.accepted for answer in script) for script in answers)
        came = Round(accepted, _waits(answers), final, cancel_requested)
        if came not in self._found:
            self._found[came] = self._explained(came)
        found = self._found[came]
        return found if isinstance(found, Order) else Order(self._seen(answers), final, found)

    def _explained(self, came: Round) -> Order | str:
        """Return an order that explains a round, or why there is none."""
        paths = self._paths(came, came.waits)
        steps = self._explaining(came, paths)
        return self._reason(came, paths) if steps is None else self._rehearsed(steps, came)

    def _explaining(self, came: Round, paths: Sequence[Path]) -> tuple[RaceStep, ...] | None:
        return next((steps for steps, node in paths if node.done == self._end and came.ends_at(node.place)), None)

    def _paths(self, came: Round, waits: Waits | None) -> list[Path]:
        """Return every order of some of the steps that explains their answers, the shortest first, but one for each node."""
        return [((), self._start), *breadth_first(self._start, partial(self._onward, came, waits))]

    def _onward(self, came: Round, waits: Waits | None, node: Node) -> Iterator[tuple[RaceStep, Node]]:
        for call, accepted in self._next(came, waits, node):
            script, place = call.script - 1, node.place
            done = (*node.done[:script], node.done[script] + 1, *node.done[script + 1 :])
            refused = (place,) if not accepted and may_refuse(call, place, self._graph) else ()
            for end in ends(call, place, self._graph) if accepted else refused:
                requested = None if came.cancel_requested is None else end.cancel_requested
                yield RaceStep(call, accepted, place.status, end.status, requested), Node(done, end)

    def _next(self, came: Round, waits: Waits | None, node: Node) -> Iterator[tuple[Call, bool]]:
        """Yield the steps that may come next, and whether each was accepted: not before those that it was called after."""
        for script, number in enumerate(node.done):
            if number < self._end[script]:
                first = waits[script][number] if waits else ()
                if all(wanted <= done for wanted, done in zip(first, node.done, strict=False)):
                    yield self._scripts[script][number], came.accepted[script][number]

    def _rehearsed(self, steps: tuple[RaceStep, ...], came: Round) -> Order:
        """Return an order as real objects take it, which shows what refusals change; as the table has it where answers differ.

        They may where the table does not say it all: where a machine has conditions, or a step names its attempt.
        """
        order = run(self._subject, self._scripts, [step.script - 1 for step in steps], self._traces)
        pairs = zip(order.steps, steps, strict=True)
        same = order.final == came.final and all(one.accepted is other.accepted for one, other in pairs)
        return order if same else Order(steps, came.final)

    def _seen(self, answers: Answers) -> tuple[RaceStep, ...]:
        """Return the steps one script after the other, with what each thread read of the job."""
        pairs = zip(chain(*self._scripts), chain(*answers), strict=True)
        return tuple(RaceStep(call, answer.accepted, answer.before, answer.after, None) for call, answer in pairs)

    # -- why there is none

    def _reason(self, came: Round, paths: Sequence[Path]) -> str:
        elsewhere = self._explaining(came, self._paths(came, None))
        if elsewhere is not None:
            return self._out_of_turn(elsewhere, came.waits)
        if places := [node.place for _, node in paths if node.done == self._end]:
            names = dict.fromkeys(place.status for place in places)
            if came.final in names:
                return "the orders that explain the answers leave a cancel request, which the job has forgotten"
            return f"the orders that explain the answers end as {' or '.join(names)}"
        steps, node = max(paths, key=lambda path: len(path[0]))
        table = " and ".join(self._by_table(call, node.place) for call, _ in self._next(came, came.waits, node))
        after = f"after {', '.join(map(str, steps))} the job is" if steps else "the job begins as"
        return f"{after} {node.place.status}, where the table {table}"

    def _by_table(self, call: Call, place: Place) -> str:
        names = dict.fromkeys(end.status for end in ends(call, place, self._graph))
        return f"has {' or '.join(names)} for {call}" if names else f"refuses {call}"

    def _out_of_turn(self, steps: tuple[RaceStep, ...], waits: Waits) -> str:
        """Return which two steps of an order that would explain a round cannot have come in that order."""
        late, early = next(
            (step.call, self._scripts[other][first - 1])
            for number, step in enumerate(steps)
            for other, first in enumerate(waits[step.script - 1][_count(steps[:number], step.script)])
            if _count(steps[:number], other + 1) < first
        )
        return f"{', '.join(map(str, steps))} would, but {early} had been answered before {late} was called"


def _count(steps: Sequence[RaceStep], script: int) -> int:
    return sum(step.script == script for step in steps)


def _waits(answers: Answers) -> Waits:
    return tuple(
        tuple(tuple(sum(other.answered < answer.called for other in others) for others in answers) for answer in script)
        for script in answers
    )
