"""What a shape costs on each place of a board: guessed from straight lines between the cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf

from ._board import Board, Place, Span, from_frame, grown, within
from ._crossings import Known, Line, crossings, known
from ._order import Tie

#: what a layer or a row costs, and a bit for each tie that leads to another one from it
Share = tuple[float, int]


class Prices:
    """What it costs to put a shape, which is not on the board now, on each place of it."""

    def __init__(self, board: Board, shape: int) -> None:
        net, cells = board.net, board.cells
        self.board, self.weights = board, board.weights
        touching = board.touching[shape]
        spans = [board.span(members) for members in net.regions]
        #: the ties to shapes: whether this one is the source, and where the other one is
        self.shapes: list[tuple[Tie, bool, float, float]] = []
        #: the ties to frames: where the rest of the frame is, and where they lead if this shape is a part of it
        self.frames: list[tuple[Tie, Span | None, Place | None]] = []
        for number in touching:
            tie = board.ties[number]
            place: Place | None
            if tie.source >= 0:
                outward = tie.source == shape
                place = cells.get(tie.dest if outward else tie.source)
                if place:
                    self.shapes.append((tie, outward, *place))
            elif tie.dest not in net.regions[-1 - tie.source]:
                span = spans[-1 - tie.source]
                place = cells.get(tie.dest)
                if place if tie.dest != shape else span:
                    self.frames.append((tie, span, place))
        lines = [(tie, line) for number, tie in enumerate(board.ties) if number not in touching and (line := board.line(tie))]
        ties = [tie for tie, _, _, _ in self.shapes] + [tie for tie, _, _ in self.frames]
        every = [(tie, known(line)) for tie, line in lines]
        #: for each tie, the lines that it may cross: those that do not end where it does
        self.others: list[list[Known]] = []
        for own in ties:
            end = own.dest if own.source == shape or own.dest != shape else own.source
            self.others.append([line for tie, line in every if end not in (tie.source, tie.dest)])
        self.straight = [(line, tie.main) for tie, line in lines if line[0] == line[2] or line[1] == line[3]]
        #: the regions that it is in, with the strangers that are not in them yet; the frames that it must not be in
        self.inside = [
            (span, [place for other, place in cells.items() if other not in members and not (span and within(place, span))])
            for members, span in zip(net.regions, spans, strict=True)
            if shape in members
        ]
        self.outside = [span for members, span in zip(net.regions, spans, strict=True) if shape not in members and span]
        self.whole = board.span(cells)
        self.final, self.finals = shape in net.finals, sum(other in net.finals for other in cells)
        self.axis, aside = board.below, shape in net.asides
        #: the rows (layers) that it must be above, and below
        self.above = [] if aside else [place[self.axis] for other, place in cells.items() if other in net.asides]
        self.below = [place[self.axis] for other, place in cells.items() if other not in net.asides] if aside else []
        self.layers: dict[float, Share] = {}
        self.rows: dict[float, Share] = {}
        self.main = sum(tie.main << bit for bit, tie in enumerate(ties))

    def best(self, places: Iterable[Place], limit: float = inf) -> Place | None:
        """Return the cheapest of some places, if it is cheaper than the limit; of several the first."""
        found = None
        for place in places:
            price = self.price(place, limit)
            if price < limit:
                limit, found = price, place
        return found

    def price(self, place: Place, limit: float = inf) -> float:
        """Return what a place costs, or something that is not below the limit as soon as that is certain."""
        layer, row = place
        (total, across), (other, along) = self.layers.get(layer) or self.layer(layer), self.rows.get(row) or self.row(row)
        total += other
        bent = across & along
        if bent:
            total += self.weights.hardly * (bent & self.main).bit_count() + self.weights.bend * (bent & ~self.main).bit_count()
        if total < limit:
            lines = self.lines(place)
            total += self.obstacles(place, lines)
            if total < limit:
                total += self.crossings(lines, (limit - total) / self.weights.crossing) * self.weights.crossing
        return total

    def layer(self, layer: float) -> Share:
        """Return what a layer costs: for the extent of the whole, for finals before the last one, and for lines across it."""
        weights = self.weights
        left, right, _, _ = grown(self.whole, (layer, 0.0))
        total = weights.wide * self.stretch(right - left) + self.misplaced(0, layer)
        if self.final:
            total += weights.early * (right - layer)
        if self.whole is not None:
            total += weights.early * self.finals * (right - self.whole[1])
        across = 0
        for bit, (tie, distance) in enumerate(self.distances(0, layer)):
            total += weights.layer * abs(distance)
            across |= (distance != 0) << bit
            if tie.forward and distance <= 0:
                total += (weights.hardly if tie.main else weights.level) - weights.backward * distance
        self.layers[layer] = total, across
        return total, across

    def row(self, row: float) -> Share:
        """Return what a row costs, likewise."""
        weights = self.weights
        _, _, top, bottom = grown(self.whole, (0.0, row))
        total = weights.high * self.stretch(bottom - top) + self.misplaced(1, row)
        along = 0
        for bit, (_, distance) in enumerate(self.distances(1, row)):
            total += weights.row * abs(distance)
            along |= (distance != 0) << bit
        self.rows[row] = total, along
        return total, along

    def stretch(self, extent: float) -> float:
        """Return what an extent counts: what has no ties to others fills a square rather than a line."""
        return extent if self.others else extent * extent

    def misplaced(self, axis: int, at: float) -> float:
        """Return what it costs to stand aside without being so, or the other way round."""
        if axis != self.axis:
            return 0.0
        return self.weights.hardly * (sum(at >= other for other in self.above) + sum(at <= other for other in self.below))

    def distances(self, axis: int, at: float) -> Iterator[tuple[Tie, float]]:
        """Yield how far each tie of the shape leads on an axis, in the order of their bits."""
        for tie, outward, *other in self.shapes:
            yield tie, other[axis] - at if outward else at - other[axis]
        for tie, span, end in self.frames:
            first, last = span[2 * axis : 2 * axis + 2] if span else (at, at)
            if end:
                first, last = min(first, at), max(last, at)
            to = end[axis] if end else at
            yield tie, to - min(max(to, first), last)

    def lines(self, place: Place) -> list[tuple[Tie, Line]]:
        """Return where the ties of the shape would run."""
        layer, row = place
        lines: list[tuple[Tie, Line]] = [
            (tie, (layer, row, other_layer, other_row) if outward else (other_layer, other_row, layer, row))
            for tie, outward, other_layer, other_row in self.shapes
        ]
        for tie, span, end in self.frames:
            lines.append((tie, from_frame(grown(span, place), end) if end else from_frame(span or (*place, *place), place)))
        return lines

    def obstacles(self, place: Place, lines: Iterable[tuple[Tie, Line]]) -> float:
        """Return what shapes in the way of straight lines cost, and strangers in regions."""
        weights, total = self.weights, 0.0
        layer, row = place
        for tie, line in lines:
            if (line[0] == line[2] or line[1] == line[3]) and self.board.blocked(line):
                total += weights.hardly if tie.main else weights.blocked
        for (from_layer, from_row, to_layer, to_row), main in self.straight:
            if from_row == to_row:
                on = row == to_row and (from_layer < layer < to_layer or to_layer < layer < from_layer)
            else:
                on = layer == to_layer and (from_row < row < to_row or to_row < row < from_row)
            if on:
                total += weights.hardly if main else weights.blocked
        for span in self.outside:
            if within(place, span):
                total += weights.never
        for inner, strangers in self.inside:
            if inner is None or not within(place, inner):
                left, right, top, bottom = around = grown(inner, place)
                total += right - left + bottom - top
                if inner is not None:
                    total -= inner[1] - inner[0] + inner[3] - inner[2]
                for at in strangers:
                    if within(at, around):
                        total += weights.never
        return total

    def crossings(self, lines: Sequence[tuple[Tie, Line]], enough: float) -> int:
        """Return how often lines cross others, and each other; not many more than are enough to know."""
        count = 0
        met: list[Known] = []
        for (_, line), others in zip(lines, self.others, strict=True):
            this = known(line)
            count += crossings(this, others) + crossings(this, met)
            if count >= enough:
                break
            if self.frames:  # the others all end where the shape is
                met.append(this)
        return count
