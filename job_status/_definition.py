"""What a source declares, as data: its statuses and its moves, by their names, in the order declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ._rows import Column, RunningStatus

__all__ = ["Definition", "Edge", "Group", "taken"]


@dataclass(frozen=True, slots=True)
class Edge:
    """One declared move, by the names of its statuses."""

    trigger: str
    source: str
    dest: str
    #: the column of the transition table: the trigger, with its cause if the caller names one: `stop_run(ERROR)`
    label: Column
    #: in a few words, the condition of its guard; "" for none
    condition: str = ""
    #: in a few words, what the move means; "" where the declaration does not say
    words: str = ""
    #: whether it is a row of `observe`, into or out of UNKNOWN, which only a lifecycle has
    observed: bool = False
    #: whether it has no condition, but is only taken where those of earlier moves of its trigger do not hold
    otherwise: bool = False

    @property
    def when(self) -> str:
        """When it is taken, in a few words: its condition, or "else"; "" for always."""
        return "else" if self.otherwise else self.condition


@dataclass(frozen=True, slots=True)
class Group:
    """The states within a state of a nested machine."""

    name: str
    members: frozenset[str]
    #: whether the machine is in several of them at once
    parallel: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """The statuses and moves of a source, in the order declared."""

    statuses: tuple[str, ...]
    #: the status of a new object; None if the source does not say
    initial: str | None
    finals: tuple[str, ...]
    edges: tuple[Edge, ...]
    #: the columns of the transition table: every label that a caller can fire, observations aside
    labels: tuple[Column, ...]
    #: what each status means; empty for a machine, which does not say
    means: Mapping[str, RunningStatus] = field(default_factory=dict)
    #: the states that contain others, the outer ones first; only a nested machine has any
    groups: tuple[Group, ...] = ()

    @property
    def start(self) -> str:
        """The status that objects under test start in: the initial one, else the first. Raises `ValueError` if there is none."""
        if not self.statuses:
            raise ValueError("there are no statuses, so there is nothing to test")
        return self.statuses[0] if self.initial is None else self.initial


def taken(moves: Iterable[Sequence[Edge]]) -> tuple[Edge, ...]:
    """Return the edges of the moves that can be taken at all; the moves are in the order in which their conditions are asked.

    A move behind one of the same trigger and source that has no condition never is; one without a condition behind others is
    the `otherwise` of these. A move has several edges where it leads into several states at once.
    """
    met: dict[tuple[str, str], bool] = {}
    kept: list[Edge] = []
    for edges in moves:
        case, condition = (edges[0].source, edges[0].label), edges[0].condition
        if not met.get(case):
            kept += edges if condition or case not in met else [replace(edge, otherwise=True) for edge in edges]
            met[case] = not condition
    return tuple(kept)
