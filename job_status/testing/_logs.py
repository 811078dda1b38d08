"""Reads logs of statuses: which job was in which status, and when. What a log shows is judged elsewhere.

The rows of a log, of whatever form, are picked apart into entries, each a job, a word for its status and a timestamp, and the
entries are checked in one place. Another form is another subclass of `_Rows`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from math import isfinite, nan
from operator import itemgetter
from pathlib import Path
from typing import Any

from .._lifecycle import Lifecycle
from .._source import Source, definition
from .._values import shown
from ..diagrams._text import moment as calendar
from ._graph import name_of

__all__ = ["UNITS", "Log", "Record"]

#: a job, its status, and the POSIX time, or whatever the log counts from, in seconds
Record = tuple[str, str, float]

#: the units that numbers in a log may have: how many make a second, and what they are called
UNITS: Mapping[str, tuple[float, str]] = {
    "s": (1.0, "seconds"),
    "ms": (1e3, "milliseconds"),
    "us": (1e6, "microseconds"),
    "ns": (1e9, "nanoseconds"),
}

#: No log has times after the year 5138. Today's time in milliseconds, read as seconds, is far beyond.
_TOO_LARGE = 1e11

#: the names that a column, or a field, of a log may have
_FIELDS = (("job", "job_id", "id"), ("status", "state"), ("timestamp", "time"))

#: how many of the records that were skipped a report shows
_MOST_SHOWN = 3


class Log:
    """A log as the records in it, and which of its rows could not be read."""

    def __init__(self, log: Iterable[Any] | str | Path, source: Source, unit: str = "s", skip_bad: bool = False) -> None:
        if unit not in UNITS:
            raise ValueError(f"the unit of timestamps must be one of {', '.join(UNITS)}, not {shown(unit)}")
        self._log = Path(log) if isinstance(log, str) else log
        self._statuses = _Statuses(source)
        self._unit = unit
        self._skip_bad = skip_bad
        #: how many rows the last reading skipped, and where and why of the first few
        self.bad = 0
        self.first_bad: tuple[str, ...] = ()

    @property
    def repeatable(self) -> bool:
        """Whether it can be read again: neither a pipe nor an open file nor any other iterator can."""
        if isinstance(self._log, Path):
            return self._log.is_file()
        return not hasattr(self._log, "readline") and iter(self._log) is not self._log

    def records(self) -> Iterator[Record]:
        """Read the log from its beginning. Raises `ValueError`, which names the row, if one cannot be read and is not skipped."""
        self.bad, self.first_bad = 0, ()
        statuses, seconds = self._statuses, _reader_of_times(self._unit)
        with _opened(self._log) as rows:
            for number, row in enumerate(rows.rows, 1):
                try:
                    job, word, moment = rows.pick(row)
                    record = (
                        job if type(job) is str and job and not job.isspace() else _checked_id(job),
                        statuses[word if type(word) is str else name_of(word)],
                        seconds(moment),
                    )
                except ValueError as error:
                    if not rows.is_blank(row):
                        self._skip(f"{rows.where(number, row)}: {error}")
                else:
                    yield record

    def _skip(self, what: str) -> None:
        if not self._skip_bad:
            raise ValueError(what) from None
        self.bad += 1
        if self.bad <= _MOST_SHOWN:
            self.first_bad = (*self.first_bad, what)


# -- the fields of an entry


class _Statuses(dict[str, str]):
    """The statuses by the words that a log may have for them, in any case; of two that are alike, names come first."""

    def __init__(self, source: Source) -> None:
        self.names = definition(source).statuses
        super().__init__((name, name) for name in self.names)
        values = {name: source.enum[name].value for name in self.names} if isinstance(source, Lifecycle) else {}
        for name, value in values.items():
            if isinstance(value, str):
                self.setdefault(value, name)
        for word, name in tuple(self.items()):
            self.setdefault(word.upper(), name)

    def __missing__(self, word: str) -> str:
        name = self.get(word.strip()) or self.get(word.strip().upper())
        if name is None:
            raise ValueError(f"the status {shown(word)} is none of {', '.join(self.names)}")
        self[word] = name
        return name


def _checked_id(job: Any) -> str:
    text = "" if job is None or job != job else str(job)  # pandas has NaN where nothing is
    if not text or text.isspace():
        raise ValueError("the job id is empty")
    return text


def _reader_of_times(unit: str) -> Callable[[Any], float]:
    """Return a function that reads a number of that unit, a datetime, or a text with a number or ISO 8601, as seconds."""
    size, name = UNITS[unit]

    def seconds(moment: Any) -> float:
        if type(moment) is str and moment[4:5] == "-":  # for float() to fail first would take longer than all the rest
            try:
                return _posix(datetime.fromisoformat(moment))
            except ValueError:  # it is 1.2e-5, say
                pass
        try:
            number = float(moment)
        except (OverflowError, TypeError, ValueError):
            return _posix(_calendar_time(moment, name))
        if -_TOO_LARGE < number / size < _TOO_LARGE and type(moment) is not bool:
            return number / size
        raise ValueError(_refusal(moment, number, name))

    return seconds


def _calendar_time(moment: Any, unit: str) -> datetime:
    if isinstance(moment, datetime) and moment == moment:  # pandas' NaT is one that is not
        return moment
    try:
        return datetime.fromisoformat(moment.strip())
    except (AttributeError, ValueError):
        raise ValueError(_refusal(moment, nan, unit)) from None


def _posix(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _refusal(moment: Any, number: float, unit: str) -> str:
    """Return why a timestamp is not taken and, if it is too large a number, in what unit it would be one."""
    if not isfinite(number) or isinstance(moment, bool):
        return f"the timestamp {shown(moment)} is neither a number of {unit} nor ISO 8601"
    guesses = (f": in {name} it is {calendar(number / size)}" for size, name in UNITS.values() if abs(number) / size < _TOO_LARGE)
    return f"the timestamp {shown(moment)} is too large for {unit}{next(guesses, '')}; give its unit: {', '.join(UNITS)}"


# -- the forms of a log


class _Rows:
    """The rows of a log, and how to pick one apart. In the plainest form they are the entries."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self.rows = rows

    def pick(self, row: Any) -> tuple[Any, Any, Any]:
        """Return the job, the word for its status and the timestamp. Raises `ValueError` if they are not there."""
        if isinstance(row, Mapping):
            job, status, moment = (_field(row, names) for names in _FIELDS)
            return job, status, moment
        if isinstance(row, str) or not isinstance(row, Sequence) or len(row) != 3:
            raise ValueError(f"{shown(row)} is not a job, its status and a timestamp")
        return row[0], row[1], row[2]

    def where(self, number: int, row: Any) -> str:
        """Return where a row is; so many were read so far, itself among them."""
        return f"record {number}"

    def is_blank(self, row: Any) -> bool:
        """Return whether a row that cannot be read is not meant to be."""
        return False


