"""The rows of a log, and how to find a field in one. Those of files are in `_csv_rows` and `_json_rows`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from types import NoneType
from typing import Any

from .._values import shown
from ._forms import DEFAULT, Form, Names

__all__ = ["PLAIN", "Batch", "Rows"]

#: so many rows are read in one go
MANY = 500

#: the fields of a row that has nothing else, in their order
PLAIN = (DEFAULT.job[0], DEFAULT.status, DEFAULT.times[0].names)


class Batch:
    """Many rows, and what they have by columns, where they are objects with the same fields."""

    def __init__(self, rows: Sequence[Any], before: int, form_of: Callable[[Any], Form]) -> None:
        self._rows = rows
        self._form_of = form_of
        #: how many rows, or lines, there are before them
        self.before = before

    @property
    def rows(self) -> Sequence[Any]:
        """The rows, each as it stands in the log."""
        return self._rows

    @property
    def form(self) -> Form | None:
        """Where all of the rows have what; None if they have to be read one by one."""
        is_alike = set(map(type, self._rows)) == {dict} and len(set(map(tuple, self._rows))) == 1
        return self._form_of(self._rows[0]) if is_alike else None

    def column(self, names: Names) -> Sequence[str] | None:
        """Return what the rows have by the first of these names that they have, as texts, empty for what is not there.

        None if they have nothing by any of them. Raises `ValueError` if they have to be read one by one.
        """
        columns = (self._inside(name.split(".") if name not in self._rows[0] else (name,)) for name in names)
        return next((column for column in columns if column is not None), None)

    def _inside(self, path: Sequence[str]) -> Sequence[str] | None:
        """Return what stands at a path of names; None if it stands there in no row."""
        values = self._rows
        for name in path:
            if set(map(type, values)) != {dict}:
                raise ValueError("some have something else on the way there")
            is_there = [name in value for value in values]
            if not any(is_there):
                return None
            if not all(is_there):
                raise ValueError("the rows differ in their fields")
            values = list(map(itemgetter(name), values))
        return _texts(values)

    def where(self, place: int) -> str:
        """Return where one of the rows is."""
        return f"record {self.before + place + 1}"


class Rows:
    """The rows of a log. In the plainest form they are entries: a job, its status, a timestamp."""

    def __init__(self, rows: Iterable[Any], forms: Sequence[Form]) -> None:
        self._rows = rows
        self._forms = forms
        #: the names of the fields of the row that was read last, and the form of such rows
        self._names: tuple[str, ...] | None = None
        self._form = DEFAULT

    def batches(self) -> Iterator[Batch]:
        """Yield the rows, many at a time."""
        rows, before = iter(self._rows), 0
        while batch := list(islice(rows, MANY)):
            yield self.batch(batch, before)
            before += len(batch)

    def batch(self, rows: Sequence[Any], before: int) -> Batch:
        """Return rows as a batch."""
        return Batch(rows, before, self.form)

    def opened(self, row: Any) -> Any:
        """Return a row as its fields, by name in a dictionary if they have names. Raises `ValueError` if that cannot be done."""
        return row if isinstance(row, dict) or not isinstance(row, Mapping) else dict(row)

    def form(self, row: Any) -> Form:
        """Return where a row has what. Raises `ValueError` if it is no row."""
        if isinstance(row, dict):
            names = tuple(row)
            if names != self._names:
                self._names, self._form = names, next((form for form in self._forms if form.fits(row)), self._forms[0])
            return self._form
        if isinstance(row, str) or not isinstance(row, Sequence) or len(row) != 3:
            raise ValueError(f"{shown(row)} is not a job, its status and a timestamp")
        return DEFAULT

    def field(self, row: Any, names: Names) -> tuple[Any, ...]:
        """Return all that a row has by one of these names, of the first name that it has anything by."""
        if not isinstance(row, dict):
            return (row[next(place for place, field in enumerate(PLAIN) if names[0] in field)],)
        for name in names:
            if name in row:
                return (row[name],)
            if "." in name and (found := tuple(_inside(row, name))):
                return found
        return ()

    def is_blank(self, row: Any) -> bool:
        """Return whether a row that cannot be read is not meant to be."""
        return False


def _texts(values: Sequence[Any]) -> Sequence[str]:
    """Return plain values as texts."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return values
    if not kinds <= {str, int, NoneType}:
        raise ValueError("some are more than a text or a number")
    return ["" if value is None else str(value) for value in values]


def _inside(value: Any, path: str) -> Iterator[Any]:
    """Yield what stands at a path of names: in a list, in each of its elements."""
    if isinstance(value, list):
        for element in value:
            yield from _inside(element, path)
    elif isinstance(value, dict):
        if path in value:
            yield value[path]
        else:
            name, dot, rest = path.partition(".")
            if dot and name in value:
                yield from _inside(value[name], rest)
