"""What there is on an axis, for a picture that is to be drawn together: variables, and boxes that hang on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ._coordinates import NEAR, Coordinates
from ._grid import Grid
from ._labels import Label
from ._tracks import Piece

#: how much wider than all others a shape must be to leave the common middle of its column
_WIDER = 60


@dataclass(frozen=True, slots=True)
class Box:
    """Something that takes room: from `low` to `high` beside the place of its variable, and where it is on the other axis."""

    variable: int
    low: int
    high: int
    first: int
    last: int
    kind: str


class Things:
    """The variables of an axis: a number each for shapes (those in a column share one), pieces, labels and the ends of frames."""

    def __init__(
        self,
        grid: Grid,
        axis: int,
        made: Sequence[Sequence[Piece]],
        texts: Sequence[Label],
        here: Coordinates,
        there: Coordinates,
    ) -> None:
        self.axis, self.here, self.there = axis, here, there
        #: where each variable is now
        self.now: list[int] = []
        self.shapes = self._columns([place[axis] for place in grid.places])
        every = [piece for path in made for piece in path]
        #: the pieces that have a place on the axis, those that run along it, and the labels beside these
        self.across = {piece: self._new(here.pieces[piece]) for piece in every if piece.axis != axis}
        self.along = [piece for piece in every if piece.axis == axis]
        self.labels = {label: self._new(here.labels[label]) for label in texts if label.piece.axis == axis}
        self.frames = [(self._new(low), self._new(high)) for low, high in here.frames]
        self.boxes = [*self._shape_boxes(), *self._frame_boxes(), *self._piece_boxes(), *self._label_boxes(texts)]

    def _new(self, place: int) -> int:
        self.now.append(place)
        return len(self.now) - 1

    def _columns(self, lines: Sequence[int]) -> list[int]:
        """Return the variable of each shape: those in a column share one, except one that is much wider than all others there."""
        found: list[int] = []
        shared: dict[int, int] = {}
        for shape, line in enumerate(lines):
            low, size = self.here.shapes[shape]
            others = [self.here.shapes[other][1] for other, that in enumerate(lines) if that == line and other != shape]
            if others and size > max(others) + _WIDER:
                found.append(self._new(low + size // 2))
            else:
                if line not in shared:
                    shared[line] = self._new(low + size // 2)
                found.append(shared[line])
        return found

    def end(self, piece: Piece, high: bool) -> tuple[int, int]:
        """Return the variable that the end of a piece along the axis depends on, and how far it is from that."""
        following = piece.high_next if high else piece.low_next
        if following is not None:
            return self.across[following], 0
        at = piece.high_at if high else piece.low_at
        if at < 0:
            return self.frames[-1 - at][high == piece.inward], 0
        half = self.here.shapes[at][1] // 2
        return self.shapes[at], -half if high else half

    def _shape_boxes(self) -> Iterator[Box]:
        for variable, (_, size), (low, length) in zip(self.shapes, self.here.shapes, self.there.shapes, strict=True):
            yield Box(variable, -size // 2, size // 2, low, low + length, "shape")

    def _frame_boxes(self) -> Iterator[Box]:
        for ends, (first, last) in zip(self.frames, self.there.frames, strict=True):
            for variable in ends:
                yield Box(variable, 0, 0, first, last, "frame")

    def _piece_boxes(self) -> Iterator[Box]:
        for piece, variable in self.across.items():
            yield Box(variable, 0, 0, self.there.end(piece, False), self.there.end(piece, True), "line")

    def _label_boxes(self, texts: Sequence[Label]) -> Iterator[Box]:
        for label in texts:
            near = NEAR[label.piece.axis]
            size, length = (label.height, label.width) if self.axis else (label.width, label.height)
            if label in self.labels:
                line = self.there.pieces[label.piece]
                first = line - near - length if label.before else line + near
                yield Box(self.labels[label], -size // 2, size // 2, first, first + length, "label")
            else:
                middle = self.there.labels[label]
                low = -near - size if label.before else near
                yield Box(self.across[label.piece], low, low + size, middle - length // 2, middle + length // 2, "label")
