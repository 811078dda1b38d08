"""Draws a picture together: along an axis all moves as far to the low end as the rules allow, and then into place as they do.

What stands before what is kept, so nothing can collide: one-dimensional compaction, as in the layout of circuits (Lengauer 1990).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ._coordinates import Coordinates
from ._grid import Grid
from ._labels import Label
from ._rules import Rule, rules
from ._spacing import MARGIN
from ._things import Things
from ._tracks import Piece

#: how often things are asked in turn to move to where they should be
_TURNS = 3
_FAR = 1 << 20


def compacted(
    grid: Grid, axis: int, made: Sequence[Sequence[Piece]], texts: Sequence[Label], here: Coordinates, there: Coordinates
) -> Coordinates:
    """Return better coordinates of an axis, given those of both."""
    things = Things(grid, axis, made, texts, here, there)
    found = rules(things)
    least = [MARGIN] * len(things.now)
    for box in things.boxes:
        least[box.variable] = max(least[box.variable], MARGIN - box.low)
    places = _lowest(things, found, least)
    size = max((places[box.variable] + box.high for box in things.boxes), default=MARGIN)
    most = [size] * len(least)
    for box in things.boxes:
        most[box.variable] = min(most[box.variable], size - box.high)
    _settle(things, found, places, least, most)
    return Coordinates(
        {piece: places[variable] for piece, variable in things.across.items()},
        {label: places[variable] for label, variable in things.labels.items()},
        tuple((places[low], places[high]) for low, high in things.frames),
        tuple((places[variable] - size // 2, size) for variable, (_, size) in zip(things.shapes, here.shapes, strict=True)),
        size + MARGIN,
    )


def _lowest(things: Things, found: Sequence[Rule], least: Sequence[int]) -> list[int]:
    """Return the lowest places by which all rules hold: those of the longest paths (Bellman 1958)."""
    places = list(least)
    ordered = sorted(found, key=lambda rule: (things.now[rule[0]], things.now[rule[1]]))
    changed = True
    while changed:
        changed = False
        for one, other, distance in ordered:
            if places[one] + distance > places[other]:
                places[other] = places[one] + distance
                changed = True
    return places


def _settle(things: Things, found: Sequence[Rule], places: list[int], least: Sequence[int], most: Sequence[int]) -> None:
    """Let each thing move to where it should be, as far as the others leave room."""
    after: list[list[tuple[int, int]]] = [[] for _ in places]
    before: list[list[tuple[int, int]]] = [[] for _ in places]
    for one, other, distance in found:
        after[one].append((other, distance))
        before[other].append((one, distance))
    ported = list(_ported(things))

    def settle(variable: int, wish: int) -> None:
        low = max([least[variable], *(places[one] + distance for one, distance in before[variable])])
        high = min([most[variable], *(places[other] - distance for other, distance in after[variable])])
        places[variable] = max(low, min(high, wish))

    for turn in range(_TURNS):
        for low, high in things.frames:  # as narrow as they can be
            settle(low, _FAR)
            settle(high, 0)
        wishes: dict[int, list[int]] = {}
        for piece, shape, offset in ported:  # lines go to their shapes, and shapes to their lines
            one, wish = (shape, places[piece] - offset) if turn % 2 else (piece, places[shape] + offset)
            wishes.setdefault(one, []).append(wish)
        for variable, all_of_it in wishes.items():
            settle(variable, sum(all_of_it) // len(all_of_it))
        for label, variable in things.labels.items():  # into the middle of their pieces
            (low, low_off), (high, high_off) = things.end(label.piece, False), things.end(label.piece, True)
            settle(variable, (places[low] + low_off + places[high] + high_off) // 2)


def _ported(things: Things) -> Iterator[tuple[int, int, int]]:
    """Yield each piece that ends at a shape with it, as variables, and how far from its middle it should be."""
    for piece, variable in things.across.items():
        for following, at in ((piece.low_next, piece.low_at), (piece.high_next, piece.high_at)):
            if following is None and at >= 0:
                low, size = things.here.shapes[at]
                yield variable, things.shapes[at], things.here.pieces[piece] - low - size // 2
