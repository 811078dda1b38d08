"""Tables: the legal moves, cell by cell or one by one, and the steps of one job. First as data, then as Markdown and HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from .._source import Definition
from ._text import shown
from ._trace import Trace

#: a table with more triggers than that is wider than any page: the moves are listed one by one instead
_WIDEST = 16


@dataclass(frozen=True, slots=True)
class Table:
    """Cells of text, and the notes that they refer to by a number in parentheses."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def tables(declared: Definition, told: Trace | None, full: bool) -> Iterator[Table]:
    """What there is to be told of a source: of a job its way, then the legal moves, and with `full` what each means."""
    if told:
        yield from _of_job(told)
    wide = len(declared.labels) > _WIDEST
    if not wide:
        yield matrix(declared)
    if wide or full:
        yield listing(declared)


def matrix(declared: Definition) -> Table:
    """The transition table: a row for each status, a column for each trigger; "-" is a refused move."""
    cells: dict[tuple[str, str], list[str]] = {}
    conditions: dict[str, int] = {}
    for edge in declared.edges:
        mark = f" ({conditions.setdefault(edge.condition, len(conditions) + 1)})" if edge.condition and not edge.news else ""
        cells.setdefault((edge.source, edge.label), []).append(edge.dest + mark)
    rows = ((name, *(", ".join(cells.get((name, label), "-")) for label in declared.labels)) for name in declared.statuses)
    notes = (f"({number}) only if: {condition}" for condition, number in conditions.items())
    return Table(_caption(declared), ("status", *declared.labels), tuple(rows), (*notes, *_news(declared)))


def listing(declared: Definition) -> Table:
    """The legal moves, one in each row."""
    rows = ((edge.label, edge.source, edge.dest, edge.condition, edge.words) for edge in declared.edges)
    return Table("Each move", ("move", "from", "to", "only if", "meaning"), tuple(rows))


def _of_job(told: Trace) -> Iterator[Table]:
    yield Table("Time in each status", ("status", "time"), tuple(told.times.items()))
    if told.steps:
        rows = ((step.sign, step.label, step.source, step.dest, step.at, step.mesg or "") for step in told.steps)
        notes = ("inferred: nobody reported it: later news implies it",) if any(step.inferred for step in told.steps) else ()
        yield Table("The moves so far", ("", "move", "from", "to", "at", "message"), tuple(rows), notes)


def _caption(declared: Definition) -> str:
    finals = f"; final: {', '.join(declared.finals)}" if declared.finals else ""
    return f"The legal moves. First status: {declared.initial}{finals}. What is not in the table is refused"


def _news(declared: Definition) -> Iterator[str]:
    """What the table has no column for."""
    news = [edge for edge in declared.edges if edge.news]
    ways: dict[str, list[str]] = {}
    for edge in news:
        ways.setdefault(edge.source, []).append(edge.dest)
    for dests in dict.fromkeys(map(tuple, ways.values())):
        sources = [source for source, others in ways.items() if tuple(others) == dests]
        yield f"observe leads from {_either(sources)} to {_either(dests)}"


def _either(names: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def markdown(tables: Iterable[Table], title: str) -> str:
    """The tables as GitHub and most others read them."""
    return "\n\n".join([f"# {_cell(title)}", *(block for table in tables for block in _blocks(table))]) + "\n"


def _blocks(table: Table) -> Iterator[str]:
    yield _cell(table.caption) + "."
    yield "\n".join(_row(row) for row in (table.header, ["---"] * len(table.header), *table.rows))
    if table.notes:
        yield "\n".join(f"* {_cell(note)}" for note in table.notes)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """A text that Markdown takes for nothing but text."""
    if text in ("", "-", "---"):
        return text
    text = re.sub(r"([\\`*\[\]|~#!$^@]|(?<![^\W_])_|_(?![^\W_])|^[-+])", r"\\\1", shown(text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def html(table: Table) -> str:
    """The table as HTML, in the style of the page around it."""
    head = "".join(f'<th scope="col">{_html(cell)}</th>' for cell in table.header)
    rows = "\n".join(map(_html_row, table.rows))
    notes = "".join(f"<li>{_html(note)}</li>" for note in table.notes)
    return (
        f"<table>\n<caption>{_html(table.caption)}.</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
        + (f"<ul>{notes}</ul>\n" if notes else "")
    )


def _html_row(cells: Sequence[str]) -> str:
    return f'<tr><th scope="row">{_html(cells[0])}</th>{"".join(f"<td>{_html(cell)}</td>" for cell in cells[1:])}</tr>'


def _html(text: str) -> str:
    # each name keeps its own direction to itself, whatever script it is in
    return escape(shown(text)) if text.isascii() and text else f"<bdi>{escape(shown(text))}</bdi>" if text else ""
