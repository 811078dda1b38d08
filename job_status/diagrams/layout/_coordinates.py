"""From places on the grid to px: pieces that run side by side are spread, labels get room, and the lines are set apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ._grid import Grid
from ._labels import Label
from ._net import Net
from ._spacing import Extent, set_apart
from ._tracks import Lines, Piece

#: between lines side by side, around a label, between a line and the corner of its shape
GAP, CLEAR, CORNER = 14, 8, 12
#: between a label and its piece that runs across, and down
NEAR = 3, 5


@dataclass(slots=True, eq=False)
class Item:
    """Something on a line, with the room it takes there on both sides of its middle; `low` and `high` as in a piece."""

    low: int
    high: int
    piece: Piece | None = None
    label: Label | None = None
    #: labels beside a piece: at which line across, and how much room they take before and after it
    sides: tuple[tuple[int, int, int], ...] = ()
    half: int = 0
    at: int = 0


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Where things are on one axis, in px."""

    #: the pieces that run on lines across the axis, and the middles of labels beside pieces that run along it
    pieces: Mapping[Piece, int]
    labels: Mapping[Label, int]
    #: where each frame begins and ends; where each shape begins, and its size
    frames: tuple[Extent, ...]
    shapes: tuple[tuple[int, int], ...]
    #: how far it goes in all
    size: int

    def end(self, piece: Piece, high: bool) -> int:
        """Return where a piece that runs along the axis ends."""
        following = piece.high_next if high else piece.low_next
        if following is not None:
            return self.pieces[following]
        at = piece.high_at if high else piece.low_at
        if at < 0:
            return self.frames[-1 - at][high == piece.inward]
        low, size = self.shapes[at]
        return low if high else low + size


def coordinates(net: Net, grid: Grid, axis: int, lines: Lines, chosen: Sequence[Label]) -> Coordinates:
    """Return where everything is on an axis: 0 for x, 1 for y."""
    own = grid.y if axis else grid.x
    crossing: dict[int, list[Label]] = {}
    beside: dict[Piece, list[Label]] = {}
    for label in chosen:
        if label.piece.axis == axis:
            crossing.setdefault(label.at, []).append(label)
        else:
            beside.setdefault(label.piece, []).append(label)
    packed = [_packed(_items(lines.get((1 - axis, line), ()), crossing.get(line, ()), beside, axis)) for line in range(own.count)]
    halves = _halves(net, axis, packed)
    extents = [
        _extent(items, [half for place, half in zip(grid.places, halves, strict=True) if place[axis] == line])
        for line, items in enumerate(packed)
    ]
    middles, frames, size = set_apart(own, extents, axis)
    placed = [(middle + item.at, item) for middle, items in zip(middles, packed, strict=True) for item in items]
    return Coordinates(
        {item.piece: at for at, item in placed if item.piece},
        {item.label: at for at, item in placed if item.label},
        frames,
        tuple((middles[place[axis]] - half, 2 * half) for place, half in zip(grid.places, halves, strict=True)),
        size,
    )


def _extent(items: Sequence[Item], halves: Sequence[int]) -> Extent | None:
    """Return how far a line reaches before and after its middle; None: there is nothing on it."""
    low = [item.at - max([item.half, *(before for _, before, _ in item.sides)]) for item in items]
    high = [item.at + max([item.half, *(after for _, _, after in item.sides)]) for item in items]
    low += [-half for half in halves]
    return (min(low), max([*high, *halves])) if low else None


def _items(pieces: Sequence[Piece], crossing: Sequence[Label], beside: Mapping[Piece, list[Label]], axis: int) -> list[Item]:
    """Return what is on a line, in order."""
    items = [
        Item(
            piece.low,
            piece.high,
            piece,
            sides=tuple(
                (label.at, size + NEAR[1 - axis] + CLEAR, 0) if label.before else (label.at, 0, size + NEAR[1 - axis] + CLEAR)
                for label in beside.get(piece, ())
                for size in (label.height if axis else label.width,)
            ),
        )
        for piece in pieces
    ]
    for label in crossing:
        size = label.height if axis else label.width
        own = Item(2 * label.piece.line, 2 * label.piece.line, label=label, half=size // 2)
        place = len(items)
        on = [item.piece for item in items]
        if 2 * label.at == label.piece.high:  # the piece ends here, coming from before
            place = on.index(label.piece.high_next)
        elif 2 * label.at == label.piece.low:
            place = on.index(label.piece.low_next) + 1
        items.insert(place, own)
    return items


def _apart_by(first: Item, second: Item) -> int | None:
    """Return how far the second must be after the first; None: they do not meet."""
    if first.high < second.low or second.high < first.low:
        return None
    if first.label and second.label:
        return None
    if first.label or second.label:
        text, piece = (first, second) if first.label else (second, first)
        room = max((after if piece is first else before for at, before, after in piece.sides if 2 * at == text.low), default=0)
        return text.half + max(CLEAR, room)
    distance = GAP
    for at, _, after in first.sides:
        if second.low <= 2 * at <= second.high:
            distance = max(distance, after + max((before for other, before, _ in second.sides if other == at), default=0))
    for at, before, _ in second.sides:
        if first.low <= 2 * at <= first.high:
            distance = max(distance, before)
    return distance


def _packed(items: list[Item]) -> list[Item]:
    """Set the items of a line apart; those that have to do with each other stand around the middle, or their main piece does."""
    groups: list[list[Item]] = []
    for number, item in enumerate(items):
        met = [(before, apart) for before in items[:number] if (apart := _apart_by(before, item)) is not None]
        item.at = max((before.at + apart for before, apart in met), default=0)
        merged = [item]
        for group in [group for group in groups if any(before in group for before, _ in met)]:
            groups.remove(group)
            merged = group + merged
        groups.append(merged)
    for group in groups:
        main = [item for item in group if item.piece is not None and item.piece.main]
        ends = [item.at for item in group if item.piece] or [item.at for item in group]
        middle = max(main, key=_wire).at if main else (min(ends) + max(ends)) // 2
        for item in group:
            item.at -= middle
    return items


def _wire(item: Item) -> int:
    """Return the number of the wire of an item; that from the start dot is the last."""
    return item.piece.wire if item.piece is not None else -1


def _halves(net: Net, axis: int, packed: Sequence[Sequence[Item]]) -> list[int]:
    """Return half the size of each shape, which grows if its ports need more room."""
    halves = [size[axis] // 2 for size in net.sizes]
    for items in packed:
        for item in items:
            if item.piece is not None:
                for shape in item.piece.shapes():
                    if shape != net.start:
                        halves[shape] = max(halves[shape], abs(item.at) + CORNER)
    return halves
