"""Reads many rows of CSV at once, column by column, by functions in C where there are any: row by row takes ten times as long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, cast

from ._csv_rows import Csv, Piece
from ._forms import Time
from ._log_rows import Batch
from ._log_words import Words
from ._moments import Moments, is_missing, is_unset
from ._moves import Columns, Moves

__all__ = ["Found", "none", "quick_reader"]


class Found(NamedTuple):
    """What was found in many rows."""

    #: the records with one status each
    records: Columns | None
    #: the places of rows that have to be read one by one
    rest: Iterable[int]
    #: how many rows are about something else
    left_out: int = 0


def none(batch: Batch) -> Found:
    """Find nothing."""
    return Found(None, range(len(batch.rows)))


def quick_reader(rows: Csv, words: Words, moments: Moments, moves: Moves) -> Callable[[Batch], Found]:
    """Return a function that reads many rows, and counts those that are all about one job.

    It raises `ValueError` or `IndexError`, and has counted nothing, if they have to be read one by one.
    """
    form = rows.layout
    parts = [column for names in form.job if (column := rows.column(names)) is not None]
    status = rows.column(form.status)
    times = [(column, time) for time in form.times if (column := rows.column(time.names)) is not None]
    named = rows.column(form.job[0]) is not None and status is not None and times
    if not named or status is None or form.conclusion or form.words or form.mixed:
        return none
    if form.whole:
        return _Jobs(parts, status, form.part, times, words, moments, moves).read
    ((time, _),) = times
    return lambda batch: Found(_records(batch, parts, status, time, words, moments), ())


def _records(batch: Batch, parts: Sequence[int], status: int, time: int, words: Words, moments: Moments) -> Columns:
    """Return the records in rows that say of one moment where a job was."""
    columns = cast(Piece, batch).columns()
    return _ids(columns, parts), words.column(columns[status]), moments.column(columns[time])


def _ids(columns: Sequence[Sequence[str]], parts: Sequence[int]) -> Sequence[str]:
    """Return the ids of jobs, each made of the columns with its parts. Raises `ValueError` if one is empty."""
    first, *others = (columns[part] for part in parts)
    if not all(map(str.strip, first)) or any(is_unset(cell) for column in others for cell in set(column)):
        raise ValueError("a part of a job's id is empty")
    return list(map("/".join, zip(first, *others, strict=True))) if others else first


class _Jobs:
    """Counts jobs of which each has one row. Those with the same word and the same times in them are counted together."""

    def __init__(
        self,
        parts: Sequence[int],
        status: int,
        part: str,
        times: Sequence[tuple[int, Time]],
        words: Words,
        moments: Moments,
        moves: Moves,
    ) -> None:
        self._parts, self._status, self._part, self._times = parts, status, part, times
        self._words, self._moments, self._moves = words, moments, moves
        self._jobs: Sequence[str] = ()

    def read(self, batch: Batch) -> Found:
        columns = cast(Piece, batch).columns()
        jobs, words, part = _ids(columns, self._parts), columns[self._status], self._part
        self._jobs = jobs
        places = [place for place, job in enumerate(jobs) if part not in job] if part else range(len(jobs))
        alike: defaultdict[str, list[int]] = defaultdict(list)
        for place in places:
            alike[words[place]].append(place)
        rest: list[int] = []
        for word, group in alike.items():
            rest += self._count(word, group, columns)
        return Found(None, sorted(rest), len(jobs) - len(places))

    def _count(self, word: str, places: list[int], columns: Sequence[Sequence[str]]) -> Sequence[int]:
        """Count jobs with the same word; return the places of those that have to be read one by one."""
        last = next((number for number, (_, time) in enumerate(self._times) if time.ends_with(word)), len(self._times))
        times = self._times[: last + 1]
        try:
            self._count_alike(word, places, columns, times)
        except ValueError:
            return self._count_by_times(word, places, columns, times)
        return ()

    def _count_by_times(
        self, word: str, places: list[int], columns: Sequence[Sequence[str]], times: Sequence[tuple[int, Time]]
    ) -> Sequence[int]:
        """Count those together that have the same ones of the times."""
        alike: defaultdict[tuple[tuple[int, Time], ...], list[int]] = defaultdict(list)
        for place in places:
            alike[tuple([time for time in times if not is_missing(columns[time[0]][place])])].append(place)
        rest: list[int] = []
        for there, group in alike.items():
            try:
                self._count_alike(word, group, columns, there)
            except ValueError:
                rest += group
        return rest

    def _count_alike(
        self, word: str, places: list[int], columns: Sequence[Sequence[str]], times: Sequence[tuple[int, Time]]
    ) -> None:
        if not times:
            raise ValueError("a job has no time")
        jobs = [self._jobs[place] for place in places]
        statuses = tuple(self._words[time.words[0] if time.words else word] for _, time in times)
        texts = [[columns[column][place] for place in places] for column, _ in times]
        if any("0" in column for column in texts):
            raise ValueError("some have no time")
        self._moves.alike(jobs, statuses, list(map(self._moments.column, texts)))
