"""A drawing as SVG, laid out by `layout` and drawn here: with nothing else installed, the same bytes on every machine.

Every status is a `<g class="status" data-status="RUNNING">`, and every arrow a `<g class="move" data-source="WAITING"
data-dest="RUNNING" data-trigger="start_run">`, with a `<path class="line">` and a `<text class="label">` for each line of its text.
An arrow with several triggers, or out of a box with several statuses, has them all in its attribute, each on a line of its own; so
`[data-trigger~="start_run"]` finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from warnings import warn

from . import _face, _ink, _strokes, _titles
from ._drafting import MANY
from ._drawing import Arrow, Drawing, Node
from ._face import PADDING_X, SIGN, Face
from ._ink import number
from ._listing import listing
from ._plan import Plan, plan
from ._style import paint
from ._text import shown
from .layout import Direction, Layout, Point, Rect, Route, lay_out

#: around the caption, and its least width, in px
_MARGIN, _LEAST_CAPTION = 14.0, 420.0

#: how far from the upper left corner of a box its title begins, in px; what is in the box keeps a larger distance
_TITLE = 12.5

#: how far from a line a label may stand that is aligned with it, in px
_BESIDE = 14.0


def svg(drawing: Drawing, *others: Drawing, direction: Direction | None = None) -> str:
    """Return the text of an SVG document, with a title and a description for those who cannot see it.

    `others` are further drawings of the same source, with other boxes: of all of them the one is drawn that can be laid out best.
    Of more than MANY arrows the document is a table, and a warning says so.
    """
    if len(drawing.arrows) > MANY:
        count = len(drawing.arrows)
        warn(
            f"{shown(drawing.title)}: {count} arrows are too many for a picture; it has a table of the moves instead", stacklevel=2
        )
        return listing(drawing)
    tried: list[tuple[Plan, Layout]] = []
    for one in map(plan, (drawing, *others)):
        tried.append((one, lay_out(one.graph, direction)))
        if tried[-1][1].flawless:
            break
    return _document(*min(tried, key=lambda pair: pair[1].cost))


def _document(plan: Plan, layout: Layout) -> str:
    drawing = plan.drawing
    legend = f"{drawing.legend}." if drawing.legend else ""
    texts = [text for text in (" ".join(drawing.notes), legend, *drawing.refused) if text]
    caption = _face.caption(texts, max(layout.width, _LEAST_CAPTION) - 2 * _MARGIN)
    place = Rect(_MARGIN, layout.height, caption.width, caption.height)
    body = [
        *_regions(plan, layout),
        *(_start(layout.start) if layout.start else ()),
        *_moves(plan, layout),
        *(
            part
            for node in zip(drawing.nodes.values(), plan.statuses, layout.shapes, strict=True)
            for part in _status(drawing, *node)
        ),
        *(_ink.text(text, "note", place.x, y) for text, y in _ink.lines(caption, place.y)),
    ]
    width = max(layout.width, caption.width + 2 * _MARGIN)
    height = layout.height + (caption.height + _MARGIN if caption.lines else 0.0)
    links = any(node.link for node in drawing.nodes.values())
    return _ink.document(drawing.title, drawing.description, body, width, height, links=links)


def _regions(plan: Plan, layout: Layout) -> Iterator[str]:
    """Yield the boxes, the outer ones first."""
    boxes = plan.drawing.boxes
    for box, place in sorted(zip(boxes, layout.regions, strict=True), key=lambda pair: -len(pair[0].members)):
        level = 1 + sum(box.members < other.members for other in boxes)
        groups = _present({"region": True, "level-2": level == 2, "level-3": level > 2})
        members = [name for name in plan.drawing.nodes if name in box.members]
        yield _ink.opened(groups, {"statuses": members}, _titles.of_region(plan.drawing, box))
        yield f"<rect {paint(groups, 'frame')} {_ink.rect(place, 14)}/>"
        if box.title:
            yield _ink.text(_face.title(box.title), "title", place.x + _TITLE, place.y + _TITLE, groups=groups)
        yield "</g>"


def _start(route: Route) -> Iterator[str]:
    groups = ["start"]
    yield _ink.opened(groups, {}, "The start.")
    yield from _line(route, groups)
    dot = route.points[0]
    yield f'<circle {paint(groups, "dot")} cx="{number(dot.x)}" cy="{number(dot.y)}" r="7"/>'
    yield "</g>"


def _moves(plan: Plan, layout: Layout) -> Iterator[str]:
    """Yield the arrows, the strong ones last, so that they are in front."""
    arrows = zip(plan.drawing.arrows, plan.labels, layout.routes, strict=True)
    for arrow, label, route in sorted(arrows, key=lambda item: item[0].main or item[0].taken):
        yield from _move(plan.drawing, arrow, label, route)


def _move(drawing: Drawing, arrow: Arrow, label: Face, route: Route) -> Iterator[str]:
    traced = drawing.trace is not None
    groups = _present(
        {
            "move": True,
            "light": arrow.light,
            "passed-by": (traced and not arrow.taken) or arrow.count == 0,
            "main": arrow.main and not traced and arrow.count != 0,
            "taken": arrow.taken,
            "inferred": arrow.inferred,
            "alarming": arrow.alarming,
        }
    )
    data = {
        "source": _titles.sources(drawing, arrow),
        "dest": [arrow.dest],
        "trigger": list(dict.fromkeys(_titles.trigger(line) for line in arrow.lines if not line.tally)),
        "count": [] if arrow.count is None else [str(arrow.count)],
    }
    yield _ink.opened(groups, data, _titles.of_arrow(drawing, arrow))
    yield from _line(route, groups, None if arrow.count is None else 1.2 + 5 * arrow.weight)
    if route.label:
        x, anchor = _beside(route.points, route.label)
        for text, y in _ink.lines(label, _centered(label, route.label)):
            yield _ink.text(text, "label alarm" if text.alarming else "label", x, y, anchor, groups)
    yield "</g>"


def _line(route: Route, groups: list[str], width: float | None = None) -> Iterator[str]:
    """Yield a line and its head; `width` is its own where it does not follow from what it is."""
    thick = "" if width is None else f' style="stroke-width:{number(width)}px"'
    yield f'<path {paint(groups, "line")}{thick} d="{_strokes.line(route.points)}"/>'
    yield f'<path {paint(groups, "head")} d="{_strokes.head(route.points, max(1.0, (width or 0.0) / 3))}"/>'


def _beside(points: Iterable[Point], label: Rect) -> tuple[float, str]:
    """Return where the lines of a label are aligned: towards its arrow, if that runs up or down beside it."""
    middle = label.y + label.height / 2
    for one, other in pairwise(points):
        if one.x == other.x and min(one.y, other.y) <= middle <= max(one.y, other.y):
            if 0 <= label.x - one.x <= _BESIDE:
                return label.x, "start"
            if 0 <= one.x - (label.x + label.width) <= _BESIDE:
                return label.x + label.width, "end"
    return label.x + label.width / 2, "middle"


def _status(drawing: Drawing, node: Node, face: Face, place: Rect) -> Iterator[str]:
    groups = _present(
        {
            "status": True,
            "aside": node.aside,
            "visited": node.visited,
            "current": node.current,
            node.outcome: bool(node.outcome),
            "faded": (drawing.trace is not None and not node.visited) or node.count == 0,
        }
    )
    if node.link:
        yield f'<a href="{_ink.listed([node.link])}">'
    yield _ink.opened(groups, {"status": [node.name]}, _titles.of_status(drawing, node))
    yield f"<rect {paint(groups, 'frame')} {_ink.rect(place, 10)}/>"
    if node.outcome:
        yield f"<rect {paint(groups, 'inner')} {_ink.rect(_shrunk(place, 3.5), 7)}/>"
    left = node.aside and len(face.lines) > 2
    signs = _face.signs(node)
    for text, y in _ink.lines(face, _centered(face, place)):
        x = place.x + PADDING_X + text.indent if left else place.x + place.width / 2
        if signs:  # before the first line alone
            begin = x if left else x - (text.width + SIGN * len(signs)) / 2
            yield from (_sign(sign, begin + SIGN * index, y, groups) for index, sign in enumerate(signs))
            x += SIGN * len(signs) / (1 if left else 2)
            signs = []
        part = "alarm" if text.alarming else "name" if text.kind == "name" else "detail"
        yield _ink.text(text, part, x, y, "start" if left else "middle", groups)
    yield "</g></a>" if node.link else "</g>"


def _sign(sign: str, x: float, y: float, groups: list[str]) -> str:
    place = f'transform="translate({number(x)} {number(y - 12.5)})"'
    return f'<path {paint(groups, f"sign sign-{sign}")} {place} d="{_strokes.SIGNS[sign]}"/>'


def _present(groups: Mapping[str, bool]) -> list[str]:
    return [group for group, holds in groups.items() if holds]


def _centered(face: Face, place: Rect) -> float:
    """Return the height at which texts begin that stand in the middle of a place."""
    return place.y + (place.height - sum(text.leading for text in face.lines)) / 2


def _shrunk(place: Rect, by: float) -> Rect:
    return Rect(place.x + by, place.y + by, place.width - 2 * by, place.height - 2 * by)
