"""What was counted of many jobs, to be drawn on the picture of their lifecycle, and those numbers in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from ._text import shown, span

__all__ = ["Numbers"]

#: two statuses, one after the other
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Numbers:
    """How often moves were made and statuses entered, and for how long jobs stayed in them."""

    #: how often each move was made, by the names of its source and destination; one that the table does not have is drawn in red
    moves: Mapping[Pair, int]
    #: how often each status was entered
    visits: Mapping[str, int] = field(default_factory=dict)
    #: for how many seconds jobs stayed in each status, by percentiles: `{50: 12.0, 90: 60.5}`; 50 is the median
    stays: Mapping[str, Mapping[int, float]] = field(default_factory=dict)

    def check(self, statuses: Collection[str]) -> None:
        """Raise `ValueError` if a number is for what is none of the statuses, or for a move from a status to itself."""
        for name in (*self.visits, *self.stays, *(name for pair in self.moves for name in pair)):
            if name not in statuses:
                raise ValueError(f"there is a number for {shown(name)}, which is none of {', '.join(statuses)}")
        for source, dest in self.moves:
            if source == dest:
                raise ValueError(f"a number is for a move to another status, not for one from {shown(source)} to itself")

    def weight(self, pair: Pair) -> float:
        """Return how thick the arrow of a move is: 1 for the most frequent, 1/2 for one made a quarter as often, 0 for none."""
        most = max(self.moves.values(), default=0)
        return sqrt(self.moves.get(pair, 0) / most) if most else 0.0

    def lines(self, status: str) -> Iterator[str]:
        """Yield what is known of a status in words, a line for each kind of number."""
        if count := self.visits.get(status):
            yield times(count)
        if stay := self.stays.get(status):
            others = ", ".join(f"p{percent} {span(seconds)}" for percent, seconds in stay.items() if percent != 50)
            median = span(stay[50]) if 50 in stay else ""
            yield f"stay {median} ({others})" if median and others else f"stay {median or others}"

    def as_dict(self) -> dict[str, Any]:
        """Return all numbers for JSON."""
        return {
            "moves": [{"source": source, "dest": dest, "count": count} for (source, dest), count in self.moves.items()],
            "visits": dict(self.visits),
            "stays": {status: {f"p{percent}": seconds for percent, seconds in stay.items()} for status, stay in self.stays.items()},
        }


def times(count: int) -> str:
    """Return how often something happened, with thousands set apart."""
    return f"{count:,} ×"  # noqa: RUF001  # times
