"""A board of cells with shapes on it, and what a placement costs: guessed from straight lines between the cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ._crossings import Line
from ._net import Net
from ._order import Tie

#: a layer and a row; between two others it is half a number, until they are counted anew
Place = tuple[float, float]
#: the first and the last layer, the first and the last row
Span = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """What costs what on a board, beside a layer or a row that is crossed."""

    layer: float = 2.0
    row: float = 1.25
    crossing: float = 12.0
    bend: float = 5.0
    #: a shape in the way of a straight line
    blocked: float = 24.0
    #: a line that stays in its layer, or leads back although it should not
    level: float = 2.0
    backward: float = 4.0
    #: what should not be: the main path bends, a shape that stands aside is among the others; what must not: a stranger in a region
    hardly: float = 150.0
    never: float = 1000.0
    #: each layer and each row of the whole
    wide: float = 3.0
    high: float = 1.0
    #: a final before the last layer
    early: float = 5.0


class Board:
    """Where shapes stand. The start dot is always in the layer before the first."""

    def __init__(self, net: Net, ties: Sequence[Tie], weights: Weights, below: int) -> None:
        self.net = net
        self.ties = ties
        self.weights = weights
        #: on which axis those that stand aside are below the others: 0 for layers, 1 for rows
        self.below = below
        self.cells: dict[int, Place] = {}
        self.taken: dict[Place, int] = {}
        #: the ties that move when a shape does
        self.touching: list[list[int]] = [[] for _ in net.sizes]
        for number, tie in enumerate(ties):
            for shape in net.members(tie.source) | {tie.dest}:
                self.touching[shape].append(number)

    def put(self, shape: int, place: Place) -> None:
        self.take(shape)
        self.cells[shape] = place
        self.taken[place] = shape

    def take(self, shape: int) -> None:
        if shape in self.cells:
            del self.taken[self.cells.pop(shape)]

    def span(self, shapes: Iterable[int]) -> Span | None:
        places = [self.cells[shape] for shape in shapes if shape in self.cells]
        if not places:
            return None
        layers, rows = [place[0] for place in places], [place[1] for place in places]
        return min(layers), max(layers), min(rows), max(rows)

    def line(self, tie: Tie) -> Line | None:
        """Return where a tie runs straight; None: it is not there yet, or stays within the frame that it starts from."""
        end = self.cells.get(tie.dest)
        if end is None:
            return None
        if tie.source >= 0:
            start = self.cells.get(tie.source)
            return None if start is None else (*start, *end)
        members = self.net.regions[-1 - tie.source]
        span = None if tie.dest in members else self.span(members)
        return None if span is None else from_frame(span, end)

    def blocked(self, line: Line) -> bool:
        """Return whether a shape stands in the way of a straight line."""
        from_layer, from_row, to_layer, to_row = line
        if from_row == to_row:
            low, high = (from_layer, to_layer) if from_layer < to_layer else (to_layer, from_layer)
            return high - low > 1 and any((layer, from_row) in self.taken for layer in range(int(low) + 1, int(high + 0.5)))
        low, high = (from_row, to_row) if from_row < to_row else (to_row, from_row)
        return high - low > 1 and any((from_layer, row) in self.taken for row in range(int(low) + 1, int(high + 0.5)))

    def strangers(self) -> bool:
        """Return whether there is a shape among the members of a region that is none of them."""
        return any(
            within(place, span)
            for members in self.net.regions
            for span in (self.span(members),)
            for shape, place in self.cells.items()
            if span and shape not in members
        )

    def normalize(self) -> None:
        """Number layers and rows anew, without gaps."""
        layers, rows = (sorted({place[axis] for place in self.taken}) for axis in (0, 1))
        layer, row = ({old: float(new) for new, old in enumerate(values)} for values in (layers, rows))
        self.cells = {shape: (layer[place[0]], row[place[1]]) for shape, place in self.cells.items()}
        self.taken = {place: shape for shape, place in self.cells.items()}


def from_frame(span: Span, end: Place) -> Line:
    left, right, top, bottom = span
    layer, row = end
    return (
        left if layer < left else right if layer > right else layer,
        top if row < top else bottom if row > bottom else row,
        layer,
        row,
    )


def grown(span: Span | None, place: Place) -> Span:
    layer, row = place
    if span is None:
        return layer, layer, row, row
    left, right, top, bottom = span
    return (
        layer if layer < left else left,
        layer if layer > right else right,
        row if row < top else top,
        row if row > bottom else bottom,
    )


def within(place: Place, span: Span) -> bool:
    return span[0] <= place[0] <= span[1] and span[2] <= place[1] <= span[3]
