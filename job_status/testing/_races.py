"""Races: what comes of several parties moving one job, in every order in which their steps can fall.

Each trigger is atomic, so a race of threads should be one of these orders; here they are run one after the other, on real objects.
Whether threads keep to that is asked in `_thread_races`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import factorial, prod
from typing import Any

from .._rows import Column
from .._source import Definition, Source
from ._graph import Graph, Place
from ._scripts import Call, ScriptStep, parties, start
from ._subject import Subject

__all__ = ["Order", "RaceStep", "Races", "Traces", "races", "run"]


#: what the last step of a beginning of an order changed, if it was refused; the beginning by the number of each step's script
Traces = dict[tuple[int, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RaceStep:
    """One step, and what it led to."""

    call: Call
    #: whether the object took it
    accepted: bool
    #: the status before and after it
    before: str
    after: str
    #: whether a cancel request was remembered after it; None if the object does not say
    cancel_requested: bool | None
    #: what of the object it changed, although it was refused, a text for each part: `log[0]: nothing -> 'refused'`
    traces: tuple[str, ...] = ()

    @property
    def script(self) -> int:
        """Which script it belongs to, from 1 on."""
        return self.call.script

    @property
    def label(self) -> Column:
        """The trigger with its arguments."""
        return self.call.label

    def __str__(self) -> str:
        return f"{self.call}" + ("" if self.accepted else " (refused)")


@dataclass(frozen=True, slots=True)
class Order:
    """One order of the steps, and what came of it."""

    steps: tuple[RaceStep, ...]
    #: the status at the end
    final: str
    #: of threads: why no order of the steps explains what they were answered; "" where this one does. The steps are then one
    #: script after the other, with what each thread read of the job
    unexplained: str = ""

    @property
    def refused(self) -> tuple[RaceStep, ...]:
        """The steps that the object refused."""
        return tuple(step for step in self.steps if not step.accepted)

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps)) + f" => {self.final}"


@dataclass(frozen=True, slots=True)
class Races(Sequence[Order]):
    """Every order, and what came of it. As a string, a report by outcome."""

    graph: Graph = field(repr=False, compare=False)
    #: where each object begins
    start: Place = field(repr=False, compare=False)
    orders: tuple[Order, ...]
    #: whether these are rounds of threads, each with the order that explains it
    threads: bool = False

    def __len__(self) -> int:
        return len(self.orders)

    def __getitem__(self, index: Any) -> Any:
        return self.orders[index]

    @property
    def definition(self) -> Definition:
        """What the source declares."""
        return self.graph.definition

    @property
    def outcomes(self) -> dict[tuple[str, tuple[str, ...]], tuple[Order, ...]]:
        """The orders by their final status and the steps that were refused, the most frequent outcome first."""
        found: dict[tuple[str, tuple[str, ...]], list[Order]] = {}
        for order in self.orders:
            refused = tuple(sorted(str(step.call) for step in order.refused))
            found.setdefault((order.final, refused), []).append(order)
        return {outcome: tuple(orders) for outcome, orders in sorted(found.items(), key=lambda item: -len(item[1]))}

    def __str__(self) -> str:
        outcomes = self.outcomes
        lines = [f"{len(self):,} {'rounds of threads' if self.threads else 'orders'}, {len(outcomes)} outcomes"]
        for (final, refused), orders in outcomes.items():
            lines.append(f"{len(orders):>6} x {final}, refused: {', '.join(refused) or 'nothing'}")
            explained = next((order for order in orders if not order.unexplained), None)
            if explained is not None:
                lines.append(f"         as in {', '.join(str(step.call) for step in explained.steps)}")
            if unexplained := [order for order in orders if order.unexplained]:
                which = "it" if explained is None else f"{len(unexplained)} of them"
                lines.append(f"         no order of the steps explains {which}: {unexplained[0].unexplained}")
        return "\n".join(lines)


def races(source: Source, *scripts: Iterable[ScriptStep], factory: Callable[[], Any] | None = None, limit: int = 20_000) -> Races:
    """Run every order in which the steps of two or more scripts can fall, each on a new object.

    A script is what one party does, in its order: `["start_run", ("update_progress", 0.5), "stop_run(SUCCESS)"]`. `factory` makes
    the object; without it, that is a `JobStatus`, or a bare model of the machine. Raises `ValueError` if there are fewer than two
    scripts, or more orders than `limit`.
    """
    subject, graph = Subject(source, factory), Graph(source)
    scripted = parties(scripts, subject)
    lengths = tuple(map(len, scripted))
    number = factorial(sum(lengths)) // prod(map(factorial, lengths))
    if number > limit:
        raise ValueError(f"these scripts fall in {number:,} orders, more than the limit of {limit:,}")
    begin, traces = start(subject, graph), Traces()
    return Races(graph, begin, tuple(run(subject, scripted, order, traces) for order in _orders(lengths)))


def _orders(lengths: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield every order, as the number of the script that each step belongs to."""
    if not any(lengths):
        yield ()
    for script, length in enumerate(lengths):
        if length:
            for rest in _orders((*lengths[:script], length - 1, *lengths[script + 1 :])):
                yield (script, *rest)


def run(subject: Subject, scripted: Sequence[Sequence[Call]], order: Sequence[int], traces: Traces) -> Order:
    """Run the steps of scripts one after the other, in an order given as the number of the script that each belongs to.

    Whether a refusal leaves a trace is looked up once for all orders that begin alike, in `traces`.
    """
    job = subject.new()
    pending = [iter(calls) for calls in scripted]
    status = subject.status(job)
    steps: list[RaceStep] = []
    for number, script in enumerate(order, 1):
        call, begun = next(pending[script]), tuple(order[:number])
        state = None if begun in traces else subject.snapshot(job)
        accepted = subject.fire(job, call.fired, *call.args, after=steps)
        before, status = status, subject.status(job)
        if state is not None:
            unseen = [f"the status: {before} -> {status}"] if status != before else []
            # A report that moves nothing is no refusal: that it came may be remembered.
            may_change = accepted or call.reports
            traces[begun] = () if may_change else tuple(state.changes(subject.snapshot(job)) or unseen)
        steps.append(RaceStep(call, accepted, before, status, subject.cancel_requested(job), traces[begun]))
    return Order(tuple(steps), status)
