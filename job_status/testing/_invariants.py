"""What must hold in a race, whoever wins it: judged by the table, and by what the statuses mean."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from .._rows import CANCEL_REQUESTED, FINALS, UNKNOWN
from .._source import Definition
from ._graph import Graph, Place, acknowledges
from ._races import Order, Races, RaceStep
from ._scripts import ends

__all__ = ["assert_invariants"]


def assert_invariants(races: Races, cancel: str = "request_cancel") -> None:
    """Assert what holds whoever wins.

    A final status is never left, exactly one finish wins, and no cancel is forgotten; each accepted step is a move of the table,
    and a refused one changes nothing. Of threads, some order of the steps explains what each was answered.

    `cancel` is the trigger by which one asks for a cancel. Once it was accepted the job remembers the request until it is
    requeued, and is where such a job can be: in the status that the request led to, say, in one that means UNKNOWN, or in a
    final one.
    """
    for order in dict.fromkeys(races):  # threads come to the same few orders again and again
        if fault := _fault(order, races, cancel):
            raise AssertionError(fault)


def _fault(order: Order, races: Races, cancel: str) -> str | None:
    """Return what is wrong with an order; None if nothing is."""
    if order.unexplained:
        rounds = sum(bool(other.unexplained) for other in races)
        return f"no order of the steps explains {order}: {order.unexplained}; so in {rounds:,} of {len(races):,} rounds"
    fault = next(chain(_lost(order, races.definition, cancel), _strayed(order, races.start, races.graph)), None)
    return fault and f"{fault}, in the order {order}"


def _strayed(order: Order, place: Place, graph: Graph) -> Iterator[str]:
    """Yield each step that is accepted but is not a move of the table, or is refused and yet leaves a trace."""
    for step in order.steps:
        if step.accepted:
            expected = ends(step.call, place, graph)
            names = " or ".join(dict.fromkeys(end.status for end in expected))
            rule = f"the table has {names}" if names else "the table refuses it there"
            ended = [end for end in expected if end.status == step.after]
            if not ended:
                yield f"{step} led from {step.before} to {step.after}, but {rule}"
            place = next(iter(ended), place)
        elif step.traces:
            yield f"{step.call} was refused, and yet it changed {'; '.join(step.traces)}"


def _lost(order: Order, definition: Definition, cancel: str) -> Iterator[str]:
    """Yield each final status that was left, each cancel request that was forgotten, and each finish too many or too few."""
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
