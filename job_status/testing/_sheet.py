"""Transition coverage as one picture: for each source its state graph and, beside it, the grid of hits and the refusals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from ..diagrams._look import UNTESTED
from ..diagrams._text import shown, wrapped
from ._coverage import Coverage, Grid
from ._pages import LEAST_SCALE, graph_size, picture
from ._wording import LEGEND, REFUSALS, cell, details, look, nothing, refusals, summary

__all__ = ["svg"]

_FILLS = {"untested": UNTESTED, "moved": "#cde8cd", "refused": "#eee", "": "#fff"}
#: the width that a page has; pictures are scaled down to it
_PAGE = 1180
_MARGIN = 10
_LINE = 22
#: how wide a character is at most, of the font and size that all texts have
_CHARACTER = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Shapes, drawn from the origin, and how much room they take."""

    width: float
    height: float
    shapes: tuple[str, ...]

    def at(self, x: float, y: float) -> str:
        """Return the shapes, moved."""
        return f'<g transform="translate({x:g} {y:g})">\n' + "\n".join(self.shapes) + "\n</g>"


def svg(coverages: Sequence[Coverage]) -> str:
    """Return the picture; what no test exercised is red."""
    whole = _below(
        [_text("Nothing was recorded.")] if not coverages else [_text(LEGEND), *map(_section, coverages)], gap=2 * _MARGIN
    )
    width, height = whole.width + 2 * _MARGIN, whole.height + 2 * _MARGIN
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    title = "<title>Transition coverage</title>"
    background = f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>'
    # The sheet is light, and so are the pictures in it, whatever the reader prefers.
    style = 'data-color-mode="light" font-family="sans-serif" font-size="12" style="max-width:100%;height:auto"'
    return "\n".join([f"{head} {style}>", title, background, whole.at(_MARGIN, _MARGIN), "</svg>"]) + "\n"


def _section(coverage: Coverage) -> Block:
    heading = [_text(summary(coverage), bold=True), *(_text(line, UNTESTED) for line in wrapped(nothing(coverage), 140) if line)]
    grids, listed = _below(map(_grid, coverage.grids())), _refusals(coverage)
    graph, tables = picture(coverage), _below([grids, listed])
    width = graph_size(graph)[0]
    beside = min(1.0, (_PAGE - tables.width - 2 * _MARGIN) / width)
    if beside >= LEAST_SCALE:
        return _below([*heading, _aside(_scaled(graph, beside), tables)])
    return _below([*heading, _scaled(graph, min(1.0, _PAGE / width)), _aside(grids, listed)])


def _scaled(graph: str, scale: float) -> Block:
    """Return a state graph as one element in another."""
    width, height = (scale * size for size in graph_size(graph))
    inner = re.sub(r'width="\d+" height="\d+"', f'x="0" y="0" width="{width:g}" height="{height:g}"', graph, count=1)
    return Block(width, height, (re.sub(r' style="[^"]*"', "", inner, count=1).strip(),))


def _grid(grid: Grid) -> Block:
    """Return a grid whose columns have their headings written upwards."""
    names = list(map(shown, grid.statuses))
    head = _CHARACTER * max(map(len, map(shown, grid.labels)), default=0) + _MARGIN
    left = _CHARACTER * max(map(len, (grid.corner, *names))) + _MARGIN
    shapes = [_words(5, head - 7, grid.corner)]
    rows = list(grid.rows())
    widths = [_CHARACTER * max(len(cell(cells[number])) for _, cells in rows) + 14 for number in range(len(grid.labels))]
    lefts = [left + sum(widths[:number]) for number in range(len(widths))]
    for x, width, label in zip(lefts, widths, map(shown, grid.labels), strict=True):
        shapes.append(f'<g transform="translate({x + width / 2 + 4:g} {head - 5}) rotate(-90)">{_words(0, 0, label)}</g>')
    for number, (status, cells) in enumerate(rows):
        y = head + number * _LINE
        shapes.append(_words(5, y + 15, shown(status)))
        for x, width, entries in zip(lefts, widths, cells, strict=True):
            kind = look(entries)
            box = f'width="{width}" height="{_LINE}" fill="{_FILLS[kind]}" stroke="#999"'
            shapes.append(f'<rect x="{x}" y="{y}" {box}><title>{escape(details(entries))}</title></rect>')
            shapes.append(_words(x + 5, y + 15, cell(entries), "#fff" if kind == "untested" else "#000"))
    return Block(left + sum(widths), head + len(rows) * _LINE, tuple(shapes))


def _refusals(coverage: Coverage) -> Block:
    return _below([_text(REFUSALS, bold=True), *(_text(line, colour) for line, colour in _refusal_lines(coverage))], gap=0)


def _refusal_lines(coverage: Coverage) -> Iterator[tuple[str, str]]:
    for status, met, never in refusals(coverage):
        lines = wrapped(f"{status}: {met}" + (f"; never: {never}" if never else ""), 60)
        yield from ((line, UNTESTED if never else "#000") for line in lines)


def _below(blocks: Iterable[Block], gap: float = _MARGIN) -> Block:
    """Return blocks, one below the other."""
    shapes: list[str] = []
    width = height = 0.0
    for number, block in enumerate(blocks):
        height += gap if number else 0
        shapes.append(block.at(0, height))
        width, height = max(width, block.width), height + block.height
    return Block(width, height, tuple(shapes))


def _aside(left: Block, right: Block) -> Block:
    x = left.width + 2 * _MARGIN
    return Block(x + right.width, max(left.height, right.height), (left.at(0, 0), right.at(x, 0)))


def _text(words: str, colour: str = "#000", bold: bool = False) -> Block:
    return Block(_CHARACTER * len(words), _LINE - 4, (_words(0, 13, words, colour, bold),))


def _words(x: float, y: float, words: str, colour: str = "#000", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}"{weight} pointer-events="none">{escape(words)}</text>'
