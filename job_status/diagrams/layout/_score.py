"""How bad a layout is: the one place that says what makes a picture beautiful, and how much of each fault weighs what."""

from __future__ import annotations

from ._graph import Graph
from ._measure import Measures

#: a picture that is wider than this does not fit a page
WIDE = 1000


def cost(measures: Measures) -> float:
    """Return the cost of a layout with these measures: the less the better.

    What hides something weighs most, then what misleads the eye, then what tires it.
    """
    return (
        2000 * (measures.through_shapes + measures.misplaced)
        + 150 * (measures.crossings + measures.through_frames)
        + 100 * measures.main_bends
        + 100 * measures.main_turns
        + 25 * measures.bends
        + 25 * measures.finals_apart
        + measures.length / 40
        + measures.width * measures.height / 8000
        + max(0, measures.width - WIDE)
    )


def flawless(graph: Graph, measures: Measures) -> bool:
    """Return whether there is hardly anything to gain: all is in its place, nothing crosses, and most lines are straight."""
    faults = (
        measures.through_shapes
        + measures.misplaced
        + measures.crossings
        + measures.through_frames
        + measures.main_bends
        + measures.main_turns
    )
    return not faults and measures.bends * 2 <= len(graph.links) and measures.width <= WIDE
