"""The straight pieces of all paths, and the order of those on the same line, so that few of them cross."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ._grid import Cell
from ._net import Net
from ._paths import Path

#: how often the pieces of each line are put in order: what is best on one depends on the others
_SWEEPS = 2

#: an end of a piece: its place, its rank there, and where the path turns
End = tuple[int, int, int]


@dataclass(slots=True, eq=False)
class Piece:
    """A straight piece of a path. Places along it are counted in halves of lines: 2 * the line, and one more or less at a shape."""

    wire: int
    #: 0 if it runs across the page, on a line of y; 1 if it runs down, on a line of x
    axis: int
    line: int
    low: int
    high: int
    #: whether its path follows it from high to low
    backwards: bool
    #: whether it is part of the main path, or comes from the start dot
    main: bool
    #: whether it starts from the inner side of a frame
    inward: bool
    #: at each end, the piece that follows
    low_next: Piece | None = None
    high_next: Piece | None = None
    #: the shape that it ends at if there is none, or -1 - the region
    low_at: int = 0
    high_at: int = 0
    #: where the path turns at each end: to a lower line (-1) or a higher one (1) than its own; 0: it ends there
    low_turn: int = 0
    high_turn: int = 0
    #: its place among the pieces on its line
    rank: int = 0

    def shapes(self) -> list[int]:
        """Return the shapes that it ends at."""
        ends = ((self.low_next, self.low_at), (self.high_next, self.high_at))
        return [at for following, at in ends if following is None and at >= 0]

    def ends(self) -> tuple[End, End]:
        low, high = self.low_next, self.high_next
        return (self.low, low.rank if low else 0, self.low_turn), (self.high, high.rank if high else 0, self.high_turn)


#: the pieces on each line, by its axis as in a piece and its number, in order
Lines = Mapping[tuple[int, int], Sequence[Piece]]


def pieces(net: Net, paths: Sequence[Path]) -> list[list[Piece]]:
    """Return the straight pieces of each path, from its source to its dest."""
    return [_pieces(net, number, path) for number, path in enumerate(paths)]


def _pieces(net: Net, number: int, path: Path) -> list[Piece]:
    wire = net.wires[number]
    main = wire.main or wire.source == net.start
    inward = wire.source < 0 and wire.dest in net.members(wire.source)
    made: list[Piece] = []
    for position, (start, end) in enumerate(pairwise(path)):
        axis = 0 if start[1] == end[1] else 1
        forward = end[axis] > start[axis]
        tail, tip = 2 * start[axis], 2 * end[axis]
        if position == 0:
            tail += 1 if forward else -1
        if position == len(path) - 2:
            tip -= 1 if forward else -1
        low, high = min(tail, tip), max(tail, tip)
        piece = Piece(number, axis, start[1 - axis], low, high, not forward, main, inward and position == 0)
        piece.low_at, piece.high_at = (wire.source, wire.dest) if forward else (wire.dest, wire.source)
        if made:
            _join(made[-1], piece, path[position - 1], start, end)
        made.append(piece)
    return made


def _join(before: Piece, after: Piece, start: Cell, corner: Cell, end: Cell) -> None:
    """Let two pieces know of each other."""
    turn = 1 if end[after.axis] > corner[after.axis] else -1
    if corner[before.axis] > start[before.axis]:
        before.high_next, before.high_turn = after, turn
    else:
        before.low_next, before.low_turn = after, turn
    turn = 1 if start[before.axis] > corner[before.axis] else -1
    if end[after.axis] > corner[after.axis]:
        after.low_next, after.low_turn = before, turn
    else:
        after.high_next, after.high_turn = before, turn


def order(made: Sequence[Sequence[Piece]]) -> Lines:
    """Give the pieces their ranks, and return those on each line in that order."""
    lines: dict[tuple[int, int], list[Piece]] = {}
    for path in made:
        for piece in path:
            lines.setdefault((piece.axis, piece.line), []).append(piece)
    lines = dict(sorted(lines.items(), key=lambda item: (-item[0][0], item[0][1])))
    for line in lines.values():
        line.sort(key=lambda piece: (piece.low_turn + piece.high_turn, piece.wire))
        _number(line)
    shared = [line for line in lines.values() if len(line) > 1]
    for _ in range(_SWEEPS):
        for line in shared:
            _improve(line)
    return lines


def _number(line: Sequence[Piece]) -> None:
    for rank, piece in enumerate(line):
        piece.rank = rank


def _improve(line: list[Piece]) -> None:
    """Swap neighbours as long as fewer lines cross."""
    ends = {piece: piece.ends() for piece in line}
    swapped = True
    while swapped:
        swapped = False
        for position in range(len(line) - 1):
            first, second = line[position : position + 2]
            if _crossings(ends[second], ends[first]) < _crossings(ends[first], ends[second]):
                line[position : position + 2] = [second, first]
                swapped = True
    _number(line)


def _crossings(first: tuple[End, End], second: tuple[End, End]) -> int:
    """Return how often two pieces of the same line cross, if the first is before the second."""
    return _turning(first, second, 1) + _turning(second, first, -1)


def _turning(one: tuple[End, End], other: tuple[End, End], turn: int) -> int:
    """Return how many ends of a piece turn in a direction where the other piece is beside them."""
    low, high = other[0][:2], other[1][:2]
    return sum(low < (place, rank) < high for place, rank, turning in one if turning == turn)
