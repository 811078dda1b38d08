"""Legal walks through a source: the shortest to a status, few that take every move, all of a length.

Each has a readable name, so that `pytest.mark.parametrize("walk", covering_walks(source))` needs no ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .._rows import Column
from .._source import Edge, Source
from ._graph import Graph, Place, name_of
from ._subject import Subject

__all__ = ["Walk", "all_walks", "covering_walks", "shortest_walk", "take"]

__tracebackhide__ = True  # by pytest, which shows the user's own code


@dataclass(frozen=True, slots=True)
class Walk:
    """Moves that follow one another, from the initial status on."""

    source: Source = field(repr=False, compare=False)
    #: the status where it starts
    start: str
    moves: tuple[Edge, ...]

    @property
    def end(self) -> str:
        """The status where it ends."""
        return self.moves[-1].dest if self.moves else self.start

    @property
    def labels(self) -> tuple[Column, ...]:
        """The triggers to fire, each as its column of the transition table."""
        return tuple(move.label for move in self.moves)

    @property
    def __name__(self) -> str:  # pytest's id for a parameter that is neither a number nor a string
        return "-".join(self.labels) or self.start

    def __str__(self) -> str:
        return self.start + "".join(f" -{move.label}-> {move.dest}" for move in self.moves)

    def __len__(self) -> int:
        return len(self.moves)

    def __iter__(self) -> Iterator[Edge]:
        return iter(self.moves)

    def take(self, job: Any = None, factory: Callable[[], Any] | None = None) -> Any:
        """Move a job along the walk, a new one if none is given, and return it.

        Raises `AssertionError` if the job refuses a move, ends up elsewhere, or raises anything.
        """
        return take(self, Subject(self.source, factory), job)


def take(walk: Walk, subject: Subject, job: Any = None) -> Any:
    """Move an object along a walk, a new one if none is given, and return it. Raises `AssertionError` as `Walk.take` does."""
    job = subject.new(walk.start) if job is None else job
    for number, move in enumerate(walk, 1):
        moved = subject.fire(job, move.label, after=walk.labels[: number - 1])
        got = subject.status(job) if moved else "a refusal"
        if got != move.dest:
            where = f"{move.label} from {move.source}, move {number} of the walk {walk}"
            raise AssertionError(f"expected {move.dest}, got {got}: {where}")
    return job


def shortest_walk(source: Source, status: str | Enum, cancel_requested: bool | None = None) -> Walk:
    """Return the shortest legal walk from the initial status to `status`; of equally short ones, the first in the table.

    `cancel_requested` asks for one after which a cancel request is, or is not, remembered. Raises `ValueError` if no walk leads
    there.
    """
    graph = Graph(source)
    place = graph.find(name_of(status), cancel_requested)
    if place is None:
        known = ", ".join(graph.definition.statuses)
        what = {None: "", True: " after a cancel request", False: " without a cancel request"}[cancel_requested]
        raise ValueError(f"no walk leads to {name_of(status)}{what}; the statuses are: {known}")
    return Walk(source, graph.definition.start, graph.walks[place])


def covering_walks(source: Source) -> tuple[Walk, ...]:
    """Return few legal walks from the initial status that take every move at least once between them.

    Raises `ValueError` if there is a move that no walk can take.
    """
    graph = Graph(source)
    missing, endings = set(graph.edges), {edge for edge in graph.edges if edge.dest in graph.definition.finals}
    walks = []
    while moves := _covering_walk(graph, missing, endings):
        walks.append(Walk(source, graph.definition.start, moves))
    if missing:
        edge = next(edge for edge in graph.edges if edge in missing)
        raise ValueError(f"no walk takes {edge.label}: {edge.source} -> {edge.dest}")
    return tuple(walks)


def _covering_walk(graph: Graph, missing: set[Edge], endings: set[Edge]) -> tuple[Edge, ...]:
    """Return a walk that takes as much of what is missing as it can. A final status ends it, so that comes last."""
    place = graph.start
    walk: tuple[Edge, ...] = ()
    while leg := _next_leg(graph, place, missing - endings) or _next_leg(graph, place, missing):
        edges, place = leg
        missing.difference_update(edges)
        walk = (*walk, *edges)
    return walk


def _next_leg(graph: Graph, place: Place, wanted: set[Edge]) -> tuple[tuple[Edge, ...], Place] | None:
    return graph.walk_until(place, wanted.__contains__) if wanted else None


def all_walks(source: Source, length: int) -> Iterator[Walk]:
    """Yield every legal walk of `length` moves from the initial status, and the shorter ones that end where nothing leads on.

    Raises `ValueError` if `length` is below 0.
    """
    if length < 0:
        raise ValueError(f"a walk has at least 0 moves, not {length}")
    graph = Graph(source)

    def onward(place: Place, walk: tuple[Edge, ...]) -> Iterator[tuple[Edge, ...]]:
        moves = graph.moves(place) if len(walk) < length else ()
        if not moves:
            yield walk
        for edge, end in moves:
            yield from onward(end, (*walk, edge))

    return (Walk(source, graph.definition.start, moves) for moves in onward(graph.start, ()))
