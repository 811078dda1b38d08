"""Which lines of the grid each wire runs on: the cheapest path by bends, crossings and length, one wire after the other.

The search is A* (Hart, Nilsson, Raphael 1968) over places with a direction, as in the routing of circuits since Lee (1961).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import pairwise

from ._grid import Cell, Grid
from ._net import Net, Wire

#: the corners of a line, the first in its source (or on the other side of the frame that it starts from), the last in its dest
Path = tuple[Cell, ...]

#: what a bend costs, a crossing, a frame that it has no business in, another line beside it, another one at the same side
BEND, CROSSING, FRAME, BESIDE, PORT = 16, 40, 60, 1, 3
#: what a step to the next line costs
STEP = 2
#: how often each path is found once more at most
_ROUNDS = 3

#: right, down, left, up
_STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))


def paths(net: Net, grid: Grid) -> list[Path]:
    """Return the path of each wire; those of the main path are found first, and all again when the others are known."""
    return _Router(net, grid).paths(sorted(range(len(net.wires)), key=lambda number: (not net.wires[number].main, number)))


class _Router:
    """What one path must know of the others."""

    def __init__(self, net: Net, grid: Grid) -> None:
        self.net = net
        self.grid = grid
        self.columns = grid.x.count
        self.blocked = bytearray(grid.x.count * grid.y.count)
        for x, y in grid.places:
            self.blocked[y * self.columns + x] = 1
        size = len(self.blocked)
        #: how many run through a place across and along the page, and how many bend there
        self.through = [[0] * size, [0] * size]
        self.bends = [0] * size
        self.ports: dict[tuple[int, int], int] = {}
        self.found: dict[int, Path] = {}
        self.opposite = {(wire.dest, wire.source): number for number, wire in enumerate(net.wires) if wire.source >= 0}

    def paths(self, order: Sequence[int]) -> list[Path]:
        for turn in range(_ROUNDS):
            before = dict(self.found)
            for number in order:
                if turn:
                    if len(self.found[number]) == 2:
                        continue  # nothing is better than a straight line
                    self.note(number, -1)
                self.found[number] = self.path(number)
                self.note(number, 1)
            if self.found == before:
                break
        return [self.found[number] for number in range(len(self.found))]

    def path(self, number: int) -> Path:
        """Return the path of a wire: beside that of the opposite one, if that was found before it."""
        wire = self.net.wires[number]
        back = self.opposite.get((wire.source, wire.dest))
        if back is not None and back in self.found and (number not in self.found or back < number):
            return self.found[back][::-1]
        return self.search(wire)

    def note(self, number: int, by: int) -> None:
        """Count a path, or (by -1) no longer."""
        path, wire = self.found[number], self.net.wires[number]
        for (x, y), (to_x, to_y) in pairwise(path):
            across = y == to_y
            line = self.through[0 if across else 1]
            step_x, step_y = (to_x > x) - (to_x < x), (to_y > y) - (to_y < y)
            x, y = x + step_x, y + step_y
            while (x, y) != (to_x, to_y):
                line[y * self.columns + x] += by
                x, y = x + step_x, y + step_y
        for x, y in path[1:-1]:
            self.bends[y * self.columns + x] += by
        for shape, side in (self.side(wire.source, path[0], path[1]), self.side(wire.dest, path[-1], path[-2])):
            self.ports[shape, side] = self.ports.get((shape, side), 0) + by

    def side(self, shape: int, at: Cell, to: Cell) -> tuple[int, int]:
        return shape, _STEPS.index(((to[0] > at[0]) - (to[0] < at[0]), (to[1] > at[1]) - (to[1] < at[1])))

    def starts(self, wire: Wire) -> Iterator[tuple[int, Cell, int]]:
        """Yield where a path may begin: its cost so far, the place, and the direction from there."""
        if wire.source >= 0:
            for direction in range(4):
                yield self.ports.get((wire.source, direction), 0) * PORT, self.grid.places[wire.source], direction
            return
        region = -1 - wire.source
        (left, right), (top, bottom) = self.grid.x.frames[region], self.grid.y.frames[region]
        inward = wire.dest in self.net.regions[region]
        for y in range(top, bottom + 1):
            cost = 0 if y in self.grid.y.cells else 3 if top < y < bottom else 20
            yield cost, (left - 1 if inward else right, y), 0
            yield cost, (right + 1 if inward else left, y), 2
        for x in range(left, right + 1):
            cost = 0 if x in self.grid.x.cells else 3 if left < x < right else 20
            yield cost, (x, top - 1 if inward else bottom), 1
            yield cost, (x, bottom + 1 if inward else top), 3

    def walls(self, wire: Wire) -> tuple[dict[int, int], dict[int, int]]:
        """Return the places that are across (below) a frame that the wire has no reason to cross, with what that costs."""
        members = self.net.members(wire.source)
        across: dict[int, int] = {}
        below: dict[int, int] = {}
        for region, inside in enumerate(self.net.regions):
            if (wire.dest in inside) != (members <= inside and -1 - region != wire.source):
                continue
            (left, right), (top, bottom) = self.grid.x.frames[region], self.grid.y.frames[region]
            for y in range(top, bottom + 1):
                for x in (left, right + 1):
                    across[y * self.columns + x] = across.get(y * self.columns + x, 0) + FRAME
            for x in range(left, right + 1):
                for y in (top, bottom + 1):
                    below[y * self.columns + x] = below.get(y * self.columns + x, 0) + FRAME
        return across, below

    def search(self, wire: Wire) -> Path:
        goal_x, goal_y = self.grid.places[wire.dest]
        goal = goal_y * self.columns + goal_x
        columns, rows = self.columns, self.grid.y.count
        blocked, bends, (across, along) = self.blocked, self.bends, self.through
        wall_x, wall_y = self.walls(wire)
        came: dict[int, int] = {}
        best: dict[int, int] = {}
        heap: list[tuple[int, int, int, int, int]] = []

        def push(cost: int, x: int, y: int, direction: int, before: int) -> None:
            """Step on from a place, which is entered or left in `direction`."""
            step_x, step_y = _STEPS[direction]
            place = y * columns + x
            to_x, to_y = x + step_x, y + step_y
            if not (0 <= to_x < columns and 0 <= to_y < rows):
                return
            to = to_y * columns + to_x
            walls = wall_y if step_y else wall_x
            if walls:
                cost += walls.get(to if direction < 2 else place, 0)
            cost += STEP
            if to == goal:
                cost += self.ports.get((wire.dest, (direction + 2) % 4), 0) * PORT
            elif blocked[to]:
                return
            state = to * 4 + direction
            if cost < best.get(state, 1 << 30):
                best[state] = cost
                came[state] = before
                away_x, away_y = abs(goal_x - to_x), abs(goal_y - to_y)
                rest = STEP * (away_x + away_y)
                if (away_y if step_x else away_x) or (
                    (away_x if step_x else away_y) and (goal_x - to_x) * step_x + (goal_y - to_y) * step_y < 0
                ):
                    rest += BEND
                heappush(heap, (cost + rest, cost, state, to_x, to_y))

        for cost, (x, y), direction in self.starts(wire):
            push(cost, x, y, direction, -1 - (y * columns + x))
        while True:  # every place of a grid can be reached by its outermost lines
            _, cost, state, x, y = heappop(heap)
            if cost > best[state]:
                continue
            place, direction = state >> 2, state & 3
            if place == goal:
                return self.corners(came, state)
            level = direction & 1
            onward, other = (along, across) if level else (across, along)
            push(cost + CROSSING * other[place] + BESIDE * onward[place] + 10 * bends[place], x, y, direction, state)
            turning = cost + BEND + 10 * (other[place] + onward[place]) + 4 * bends[place]
            push(turning, x, y, (direction + 1) & 3, state)
            push(turning, x, y, (direction + 3) & 3, state)

    def corners(self, came: dict[int, int], state: int) -> Path:
        places = [state >> 2]
        directions = [state & 3]
        while (state := came[state]) >= 0:
            if state & 3 != directions[-1]:
                places.append(state >> 2)
                directions.append(state & 3)
        places.append(-1 - state)
        return tuple((place % self.columns, place // self.columns) for place in reversed(places))
