"""What makes a picture hard to read, counted: plain geometry on what was to be laid out and where it ended up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import inf

from ._graph import Direction, Graph, Layout, Point, Rect

#: how far a label may be from its line, in px
FAR = 14

#: a straight piece of a line: left, top, right, bottom
Piece = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts of a layout's faults, and its extent in px; all but the extent are 0 in a flawless picture."""

    #: how often two lines cross, or run over each other
    crossings: int
    #: corners of lines; of those of the main path
    bends: int
    main_bends: int
    #: links of the main path that do not lead on in the direction of the picture
    main_turns: int
    #: finals that are not in line with the last one
    finals_apart: int
    #: how often a line runs through a shape
    through_shapes: int
    #: how often a line crosses a frame although it has the same ends on both sides of it
    through_frames: int
    #: labels that lie on a shape, on another label, on a line, or on a frame
    labels_on_shapes: int
    labels_on_labels: int
    labels_on_lines: int
    labels_on_frames: int
    #: labels that are nearer to another line than to their own, and that are more than 14 px off it
    labels_astray: int
    labels_far: int
    #: of all lines together
    length: float
    width: float
    height: float

    @property
    def misplaced(self) -> int:
        """How many labels are not where they should be, those counted twice that have two faults."""
        return (
            self.labels_on_shapes
            + self.labels_on_labels
            + self.labels_on_lines
            + self.labels_on_frames
            + self.labels_astray
            + self.labels_far
        )


def measure(graph: Graph, layout: Layout) -> Measures:
    """Return the measures of a layout, whose lines run at right angles."""
    lines = [[*_pieces(route.points)] for route in layout.routes]
    if layout.start is not None:
        lines.append([*_pieces(layout.start.points)])
    labels = [(number, route.label) for number, route in enumerate(layout.routes) if route.label is not None]
    distances = [(number, [_distance(label, line) for line in lines]) for number, label in labels]
    frames = [_frame(frame) for frame in layout.regions]
    return Measures(
        crossings=_crossings(lines),
        bends=sum(len(route.points) - 2 for route in layout.routes),
        main_bends=sum(len(route.points) - 2 for link, route in zip(graph.links, layout.routes, strict=True) if link.main),
        main_turns=sum(
            not _onward(route.points, layout.direction) for link, route in zip(graph.links, layout.routes, strict=True) if link.main
        ),
        finals_apart=_apart(graph, layout),
        through_shapes=sum(_inside(piece, shape) for line in lines for piece in line for shape in layout.shapes),
        through_frames=sum(max(0, _through(line, frame) - least) for line, frame, least in _frames_met(graph, layout, lines)),
        labels_on_shapes=sum(_overlap(label, shape) for _, label in labels for shape in layout.shapes),
        labels_on_labels=sum(_overlap(one, other) for (_, one), (_, other) in combinations(labels, 2)),
        labels_on_lines=sum(
            other != own and not far[other] and any(_inside(piece, label) for piece in line)
            for (own, label), (_, far) in zip(labels, distances, strict=True)
            for other, line in enumerate(lines)
        ),
        labels_on_frames=sum(_inside(side, label) for frame in frames for side in frame for _, label in labels),
        labels_astray=sum(min(far) < far[own] for own, far in distances),
        labels_far=sum(far[own] > FAR**2 for own, far in distances),
        length=sum(abs(right - left) + abs(bottom - top) for line in lines for left, top, right, bottom in line),
        width=layout.width,
        height=layout.height,
    )


def _onward(points: Sequence[Point], direction: Direction) -> bool:
    tail, tip = points[0], points[-1]
    return tip.x > tail.x if direction == "right" else tip.y > tail.y


def _apart(graph: Graph, layout: Layout) -> int:
    middles = [
        rect.x + rect.width / 2 if layout.direction == "right" else rect.y + rect.height / 2
        for shape, rect in zip(graph.shapes, layout.shapes, strict=True)
        if shape.final
    ]
    return sum(middle < max(middles) - 1 for middle in middles)


def _pieces(points: Sequence[Point]) -> Iterator[Piece]:
    for one, other in pairwise(points):
        yield min(one.x, other.x), min(one.y, other.y), max(one.x, other.x), max(one.y, other.y)


def _crossings(lines: Sequence[Sequence[Piece]]) -> int:
    """Return how often pieces of two lines cross or touch."""
    return sum(
        left <= high and low <= right and top <= last and first <= bottom
        for one, other in combinations(lines, 2)
        for left, top, right, bottom in one
        for low, first, high, last in other
    )


def _inside(piece: Piece, rect: Rect) -> bool:
    """Return whether a piece runs through the inside of a rectangle."""
    left, top, right, bottom = piece
    return left < rect.x + rect.width and rect.x < right and top < rect.y + rect.height and rect.y < bottom


def _overlap(one: Rect, other: Rect) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def _distance(label: Rect, line: Sequence[Piece]) -> float:
    """Return the square of the distance, which is exact."""
    low, high, first, last = label.x, label.x + label.width, label.y, label.y + label.height
    nearest = inf
    for left, top, right, bottom in line:
        across = left - high if left > high else low - right if low > right else 0
        along = top - last if top > last else first - bottom if first > bottom else 0
        nearest = min(nearest, across * across + along * along)
    return nearest


def _frame(frame: Rect) -> tuple[Piece, Piece, Piece, Piece]:
    """Return the four sides of a frame."""
    left, top, right, bottom = frame.x, frame.y, frame.x + frame.width, frame.y + frame.height
    return (left, top, right, top), (left, bottom, right, bottom), (left, top, left, bottom), (right, top, right, bottom)


def _frames_met(graph: Graph, layout: Layout, lines: Sequence[Sequence[Piece]]) -> Iterator[tuple[Sequence[Piece], Rect, int]]:
    """Yield each line with each frame, and how often it has to cross it."""
    regions = {region.id: region.members for region in graph.regions}
    for link, line in zip(graph.links, lines, strict=False):
        members = regions.get(link.source, frozenset((link.source,)))
        for region, frame in zip(graph.regions, layout.regions, strict=True):
            if region.id == link.source:
                yield line, frame, 1
            else:
                yield line, frame, int((link.dest in region.members) != (members <= region.members))


def _through(line: Sequence[Piece], frame: Rect) -> int:
    return _crossings([line, _frame(frame)])
