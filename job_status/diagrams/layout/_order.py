"""Which shapes come first: the main path, the ties between shapes and which of them lead forward, and the order of placing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ._net import Net


@dataclass(frozen=True, slots=True)
class Tie:
    """All wires between the same two ends, in both directions."""

    source: int
    dest: int
    main: bool
    #: whether the dest should come after the source: not of those that lead both ways, or back
    forward: bool


def ties(net: Net) -> list[Tie]:
    """Return what ties shapes and regions to each other. The start dot is left out."""
    ends = dict.fromkeys((wire.source, wire.dest) for wire in net.wires if wire.source != net.start)
    main = {(wire.source, wire.dest) for wire in net.wires if wire.main}
    back = _back(net, list(ends), main)
    return [
        Tie(
            source,
            dest,
            main=(source, dest) in main or (dest, source) in main,
            forward=(source, dest) in main or ((source, dest) not in back and (dest, source) not in ends),
        )
        for source, dest in ends
        if (dest, source) not in ends or ((source, dest) in main or ((dest, source) not in main and source < dest))
    ]


def main_path(net: Net) -> list[int]:
    """Return the shapes of the main path, from the initial one on; where a region comes between them it has several parts."""
    onward = {wire.source: wire.dest for wire in reversed(net.wires) if wire.main and wire.source >= 0 and wire.source != net.start}
    parts = [wire.dest for wire in net.wires if wire.source == net.start]
    parts += [shape for shape in onward if shape not in onward.values()]
    path: dict[int, None] = {}
    for part in parts:
        shape: int | None = part
        while shape is not None and shape not in path:
            path[shape] = None
            shape = onward.get(shape)
    return list(path)


def _back(net: Net, ends: Sequence[tuple[int, int]], main: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the ties that lead back: to a shape that a search in depth is not yet done with. It follows the main path first."""
    nexts: dict[int, list[tuple[int, int]]] = {shape: [] for shape in range(len(net.sizes))}
    for ends_ in sorted(ends, key=lambda ends: ends not in main):
        for member in sorted(net.members(ends_[0])):
            nexts[member].append(ends_)
    back: set[tuple[int, int]] = set()
    begun: set[int] = set()
    done: set[int] = set()
    for root in [*main_path(net)[:1], *range(len(net.sizes))]:
        stack = [] if root in begun else [(root, iter(nexts[root]))]
        begun.add(root)
        while stack:
            shape, onward = stack[-1]
            step = next(onward, None)
            if step is None:
                done.add(shape)
                stack.pop()
            elif step[1] not in begun:
                begun.add(step[1])
                stack.append((step[1], iter(nexts[step[1]])))
            elif step[1] not in done:
                back.add(step)
    return back


def sequence(net: Net, first: Iterable[int]) -> Iterator[int]:
    """Yield the shapes after the first ones in the order of placing: next is the one with most ties to those before it.

    Finals come late, and shapes that stand aside last.
    """
    linked: dict[int, set[int]] = {shape: set() for shape in range(len(net.sizes))}
    for wire in net.wires:
        for member in net.members(wire.source):
            linked[member].add(wire.dest)
            linked[wire.dest].add(member)
    placed = set(first)
    left = [shape for shape in range(len(net.sizes)) if shape not in placed and shape != net.start]
    while left:
        shape = min(left, key=lambda shape: (shape in net.asides, shape in net.finals, -len(linked[shape] & placed), shape))
        left.remove(shape)
        placed.add(shape)
        yield shape
