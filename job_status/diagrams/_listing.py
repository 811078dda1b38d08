"""What stands in place of a picture that nobody could read: a table of the moves, a row for each status."""

from __future__ import annotations

from collections.abc import Iterator

from . import _face, _ink, _titles
from ._drawing import Drawing, Node
from ._face import Face
from ._style import paint
from .layout import Rect

#: the width of the table, and what is kept free around its cells, in px
_WIDTH, _GAP = 1000.0, 12.0


def listing(drawing: Drawing) -> str:
    """Return the table as an SVG document."""
    names = [_face.heading(name) for name in drawing.nodes]
    column = max((name.width for name in names), default=0.0) + 2 * _GAP
    head = _face.caption([drawing.title, drawing.description], _WIDTH - 2 * _GAP)
    body = [_ink.text(text, "note", _GAP, y) for text, y in _ink.lines(head, _GAP)]
    top = head.height + 2 * _GAP
    for index, (node, name) in enumerate(zip(drawing.nodes.values(), names, strict=True)):
        moves = _face.caption([" · ".join(_moves(drawing, node))], _WIDTH - column - _GAP)
        place = Rect(0.0, top, _WIDTH, max(name.height, moves.height) + _GAP)
        body.append(_ink.opened(["status"], {"status": [node.name]}, _titles.of_status(drawing, node)))
        body += _row(name, moves, place, column, striped=index % 2 == 0)
        body.append("</g>")
        top += place.height
    return _ink.document(drawing.title, drawing.description, body, _WIDTH, top + _GAP)


def _row(name: Face, moves: Face, place: Rect, column: float, *, striped: bool) -> Iterator[str]:
    if striped:
        yield f"<rect {paint((), 'stripe')} {_ink.rect(place, 0)}/>"
    begin = place.y + _GAP / 2
    yield from (_ink.text(text, "name", _GAP, y, groups=["status"]) for text, y in _ink.lines(name, begin))
    yield from (_ink.text(text, "note", column, y) for text, y in _ink.lines(moves, begin))


def _moves(drawing: Drawing, node: Node) -> Iterator[str]:
    yield from map(str, node.lines)
    for arrow in drawing.arrows:
        if node.name in _titles.sources(drawing, arrow):
            yield f"{', '.join(map(str, arrow.lines))} → {arrow.dest}"
