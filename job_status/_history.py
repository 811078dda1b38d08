"""What a job remembers of its moves: plain values, and a sequence that makes them when they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ._lifecycle import RunningStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, overload


#: how many moves a job remembers for certain, refused attempts included
HISTORY_LIMIT = 64

# A record of a move is made in a fraction of the time that a Move takes, and most are never read. It is the record before it
# (None: there is none), the step, its time and its message. The step is whatever has a Move's trigger, source, dest, inferred and
# refused.
Record = tuple["Record | None", "Any", "float | None", "str | None"]


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

    Of a job that moves or is refused on and on, 64 are kept, and now and then up to twice as many: the oldest refused attempts
    are forgotten first, and where there are too few of those the oldest moves.
    """

    __slots__ = ("_last", "_unrolled")

    def __init__(self, last: Record | None = None) -> None:
        self._last = last
        self._unrolled: tuple[Move, ...] | None = None

    def _moves(self) -> tuple[Move, ...]:
        if self._unrolled is None:
            self._unrolled = tuple(
                Move(step.trigger, step.source, step.dest, timestamp, mesg, step.inferred, step.refused)
                for _, step, timestamp, mesg in _in_order(self._last)
            )
        return self._unrolled

    def __len__(self) -> int:
        return len(self._moves())

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Move: ...
        @overload
        def __getitem__(self, index: slice) -> tuple[Move, ...]: ...

    def __getitem__(self, index: Any) -> Any:
        return self._moves()[index]

    def __iter__(self) -> Iterator[Move]:
        return iter(self._moves())

    def __eq__(self, other: object) -> bool:
        return self._moves() == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._moves())

    def __repr__(self) -> str:
        return f"History({list(self)!r})"

    # A pickle holds the plain moves, not the lifecycle that the records refer to.
    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (list(self),)


def chained(items: Iterable[tuple[Any, float | None, str | None]], last: Record | None = None) -> Record | None:
    """The last of the records of steps with their times and messages, of which the first comes after `last`."""
    for step, timestamp, mesg in items:
        last = (last, step, timestamp, mesg)
    return last


def shortened(last: Record | None) -> Record | None:
    """The records without those that are worth least, so that 64 are left."""
    records = _in_order(last)
    surplus = max(0, len(records) - HISTORY_LIMIT)
    kept = []
    for _, step, timestamp, mesg in records:
        if surplus and step.refused:
            surplus -= 1
        else:
            kept.append((step, timestamp, mesg))
    return chained(kept[surplus:])


def _in_order(last: Record | None) -> list[Record]:
    """The records up to `last`, oldest first."""
    records = []
    while last is not None:
        records.append(last)
        last = last[0]
    return records[::-1]
