"""Races: what comes of several parties moving one job, in every order in which their steps can fall.

Each trigger is atomic, so a race of threads is one of these orders; they are run one after the other, on real objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import factorial, prod
from typing import Any

from .._rows import CANCEL_REQUESTED, FINALS, UNKNOWN, Column
from .._source import Definition, Source, definition
from ._graph import acknowledges, name_of
from ._subject import Subject

__all__ = ["Order", "RaceStep", "Races", "assert_invariants", "races"]

#: a step of a script: a trigger as the table's heading has it, or a trigger with its arguments
ScriptStep = str | Sequence[Any]


@dataclass(frozen=True, slots=True)
class RaceStep:
    """One step, and what it led to."""

    #: which script it belongs to, from 1 on
    script: int
    #: the trigger with its arguments
    label: Column
    #: whether the object took it
    accepted: bool
    #: the status before and after it
    before: str
    after: str
    #: whether a cancel request was remembered after it; None if the object does not say
    cancel_requested: bool | None

    def __str__(self) -> str:
        return f"{self.script}:{self.label}" + ("" if self.accepted else " (refused)")


@dataclass(frozen=True, slots=True)
class Order:
    """One order of the steps, and what came of it."""

    steps: tuple[RaceStep, ...]
    #: the status at the end
    final: str

    @property
    def refused(self) -> tuple[RaceStep, ...]:
        """The steps that the object refused."""
        return tuple(step for step in self.steps if not step.accepted)

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps)) + f" => {self.final}"


@dataclass(frozen=True, slots=True)
class Races(Sequence[Order]):
    """Every order, and what came of it. As a string, a report by outcome."""

    definition: Definition = field(repr=False)
    orders: tuple[Order, ...]

    def __len__(self) -> int:
        return len(self.orders)

    def __getitem__(self, index: Any) -> Any:
        return self.orders[index]

    @property
    def outcomes(self) -> dict[tuple[str, tuple[str, ...]], tuple[Order, ...]]:
        """The orders by their final status and the steps that were refused, the most frequent outcome first."""
        found: dict[tuple[str, tuple[str, ...]], list[Order]] = {}
        for order in self.orders:
            refused = tuple(sorted(f"{step.script}:{step.label}" for step in order.refused))
            found.setdefault((order.final, refused), []).append(order)
        return {outcome: tuple(orders) for outcome, orders in sorted(found.items(), key=lambda item: -len(item[1]))}

    def __str__(self) -> str:
        outcomes = self.outcomes
        lines = [f"{len(self)} orders, {len(outcomes)} outcomes"]
        for (final, refused), orders in outcomes.items():
            lines.append(f"{len(orders):>6} x {final}, refused: {', '.join(refused) or 'nothing'}")
            lines.append(f"         as in {', '.join(f'{step.script}:{step.label}' for step in orders[0].steps)}")
        return "\n".join(lines)


def races(source: Source, *scripts: Iterable[ScriptStep], factory: Callable[[], Any] | None = None, limit: int = 20_000) -> Races:
    """Run every order in which the steps of two or more scripts can fall, each on a new object.

    A script is what one party does, in its order: `["start_run", ("update_progress", 0.5), "stop_run(SUCCESS)"]`. `factory` makes
    the object; without it, that is a `JobStatus`, or a bare model of the machine. Raises `ValueError` if there are fewer than two
    scripts, or more orders than `limit`.
    """
    if len(scripts) < 2:
        raise ValueError(f"a race needs two scripts or more, not {len(scripts)}")
    subject = Subject(source, factory)
    parties = [[_call(step, subject) for step in script] for script in scripts]
    number = factorial(sum(map(len, parties))) // prod(factorial(len(party)) for party in parties)
    if number > limit:
        raise ValueError(f"these scripts fall in {number:,} orders, more than the limit of {limit:,}")
    orders = _orders(tuple(map(len, parties)))
    return Races(definition(source), tuple(_run(subject, parties, order) for order in orders))


def assert_invariants(races: Races, cancel: str = "request_cancel") -> None:
    """Assert what holds whoever wins: a final status is never left, exactly one finish wins, and no cancel is forgotten.

    `cancel` is the trigger by which one asks for a cancel. Once it was accepted the job remembers the request until it is
    requeued, and is where such a job can be: in the status that the request led to, say, in one that means UNKNOWN, or in a
    final one.
    """
    for order in races:
        for fault in _faults(order, races.definition, cancel):
            raise AssertionError(f"{fault}, in the order {order}")


def _faults(order: Order, definition: Definition, cancel: str) -> Iterator[str]:
    finals = definition.finals
    allowed: frozenset[str] | None = None
    winners = []
    for step in order.steps:
        if step.before in finals and step.after != step.before:
            yield f"the final status {step.before} was left for {step.after} by {step}"
        if step.accepted and step.after in finals:
            winners.append(step)
        if _served(definition, step):
            allowed = None
        elif step.accepted and step.label.trigger == cancel:
            allowed = _allowed(definition, step) or allowed
        if allowed is not None and (step.after not in allowed or step.cancel_requested is False):
            yield f"the cancel request was forgotten: {step.after} after {step}"
    if len(winners) > 1:
        yield f"more than one finish won: {' and '.join(map(str, winners))}"
    if order.final in finals and (not winners or winners[-1].after != order.final):
        yield f"no finish won, and yet the job is {order.final}"


def _served(definition: Definition, step: RaceStep) -> bool:
    """Return whether a step leaves a cancel request behind rightfully: by a requeue, or by a report that implies one."""
    means = definition.means
    implied = step.label.trigger == "observe" and step.cancel_requested is False
    requeued = implied and any(acknowledges(means, edge.source, edge.dest) for edge in definition.edges)
    return requeued or acknowledges(means, step.before, step.after)


def _allowed(definition: Definition, request: RaceStep) -> frozenset[str]:
    """Return where a job may be once a request was accepted; none where it leads to a status that says nothing of it.

    A machine, which does not say what a status means, may only stay as it is, or end.
    """
    if not definition.means:
        return frozenset((request.after, UNKNOWN.name, *definition.finals))
    dests = [edge.dest for edge in definition.edges if (edge.trigger, edge.source) == (request.label.trigger, request.before)]
    if CANCEL_REQUESTED not in map(definition.means.get, (request.after, *dests)):
        return frozenset()
    remembering = (CANCEL_REQUESTED, UNKNOWN, *FINALS)
    return frozenset(name for name, meaning in definition.means.items() if meaning in remembering)


#: a step's trigger, or its column, with the arguments that it is given, and both for a reader
Call = tuple[str, tuple[Any, ...], Column]


def _call(step: ScriptStep, subject: Subject) -> Call:
    if isinstance(step, str):
        return step, (), subject.column(step)
    trigger, args = step[0], tuple(step[1:])
    return trigger, args, Column(trigger, ", ".join(map(name_of, args)) if args else None)


def _orders(lengths: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield every order, as the number of the script that each step belongs to."""
    if not any(lengths):
        yield ()
    for script, length in enumerate(lengths):
        if length:
            for rest in _orders((*lengths[:script], length - 1, *lengths[script + 1 :])):
                yield (script, *rest)


def _run(subject: Subject, parties: list[list[Call]], order: tuple[int, ...]) -> Order:
    job = subject.new()
    pending = [iter(party) for party in parties]
    status = subject.status(job)
    steps = []
    for script in order:
        trigger, args, label = next(pending[script])
        accepted = subject.fire(job, trigger, *args)
        before, status = status, subject.status(job)
        steps.append(RaceStep(script + 1, label, accepted, before, status, subject.cancel_requested(job)))
    return Order(tuple(steps), status)
