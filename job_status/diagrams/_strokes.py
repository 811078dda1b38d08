"""Lines as SVG has them: with round corners, their heads, and the signs of final statuses."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from ._ink import number
from .layout import Point

#: the radius of the corners of lines, and the length and half the width of their heads, in px
RADIUS, HEAD, HALF_HEAD = 10.0, 9.0, 4.25

#: the signs, drawn in a square of 14 px, since the fonts of many machines lack them
SIGNS = {
    "success": "M2 7.5l3.5 3.5L12 3.5",
    "error": "M3 3l8 8M11 3l-8 8",
    "canceled": "M13 7a6 6 0 1 1 -12 0a6 6 0 1 1 12 0M3 11L11 3",
    "final": "M3 3h8v8h-8z",
    "current": "M4 2.5l7.5 4.5L4 11.5z",
}


def line(points: Sequence[Point], shortened: float = HEAD - 2) -> str:
    """Return the path of a line with round corners, shortened at its end, where its head is."""
    corners = [*points[:-1], _towards(points[-1], points[-2], shortened)]
    parts = [f"M{_point(corners[0])}"]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(RADIUS, _distance(before, corner) / 2, _distance(corner, after) / 2)
        parts.append(f"L{_point(_towards(corner, before, radius))}Q{_point(corner)} {_point(_towards(corner, after, radius))}")
    return "".join((*parts, f"L{_point(corners[-1])}"))


def head(points: Sequence[Point], scale: float = 1.0) -> str:
    """Return the path of the head of a line, a triangle at its end."""
    tip, before = points[-1], points[-2]
    base = _towards(tip, before, HEAD * scale)
    away = max(_distance(tip, before), 1e-9)
    side_x, side_y = (HALF_HEAD * scale * (tip.y - before.y) / away, HALF_HEAD * scale * (before.x - tip.x) / away)
    sides = Point(base.x + side_x, base.y + side_y), Point(base.x - side_x, base.y - side_y)
    return f"M{_point(tip)}L{_point(sides[0])}L{_point(sides[1])}z"


def _towards(start: Point, end: Point, by: float) -> Point:
    """Return the point that lies that far from the one towards the other."""
    share = by / max(_distance(start, end), 1e-9)
    return Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)


def _distance(one: Point, other: Point) -> float:
    return hypot(one.x - other.x, one.y - other.y)


def _point(point: Point) -> str:
    return f"{number(point.x)} {number(point.y)}"
