"""Reads many rows at once, column by column, by functions in C where there are any: row by row takes ten times as long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from operator import itemgetter
from typing import Any, NamedTuple, cast

from ._forms import Form, Names, Time
from ._log_rows import Batch
from ._log_words import Words
from ._moments import Moments, are_unset, is_missing, is_unset
from ._moves import Columns, Moves

__all__ = ["Found", "Reader"]


class Found(NamedTuple):
    """What was found in many rows."""

    #: the records with one status each
    records: Columns | None
    #: the places of rows that have to be read one by one
    rest: Iterable[int]
    #: how many rows are about something else
    left_out: int = 0


class _Jobs(NamedTuple):
    """Jobs of which each has one row, by columns of texts."""

    ids: Sequence[str]
    words: Sequence[str]
    #: when they were where; None if no row says so
    times: Sequence[tuple[Sequence[str] | None, Time]]


class Reader:
    """Reads many rows, and counts those that are all about one job: those with the same word and the same times together."""

    def __init__(self, words: Words, moments: Moments, moves: Moves) -> None:
        self._words, self._moments, self._moves = words, moments, moves

    def read(self, batch: Batch) -> Found:
        """Return what is found in many rows: nothing, if they have to be read one by one."""
        form = batch.form
        if form is not None and not form.conditions:
            try:
                return self._jobs(batch, form) if form.whole else self._records(batch, form)
            except (IndexError, ValueError):
                pass
        return Found(None, range(len(batch.rows)))

    def _records(self, batch: Batch, form: Form) -> Found:
        """Read rows that say of one moment where a job was."""
        words = _column(batch, form.status)
        stated = {word: self._words.stated(word, form) for word in set(words)}
        ids, times = _ids(batch, form), _times(batch, form.times[0], is_unset)
        if times is None:
            raise ValueError("there is no time")
        left_out = 0
        if None in stated.values():
            is_stated = [stated[word] is not None for word in words]
            left_out = is_stated.count(False)
            ids, words, times = (list(compress(column, is_stated)) for column in (ids, words, times))
        statuses = cast(list[str], list(map(stated.__getitem__, words)))
        return Found((ids, statuses, self._moments.column(times) if times else ()), (), left_out)

    def _jobs(self, batch: Batch, form: Form) -> Found:
        """Count jobs of which each has one row."""
        jobs = _Jobs(_ids(batch, form), _words(batch, form), [(_times(batch, time, is_missing), time) for time in form.times])
        places: Sequence[int] = range(len(jobs.ids))
        if form.part:
            places = [place for place, job in enumerate(jobs.ids) if form.part not in job]
        alike: defaultdict[str, list[int]] = defaultdict(list)
        for place in places:
            alike[jobs.words[place]].append(place)
        rest: list[int] = []
        for word, group in alike.items():
            rest += self._count(word, group, jobs)
        return Found(None, sorted(rest), len(jobs.ids) - len(places))

    def _count(self, word: str, places: Sequence[int], jobs: _Jobs) -> Sequence[int]:
        """Count jobs with the same word; return the places of those that have to be read one by one."""
        last = next((number for number, (_, time) in enumerate(jobs.times) if time.ends_with(word)), len(jobs.times))
        come = jobs._replace(times=[(texts, time) for texts, time in jobs.times[: last + 1] if texts is not None])
        try:
            self._count_alike(word, places, come)
        except ValueError:
            return self._count_by_times(word, places, come)
        return ()

    def _count_by_times(self, word: str, places: Sequence[int], jobs: _Jobs) -> Sequence[int]:
        """Count those together that have the same ones of the times."""
        alike: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for place in places:
            there = [number for number, (texts, _) in enumerate(jobs.times) if texts and not is_missing(texts[place])]
            alike[tuple(there)].append(place)
        rest: list[int] = []
        for numbers, group in alike.items():
            try:
                self._count_alike(word, group, jobs._replace(times=[jobs.times[number] for number in numbers]))
            except ValueError:
                rest += group
        return rest

    def _count_alike(self, word: str, places: Sequence[int], jobs: _Jobs) -> None:
        if not jobs.times:
            raise ValueError("a job has no time")
        at = _at(places)
        columns = [at(texts) for texts, _ in jobs.times if texts is not None]
        if any("0" in column for column in columns):
            raise ValueError("some have no time")
        statuses = tuple(self._words[time.words[0] if time.words else word] for _, time in jobs.times)
        self._moves.alike(at(jobs.ids), statuses, list(map(self._moments.marks, columns)))


# -- the columns of a batch


def _column(batch: Batch, names: Names) -> Sequence[str]:
    column = batch.column(names)
    if column is None:
        raise ValueError("a field is missing")
    return column


def _ids(batch: Batch, form: Form) -> Sequence[str]:
    """Return the ids of jobs, each made of the columns with its parts. Raises `ValueError` if one is empty."""
    first = _column(batch, form.job[0])
    others = [column for names in form.job[1:] if (column := batch.column(names)) is not None]
    if not all(map(str.strip, first)) or any(map(are_unset, others)):
        raise ValueError("a part of a job's id is empty")
    return list(map("/".join, zip(first, *others, strict=True))) if others else first


def _words(batch: Batch, form: Form) -> Sequence[str]:
    """Return the words for the statuses of jobs, or for how they ended."""
    words = _column(batch, form.status)
    ends = batch.column(form.conclusion)
    return words if ends is None else [end or word for end, word in zip(ends, words, strict=True)]


def _times(batch: Batch, time: Time, is_none: Callable[[str], bool]) -> Sequence[str] | None:
    """Return the times, of each row by the first of the names that has one; None if no row has one."""
    found: Sequence[str] | None = None
    for name in time.names:
        column = batch.column((name,))
        if column is None or (is_none(column[0]) and all(map(is_none, column))):
            continue
        found = column if found is None else [other if is_none(one) else one for one, other in zip(found, column, strict=True)]
    return found


def _at(places: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    """Return a function that returns what stands at these places of a column."""
    pick: Any = itemgetter(*places)
    return pick if len(places) > 1 else lambda column: (pick(column),)
