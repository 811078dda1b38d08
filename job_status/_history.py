"""What a job remembers of its moves: plain values, and a sequence that makes them when they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from ._lean import TYPE_CHECKING, Frozen, Generic, S

if TYPE_CHECKING:
    from typing import Any, overload

__all__ = ["HISTORY_LIMIT", "Entry", "History", "Move", "chained", "shortened"]

#: how many moves a job remembers for certain, refused attempts included
HISTORY_LIMIT = 64

# An entry is made in a fraction of the time that a Move takes, and most are never read. It holds the entry before it (None in the
# first one), the step, its time and its message. The step is anything with a Move's trigger, source, dest, inferred and refused.
Entry = tuple["Entry | None", "Any", "float | None", "str | None"]


class Move(Frozen, Generic[S]):
    """One change of status, or (`refused`) the attempt at one, which changed nothing."""

    trigger: str
    source: S
    #: the status it led to; of a refused attempt, the one that was wanted
    dest: S
    #: when it happened, in POSIX seconds; None where nobody knows
    timestamp: float | None
    mesg: str | None
    #: nobody reported it: it must have happened for a later observation to be true
    inferred: bool
    refused: bool

    __slots__ = ("dest", "inferred", "mesg", "refused", "source", "timestamp", "trigger")
    __match_args__ = ("trigger", "source", "dest", "timestamp", "mesg", "inferred", "refused")

    def __init__(
        self,
        trigger: str,
        source: S,
        dest: S,
        timestamp: float | None = None,
        mesg: str | None = None,
        inferred: bool = False,
        refused: bool = False,
    ) -> None:
        fill = partial(object.__setattr__, self)
        fill("trigger", trigger)
        fill("source", source)
        fill("dest", dest)
        fill("timestamp", timestamp)
        fill("mesg", mesg)
        fill("inferred", inferred)
        fill("refused", refused)


class History(Sequence["Move[S]"], Generic[S]):
    """The moves of a job, oldest first. It never changes: each move of the job makes a new one.

    A job that moves or is refused many times keeps 64 of them, at times up to twice as many: it drops the oldest refused attempts
    first, then the oldest moves.
    """

    __slots__ = ("_last", "_unrolled")

    def __init__(self, last: Entry | None = None) -> None:
        self._last = last
        self._unrolled: tuple[Move[S], ...] | None = None

    def _moves(self) -> tuple[Move[S], ...]:
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
        def __getitem__(self, index: int) -> Move[S]: ...
        @overload
        def __getitem__(self, index: slice) -> tuple[Move[S], ...]: ...

    def __getitem__(self, index: Any) -> Any:
        return self._moves()[index]

    def __iter__(self) -> Iterator[Move[S]]:
        return iter(self._moves())

    def __eq__(self, other: object) -> bool:
        return self._moves() == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._moves())

    def __repr__(self) -> str:
        return f"History({list(self)!r})"

    # A pickle holds the plain moves, not the lifecycle that the entries refer to.
    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (list(self),)


def chained(items: Iterable[tuple[Any, float | None, str | None]], last: Entry | None = None) -> Entry | None:
    """Chain an entry for each step, with its time and message, to `last`, and return the newest."""
    for step, timestamp, mesg in items:
        last = (last, step, timestamp, mesg)
    return last


def shortened(last: Entry | None) -> Entry | None:
    """Return the entries shortened to 64: first the oldest refused attempts go, then the oldest moves."""
    entries = _in_order(last)
    surplus = max(0, len(entries) - HISTORY_LIMIT)
    kept = []
    for _, step, timestamp, mesg in entries:
        if surplus and step.refused:
            surplus -= 1
        else:
            kept.append((step, timestamp, mesg))
    return chained(kept[surplus:])


def _in_order(last: Entry | None) -> list[Entry]:
    """Return the entries up to `last`, oldest first."""
    entries = []
    while last is not None:
        entries.append(last)
        last = last[0]
    return entries[::-1]
