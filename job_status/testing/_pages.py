"""Transition coverage as a page of HTML: for each source its state graph, the grid of hits, and the refusals by status."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..diagrams import _table
from ..diagrams._drafting import drawings
from ..diagrams._look import UNTESTED
from ..diagrams._svg import svg as drawn
from ..diagrams._table import TextTable, html_text
from ._coverage import Coverage, Entry, Grid
from ._wording import LEGEND, REFUSALS, cell, details, look, nothing, percentages, refusals

__all__ = ["LEAST_SCALE", "graph_size", "grid_table", "html", "picture"]

#: a state graph that would have to be scaled down to less than this, to stand beside the tables, stands above them
LEAST_SCALE = 0.6

_STYLE = f"""body {{ font-family: sans-serif; font-size: 14px; max-width: 1160px; margin: 1em auto; padding: 0 1em }}
.coverage {{ display: flex; flex-wrap: wrap; gap: 1em 2em; align-items: flex-start }}
.coverage > figure {{ margin: 0; flex-grow: 1; max-width: 100% }}
.coverage > .tables {{ flex: 1 1 min-content; min-width: min-content; display: flex; flex-wrap: wrap; gap: 0 2em }}
.grid {{ max-width: calc(100vw - 40px); overflow-x: auto; white-space: nowrap }}
table {{ border-collapse: collapse; margin: 0 0 1em }}
th, td {{ border: 1px solid #999; padding: .2em .5em; text-align: center; font-weight: normal }}
tbody th, caption, .refusals td {{ text-align: left }} caption {{ font-weight: bold; padding: .5em 0 }}
.grid thead th + th {{ writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; padding: .5em .2em }}
.moved {{ background: #cde8cd }} .refused {{ background: #eee }} .untested {{ background: {UNTESTED}; color: #fff }}
.never {{ color: {UNTESTED} }}"""


def html(coverages: Sequence[Coverage]) -> str:
    """Return the page; what no test exercised is red."""
    head = f'<meta charset="utf-8"><title>Transition coverage</title>\n<style>{_STYLE}</style>'
    legend = f"<p>{LEGEND}</p>" if coverages else "<p>Nothing was recorded.</p>"
    sections = "\n".join(line for coverage in coverages for line in _section(coverage))
    body = f"<h1>Transition coverage</h1>\n{legend}\n{sections}"
    # The page is light, and so is the picture in it, whatever the reader prefers.
    return f'<!DOCTYPE html>\n<html lang="en" data-color-mode="light"><head>{head}</head><body>\n{body}\n</body></html>\n'


def picture(coverage: Coverage) -> str:
    """Return the state graph as SVG, with the moves that no test took in red."""
    untested = [(status, label, dest or status) for status, label, dest in coverage.untested_moves]
    return drawn(*drawings(coverage.source, title=coverage.name, untested=untested))


def graph_size(graph: str) -> tuple[int, int]:
    """Return the width and the height of a state graph, in pixels."""
    width, height = re.findall(r'(?:width|height)="(\d+)"', graph)[:2]
    return int(width), int(height)


def grid_table(grid: Grid) -> TextTable:
    """Return a grid as a table for Markdown and HTML."""
    rows: list[tuple[str | _table.Cell, ...]] = [(status, *map(_cell, cells)) for status, cells in grid.rows()]
    return TextTable((grid.corner, *grid.labels), tuple(rows))


def _section(coverage: Coverage) -> Iterator[str]:
    yield f"<h2>{html_text(coverage.name)}</h2>\n<p>{percentages(coverage)}</p>"
    if coverage.why:
        yield f"<p><strong>{html_text(nothing(coverage))}</strong></p>"
    yield '<div class="coverage">'
    yield _figure(picture(coverage))
    yield '<div class="tables">'
    yield from (f'<div class="grid">\n{_table.html(grid_table(grid))}</div>' for grid in coverage.grids())
    yield f'<div class="refusals">\n{_table.html(_refusals(coverage))}</div>'
    yield "</div></div>"


def _figure(graph: str) -> str:
    """Return a state graph that is scaled down to stand beside the tables, unless nobody could read it then."""
    width = graph_size(graph)[0]
    return f'<figure style="flex-basis:{width * LEAST_SCALE:g}px">\n{graph.strip()}\n</figure>'


def _refusals(coverage: Coverage) -> TextTable:
    rows = tuple((status, met, _table.Cell(never, css="never" if never else "")) for status, met, never in refusals(coverage))
    return TextTable(("status", "refused", "never refused"), rows, REFUSALS)


def _cell(entries: Sequence[Entry]) -> _table.Cell:
    kind = look(entries)
    return _table.Cell(cell(entries), bold=kind == "untested", css=kind, title=details(entries))
