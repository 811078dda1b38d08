"""Which way a random walk goes: to where it has seldom been, and to an end late.

Left to chance, it would soon come to a final status and stay there, since more triggers lead there than anywhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from ._graph import Graph, Place

__all__ = ["MOST_PATIENCE", "Steering"]

Step = TypeVar("Step")

#: for how many steps at most a walk keeps all that it can reach within reach
MOST_PATIENCE = 30
#: how many steps it stays in a final status, to be refused
LINGERING = 3


class Steering:
    """Says what to offer a walk as its next step, so that each has its due share."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._visits: Counter[str] = Counter()
        self._patience = self._lingering = 0

    def begin(self, patience: int) -> None:
        """Begin a walk of a new object, which for so many steps keeps as much within reach as it can."""
        self._patience, self._lingering = patience, LINGERING

    def over(self, place: Place) -> bool:
        """Return whether an object that is in a place has been refused enough, in a final status, to make room for a new one."""
        return not self._lingering and place.status in self._graph.definition.finals

    def choices(self, place: Place, steps: Mapping[Step, tuple[Place, ...]]) -> list[Step]:
        """Return what to choose from, a step as often as it is to be likely, given where each may lead from a place.

        At first all that is refused, and the moves that keep most within reach; later everything. In both cases the moves that do
        not end the walk come more than once, most often those to where it has been least.
        """
        self._visits[place.status] += 1
        self._lingering -= place.status in self._graph.definition.finals
        self._patience -= 1
        onward = [step for step, ends in steps.items() if ends and not any(self._is_final(end) for end in ends)]
        offered = list(steps)
        if self._patience >= 0 and onward:
            reach = {step: min(self._graph.reach(end) for end in steps[step]) for step in onward}
            onward = [step for step in onward if reach[step] == max(reach.values())]
            offered = [step for step, ends in steps.items() if step in onward or not ends]
        visits = {step: min(self._visits[end.status] for end in steps[step]) for step in onward}
        rare = [step for step in onward if visits[step] == min(visits.values())]
        return offered + onward + rare * (len(offered) // max(1, len(rare)))

    def _is_final(self, place: Place) -> bool:
        return place.status in self._graph.definition.finals
