"""Where an object can stand in a source, and which moves are legal from there.

A status alone does not say it: a job's guards and news ask what else the job remembers, so a `Lifecycle` is unfolded into its
positions. The conditions of somebody else's machine cannot be asked here; each of its declared moves counts as possible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from transitions import Machine

from .._lifecycle import Lifecycle, Observation, Position, RunningStatus
from .._source import Definition, Edge, definition

#: what the testing kit takes wherever it takes a source
Source = Lifecycle | Machine


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object stands: its status and, for a job, the position that remembers the rest."""

    status: str
    position: Position | None = None

    @property
    def cancel_requested(self) -> bool:
        """Whether a cancel was requested on the way here; a machine does not remember such a thing."""
        return self.position is not None and self.position.cancel_requested


class Graph:
    """The places of a source and the legal moves between them, in the order declared."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.definition: Definition = definition(source)
        #: the moves that can be taken at all: in a machine, none stands behind an unconditional one
        self.edges = self.definition.edges if isinstance(source, Lifecycle) else _first_taken(self.definition.edges)
        self.start = Place(self.definition.initial, source.start if isinstance(source, Lifecycle) else None)

    def moves(self, place: Place) -> tuple[tuple[Edge, Place], ...]:
        """The legal moves from a place, and where each leads."""
        leaving = ((edge, self._end(edge, place)) for edge in self._leaving.get(place.status, ()))
        return tuple((edge, end) for edge, end in leaving if end is not None)

    def may_refuse(self, place: Place, label: str) -> bool:
        """Whether an object there can refuse a column of the table. A machine's `x` and `not x` together leave it no choice."""
        if place.position is not None:
            return place.position.steps[label].refused
        conditions = {edge.condition for edge in self._leaving.get(place.status, ()) if edge.label == label}
        return "" not in conditions and not any(f"not {condition}" in conditions for condition in conditions)

    @cached_property
    def walks(self) -> Mapping[Place, tuple[Edge, ...]]:
        """Every place that moves lead to, the nearest first, with a shortest legal walk to it."""
        return self.walks_from(self.start)

    def walks_from(self, start: Place, until: Callable[[Edge], bool] | None = None) -> dict[Place, tuple[Edge, ...]]:
        """As `walks`, from any place; only so far as the first move, if any, that is `until`."""
        walks: dict[Place, tuple[Edge, ...]] = {start: ()}
        for place, walk in (queue := [*walks.items()]):  # grows while it is walked through
            for edge, end in self.moves(place):
                if until is not None and until(edge):
                    return {end: (*walk, edge)}
                if end not in walks:
                    walks[end] = (*walk, edge)
                    queue.append((end, walks[end]))
        return {} if until is not None else walks

    def find(self, status: str, cancel_requested: bool | None = None) -> Place | None:
        """The nearest place with that status and, unless it does not matter (None), with or without a remembered request."""
        return next(
            (place for place in self.walks if place.status == status and cancel_requested in (None, place.cancel_requested)),
            None,
        )

    @cached_property
    def _leaving(self) -> dict[str, list[Edge]]:
        leaving: dict[str, list[Edge]] = {}
        for edge in self.edges:
            leaving.setdefault(edge.source, []).append(edge)
        return leaving

    def _end(self, edge: Edge, place: Place) -> Place | None:
        """Where a declared move leads from a place; None where what is remembered there forbids it."""
        if place.position is None:
            return Place(edge.dest)
        if edge.news:
            verdict, steps, _ = place.position.lifecycle.judge(place.position, RunningStatus[edge.dest])
            return Place(edge.dest, steps[-1].to) if verdict is Observation.MOVED else None
        step = place.position.steps[edge.label]
        return Place(edge.dest, step.to) if not step.refused and step.to.status.name == edge.dest else None


def _first_taken(edges: tuple[Edge, ...]) -> tuple[Edge, ...]:
    """A machine's moves without those it never comes to, since one before them, from the same source, has no condition."""
    certain: set[tuple[str, str]] = set()
    taken: list[Edge] = []
    for edge in edges:
        if (edge.source, edge.label) not in certain:
            taken.append(edge)
        if not edge.condition:
            certain.add((edge.source, edge.label))
    return tuple(taken)


def name_of(status: object) -> str:
    """A status by its name, whether it is given as an enum member or as a string."""
    return str(getattr(status, "name", status))
