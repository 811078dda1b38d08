"""What is laid out, and what comes of it: plain geometry, in px, that knows nothing of lifecycles and of how things are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["right", "down"]


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle; `x` and `y` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Shape:
    """Something to place."""

    id: str
    width: float
    height: float
    #: whether nothing leaves it: such shapes are aligned
    final: bool = False
    #: whether it stands aside of all that is going on
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """A frame around shapes, and around the regions whose members are among its own."""

    id: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow to draw from a shape or a region to another shape, with the size of its label (0 by 0: it has none)."""

    source: str
    dest: str
    width: float = 0.0
    height: float = 0.0
    #: whether it is part of the main path, which is to be straight
    main: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """What is to be laid out."""

    shapes: tuple[Shape, ...]
    links: tuple[Link, ...]
    regions: tuple[Region, ...] = ()
    #: the shape that a start dot points to, if any
    initial: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Where an arrow runs: the corners of its line, from its tail to its tip, at right angles, and the place of its label."""

    points: tuple[Point, ...]
    label: Rect | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is: shapes, regions and routes in the order of the graph's own; (0, 0) is the upper left corner."""

    direction: Direction
    width: float
    height: float
    shapes: tuple[Rect, ...]
    regions: tuple[Rect, ...]
    routes: tuple[Route, ...]
    #: the line from the start dot, whose middle is its first point
    start: Route | None
    #: how bad it is: the less the better; see `_score`
    cost: float
    #: whether there is hardly anything to gain, by another direction or other regions
    flawless: bool = False
