"""Transition coverage as text, Markdown and JSON, and which report a file gets: pure functions of what was counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ..diagrams import _table
from ..diagrams._table import markdown_text
from ..diagrams._text import shown
from ._coverage import Coverage
from ._pages import grid_table, html
from ._sheet import svg
from ._wording import LEGEND, cell, nothing, percentages, summary, untested

__all__ = ["RENDERERS", "text", "write"]


def text(coverages: Iterable[Coverage]) -> Iterator[str]:
    """Yield the lines for a terminal."""
    for coverage in coverages:
        yield summary(coverage)
        if coverage.why:
            yield f"  {nothing(coverage)}"
        for grid in coverage.grids():
            header = list(map(shown, (grid.corner, *grid.labels)))
            rows = [header, *([shown(status), *map(cell, cells)] for status, cells in grid.rows())]
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            for row in rows:
                yield "  " + "  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip()
        yield f"  ({LEGEND})"
        yield from (f"  {line}" for line in untested(coverage))


def markdown(coverages: Sequence[Coverage]) -> str:
    """Return a document with the tables of hits; cells in which something is untested are bold."""
    blocks = ["# Transition coverage", f"{LEGEND}." if coverages else "Nothing was recorded."]
    for coverage in coverages:
        blocks += [f"## {markdown_text(coverage.name)}", f"{percentages(coverage)}."]
        blocks += [f"{markdown_text(nothing(coverage))}."] if coverage.why else []
        blocks += [_table.markdown(grid_table(grid)) for grid in coverage.grids()]
    return "\n\n".join(blocks) + "\n"


def as_json(coverages: Sequence[Coverage]) -> str:
    """Return every number, for other programs."""
    document = {
        coverage.name: {
            "moves": _share(len(coverage.moves), len(coverage.untested_moves), coverage.percent_moves),
            "refusals": _share(len(coverage.refusals), len(coverage.untested_refusals), coverage.percent_refusals),
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


def write(coverages: Sequence[Coverage], path: Path) -> None:
    """Write the report that the suffix of the file asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RENDERERS[path.suffix](coverages), encoding="utf-8")


def _share(total: int, missing: int, percent: float) -> dict[str, float]:
    return {"total": total, "exercised": total - missing, "percent": percent}


#: what makes each kind of report, by the suffix of its file
RENDERERS: dict[str, Callable[[Sequence[Coverage]], str]] = {".md": markdown, ".json": as_json, ".html": html, ".svg": svg}