class _JsonLines(_Rows):
    def pick(self, row: str) -> tuple[Any, Any, Any]:
        try:
            entry = json.loads(row)
        except (RecursionError, ValueError):
            raise ValueError(f"this line is not JSON: {shown(row.strip())}") from None
        return super().pick(entry)

    def where(self, number: int, row: str) -> str:
        return f"line {number}"

    def is_blank(self, row: str) -> bool:
        return not row.strip()


class _Csv(_Rows):
    """Rows below a heading that names the columns; without such a heading, their first three columns are the entry."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._reader = csv.reader(lines)
        rows = self._going_on()
        first: Any = next(filter(None, rows), [])
        names = [] if isinstance(first, csv.Error) else [name.strip().lower() for name in first]
        headed = any(name in names for name in _FIELDS[1])
        self._columns = [_column(names, field) for field in _FIELDS] if headed else [0, 1, 2]
        self._picked = itemgetter(*self._columns)
        super().__init__(rows if headed else chain([first], rows))

    def pick(self, row: Any) -> tuple[Any, Any, Any]:
        try:
            job, status, moment = self._picked(row)
        except (IndexError, TypeError):
            raise ValueError(self._fault(row)) from None
        return job, status, moment

    def where(self, number: int, row: Any) -> str:
        first = last = self._reader.line_num
        if isinstance(row, list):
            first -= sum(cell.count("\n") for cell in row) - row[-1].endswith("\n")  # where a quote is not closed, to the very end
        return f"line {last}" if first == last else f"lines {first} to {last}"

    def is_blank(self, row: Any) -> bool:
        return isinstance(row, list) and not row

    def _going_on(self) -> Iterator[Any]:
        """Yield the rows, and the error in place of one that cannot be told from the next; the line after that begins anew."""
        while True:
            try:
                yield from self._reader
                return
            except csv.Error as error:
                yield error

    def _fault(self, row: Any) -> str:
        if isinstance(row, csv.Error):
            return f"this is not CSV: {row}"
        fields = zip(_FIELDS, self._columns, strict=True)
        return _missing(next(names for names, column in fields if column is None or column >= len(row)), row)


def _column(heading: Sequence[str], names: Sequence[str]) -> int | None:
    return next((heading.index(name) for name in names if name in heading), None)


def _field(entry: Mapping[str, Any], names: Sequence[str]) -> Any:
    for name in names:
        if name in entry:
            return entry[name]
    raise ValueError(_missing(names, entry))


def _missing(names: Sequence[str], entry: object) -> str:
    return f"the field {names[0]!r} is missing in {shown(entry)}"


@contextmanager
def _opened(log: Iterable[Any] | Path) -> Iterator[_Rows]:
    if isinstance(log, Path):
        with log.open(encoding="utf-8-sig", errors="backslashreplace", newline="") as lines:
            yield _JsonLines(lines) if log.suffix in (".jsonl", ".ndjson", ".json") else _Csv(lines)
    else:
        yield _of_text(log) if hasattr(log, "readline") else _Rows(log)


def _of_text(lines: Iterable[str]) -> _Rows:
    """Return the rows of an open file, whose form is seen from its first line."""
    lines, head = iter(lines), []
    for line in lines:
        if isinstance(line, bytes):
            raise TypeError("the log is open for reading bytes: open it for reading text")
        head.append(line)
        if line.strip():
            break
    form = _JsonLines if "".join(head).lstrip().startswith(("{", "[")) else _Csv
    return form(chain(head, lines))
