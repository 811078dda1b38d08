"""Transition coverage as text, Markdown, JSON, HTML and SVG: pure functions of what was counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from ._coverage import Coverage, Entry, Grid
from ._recorder import Deed

LEGEND = "12 taken so often, -3 refused so often; ! never taken, -! never refused"

_STYLE = """body { font-family: sans-serif; margin: 2em }
table { border-collapse: collapse; margin: 1em 0 }
th, td { border: 1px solid #999; padding: .2em .5em; text-align: center; font-weight: normal }
.moved { background: #cde8cd } .refused { background: #eee } .untested { background: #d62728; color: #fff }"""


def text(coverages: Iterable[Coverage]) -> Iterator[str]:
    """The lines for a terminal."""
    for coverage in coverages:
        yield summary(coverage)
        for grid in coverage.grids():
            rows = [[grid.corner, *grid.labels], *_rows(grid)]
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            for row in rows:
                yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield f"  ({LEGEND})"
        for words, untested in (("never taken", coverage.untested_moves), ("never refused", coverage.untested_refusals)):
            if untested:
                yield f"  {words}: {', '.join(map(_named, untested))}"


def summary(coverage: Coverage) -> str:
    """The two percentages of a source, in one line."""
    parts = [
        f"{_floored(percent)} % of {len(wanted)} {what}"
        for percent, wanted, what in (
            (coverage.percent_moves, coverage.moves, "moves"),
            (coverage.percent_refusals, coverage.refusals, "refusals"),
        )
    ]
    return f"{coverage.name}: {', '.join(parts)}"


def markdown(coverages: Sequence[Coverage]) -> str:
    """A document with the tables of hits; what is untested is bold."""
    lines = ["# Transition coverage", "", LEGEND + "."]
    for coverage in coverages:
        lines += ["", f"## {coverage.name}", "", summary(coverage).removeprefix(f"{coverage.name}: ") + "."]
        for grid in coverage.grids():
            lines += ["", f"| {' | '.join((grid.corner, *grid.labels))} |", "|---" * (len(grid.labels) + 1) + "|"]
            lines += [f"| {' | '.join(row)} |" for row in _rows(grid, "**{}**")]
    return "\n".join(lines) + "\n"


def as_json(coverages: Sequence[Coverage]) -> str:
    """Every number, for other programs."""
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
    """A page with the tables of hits; what is untested is red."""
    body = []
    for coverage in coverages:
        body += [f"<h2>{escape(coverage.name)}</h2>", f"<p>{escape(summary(coverage))}</p>"]
        for grid in coverage.grids():
            heading = "".join(f"<th>{escape(label)}</th>" for label in (grid.corner, *grid.labels))
            body += ["<table>", f"<tr>{heading}</tr>"]
            for status in grid.statuses:
                cells = "".join(_html_cell(grid.cells[status, label]) for label in grid.labels)
                body.append(f"<tr><th>{escape(status)}</th>{cells}</tr>")
            body.append("</table>")
    head = f'<meta charset="utf-8"><title>Transition coverage</title><style>{_STYLE}</style>'
    lines = ["<!DOCTYPE html>", f"<html><head>{head}</head><body>", "<h1>Transition coverage</h1>", f"<p>{LEGEND}</p>", *body]
    return "\n".join([*lines, "</body></html>"]) + "\n"


def write(coverages: Sequence[Coverage], path: Path) -> None:
    """Write the report that the suffix of the file asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RENDERERS[path.suffix](coverages), encoding="utf-8")


def _rows(grid: Grid, untested: str = "{}") -> Iterator[list[str]]:
    """The rows of a grid; what is untested is written as that form has it."""
    for status in grid.statuses:
        cells = (
            [str(entry) if entry.hits else untested.format(entry) for entry in grid.cells[status, label]] for label in grid.labels
        )
        yield [status, *map(" ".join, cells)]


def _named(deed: Deed) -> str:
    status, label, dest = deed
    return f"{status}-{label}" + ("" if dest is None else f" -> {dest}")


def _floored(percent: float) -> str:
    """A percentage that is 100 only if nothing is missing."""
    return f"{int(percent * 10 + 1e-6) / 10:g}"


def _share(wanted: Sequence[Deed], untested: Sequence[Deed], percent: float) -> dict[str, float]:
    return {"total": len(wanted), "exercised": len(wanted) - len(untested), "percent": percent}


def _class(entries: Iterable[Entry]) -> str:
    """How a cell looks: red if anything in it is untested."""
    states = {"untested" if not entry.hits else "refused" if entry.refusal else "moved" for entry in entries}
    return next((state for state in ("untested", "moved", "refused") if state in states), "")


def _html_cell(entries: Sequence[Entry]) -> str:
    titles = "; ".join(f"{_named(entry.deed)}: {entry.hits}" for entry in entries)
    return f'<td class="{_class(entries)}" title="{escape(titles)}">{escape(" ".join(map(str, entries)))}</td>'


def svg(coverages: Sequence[Coverage]) -> str:
    """The tables of hits as a picture; what is untested is red."""
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
    """The right edge of a drawn grid, its height and its shapes."""
    widths = [8 * max(map(len, (grid.corner, *grid.statuses))) + 10, *(8 * len(label) + 10 for label in grid.labels)]
    lefts = [10 + sum(widths[:number]) for number in range(len(widths))]
    shapes = [_svg_text(x + 5, top + 15, label) for x, label in zip(lefts, (grid.corner, *grid.labels), strict=True)]
    for number, status in enumerate(grid.statuses, 1):
        y = top + number * _HEIGHT
        shapes.append(_svg_text(lefts[0] + 5, y + 15, status))
        for x, width, label in zip(lefts[1:], widths[1:], grid.labels, strict=True):
            entries = grid.cells[status, label]
            look = _class(entries)
            title = escape("; ".join(f"{_named(entry.deed)}: {entry.hits}" for entry in entries))
            box = f'width="{width}" height="{_HEIGHT}" fill="{_FILLS[look]}" stroke="#999"'
            shapes.append(f'<rect x="{x}" y="{y}" {box}><title>{title}</title></rect>')
            colour = "#fff" if look == "untested" else "#000"
            shapes.append(_svg_text(x + 5, y + 15, " ".join(map(str, entries)), colour))
    return lefts[-1] + widths[-1] + 10, (len(grid.statuses) + 1) * _HEIGHT, shapes


def _svg_text(x: int, y: int, words: str, colour: str = "#000", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}" fill="{colour}"{weight} pointer-events="none">{escape(words)}</text>'


#: what makes each kind of report, by the suffix of its file
RENDERERS: dict[str, Callable[[Sequence[Coverage]], str]] = {".md": markdown, ".json": as_json, ".html": html, ".svg": svg}
