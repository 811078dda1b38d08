"""What a job remembers of its moves: plain values, and a sequence that makes them when they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ._lifecycle import RunningStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, overload


#: beyond how many moves, refused attempts included, a job begins to forget
HISTORY_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Move:
    """One change of status, or (`refused`) the attempt at one, which changed nothing."""

    trigger: str
    source: RunningStatus
    #: the status it led to; of a refused attempt, the one that was wanted
    dest: RunningStatus
    #: when it happened, in POSIX seconds; None where nobody knows
    timestamp: float | None = None
    mesg: str | None = None
    #: nobody reported it: it must have happened for later news to be true
    inferred: bool = False
    refused: bool = False


class History(Sequence[Move]):
    """The moves of a job, oldest first. It never changes: each move of the job makes a new one.

    When there are more than 64, the oldest refused attempt is forgotten for each that comes, and where there is none the oldest
    move. Only the steps that a job takes once in its life, such as its end, come on top.
    """

    # A job makes a record of each move in a fraction of the time that a Move takes; most are never read. A record is three items
    # in a row: the step (or whatever else has a Move's trigger, source, dest, inferred and refused), its time, its message.
    __slots__ = ("records",)

    def __init__(self, records: tuple[Any, ...] = ()) -> None:
        self.records = records

    def __len__(self) -> int:
        return len(self.records) // 3

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Move: ...
        @overload
        def __getitem__(self, index: slice) -> tuple[Move, ...]: ...

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self)[index]
        start = range(0, len(self.records), 3)[index]
        return _move(*self.records[start : start + 3])

    def __iter__(self) -> Iterator[Move]:
        fields = iter(self.records)
        return map(_move, fields, fields, fields)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"History({list(self)!r})"

    # A pickle holds the plain moves, not the lifecycle that the records refer to.
    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (list(self),)


def _move(step: Any, timestamp: float | None, mesg: str | None) -> Move:
    return Move(step.trigger, step.source, step.dest, timestamp, mesg, step.inferred, step.refused)


def shortened(records: tuple[Any, ...]) -> tuple[Any, ...]:
    """The records without the one that is worth least: the oldest refused attempt, else the oldest move."""
    start = next((start for start in range(0, len(records), 3) if records[start].refused), 0)
    return records[:start] + records[start + 3 :]
