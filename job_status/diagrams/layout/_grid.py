"""The grid that lines run on: a line for each column and row of cells, and channels between them, within frames as well.

Whatever is on a lower line stands left of (above) all that is on a higher one, so places on the grid are places in the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ._net import Net

#: a column and a row, from 0
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Axis:
    """The lines across one axis."""

    #: how many lines there are
    count: int
    #: the line of each column (row)
    cells: tuple[int, ...]
    #: for each region, the first and the last line within its frame
    frames: tuple[tuple[int, int], ...]
    #: for each line, the regions whose frame begins just before it, or has ended just before it
    borders: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    x: Axis
    y: Axis
    #: for each shape, its place: the numbers of two lines
    places: tuple[Cell, ...]


def grid(net: Net, cells: Sequence[Cell]) -> Grid:
    """Return the grid of shapes that stand in `cells`."""
    x, y = (_axis([cell[axis] for cell in cells], net.regions) for axis in (0, 1))
    return Grid(x, y, tuple((x.cells[column], y.cells[row]) for column, row in cells))


def _axis(cells: Sequence[int], regions: Sequence[frozenset[int]]) -> Axis:
    spans = [_span(cells[member] for member in members) for members in regions]
    outwards = sorted(range(len(regions)), key=lambda region: (len(regions[region]), region))
    lines: list[int] = []
    first, last = [0] * len(regions), [0] * len(regions)
    borders: list[tuple[int, ...]] = [()]
    count = 1  # the channel before everything
    for cell in range(max(cells, default=-1) + 1):
        for region in reversed(outwards):
            if spans[region][0] == cell:
                first[region] = count
                borders.append((region,))
                count += 1
        lines.append(count)
        borders.append(())
        count += 1
        borders.append(())
        count += 1  # the channel after the cell
        for region in outwards:
            if spans[region][1] == cell:
                last[region] = count - 1
                borders.append((region,))
                count += 1
    return Axis(count, tuple(lines), tuple(zip(first, last, strict=True)), tuple(borders))


def _span(cells: Iterable[int]) -> tuple[int, int]:
    found = sorted(cells)
    return found[0], found[-1]
