"""The lines of text that a status, a label and a caption consist of, broken where they get too wide, and how large they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

from . import _metrics
from ._drawing import Line, Node
from ._text import shown
from ._words import parted

Kind = Literal["name", "detail", "label", "note", "title"]

#: of each kind of text: the size of the font, the distance of the lines, and the width beyond which it is broken, all in px
_TYPE: dict[Kind, tuple[float, float, float]] = {
    "name": (15, 19, 260),
    "detail": (12, 16, 376),
    "label": (12.5, 15, 148),
    "note": (12, 17, 1000),
    "title": (11, 14, 260),
}

#: how much wider than that a single word may be before it is broken too
_WORD = 1.4

#: around the text of a status, and what the sign before its name takes, in px
PADDING_X, PADDING_Y, SIGN = 16.0, 9.0, 20.0
_LEAST_WIDTH, _LEAST_HEIGHT = 88.0, 46.0

#: how far conditions are indented that stand on a line of their own in a status, in px
_INDENT = 14.0


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text, printable and not yet escaped."""

    text: str
    kind: Kind
    bold: bool = False
    #: whether it is in red
    alarming: bool = False
    #: how far it is moved to the right, in px
    indent: float = 0.0

    @property
    def size(self) -> float:
        """The size of its font, in px."""
        return _TYPE[self.kind][0]

    @property
    def leading(self) -> float:
        """The height that it takes, in px."""
        return _TYPE[self.kind][1]

    @property
    def width(self) -> float:
        """Its width, in px."""
        return self.indent + _metrics.width(self.text, self.size, bold=self.bold)


@dataclass(frozen=True, slots=True)
class Face:
    """Lines of text, and how much room they take, in px."""

    lines: tuple[Text, ...]
    width: float
    height: float


def status(node: Node, *, labels: bool = True) -> Face:
    """Return what is written in a status, and the size of its frame; without labels, the moves are left out."""
    names = _wrapped(Text(shown(node.name), "name", bold=True))
    details = [Text(shown(text), "detail") for text in (node.time, *node.numbers) if text]
    moves = _moves(node.lines, "detail") if labels else ()
    lines = (*names, *(part for text in details for part in _wrapped(text)), *moves)
    widths = [line.width for line in lines]
    widths[0] += SIGN * len(signs(node))
    width, height = max(widths) + 2 * PADDING_X, sum(line.leading for line in lines) + 2 * PADDING_Y
    return Face(lines, even(max(width, _LEAST_WIDTH)), even(max(height, _LEAST_HEIGHT)))


def signs(node: Node) -> list[str]:
    """Return the names of the signs before the name of a status: whether a job is in it, and what outcome it is."""
    return [sign for sign in ("current" if node.current else "", node.outcome) if sign]


def label(lines: Iterable[Line]) -> Face:
    """Return the label of an arrow, 0 by 0 if there is none."""
    return _block(_moves(lines, "label"))


def title(name: str) -> Text:
    """Return the name of what a box stands for, cut off where it is too long for a line."""
    whole = Text(shown(name), "title", bold=True)
    while whole.width > _TYPE["title"][2]:
        whole = replace(whole, text=f"{whole.text[:-2]}…")
    return whole


def heading(name: str) -> Face:
    """Return the name of a status by itself."""
    return _block(_wrapped(Text(shown(name), "name", bold=True)))


def caption(texts: Iterable[str], width: float) -> Face:
    """Return what stands below a picture of that width."""
    return _block(tuple(part for text in texts for part in _wrapped(Text(shown(text), "note"), width)))


def _block(lines: tuple[Text, ...]) -> Face:
    return Face(lines, ceil(max((line.width for line in lines), default=0.0)), sum(line.leading for line in lines))


def _moves(lines: Iterable[Line], kind: Kind) -> tuple[Text, ...]:
    """Return moves with their conditions, those on a line of their own where both together are too wide."""
    return tuple(part for line in lines for part in _move(line, kind))


def _move(line: Line, kind: Kind) -> Iterator[Text]:
    plain = Text("", kind, bold=bool(line.steps) or line.tally, alarming=line.alarming)
    move, *condition = parted(line, lambda text: replace(plain, text=text).width <= _TYPE[kind][2])
    yield from _wrapped(replace(plain, text=move))
    for text in condition:
        yield from _wrapped(replace(plain, text=text, indent=_INDENT if kind == "detail" else 0.0))


def _wrapped(text: Text, width: float | None = None) -> tuple[Text, ...]:
    """Return a text in as few lines as a width allows, and those of much the same length."""
    most = _TYPE[text.kind][2] if width is None else width
    if text.width <= most:
        return (text,)
    pieces = [replace(text, text=piece) for piece in _pieces(text, most * _WORD if width is None else most)]
    lines = _filled(pieces, most)
    while text.kind != "note" and len(narrower := _filled(pieces, most - 4)) == len(lines) and most > 4:
        most, lines = most - 4, narrower
    return lines


def _filled(pieces: Sequence[Text], most: float) -> tuple[Text, ...]:
    """Return the pieces of a text in lines of at most that width, or of a single piece."""
    lines: list[Text] = []
    for piece in pieces:
        joined = replace(piece, text=(lines[-1].text if lines else "") + piece.text)
        if lines and replace(joined, text=joined.text.rstrip()).width <= most:
            lines[-1] = joined
        else:
            lines.append(piece)
    return tuple(replace(line, text=line.text.strip()) for line in lines)


def _pieces(text: Text, most: float) -> Iterator[str]:
    """Yield the words of a text, the wider ones in parts: after signs if they can be broken there, else anywhere."""
    for word in re.findall(r"\s*\S+\s*", text.text):
        for part in [word] if replace(text, text=word).width <= most else re.findall(r"[^_./,|(-]+[_./,|(-]*|[_./,|(-]+", word):
            yield from [part] if replace(text, text=part).width <= most else part


def even(length: float) -> float:
    """Return a length rounded up to even pixels, so that its half is a whole number of them."""
    return 2.0 * ceil(length / 2)
