"""Where each label goes: on which straight piece of its line, at which line across it, on which side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ._grid import Grid
from ._net import Net
from ._tracks import Lines, Piece


@dataclass(slots=True, eq=False)
class Label:
    """A label beside a piece, between the lines before and after the line `at` that the piece crosses or ends on."""

    piece: Piece
    at: int
    width: int
    height: int
    #: whether it stands before its piece, that is above or left of it, or after it
    before: bool


def labels(net: Net, grid: Grid, made: Sequence[Sequence[Piece]], lines: Lines) -> list[Label]:
    """Return the labels of the wires that have one; the widest choose first."""
    chooser = _Chooser(net, grid, lines)
    wide = sorted((-wire.width, number) for number, wire in enumerate(net.wires) if wire.width and wire.height)
    chosen = [chooser.choose(number, made[number]) for _, number in wide]
    for label in chosen:
        label.before = _before(label, lines[label.piece.axis, label.piece.line], chosen)
    return chosen


class _Chooser:
    def __init__(self, net: Net, grid: Grid, lines: Lines) -> None:
        self.net = net
        self.lines = lines
        #: how much room there is on each line anyway
        self.room = ([24] * grid.x.count, [20] * grid.y.count)
        for (width, height), (x, y) in zip(net.sizes, grid.places, strict=True):
            self.room[0][x] = max(self.room[0][x], width)
            self.room[1][y] = max(self.room[1][y], height)

    def choose(self, number: int, path: Sequence[Piece]) -> Label:
        wire = self.net.wires[number]
        _, _, piece, at = min(
            (self.cost(piece, at, wire.width, wire.height), position, piece, at)
            for position, (piece, at) in enumerate(
                (piece, at) for piece in path for at in range((piece.low + 1) // 2, piece.high // 2 + 1)
            )
        )
        room = self.room[piece.axis]
        room[at] = max(room[at], (wire.height if piece.axis else wire.width) + 16)
        return Label(piece, at, wire.width, wire.height, before=piece.axis == 0)

    def cost(self, piece: Piece, at: int, width: int, height: int) -> int:
        """Return how much the picture has to grow, and how far the label is from the middle of its piece."""
        along, beside = (height, width) if piece.axis else (width, height)
        cost = max(0, along + 16 - self.room[piece.axis][at])
        for other in self.lines.get((1 - piece.axis, at), ()):
            if other.low <= 2 * piece.line <= other.high and other not in (piece.low_next, piece.high_next):
                cost += along + 16
        if piece.axis:
            cost += max(0, 2 * beside - self.room[0][piece.line])
        if 2 * at in (piece.low, piece.high):
            cost += 20
        return cost + 2 * abs(piece.low + piece.high - 4 * at)


def _before(label: Label, line: Sequence[Piece], chosen: Sequence[Label]) -> bool:
    """Return whether a label is better off before its piece: the lower (right) one of two neighbours has its label after it."""
    piece = label.piece
    near = [other for other in line if other is not piece and other.low <= 2 * label.at <= other.high]
    lower = any(other.rank < piece.rank for other in near)
    higher = any(other.rank > piece.rank for other in near)
    if piece.axis == 0:
        return not lower or higher
    return higher and not lower
