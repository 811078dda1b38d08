"""Where things are in a picture, as read from its SVG, and how good that is: the same measures for pictures of ours and of others.

Lengths are in px. Texts are as wide as Helvetica has them, in which all of these pictures ask for their texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import combinations, pairwise
from math import atan2, dist, pi, tau
from xml.dom import minidom
from xml.dom.minidom import Element

from job_status.diagrams import _metrics

Spot = tuple[float, float]
#: left, top, right, bottom
Area = tuple[float, float, float, float]

#: how far a label may be off its arrow
OFF = 14.0
#: in how many pieces a curve is taken
_PIECES = 16
#: in px
_POINT = 4 / 3


@dataclass
class Arrow:
    line: list[Spot]
    labels: list[Area] = field(default_factory=list)


@dataclass
class Picture:
    canvas: Area
    statuses: dict[str, Area]
    arrows: list[Arrow]
    #: each with the statuses that belong in it
    frames: list[tuple[Area, set[str]]] = field(default_factory=list)

    @property
    def labels(self) -> list[Area]:
        return [label for arrow in self.arrows for label in arrow.labels]


@dataclass(frozen=True)
class Measures:
    crossings: int = 0
    #: labels more than 14 px off their arrow
    off: int = 0
    #: those, and labels on a status, a label or another arrow, nearer to another arrow, or outside of the canvas
    misplaced: int = 0
    #: arrows through statuses
    through: int = 0
    #: frames that lie across another, around a status that does not belong in them, or not around one that does
    frames: int = 0
    #: right angles by which arrows turn
    bends: int = 0
    width: int = 0
    height: int = 0

    def __add__(self, other: Measures) -> Measures:
        """Return those of two pictures together, and of the wider one its width."""
        sums = {one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)}
        return Measures(**sums | {"width": max(self.width, other.width), "height": max(self.height, other.height)})


def measure(picture: Picture) -> Measures:
    return Measures(
        crossings=sum(_crossings(one.line, other.line) for one, other in combinations(picture.arrows, 2)),
        off=sum(_distance(arrow.line, label) > OFF for arrow in picture.arrows for label in arrow.labels),
        misplaced=sum(_misplaced(picture, arrow, label) for arrow in picture.arrows for label in arrow.labels),
        through=sum(_through(picture, arrow) for arrow in picture.arrows),
        frames=_frames_astray(picture),
        bends=sum(map(_bends, picture.arrows)),
        width=round(picture.canvas[2] - picture.canvas[0]),
        height=round(picture.canvas[3] - picture.canvas[1]),
    )


# -- reading


def ours(svg: str) -> Picture:
    root = _root(svg)
    picture = Picture((0, 0, *map(float, root.getAttribute("viewBox").split()[2:])), {}, [])  # type: ignore[arg-type]
    for group in root.getElementsByTagName("g"):
        kinds = group.getAttribute("class").split()
        if "status" in kinds:
            (frame,) = _parts(group, "rect", "frame")
            picture.statuses[group.getAttribute("data-status")] = _rect(frame)
        elif "region" in kinds:
            (frame,) = _parts(group, "rect", "frame")
            picture.frames.append((_rect(frame), set(group.getAttribute("data-statuses").split("\n"))))
        elif "move" in kinds:
            (line,) = _parts(group, "path", "line")
            (head,) = _parts(group, "path", "head")
            labels = [_text(text) for text in group.getElementsByTagName("text")]
            spots = [*_path(line.getAttribute("d")), _path(head.getAttribute("d"))[0]]
            picture.arrows.append(Arrow(spots, [_around(labels)] if labels else []))
    return picture


def graphviz(svg: str) -> Picture:
    """Read a picture that Graphviz has drawn, of whichever library. It reckons in points, from a corner of its own."""
    root = _root(svg[svg.index("<svg") :])
    (shift,) = re.findall(r"translate\((\S+) (\S+)\)", svg)[:1]
    left, top = map(float, shift)
    statuses, arrows = {}, []
    for group in root.getElementsByTagName("g"):
        kinds = group.getAttribute("class").split()
        title = group.getElementsByTagName("title")
        name = str(title[0].firstChild.data) if title and title[0].firstChild else ""  # type: ignore[union-attr]
        if "node" in kinds and (outline := _outline(group)):
            statuses[name] = _moved(outline, left, top)
        elif "edge" in kinds and not re.match("start->|.*initial.*->", name):
            line = [spot for path in group.getElementsByTagName("path") for spot in _path(path.getAttribute("d"))]
            labels = [_moved(_text(text), left, top) for text in group.getElementsByTagName("text")]
            line = [((x + left) * _POINT, (y + top) * _POINT) for x, y in line]
            arrows.append(Arrow(line, [_around(labels)] if labels else []))
    width, height = (float(size) * _POINT for size in root.getAttribute("viewBox").split()[2:])
    return Picture((0, 0, width, height), statuses, arrows)


def _moved(area: Area, left: float, top: float) -> Area:
    return (area[0] + left) * _POINT, (area[1] + top) * _POINT, (area[2] + left) * _POINT, (area[3] + top) * _POINT


def _root(svg: str) -> Element:
    root = minidom.parseString(svg.encode()).documentElement
    assert root is not None
    return root


def _parts(group: Element, tag: str, kind: str) -> list[Element]:
    return [part for part in group.getElementsByTagName(tag) if kind in part.getAttribute("class").split()]


def _rect(part: Element) -> Area:
    x, y, width, height = (float(part.getAttribute(name)) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def _outline(group: Element) -> Area | None:
    spots: list[Spot] = []
    for ellipse in group.getElementsByTagName("ellipse"):
        x, y, rx, ry = (float(ellipse.getAttribute(name)) for name in ("cx", "cy", "rx", "ry"))
        spots += [(x - rx, y - ry), (x + rx, y + ry)]
    for tag, attribute in (("polygon", "points"), ("path", "d")):
        for part in group.getElementsByTagName(tag):
            spots += _numbers(part.getAttribute(attribute))
    return _around([(x, y, x, y) for x, y in spots]) if group.getElementsByTagName("text") and spots else None


def _numbers(text: str) -> list[Spot]:
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _path(data: str) -> list[Spot]:
    """Return a path as spots along it; its commands are M, L, Q and C, with absolute coordinates."""
    spots: list[Spot] = []
    for command, text in re.findall(r"([MLQC])([^MLQCz]*)", data):
        numbers = _numbers(text)
        degree = {"M": 1, "L": 1, "Q": 2, "C": 3}[command]
        for start in range(0, len(numbers), degree):
            control = numbers[start : start + degree]
            spots += control if degree == 1 else [_curve([spots[-1], *control], step / _PIECES) for step in range(1, _PIECES + 1)]
    return spots


def _curve(control: Sequence[Spot], share: float) -> Spot:
    while len(control) > 1:
        control = [(x + (u - x) * share, y + (v - y) * share) for (x, y), (u, v) in pairwise(control)]
    return control[0]


def _text(text: Element) -> Area:
    words = "".join(node.data for node in text.childNodes)  # type: ignore[union-attr]
    size = float(text.getAttribute("font-size") or 14)
    width = _metrics.width(words, size, bold=bool(text.getAttribute("font-weight")))
    left = {"middle": width / 2, "end": width}.get(text.getAttribute("text-anchor"), 0.0)
    x, y = float(text.getAttribute("x")) - left, float(text.getAttribute("y"))
    return x, y - 0.72 * size, x + width, y + 0.2 * size


def _around(areas: Sequence[Area]) -> Area:
    return min(a[0] for a in areas), min(a[1] for a in areas), max(a[2] for a in areas), max(a[3] for a in areas)


# -- measuring


def _crossings(one: Sequence[Spot], other: Sequence[Spot]) -> int:
    """Return how often two lines cross, and whether they lie on each other for a while."""
    return sum(_cross(*a, *b) for a in pairwise(one) for b in pairwise(other)) + _together(one, other)


def _cross(a: Spot, b: Spot, c: Spot, d: Spot) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Spot, b: Spot, c: Spot) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _together(one: Sequence[Spot], other: Sequence[Spot]) -> int:
    """Return 1 if a piece of a line lies on a piece of the other, across or down."""
    for along in (0, 1):
        across = 1 - along
        for a, b in pairwise(one):
            for c, d in pairwise(other):
                if a[across] == b[across] == c[across] == d[across]:
                    shared = min(max(a[along], b[along]), max(c[along], d[along])) - max(
                        min(a[along], b[along]), min(c[along], d[along])
                    )
                    if shared > 1:
                        return 1
    return 0


def _misplaced(picture: Picture, arrow: Arrow, label: Area) -> bool:
    off = _distance(arrow.line, label)
    others = [other.line for other in picture.arrows if other is not arrow]
    return (
        off > OFF
        or any(_overlap(label, status) for status in picture.statuses.values())
        or any(_overlap(label, other) for other in picture.labels if other is not label)
        or any(_distance(line, label) < min(off, 1.0) or _distance(line, label) < off - 1 for line in others)
        or not _inside(label, picture.canvas)
    )


def _through(picture: Picture, arrow: Arrow) -> bool:
    """Return whether a line leads through a status, be it at one of its ends."""
    return any(_distance(arrow.line, _shrunk(status)) == 0 for status in picture.statuses.values())


def _frames_astray(picture: Picture) -> int:
    astray = sum(
        (not _inside(status, frame)) if name in members else _overlap(status, frame)
        for frame, members in picture.frames
        for name, status in picture.statuses.items()
    )
    across = sum(
        _overlap(one, other) and not (_inside(one, other) or _inside(other, one))
        for (one, _), (other, _) in combinations(picture.frames, 2)
    )
    return astray + across


def _bends(arrow: Arrow) -> int:
    """Return by how many right angles a line turns in all, be it in round corners or in curves."""
    headings = [atan2(v - y, u - x) for (x, y), (u, v) in pairwise(arrow.line) if (x, y) != (u, v)]
    turns = (abs((after - before + pi) % tau - pi) for before, after in pairwise(headings))
    return round(sum(turns) / (pi / 2))


def _shrunk(area: Area) -> Area:
    return area[0] + 4, area[1] + 4, area[2] - 4, area[3] - 4


def _inside(area: Area, canvas: Area) -> bool:
    return canvas[0] <= area[0] and canvas[1] <= area[1] and area[2] <= canvas[2] and area[3] <= canvas[3]


def _overlap(one: Area, other: Area) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _distance(line: Sequence[Spot], area: Area) -> float:
    """Return how near a line comes to an area, in steps of 2 px: 0 if it leads through."""
    return min(dist(spot, _nearest(spot, area)) for spot in _steps(line))


def _nearest(spot: Spot, area: Area) -> Spot:
    return min(max(spot[0], area[0]), area[2]), min(max(spot[1], area[1]), area[3])


def _steps(line: Sequence[Spot]) -> Iterator[Spot]:
    for (x, y), (u, v) in pairwise(line):
        count = max(1, int(dist((x, y), (u, v)) / 2))
        yield from ((x + (u - x) * step / count, y + (v - y) * step / count) for step in range(count + 1))
