"""Paths through the rows of a lifecycle: which statuses lead to which, and what a job remembers on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from ._lean import TYPE_CHECKING
from ._rows import CANCEL_REQUESTED, RUNNING, UNKNOWN, WAITING, RunningStatus
from ._search import shortest_paths

if TYPE_CHECKING:
    from ._rows import Means, Row

__all__ = ["leaving", "reached", "requeues", "still_requested"]


def requeues(rows: Iterable[Row], means: Means) -> frozenset[Row]:
    """Return the rows that end an attempt: they lead to a status that means WAITING from one in which a job may have started.

    A job that is held before it starts, and released, is in the same attempt.
    """
    rows = tuple(rows)
    edges: dict[str, list[tuple[Row, str]]] = {}
    for row in rows:
        if means[row.dest.name] is not WAITING:
            edges.setdefault(row.source.name, []).append((row, row.dest.name))
    running = [name for name, meaning in means.items() if meaning in (RUNNING, UNKNOWN)]
    begun = {name for start in running for name in shortest_paths(start, lambda name: edges.get(name, ()))}
    return frozenset(row for row in rows if means[row.dest.name] is WAITING and row.source.name in begun)


def leaving(rows: Iterable[Row], means: Means) -> Callable[[str], Iterable[tuple[Row, str]]]:
    """Return a function for a search by name: it gives the moves out of a status, without observations and moves to UNKNOWN."""
    edges: dict[str, list[tuple[Row, str]]] = {}
    for row in rows:
        if not row.observed and means[row.dest.name] is not UNKNOWN:
            edges.setdefault(row.source.name, []).append((row, row.dest.name))
    return lambda name: edges.get(name, ())


def reached(rows: Iterable[Row], means: Means, initial: Enum) -> set[tuple[str, bool]]:
    """Return the names of the statuses that a job can come to, guards considered, each with whether a cancel is requested there."""
    leaving: dict[str, list[Row]] = {}
    for row in rows:
        leaving.setdefault(row.source.name, []).append(row)

    def onward(place: tuple[str, bool]) -> Iterator[tuple[Row, tuple[str, bool]]]:
        name, asked = place
        for row in leaving.get(name, ()):
            if row.holds(row.dest, asked):
                yield row, (row.dest.name, still_requested(asked, row.trigger, means[name], means[row.dest.name]))

    return set(shortest_paths((initial.name, means[initial.name] is CANCEL_REQUESTED), onward))


def still_requested(requested: bool, trigger: str, before: RunningStatus, after: RunningStatus) -> bool:
    """Return whether a cancel is requested after a move from one meaning to another, given whether one was before.

    A job that is requeued from CANCEL_REQUESTED leaves the request behind.
    """
    served = before is CANCEL_REQUESTED and after is WAITING
    return (requested and not served) or trigger == "request_cancel" or after is CANCEL_REQUESTED
