"""Which cell each shape stands in: its layer along the direction of the picture, and its row across it.

The main path is put into one row, the others one by one where they cost least; then each is moved as long as that helps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ._board import Board, Place, Weights
from ._graph import Direction
from ._grid import Cell
from ._net import Net
from ._order import main_path, sequence, ties
from ._prices import Prices

#: how often each shape is looked at once more
_SWEEPS = 2


def cells(net: Net, direction: Direction, weights: Weights) -> list[Cell]:
    """Return the column and the row of each shape."""
    if direction == "down":  # then layers are as low as rows are to the right
        weights = replace(weights, layer=weights.row, row=weights.layer, wide=weights.high, high=weights.wide)
    board = Board(net, ties(net), weights, below=1 if direction == "right" else 0)
    main = main_path(net)
    for shape in main:
        board.put(shape, (float(len(board.cells)), 0.0))
        if board.strangers():
            board.take(shape)  # a region of shapes on both sides of it comes to an end there, so it goes elsewhere
    for shape in sequence(net, board.cells):
        found = Prices(board, shape).best(_free(board, shape, main, halves=False))
        assert found is not None
        board.put(shape, found)
    board.normalize()
    _improve(board, main)
    if board.strangers():
        _stagger(board, main)
    return _numbered(board, direction, main)


def _stagger(board: Board, main: Sequence[int]) -> None:
    """Put each shape into a row of its own, those of a region one after the other: so there are no strangers among them."""
    chains: dict[int, list[tuple[int, int]]] = {shape: [] for shape in board.cells}
    for region, members in enumerate(board.net.regions):
        for shape in members:
            chains[shape].append((-len(members), region))
    order = sorted(chains, key=lambda shape: (sorted(chains[shape]), shape))
    layers = {shape: layer for layer, shape in enumerate(main)}
    for shape in order:
        board.take(shape)
    for row, shape in enumerate(order):
        board.put(shape, (float(layers.get(shape, 0)), float(row)))
    board.normalize()


def _free(board: Board, shape: int, main: Sequence[int], halves: bool) -> Iterator[Place]:
    """Yield the free places around the shapes that a shape is tied to, and those between them."""
    whole = board.span(board.cells)
    if whole is None:
        yield 0.0, 0.0
        return
    left, right, top, bottom = board.span(_near(board, shape)) or whole
    layers: list[float] = list(range(0 if shape in main[:1] else max(0, int(left) - 1), 1 if shape in main[:1] else int(right) + 2))
    if board.below == 0 and shape in board.net.asides and whole[1] + 1 not in layers:
        layers.append(whole[1] + 1)
    rows: list[float] = list(range(int(top) - 1, int(bottom) + 2))
    rows += [row for row in (whole[2] - 1, whole[3] + 1) if row not in rows]
    for row in sorted(rows, key=lambda row: (abs(row), -row)):
        for layer in layers:
            if (layer, row) not in board.taken:
                yield float(layer), float(row)
            if halves:
                yield float(layer), row + 0.5


def _near(board: Board, shape: int) -> set[int]:
    """Return the shapes that a shape is tied to."""
    found = set[int]()
    for number in board.touching[shape]:
        tie = board.ties[number]
        found |= board.net.members(tie.source) | {tie.dest}
    return found - {shape}


def _improve(board: Board, main: Sequence[int]) -> None:
    """Move shapes to better places, one by one, as long as there are any, but not for ever."""
    waiting = set(board.cells)
    for _ in range(_SWEEPS):
        moved = set[int]()
        for shape in sorted(waiting):
            here = board.cells[shape]
            board.take(shape)
            prices = Prices(board, shape)
            found = prices.best(_free(board, shape, main, halves=True), prices.price(here) - 1e-6)
            board.put(shape, found or here)
            if found:
                moved |= {shape} | _near(board, shape)
                board.normalize()
        waiting = moved


def _numbered(board: Board, direction: Direction, main: Sequence[int]) -> list[Cell]:
    """Return whole numbers, the start dot before the initial shape."""
    if board.net.start is not None:
        board.cells[board.net.start] = (-1.0, board.cells[main[0]][1])
    layers, rows = (sorted({place[axis] for place in board.cells.values()}) for axis in (0, 1))
    found = [(layers.index(layer), rows.index(row)) for layer, row in (board.cells[shape] for shape in range(len(board.cells)))]
    return [(row, layer) for layer, row in found] if direction == "down" else found
