"""Transition coverage: how often each move and each refusal that a source can show was exercised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ._graph import Graph, Source
from ._recorder import Deed


class Coverage:
    """The hits of one source, held against all that it can do."""

    def __init__(self, name: str, source: Source, hits: Counter[Deed] | None = None) -> None:
        self.name = name
        self.source = source
        self.hits: Counter[Deed] = Counter(hits or {})
        self._graph = Graph(source)

    @cached_property
    def moves(self) -> tuple[Deed, ...]:
        """Every move declared, in that order."""
        return tuple(dict.fromkeys((edge.source, edge.label, edge.dest) for edge in self._graph.edges))

    @cached_property
    def refusals(self) -> tuple[Deed, ...]:
        """Every cell of the table in which an object can be refused."""
        refusing = {
            (place.status, label)
            for place in self._graph.walks
            for label in self._graph.definition.labels
            if self._graph.may_refuse(place, label)
        }
        definition = self._graph.definition
        return tuple((s, label, None) for s in definition.statuses for label in definition.labels if (s, label) in refusing)

    @property
    def untested_moves(self) -> tuple[Deed, ...]:
        """The moves that nothing took."""
        return tuple(deed for deed in self.moves if not self.hits[deed])

    @property
    def untested_refusals(self) -> tuple[Deed, ...]:
        """The cells in which nothing was refused."""
        return tuple(deed for deed in self.refusals if not self.hits[deed])

    @property
    def percent_moves(self) -> float:
        """How many of the moves were taken, in percent."""
        return _percent(self.moves, self.untested_moves)

    @property
    def percent_refusals(self) -> float:
        """How many of the refusals were met, in percent."""
        return _percent(self.refusals, self.untested_refusals)

    def grids(self) -> Iterator[Grid]:
        """The transition table with the hits, and one of the news that are rows of the table, if there are any."""
        definition = self._graph.definition
        yield self._grid("status", definition.statuses, definition.labels)
        if news := tuple(dict.fromkeys(edge.label for edge in self._graph.edges if edge.news)):
            told = {edge.source for edge in self._graph.edges if edge.news}
            yield self._grid("known", tuple(status for status in definition.statuses if status in told), news)

    def _grid(self, corner: str, statuses: Iterable[str], labels: tuple[str, ...]) -> Grid:
        possible = [*self.moves, *self.refusals]
        cells = {
            (status, label): tuple(Entry(deed, self.hits[deed]) for deed in possible if deed[:2] == (status, label))
            for status in statuses
            for label in labels
        }
        return Grid(corner, tuple(statuses), labels, cells)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can happen in a cell, and how often it did."""

    deed: Deed
    hits: int

    @property
    def refusal(self) -> bool:
        """Whether it is a refusal rather than a move."""
        return self.deed[2] is None

    def __str__(self) -> str:
        return ("-" if self.refusal else "") + (str(self.hits) if self.hits else "!")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of hits."""

    corner: str
    statuses: tuple[str, ...]
    labels: tuple[str, ...]
    cells: dict[tuple[str, str], tuple[Entry, ...]]


def _percent(wanted: tuple[Deed, ...], missing: tuple[Deed, ...]) -> float:
    return 100.0 * (1 - len(missing) / len(wanted)) if wanted else 100.0
