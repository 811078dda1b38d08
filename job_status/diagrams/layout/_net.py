"""The graph by numbers: what the stages work on. Shapes are 0, 1, 2, ... in the order of the graph, the start dot is the last."""

from __future__ import annotations

from dataclasses import dataclass

from ._graph import Graph

#: the diameter of the start dot
DOT = 14


@dataclass(frozen=True, slots=True)
class Wire:
    """A link by numbers; a region as its source is -1 - its number."""

    source: int
    dest: int
    width: int
    height: int
    main: bool


@dataclass(frozen=True, slots=True)
class Net:
    """The shapes' sizes, and which of them are what; the wires are the graph's links, and last the one from the start dot."""

    sizes: tuple[tuple[int, int], ...]
    regions: tuple[frozenset[int], ...]
    wires: tuple[Wire, ...]
    finals: frozenset[int]
    asides: frozenset[int]
    start: int | None

    def members(self, source: int) -> frozenset[int]:
        """Return the shapes that a wire's source consists of."""
        return self.regions[-1 - source] if source < 0 else frozenset((source,))


def net(graph: Graph) -> Net:
    """Return the graph by numbers, its sizes in whole px.

    Raises `ValueError` for a graph that cannot be laid out.
    """
    number = {shape.id: position for position, shape in enumerate(graph.shapes)}
    sources = number | {region.id: -1 - position for position, region in enumerate(graph.regions)}
    _check(graph, number, sources)
    sizes = [(_whole(shape.width), _whole(shape.height)) for shape in graph.shapes]
    wires = [
        Wire(sources[link.source], number[link.dest], _whole(link.width), _whole(link.height), link.main) for link in graph.links
    ]
    start = None
    if graph.initial is not None:
        start = len(sizes)
        sizes.append((DOT, DOT))
        wires.append(Wire(start, number[graph.initial], 0, 0, main=any(link.main for link in graph.links)))
    return Net(
        tuple(sizes),
        tuple(frozenset(number[member] for member in region.members) for region in graph.regions),
        tuple(wires),
        frozenset(number[shape.id] for shape in graph.shapes if shape.final),
        frozenset(number[shape.id] for shape in graph.shapes if shape.aside),
        start,
    )


def _whole(size: float) -> int:
    """Return a size in even px, so that the middle is a whole number as well."""
    return 2 * -int(-size // 2)


def _check(graph: Graph, shapes: dict[str, int], sources: dict[str, int]) -> None:
    if len(sources) < len(graph.shapes) + len(graph.regions):
        raise ValueError("two shapes or regions have the same id: each needs one of its own")
    for link in graph.links:
        if link.source not in sources or link.dest not in shapes:
            ends = f"{link.source!r} -> {link.dest!r}"
            raise ValueError(f"the link {ends} must lead from a shape or region of the graph to one of its shapes")
        if link.source == link.dest:
            raise ValueError(f"the link {link.source!r} -> {link.dest!r} leads nowhere: write it into the shape")
    if graph.initial is not None and graph.initial not in shapes:
        raise ValueError(f"the initial shape {graph.initial!r} must be a shape of the graph")
    for region in graph.regions:
        if not region.members or not region.members <= shapes.keys():
            raise ValueError(f"the region {region.id!r} must have members, all of them shapes of the graph")
        for other in graph.regions:
            if region.members & other.members not in (frozenset(), region.members, other.members):
                raise ValueError(f"the regions {region.id!r} and {other.id!r} must be apart, or one must be part of the other")
