"""The layout as the caller wants it: rectangles, and lines from border to border."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ._coordinates import NEAR, Coordinates
from ._graph import Direction, Layout, Point, Rect, Route
from ._labels import Label
from ._net import Net
from ._tracks import Piece


def picture(
    net: Net, direction: Direction, made: Sequence[Sequence[Piece]], texts: Sequence[Label], x: Coordinates, y: Coordinates
) -> Layout:
    """Return the layout, whose cost is not known yet."""
    shapes = [Rect(left, top, width, height) for (left, width), (top, height) in zip(x.shapes, y.shapes, strict=True)]
    frames = [Rect(left, top, right - left, bottom - top) for (left, right), (top, bottom) in zip(x.frames, y.frames, strict=True)]
    labels = {label.piece.wire: _label(label, x, y) for label in texts}
    routes = [Route(tuple(_points(path, x, y)), labels.get(number)) for number, path in enumerate(made)]
    start = None
    if net.start is not None:
        dot, line = shapes.pop(), routes.pop()
        start = Route((Point(dot.x + dot.width / 2, dot.y + dot.height / 2), *line.points[1:]))
    return Layout(direction, x.size, y.size, tuple(shapes), tuple(frames), tuple(routes), start, 0.0)


def _points(path: Sequence[Piece], x: Coordinates, y: Coordinates) -> Iterator[Point]:
    first, last = path[0], path[-1]
    tail = (y if first.axis else x).end(first, first.backwards)
    tip = (y if last.axis else x).end(last, not last.backwards)
    places = [(x if piece.axis else y).pieces[piece] for piece in path]
    along = [tail, *places, tip]
    for piece, one, other in zip([*path, None], along, along[1:], strict=False):
        axis = 1 - last.axis if piece is None else piece.axis
        yield Point(other, one) if axis else Point(one, other)


def _label(label: Label, x: Coordinates, y: Coordinates) -> Rect:
    along, across = (y, x) if label.piece.axis else (x, y)
    middle, line = along.labels[label], across.pieces[label.piece]
    width, height = label.width, label.height
    if label.piece.axis:
        left = line - NEAR[1] - width if label.before else line + NEAR[1]
        return Rect(left, middle - height / 2, width, height)
    top = line - NEAR[0] - height if label.before else line + NEAR[0]
    return Rect(middle - width / 2, top, width, height)
