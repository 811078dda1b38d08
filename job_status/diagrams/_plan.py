"""From a drawing to what is laid out: the texts of everything, the room that they take, and the graph for `layout`."""

from __future__ import annotations

from dataclasses import dataclass

from . import _face
from ._drawing import Arrow, Box, Drawing
from ._face import Face
from .layout import Graph, Link, Region, Shape


@dataclass(frozen=True, slots=True)
class Plan:
    """A drawing with the texts of its statuses and arrows, each in the order of the graph's shapes and links."""

    drawing: Drawing
    statuses: tuple[Face, ...]
    labels: tuple[Face, ...]
    graph: Graph


def plan(drawing: Drawing) -> Plan:
    """Return what a layout has to know of a drawing."""
    statuses = tuple(_face.status(node, labels=drawing.labels) for node in drawing.nodes.values())
    labels = tuple(_face.label(arrow.lines if drawing.labels else ()) for arrow in drawing.arrows)
    least = _widths(drawing)
    shapes = (
        Shape(node.id, max(face.width, least.get(node.name, 0.0)), face.height, final=bool(node.outcome), aside=node.aside)
        for node, face in zip(drawing.nodes.values(), statuses, strict=True)
    )
    links = (
        Link(_end(drawing, arrow), drawing.nodes[arrow.dest].id, face.width, face.height, main=arrow.main)
        for arrow, face in zip(drawing.arrows, labels, strict=True)
    )
    regions = (Region(box.id, frozenset(drawing.nodes[name].id for name in box.members)) for box in drawing.boxes)
    start = drawing.declared.initial
    initial = drawing.nodes[start].id if start is not None and start in drawing.nodes else None
    graph = Graph(tuple(shapes), tuple(links), tuple(regions), initial)
    return Plan(drawing, statuses, labels, graph)


def _widths(drawing: Drawing) -> dict[str, float]:
    """Return how wide one status in each box with a title has to be, for the frame around it to be as wide as the title."""
    titled = ((box.tail, _face.title(box.title).width) for box in drawing.boxes if box.title)
    widths: dict[str, float] = {}
    for name, width in titled:
        widths[name] = max(_face.even(width), widths.get(name, 0.0))
    return widths


def _end(drawing: Drawing, arrow: Arrow) -> str:
    return arrow.source.id if isinstance(arrow.source, Box) else drawing.nodes[arrow.source].id
