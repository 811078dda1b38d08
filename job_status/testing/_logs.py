"""Reads logs of statuses: which job was in which status, and when. What a log shows is judged elsewhere.

`_files` has the rows of a log, `_forms` says where in a row the job, its status and the times are, and here they are read. Rows of
one form are read column by column, and only where that fails one by one, to say which of them cannot be read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO, cast

from .._values import shown
from ._columns import Reader
from ._files import rows_of
from ._forms import Form, Names, Time
from ._log_rows import Batch, Rows
from ._log_words import Words
from ._moments import Moments, is_missing, is_unset
from ._moves import Columns, Moves

__all__ = ["Log"]

#: how many of the records that were skipped a report shows
_MOST_SHOWN = 3

#: of a job: when it was in which status
Entries = list[tuple[float, str]]


class Log:
    """A log as the records in it, and which of its rows could not be read."""

    def __init__(
        self, log: Iterable[Any] | str | Path, words: Words, forms: Sequence[Form], moments: Moments, skip_bad: bool = False
    ) -> None:
        self._words, self._forms, self._moments, self._skip_bad = words, forms, moments, skip_bad
        self._file: TextIO | None = None
        self._entries: Iterable[Any] = ()
        if isinstance(log, str | Path):
            self._file = open(log, encoding="utf-8-sig", errors="backslashreplace", newline="")  # noqa: SIM115  # see __exit__
            if not self._file.seekable():
                with self._file as pipe:
                    self._file = _copied(pipe)
        elif hasattr(log, "readline"):
            self._file = _copied(log)
        else:
            self._entries = log
        #: how many rows the last reading skipped, and where and why of the first few
        self.bad = 0
        self.first_bad: tuple[str, ...] = ()
        #: how many rows are about something else than the status of a job
        self.left_out = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file:
            self._file.close()

    @property
    def repeatable(self) -> bool:
        """Whether it can be read again, as an iterator cannot."""
        return self._file is not None or iter(self._entries) is not self._entries

    def read(self, moves: Moves) -> Iterator[Columns]:
        """Read the log from its beginning: yield the records with one status each, and count those that are all about one job.

        Raises `ValueError`, which names the row, if one cannot be read and is not skipped.
        """
        self.bad, self.first_bad, self.left_out = 0, (), 0
        rows = rows_of(self._file, self._forms) if self._file else Rows(self._entries, self._forms)
        reader = Reader(self._words, self._moments, moves)
        for batch in rows.batches():
            found = reader.read(batch)
            self.left_out += found.left_out
            yield found.records or self._one_by_one(rows, batch, found.rest, moves)

    def _one_by_one(self, rows: Rows, batch: Batch, places: Iterable[int], moves: Moves) -> Columns:
        """Read some of many rows, and name those that cannot be read."""
        records: tuple[list[str], list[str], list[float]] = ([], [], [])
        for place in places:
            row = batch.rows[place]
            try:
                self._read_row(rows, row, moves, records)
            except ValueError as error:
                if not rows.is_blank(row):
                    self._skip(f"{batch.where(place)}: {error}")
        return records

    def _read_row(self, rows: Rows, row: Any, moves: Moves, records: tuple[list[str], list[str], list[float]]) -> None:
        row = rows.opened(row)
        form = rows.form(row)
        job = _job(rows, row, form)
        if form.part and form.part in job:
            self.left_out += 1
        elif form.whole:
            moves.path(job, self._entries_of(rows, row, form))
        elif (status := self._status(rows, row, form)) is None:
            self.left_out += 1
        else:
            time = self._moments.seconds(_moment(rows, row, form.times[0].names))
            records[0].append(job)
            records[1].append(status)
            records[2].append(time)

    def _status(self, rows: Rows, row: Any, form: Form) -> str | None:
        """Return the status of a row that is about one moment; None if it is about something else."""
        return self._words.stated(_required(rows, row, form.status), form)

    def _entries_of(self, rows: Rows, row: Any, form: Form) -> Entries:
        """Return when a job was in which status, of a row that is all about it."""
        word = _word(rows, row, form)
        entries: Entries = []
        for time in form.times:
            moments = _moments(rows, row, time)
            if moments:
                latest_or_first = min if time.words else max
                status = self._words.read(time.words[0] if time.words else word)
                entries.append((latest_or_first(map(self._moments.seconds, moments)), status))
            if time.ends_with(word):
                break
        for kind, moment in _conditions(rows, row, form):
            entries.append((self._moments.seconds(moment), self._words.read(kind)))
        if not entries:
            raise ValueError(f"none of its times is there: {', '.join(time.names[0] for time in form.times)}")
        return entries

    def _skip(self, what: str) -> None:
        if not self._skip_bad:
            raise ValueError(what) from None
        self.bad += 1
        if self.bad <= _MOST_SHOWN:
            self.first_bad = (*self.first_bad, what)


def _copied(lines: Iterable[str]) -> TextIO:
    """Return a copy of what can be read only once, in a file that is gone when it is closed."""
    copy = tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="")  # noqa: SIM115  # see Log.__exit__
    try:
        copy.writelines(lines)
    except TypeError:
        copy.close()
        raise TypeError("the log is open for reading bytes: open it for reading text") from None
    return cast(TextIO, copy)


# -- the fields of a row


def _required(rows: Rows, row: Any, names: Names) -> Any:
    if found := rows.field(row, names):
        return found[0]
    raise ValueError(f"the field {names[0]!r} is missing in {shown(row)}")


def _job(rows: Rows, row: Any, form: Form) -> str:
    """Return the id of a job, of all the parts that it has."""
    first = _checked_id(_required(rows, row, form.job[0]))
    others = (found[0] for names in form.job[1:] if (found := rows.field(row, names)))
    return "/".join([first, *(str(part) for part in others if not is_unset(part))])


def _checked_id(job: Any) -> str:
    text = "" if job is None or job != job else str(job)  # pandas has NaN where nothing is
    if not text or text.isspace():
        raise ValueError("the job id is empty")
    return text


def _word(rows: Rows, row: Any, form: Form) -> Any:
    """Return the word for the status of a job, or for how it ended; None if there is none."""
    if (found := rows.field(row, form.conclusion)) and found[0] not in (None, ""):
        return found[0]
    word = _required(rows, row, form.status) if form.status else None
    return None if word == "" else word


def _moment(rows: Rows, row: Any, names: Names) -> Any:
    """Return the time by the first of the names that has one."""
    found = [moment for name in names for moment in rows.field(row, (name,)) if not is_unset(moment)]
    return found[0] if found else _required(rows, row, names)


def _moments(rows: Rows, row: Any, time: Time) -> Sequence[Any]:
    """Return the times by the first of the names that has any."""
    for name in time.names:
        if found := [moment for value in rows.field(row, (name,)) if not is_missing(moment := _plain(value))]:
            return found
    return ()


def _conditions(rows: Rows, row: Any, form: Form) -> Iterator[tuple[Any, Any]]:
    """Yield the types of the conditions that are true, and since when each is."""
    for conditions in rows.field(row, form.conditions):
        for condition in conditions:
            if isinstance(condition, dict) and condition.get("status") == "True":
                yield condition.get("type"), condition.get("lastTransitionTime")


def _plain(value: Any) -> Any:
    """Return a number as Slurm's JSON may have it, with a note whether it is set, as a number or None."""
    if isinstance(value, Mapping):
        return value.get("number") if value.get("set", True) else None
    return value
