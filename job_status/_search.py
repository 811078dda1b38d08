"""The one breadth-first search of this package, over anything that has nodes and edges."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from ._lean import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeVar

    Node = TypeVar("Node")
    Edge = TypeVar("Edge")

__all__ = ["breadth_first", "shortest_paths"]


def breadth_first(start: Node, leaving: Callable[[Node], Iterable[tuple[Edge, Node]]]) -> Iterator[tuple[tuple[Edge, ...], Node]]:
    """Yield every edge that can be reached from `start`, nearest first: a shortest path that ends with it, and its end.

    `leaving` gives the edges that leave a node, each with its end. Among equally near ones its order decides.
    """
    met = {start}
    queue: deque[tuple[Node, tuple[Edge, ...]]] = deque([(start, ())])
    while queue:
        node, path = queue.popleft()
        for edge, end in leaving(node):
            longer = (*path, edge)
            yield longer, end
            if end not in met:
                met.add(end)
                queue.append((end, longer))


def shortest_paths(start: Node, leaving: Callable[[Node], Iterable[tuple[Edge, Node]]]) -> dict[Node, tuple[Edge, ...]]:
    """Return a shortest path to each node that can be reached from `start`, nearest first; `start` itself has the empty one."""
    paths: dict[Node, tuple[Edge, ...]] = {start: ()}
    for path, end in breadth_first(start, leaving):
        paths.setdefault(end, path)
    return paths
