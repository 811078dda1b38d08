"""What must hold on an axis when a picture is drawn together, so that it stays what it is."""

from __future__ import annotations

from collections.abc import Iterator

from ._coordinates import CORNER
from ._things import Things

#: one variable, another, and how far that must at least be after the first
Rule = tuple[int, int, int]

#: the least distance between two kinds of things
_APART = {
    ("shape", "shape"): 30,
    ("line", "shape"): 20,
    ("label", "shape"): 8,
    ("frame", "shape"): 18,
    ("line", "line"): 14,
    ("label", "line"): 8,
    ("frame", "line"): 14,
    ("label", "label"): 10,
    ("frame", "label"): 8,
    ("frame", "frame"): 14,
}
#: the least length of a straight line, of one with a bend, of one between two; the room before and after a label
_STRAIGHT, _BENT, _JOG, _ROOM = 44, 22, 14, 8
#: how near two things must be on the other axis to be in each other's way
_BESIDE = 8


def rules(things: Things) -> list[Rule]:
    """Return what must hold; it does hold now, so all of it can."""
    found = (*_apart(things), *_ports(things), *_lengths(things), *_rows(things))
    now = things.now
    return list(dict.fromkeys((one, other, min(distance, now[other] - now[one])) for one, other, distance in found))


def _apart(things: Things) -> Iterator[Rule]:
    """Yield how far those must be apart that would collide."""
    now = things.now
    boxes = sorted(things.boxes, key=lambda box: now[box.variable] + box.low)
    for number, one in enumerate(boxes):
        edge, first, last = now[one.variable] + one.high, one.first - _BESIDE, one.last + _BESIDE
        for other in boxes[number + 1 :]:
            if (
                first < other.last
                and other.first < last
                and now[other.variable] + other.low >= edge
                and one.variable != other.variable
            ):
                wanted = _APART[(one.kind, other.kind) if one.kind < other.kind else (other.kind, one.kind)]
                yield one.variable, other.variable, one.high - other.low + wanted


def _ports(things: Things) -> Iterator[Rule]:
    """Yield that lines stay at the shapes and frames that they end at, those of the main path in the middle."""
    for piece, variable in things.across.items():
        for at in (*((piece.low_at,) if piece.low_next is None else ()), *((piece.high_at,) if piece.high_next is None else ())):
            if at < 0:
                low, high = things.frames[-1 - at]
                yield low, variable, CORNER
                yield variable, high, CORNER
            else:
                room = 0 if piece.main else things.here.shapes[at][1] // 2 - CORNER
                yield things.shapes[at], variable, -room
                yield variable, things.shapes[at], -room


def _lengths(things: Things) -> Iterator[Rule]:
    """Yield how long lines must be, for themselves and for their labels."""
    texts = {label.piece: label for label in things.labels}
    for piece in things.along:
        (low, low_off), (high, high_off) = things.end(piece, False), things.end(piece, True)
        bends = (piece.low_next is not None) + (piece.high_next is not None)
        yield low, high, low_off - high_off + (_STRAIGHT, _BENT, _JOG)[bends]
        if piece in texts:
            label = texts[piece]
            half = (label.height if things.axis else label.width) // 2
            yield low, things.labels[label], low_off + _ROOM + half
            yield things.labels[label], high, half + _ROOM - high_off


def _rows(things: Things) -> Iterator[Rule]:
    """Yield that lines in a row do not meet."""
    places = things.there.pieces
    rows = sorted(things.along, key=places.__getitem__)
    for number, one in enumerate(rows):
        for other in rows[number + 1 :]:
            if places[other] - places[one] >= _JOG:
                break
            for before, after in ((one, other), (other, one)):
                (low, low_off), (high, high_off) = things.end(before, True), things.end(after, False)
                if low != high and things.here.end(before, True) < things.here.end(after, False):
                    yield low, high, low_off - high_off + _JOG
