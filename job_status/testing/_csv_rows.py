"""Rows of columns, separated by commas or the like: a text is taken in pieces, each of which is cut into whole columns at once.

To cut a piece by `str.split` takes half the time of the csv module, which is left the pieces that have quotes in them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import cached_property
from io import StringIO
from typing import Any, Literal, TextIO

from ._forms import DEFAULT, Form, Names
from ._log_rows import PLAIN, Batch, Rows

__all__ = ["Csv", "Piece"]

#: how long a piece is, in characters, and how long at most one whose last quote is not closed
_PIECE, _LONGEST = 1 << 17, 1 << 20

#: what may separate columns
_SEPARATORS = ",|;\t"


class Piece(Batch):
    """Some lines of a text."""

    def __init__(self, text: str, before: int, table: Csv) -> None:
        super().__init__((), before, table.form)
        self._text = text
        self._table = table

    @property
    def form(self) -> Form:
        return self._table.layout

    def column(self, names: Names) -> Sequence[str] | None:
        number = self._table.column(names)
        return None if number is None else self._columns[number]

    @cached_property
    def rows(self) -> list[Any]:
        """The rows, and an error in place of one whose end is not found; the line after that begins anew."""
        rows: list[Any] = []
        separator = self._table.separator
        reader = csv.reader(StringIO(self._text, newline=""), delimiter=separator, quoting=_quoting(separator))
        while True:
            try:
                rows.extend(reader)  # those before an error are in the list
            except csv.Error as error:
                rows.append(error)
            else:
                return rows

    @cached_property
    def _columns(self) -> list[Sequence[str]]:
        """The columns. Raises `ValueError` if not all rows have as many as the first of the text."""
        text, separator, width = self._text, self._table.separator, self._table.width
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        if "\r" in text or (separator != "|" and '"' in text):
            if not all(isinstance(row, list) for row in self.rows):
                raise ValueError("some of it is not CSV")
            return list(zip(*filter(None, self.rows), strict=True))
        cells = text.replace("\n", f"{separator}\n{separator}").split(separator)
        del cells[-1]
        ends = cells[width :: width + 1]
        if len(ends) * (width + 1) != len(cells) or set(ends) != {"\n"}:
            raise ValueError("the rows differ in how many columns they have")
        return [cells[column :: width + 1] for column in range(width)]

    def where(self, place: int) -> str:
        first = self.before + 1 + sum(map(_lines, self.rows[:place]))
        last = first + _lines(self.rows[place]) - 1
        return f"line {first}" if first == last else f"lines {first} to {last}"


class Csv(Rows):
    """Rows below a heading that names the columns; without one, the first three columns are the entry."""

    def __init__(self, file: TextIO, forms: Sequence[Form], head: str) -> None:
        super().__init__((), forms)
        self._file = file
        #: what separates the columns
        self.separator = max(_SEPARATORS, key=head.count)
        first = next(csv.reader([head], delimiter=self.separator, quoting=_quoting(self.separator)), [])
        names = [name.strip().lower() for name in first]
        fitting = [form for form in forms if form.fits(names)]
        headed = any(form.names & set(names) for form in forms)
        self._headed = headed
        self._heading = names if headed else [field[0] for field in PLAIN]
        #: how many columns there are
        self.width = len(names)
        #: where a row has what
        self.layout = (fitting or forms)[0] if headed else DEFAULT

    def batches(self) -> Iterator[Batch]:
        before = self._skip_heading() if self._headed else 0
        for text in self._pieces():
            yield Piece(text, before, self)
            before += text.count("\n")

    def opened(self, row: Any) -> Any:
        if isinstance(row, csv.Error):
            raise ValueError(f"this is not CSV: {row}")
        return row

    def form(self, row: Any) -> Form:
        return self.layout

    def field(self, row: Any, names: Names) -> tuple[Any, ...]:
        column = self.column(names)
        return () if column is None or column >= len(row) else (row[column],)

    def column(self, names: Names) -> int | None:
        """Return the number of the column that has one of these names; None if there is none."""
        found = (self._heading.index(name.lower()) for name in names if name.lower() in self._heading)
        return next(found, None)

    def is_blank(self, row: Any) -> bool:
        return isinstance(row, list) and not row

    def _skip_heading(self) -> int:
        """Read the heading, and return how many lines that were."""
        lines = 1
        while not self._file.readline().strip():
            lines += 1
        return lines

    def _pieces(self) -> Iterator[str]:
        """Yield the text in pieces of whole rows."""
        text = ""
        while more := self._file.read(_PIECE):
            text += more
            if end := self._end(text):
                yield text[:end]
                text = text[end:]
        if text:
            yield text if text.endswith("\n") else f"{text}\n"

    def _end(self, text: str) -> int:
        """Return where the last row ends that ends in a text: at a line's end that is not within quotes."""
        end = text.rfind("\n") + 1
        if self.separator == "|" or len(text) > _LONGEST:
            return end
        while text.count('"', 0, end) % 2:
            end = text.rfind("\n", 0, text.rfind('"', 0, end)) + 1
        return end


def _quoting(separator: str) -> Literal[0, 3]:
    """Return whether quotes count: sacct, whose columns are separated by `|`, quotes nothing."""
    return csv.QUOTE_NONE if separator == "|" else csv.QUOTE_MINIMAL


def _lines(row: Any) -> int:
    """Return how many lines a row stood in; where a quote is not closed, it goes on to the very end."""
    if not isinstance(row, list) or not row:
        return 1
    cells: list[str] = row
    return 1 + sum(cell.count("\n") for cell in cells) - cells[-1].endswith("\n")
