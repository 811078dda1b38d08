"""Several layouts of the same graph, of which the best by the score is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product

from ._board import Weights
from ._cells import cells
from ._compaction import compacted
from ._coordinates import coordinates
from ._graph import Direction, Graph, Layout
from ._grid import Cell, grid
from ._labels import labels
from ._measure import measure
from ._net import Net, net
from ._order import main_path
from ._paths import paths
from ._picture import picture
from ._score import WIDE, cost, flawless
from ._tracks import order, pieces

#: what is tried in turn. Found by trying 110 sets of weights on 39 drawings of 23 machines: the best one, then the one that makes
#: the best pair with it, and so on
VARIANTS = (
    Weights(),
    Weights(row=2, crossing=8, blocked=16, level=5, backward=1),
    Weights(layer=1, blocked=8, level=0, backward=1, wide=1, high=2, early=1),
    Weights(layer=1, row=2, crossing=8, bend=12, blocked=8, backward=1, high=2),
    Weights(layer=1, row=0.75, crossing=8, bend=12, backward=8, wide=6, high=2, early=3),
    Weights(layer=3, crossing=32, bend=8, blocked=32, level=0, backward=8, wide=1, high=4, early=0),
    Weights(layer=3, crossing=8, bend=2, blocked=16, level=0, backward=8, wide=6, early=0),
    Weights(row=2, crossing=32, bend=2, blocked=32, level=0, backward=1, wide=6, early=3),
)


#: how many links are laid out at most in all tries together, and how many tries each graph has
_LINKS, _TRIES = 100, 3


def lay_out(graph: Graph, direction: Direction | None = None) -> Layout:
    """Return where everything in a graph is; None: to the right if that is no wider than 1,000 px, else what is better.

    Raises `ValueError` for a graph that cannot be laid out: a link that leads to where it starts, regions that cut through each
    other, a name that is not in it.
    """
    numbers = net(graph)
    ways: tuple[Direction, ...] = (direction,) if direction else ("down",) if _straight(numbers) > WIDE else ("right", "down")
    left = max(_TRIES, _LINKS // max(1, len(graph.links)))
    found: list[Layout] = []
    met = set[tuple[Direction, tuple[Cell, ...]]]()
    for weights, way in product(VARIANTS, ways):
        fits = direction is None and any(layout.direction == "right" and layout.width <= WIDE for layout in found)
        if not left or any(layout.flawless for layout in found):
            break
        if way == "right" or not fits:
            left -= 1
            places = tuple(cells(numbers, way, weights))
            if (way, places) not in met:
                met.add((way, places))
                found.append(drawn(graph, numbers, way, places))
    fitting = [layout for layout in found if layout.direction == "right" and layout.width <= WIDE] if direction is None else []
    return min(fitting or found, key=lambda layout: layout.cost)


def _straight(numbers: Net) -> int:
    """Return how wide the main path is at least if it goes to the right, with its labels."""
    labels = {(wire.source, wire.dest): wire.width for wire in numbers.wires if wire.main}
    path = main_path(numbers)
    return sum(numbers.sizes[shape][0] for shape in path) + sum(labels.get(ends, 0) for ends in pairwise(path))


def drawn(graph: Graph, numbers: Net, direction: Direction, places: Sequence[Cell]) -> Layout:
    """Return the layout of a graph with shapes in given cells."""
    field = grid(numbers, places)
    made = pieces(numbers, paths(numbers, field))
    lines = order(made)
    texts = labels(numbers, field, made, lines)
    x, y = (coordinates(numbers, field, axis, lines, texts) for axis in (0, 1))
    x = compacted(field, 0, made, texts, x, y)
    y = compacted(field, 1, made, texts, y, x)
    layout = picture(numbers, direction, made, texts, x, y)
    measures = measure(graph, layout)
    return replace(layout, cost=cost(measures), flawless=flawless(graph, measures))
