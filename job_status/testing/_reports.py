"""Transition coverage as text, Markdown, JSON, HTML and SVG: pure functions of what was counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from ..diagrams import _table
from ..diagrams._table import TextTable, html_text, markdown_text
from ..diagrams._text import shown
from ._coverage import Coverage, Entry, Grid
from ._recorder import Case

__all__ = ["RENDERERS", "summary", "text", "write"]

LEGEND = "12 taken so often, -3 refused so often; ! never taken, -! never refused"

_STYLE = """body { font-family: sans-serif; margin: 2em }
table { border-collapse: collapse; margin: 1em 0 }
th, td { border: 1px solid #999; padding: .2em .5em; text-align: center; font-weight: normal }
.moved { background: #cde8cd } .refused { background: #eee } .untested { background: #d62728; color: #fff }"""


def text(coverages: Iterable[Coverage]) -> Iterator[str]:
    """Yield the lines for a terminal."""
    for coverage in coverages:
        yield summary(coverage)
        for grid in coverage.grids():
            header = list(map(shown, (grid.corner, *grid.labels)))
            rows = [header, *([shown(status), *map(_cell, entries)] for status, entries in _rows(grid))]
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            for row in rows:
                yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield f"  ({LEGEND})"
        for words, untested in (("never taken", coverage.untested_moves), ("never refused", coverage.untested_refusals)):
            if untested:
                yield f"  {words}: {', '.join(map(_named, untested))}"


def summary(coverage: Coverage) -> str:
    """Return the two percentages of a source, in one line."""
    return f"{shown(coverage.name)}: {_percentages(coverage)}"


def markdown(coverages: Sequence[Coverage]) -> str:
    """Return a document with the tables of hits; cells in which something is untested are bold."""
    blocks = ["# Transition coverage", f"{LEGEND}."]
    for coverage in coverages:
        blocks += [f"## {markdown_text(coverage.name)}", f"{_percentages(coverage)}."]
        blocks += [_table.markdown(_text_table(grid)) for grid in coverage.grids()]
    return "\n\n".join(blocks) + "\n"


def as_json(coverages: Sequence[Coverage]) -> str:
    """Return every number, for other programs."""
    document = {
        coverage.name: {
            "moves": _share(coverage.moves, coverage.untested_moves, coverage.percent_moves),
            "refusals": _share(coverage.refusals, coverage.untested_refusals, coverage.percent_refusals),
            "cells": [
                {
                    "status": status,
                    "trigger": label,
                    "dest": dest,
                    "refused": dest is None,
                    "hits": coverage.hits[status, label, dest],
                }
                for status, label, dest in (*coverage.moves, *coverage.refusals)
            ],
        }
        for coverage in coverages
    }
    return json.dumps(document, indent=2) + "\n"


def html(coverages: Sequence[Coverage]) -> str:
    """Return a page with the tables of hits; cells in which something is untested are red."""
    body = []
    for coverage in coverages:
        body += [f"<h2>{html_text(coverage.name)}</h2>", f"<p>{_percentages(coverage)}</p>"]
        body += [_table.html(_text_table(grid)).rstrip("\n") for grid in coverage.grids()]
    head = f'<meta charset="utf-8"><title>Transition coverage</title><style>{_STYLE}</style>'
    lines = ["<!DOCTYPE html>", f"<html><head>{head}</head><body>", "<h1>Transition coverage</h1>", f"<p>{LEGEND}</p>", *body]
    return "\n".join([*lines, "</body></html>"]) + "\n"


def write(coverages: Sequence[Coverage], path: Path) -> None:
    """Write the report that the suffix of the file asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RENDERERS[path.suffix](coverages), encoding="utf-8")


def _percentages(coverage: Coverage) -> str:
    return ", ".join(
        f"{_floored(percent)} % of {len(wanted)} {what}"
        for percent, wanted, what in (
            (coverage.percent_moves, coverage.moves, "moves"),
            (coverage.percent_refusals, coverage.refusals, "refusals"),
        )
    )


def _rows(grid: Grid) -> Iterator[tuple[str, list[tuple[Entry, ...]]]]:
    """Yield each status with what is in its cells."""
    for status in grid.statuses:
        yield status, [grid.cells[status, label] for label in grid.labels]


def _cell(entries: Sequence[Entry]) -> str:
    return " ".join(map(str, entries))


def _text_table(grid: Grid) -> TextTable:
    """Return a grid as a table for Markdown and HTML."""
    rows: list[tuple[str | _table.Cell, ...]] = [(status, *map(_table_cell, cells)) for status, cells in _rows(grid)]
    return TextTable((grid.corner, *grid.labels), tuple(rows))


def _table_cell(entries: Sequence[Entry]) -> _table.Cell:
    look = _look(entries)
    return _table.Cell(_cell(entries), bold=look == "untested", css=look, title=_details(entries))


def _details(entries: Iterable[Entry]) -> str:
    """Return what is counted in a cell, and its hits."""
    return "; ".join(f"{_named(entry.case)}: {entry.hits}" for entry in entries)


def _named(case: Case) -> str:
    status, label, dest = case
    return f"{shown(status)}-{shown(label)}" + ("" if dest is None else f" -> {shown(dest)}")


def _floored(percent: float) -> str:
    """Return a percentage that is 100 only if nothing is missing."""
    return f"{int(percent * 10 + 1e-6) / 10:g}"


def _share(wanted: Sequence[Case], untested: Sequence[Case], percent: float) -> dict[str, float]:
    return {"total": len(wanted), "exercised": len(wanted) - len(untested), "percent": percent}


def _look(entries: Iterable[Entry]) -> str:
    """Return how a cell looks: red if anything in it is untested."""
    looks = {"untested" if not entry.hits else "refused" if entry.refusal else "moved" for entry in entries}
    return next((look for look in ("untested", "moved", "refused") if look in looks), "")


def svg(coverages: Sequence[Coverage]) -> str:
    """Return the tables of hits as a picture; cells in which something is untested are red."""
    shapes: list[str] = []
    width, y = 0, 10
    for coverage in coverages:
        shapes.append(_svg_text(10, y + 16, summary(coverage), bold=True))
        y += 28
        for grid in coverage.grids():
            grid_width, height, drawn = _svg_grid(grid, y)
            shapes += drawn
            width, y = max(width, grid_width, 20 + 8 * len(summary(coverage))), y + height + 14
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" viewBox="0 0 {width} {y}"'
    background = f'<rect width="{width}" height="{y}" fill="#fff"/>'
    return "\n".join([f'{head} font-family="sans-serif" font-size="12">', background, *shapes, "</svg>"]) + "\n"


_FILLS = {"untested": "#d62728", "moved": "#cde8cd", "refused": "#eee", "": "#fff"}
_HEIGHT = 22


def _svg_grid(grid: Grid, top: int) -> tuple[int, int, list[str]]:
    """Return the right edge of a drawn grid, its height and its shapes."""
    header = list(map(shown, (grid.corner, *grid.labels)))
    widths = [8 * max(map(len, (header[0], *map(shown, grid.statuses)))) + 10, *(8 * len(label) + 10 for label in header[1:])]
    lefts = [10 + sum(widths[:number]) for number in range(len(widths))]
    shapes = [_svg_text(x + 5, top + 15, label) for x, label in zip(lefts, header, strict=True)]
    for number, (status, cells) in enumerate(_rows(grid), 1):
        y = top + number * _HEIGHT
        shapes.append(_svg_text(lefts[0] + 5, y + 15, shown(status)))
        for x, width, entries in zip(lefts[1:], widths[1:], cells, strict=True):
            look = _look(entries)
            box = f'width="{width}" height="{_HEIGHT}" fill="{_FILLS[look]}" stroke="#999"'
            shapes.append(f'<rect x="{x}" y="{y}" {box}><title>{escape(_details(entries))}</title></rect>')
            shapes.append(_svg_text(x + 5, y + 15, _cell(entries), "#fff" if look == "untested" else "#000"))
    return lefts[-1] + widths[-1] + 10, (len(grid.statuses) + 1) * _HEIGHT, shapes


def _svg_text(x: int, y: int, words: str, colour: str = "#000", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}" fill="{colour}"{weight} pointer-events="none">{escape(words)}</text>'


#: what makes each kind of report, by the suffix of its file
RENDERERS: dict[str, Callable[[Sequence[Coverage]], str]] = {".md": markdown, ".json": as_json, ".html": html, ".svg": svg}
