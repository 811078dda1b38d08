"""What is in the cells of a table, as the statuses and columns of its source; what does not fit is refused here, with its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .._observation import Observation
from .._source import Definition
from ..diagrams._table import markdown_text
from ._guarded import Alternative, alternatives, in_words
from ._tables import Cell, Table, TableError, by_text, plain

__all__ = ["REFUSED", "REQUESTED", "SYMBOLS", "Reading", "check_value", "readings"]

REFUSED = "-"
#: what a cell of an observation table has for each verdict
SYMBOLS = {Observation.UNCHANGED: "=", Observation.MOVED: ">", Observation.STALE: "<", Observation.CONTRADICTORY: "!"}
#: what follows a status in the heading of a row for jobs of which a cancel was requested
REQUESTED = " (cancel requested)"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell has in it, as the statuses and columns of a source."""

    cell: Cell
    #: the status of its row, and whether the row is for jobs of which a cancel was requested
    status: str
    requested: bool
    column: str
    value: str
    #: the Markdown of the value, which stands before the marks
    written: str
    #: the marks of its footnotes, without the parentheses: `*`, `t`
    marks: tuple[str, ...]
    #: of a cell with conditions: the statuses, each with its own; `value` has them in words
    alternatives: tuple[Alternative, ...] = ()

    def replaced(self, value: str) -> str:
        """Return the Markdown of the cell with another value; its marks stay."""
        new = value if value in (REFUSED, *SYMBOLS.values()) else markdown_text(value)
        rest = self.cell.text[len(self.written) :]
        return new + (rest if self.written else f" {rest}".rstrip())


def readings(
    table: Table,
    declared: Definition,
    statuses: Iterable[str],
    columns: Iterable[str],
    what: str,
    values: Iterable[str],
    lenient: bool,
) -> tuple[Reading, ...]:
    """Return what is in each cell. Raises `TableError` if a heading does not fit or is missing, or if a value cannot be."""
    for names in (declared.statuses, columns):
        _check_names(table, names)
    rows, headings = by_text(statuses), by_text(columns)
    for column in table.columns:
        if column not in headings:
            raise TableError(table.line, f"the column {column!r} is not a {what}; there are: {', '.join(headings)}")
        if table.columns.count(column) > 1:
            raise TableError(table.line, f"there are two columns {column}")
    if missing := [column for column in headings if column not in table.columns]:
        raise TableError(table.line, f"a column is missing: {', '.join(missing)}")
    if table.kind == "transitions":
        requested = {f"{row}{REQUESTED}": status for row, status in rows.items() if f"{row}{REQUESTED}" not in rows}
    else:
        requested = {}
    for row, line in table.rows.items():
        if row not in rows and row not in requested:
            raise TableError(line, f"the row {row!r} is not a status; there are: {', '.join(rows)}")
    if missing := [row for row in rows if row not in table.rows]:
        raise TableError(table.line, f"a row is missing: {', '.join(missing)}")
    rows, texts = rows | requested, by_text(values)
    found = tuple(
        _guarded(cell, rows[cell.row], headings, alternatives(cell, table.notes, declared))
        or _reading(cell, rows[cell.row], cell.row in requested, headings, texts)
        for cell in table.cells
    )
    if not lenient:
        for reading in found:
            if not reading.alternatives:
                check_value(reading, reading.cell.line, reading.value, values)
    return found


def _check_names(table: Table, names: Iterable[str]) -> None:
    """Raise `TableError` if a name cannot be seen in a table, or cannot be told from a refusal."""
    for name in names:
        (text,) = by_text([name])
        if not text:
            raise TableError(table.line, f"in a table, the name {name!r} cannot be seen")
        if text == REFUSED:
            raise TableError(table.line, f"in a table, the name {name!r} cannot be told from a refusal")


def _guarded(cell: Cell, status: str, headings: Mapping[str, str], found: tuple[Alternative, ...]) -> Reading | None:
    """Return the reading of a cell with conditions; None for any other."""
    if not found:
        return None
    return Reading(cell, status, False, headings[cell.column], in_words(found, REFUSED), cell.text, (), found)


def _reading(cell: Cell, status: str, requested: bool, headings: Mapping[str, str], values: Mapping[str, str]) -> Reading:
    written, marks = cell.split(values)
    value = plain(written)
    return Reading(cell, status, requested, headings[cell.column], values.get(value, value), written, marks)


def check_value(reading: Reading, line: int, value: str, values: Iterable[str]) -> None:
    """Raise `TableError` if the value of a cell, or of its footnote in `line`, is not one of `values`."""
    if value not in values:
        raise reading.cell.misfit(value, values, line)
