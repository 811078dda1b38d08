"""Where an object can stand in a source, and which moves are legal from there.

A status alone does not say it: guards and observations depend on what else the job remembers, so a `Lifecycle` is unfolded into
its positions. The conditions of somebody else's machine cannot be asked here; each of its declared moves counts as possible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from .._engine import Position
from .._lifecycle import Lifecycle
from .._observation import Observation
from .._paths import still_requested
from .._rows import Guard, RunningStatus
from .._search import breadth_first, shortest_paths
from .._source import Definition, Edge, Source, definition

__all__ = ["Graph", "Place", "acknowledges", "name_of"]


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
        self.edges = self.definition.edges
        self._moves: dict[Place, tuple[tuple[Edge, Place], ...]] = {}
        self._reach: dict[Place, int] = {}
        self.start = Place(self.definition.start, source.position(source.initial) if isinstance(source, Lifecycle) else None)

    def moves(self, place: Place) -> tuple[tuple[Edge, Place], ...]:
        """Return the legal moves from a place, and where each leads."""
        if place not in self._moves:
            leaving = ((edge, self._end(edge, place)) for edge in self._leaving.get(place.status, ()))
            self._moves[place] = tuple((edge, end) for edge, end in leaving if end is not None)
        return self._moves[place]

    def reach(self, place: Place) -> int:
        """Return to how many places moves lead from one, itself included."""
        if place not in self._reach:
            self._reach[place] = len(shortest_paths(place, self.moves))
        return self._reach[place]

    def may_refuse(self, place: Place, label: str) -> bool:
        """Return whether an object there can refuse a column. A machine's `x` and `not x` together leave it no choice."""
        if place.position is not None:
            return place.position.steps[label].refused
        conditions = {edge.condition for edge in self._leaving.get(place.status, ()) if edge.label == label}
        return "" not in conditions and not any(f"not {condition}" in conditions for condition in conditions)

    @cached_property
    def walks(self) -> Mapping[Place, tuple[Edge, ...]]:
        """Every place that moves lead to, the nearest first, with a shortest legal walk to it."""
        walks = shortest_paths(self.start, self.moves)
        if isinstance(self.source, Lifecycle):
            return walks
        # What conditions a machine's moves are under cannot be asked here, so walks without any are preferred.
        certain = shortest_paths(self.start, lambda place: [(edge, end) for edge, end in self.moves(place) if not edge.condition])
        return {place: certain.get(place, walk) for place, walk in walks.items()}

    def walk_until(self, start: Place, wanted: Callable[[Edge], bool]) -> tuple[tuple[Edge, ...], Place] | None:
        """Return a shortest legal walk whose last move is wanted, and its end; None if there is none."""
        return next(((walk, end) for walk, end in breadth_first(start, self.moves) if wanted(walk[-1])), None)

    def find(self, status: str, cancel_requested: bool | None = None) -> Place | None:
        """Return the nearest place with that status and, unless that is None, with or without a remembered cancel request."""
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
        """Return where a declared move leads from a place; None where what is remembered there forbids it."""
        if place.position is None:
            return Place(edge.dest)
        if edge.observed:
            judgement = place.position.lifecycle.judge(place.position, place.position.lifecycle.enum[edge.dest])
            step = judgement.step if judgement.verdict is Observation.MOVED else None
        else:
            step = place.position.steps[edge.label] if edge.condition in ("", _guard(place).value) else None
        if step is None or step.refused or step.after.status.name != edge.dest:
            return None
        return Place(edge.dest, step.after)


def _guard(place: Place) -> Guard:
    """Return the guard that holds in a place of a lifecycle."""
    return Guard.CANCEL_REQUESTED if place.cancel_requested else Guard.NO_CANCEL_REQUESTED


def acknowledges(means: Mapping[str, RunningStatus], before: str, after: str) -> bool:
    """Return whether a move may drop a cancel request: a requeue, in place of the cancel, by the runner that was asked."""
    return before in means and not still_requested(True, "", means[before], means[after])


def name_of(status: object) -> str:
    """Return a status by its name, whether it is given as an enum member or as a string."""
    return str(getattr(status, "name", status))
