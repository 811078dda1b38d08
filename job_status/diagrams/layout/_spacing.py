"""How far the lines of a grid are from each other, by what is on them and by the frames between them."""

from __future__ import annotations

from collections.abc import Sequence

from ._grid import Axis

#: between what ends and what begins there: shapes, lines, and frames that open or close
_GAPS = {
    "shape": {"shape": (44, 32), "track": (22, 22), "open": (40, 28), "close": (18, 18)},
    "track": {"shape": (22, 22), "track": (14, 14), "open": (14, 14), "close": (14, 14)},
    "open": {"shape": (18, 18), "track": (14, 14), "open": (14, 14), "close": (14, 14)},
    "close": {"shape": (40, 28), "track": (14, 14), "open": (24, 24), "close": (14, 14)},
}


#: from where to where, in px
Extent = tuple[int, int]

#: the empty border of a picture
MARGIN = 8


def set_apart(own: Axis, extents: Sequence[Extent | None], axis: int) -> tuple[list[int], tuple[Extent, ...], int]:
    """Return the middle of each line, the frames, and how far it goes in all.

    An extent is how far a line reaches before and after its middle; None: there is nothing on it.
    """
    cells = set(own.cells)
    edge, kind = MARGIN, ""
    middles = []
    first, last = [0] * len(own.frames), [0] * len(own.frames)

    def to(what: str) -> None:
        nonlocal edge, kind
        edge += _GAPS[kind][what][axis] if kind else 0
        kind = what

    for line, extent in enumerate(extents):
        for region in own.borders[line]:
            opens = own.frames[region][0] == line
            to("open" if opens else "close")
            (first if opens else last)[region] = edge
        if extent is None:
            middles.append(edge)
            continue
        to("shape" if line in cells else "track")
        middles.append(edge - extent[0])
        edge += extent[1] - extent[0]
    return middles, tuple(zip(first, last, strict=True)), edge + MARGIN
