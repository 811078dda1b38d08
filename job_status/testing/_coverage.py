"""Transition coverage: how often each move and each refusal that a source can show was exercised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from .._source import Source
from ._graph import Graph
from ._ledger import Case

__all__ = ["Coverage", "Entry", "Grid"]


class Coverage:
    """The hits of one source, beside all that it can do."""

    def __init__(self, name: str, source: Source, hits: Counter[Case] | None = None, why: str = "") -> None:
        self.name = name
        self.source = source
        #: if nothing was recorded, why that is, in a sentence without its full stop
        self.why = why
        self.hits: Counter[Case] = Counter(hits or {})
        self._graph = Graph(source)

    @cached_property
    def moves(self) -> tuple[Case, ...]:
        """Every move declared, in that order."""
        return tuple(dict.fromkeys((edge.source, edge.label, edge.dest) for edge in self._graph.edges))

    @cached_property
    def refusals(self) -> tuple[Case, ...]:
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
    def untested_moves(self) -> tuple[Case, ...]:
        """The moves that nothing took."""
        return tuple(case for case in self.moves if not self.hits[case])

    @property
    def untested_refusals(self) -> tuple[Case, ...]:
        """The cells in which nothing was refused."""
        return tuple(case for case in self.refusals if not self.hits[case])

    @property
    def percent_moves(self) -> float:
        """How many of the moves were taken, in percent."""
        return _percent(self.moves, self.untested_moves)

    @property
    def percent_refusals(self) -> float:
        """How many of the refusals were met, in percent."""
        return _percent(self.refusals, self.untested_refusals)

    def refused(self) -> Iterator[tuple[str, tuple[Entry, ...]]]:
        """Yield each status that refuses anything with all that it refuses."""
        for status in self._graph.definition.statuses:
            entries = tuple(Entry(case, self.hits[case]) for case in self.refusals if case[0] == status)
            if entries:
                yield status, entries

    def grids(self) -> Iterator[Grid]:
        """Yield the transition table with the hits, and a table of the observations that are rows, if there are any."""
        definition = self._graph.definition
        yield self._grid("status", definition.statuses, definition.labels)
        observed = [edge for edge in self._graph.edges if edge.observed]
        if observed:
            sources = {edge.source for edge in observed}
            labels = tuple(dict.fromkeys(edge.label for edge in observed))
            yield self._grid("known", [status for status in definition.statuses if status in sources], labels)

    def _grid(self, corner: str, statuses: Iterable[str], labels: tuple[str, ...]) -> Grid:
        entries: dict[tuple[str, str], list[Entry]] = {}
        for case in (*self.moves, *self.refusals):
            entries.setdefault(case[:2], []).append(Entry(case, self.hits[case]))
        cells = {(status, label): tuple(entries.get((status, label), ())) for status in statuses for label in labels}
        return Grid(corner, tuple(statuses), labels, cells)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can happen in a cell, and how often it did."""

    case: Case
    hits: int

    @property
    def refusal(self) -> bool:
        """Whether it is a refusal rather than a move."""
        return self.case[2] is None

    def __str__(self) -> str:
        return ("-" if self.refusal else "") + (str(self.hits) if self.hits else "!")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of hits."""

    corner: str
    statuses: tuple[str, ...]
    labels: tuple[str, ...]
    cells: dict[tuple[str, str], tuple[Entry, ...]]

    def rows(self) -> Iterator[tuple[str, list[tuple[Entry, ...]]]]:
        """Yield each status with what is in its cells."""
        for status in self.statuses:
            yield status, [self.cells[status, label] for label in self.labels]


def _percent(wanted: tuple[Case, ...], missing: tuple[Case, ...]) -> float:
    return 100.0 * (1 - len(missing) / len(wanted)) if wanted else 100.0
