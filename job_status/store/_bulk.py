"""Many jobs moved in few transactions, each as it is moved alone: by a copy in memory, and only if it has not moved since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..errors import JobGone
from ._job import StoredJob
from ._outcome import Outcome, entries, outcome
from ._record import Row, move_columns
from ._statements import ROWS

if TYPE_CHECKING:
    from .._status import JobStatus
    from ._store import JobStore

__all__ = ["move_each", "request_cancel"]

#: how many jobs are moved in one transaction at most: others have to wait for it
AT_ONCE = 1000

Jobs = list[StoredJob[Any]]


def move_each(store: JobStore[Any], numbers: Sequence[int], act: Callable[[Row, JobStatus[Any]], object]) -> tuple[Jobs, Jobs]:
    """Do something that is at most one step to each of many jobs; `act` is called with the row of a job and a copy of the job.

    Returns the jobs that have moved by that, and those that it would have moved, had not somebody else at the same moment.
    """
    database = store._database
    moved: Jobs = []
    missed: Jobs = []
    for start in range(0, len(numbers), AT_ONCE):
        tried: list[tuple[StoredJob[Any], Outcome]] = []
        chunk = numbers[start : start + AT_ONCE]
        found = {values[0]: values for values in database.among(ROWS, chunk)}
        for number in filter(found.__contains__, chunk):
            job: StoredJob[Any] = StoredJob._of(store, store._row(found[number]))
            copy, _ = job._copy(job._row)
            act(job._row, copy)
            moves = entries(copy._history)
            if moves and not moves[0][1].refused:
                tried.append((job, outcome(store, job._row, copy, moves, own=True)))
        written = database.move_many([(one.update, move_columns(one.moves[0])) for _, one in tried]) if tried else []
        for (job, one), is_written in zip(tried, written, strict=True):
            if is_written:
                job._publish(one.row, moved=True)
            (moved if is_written else missed).append(job)
    return moved, missed


def request_cancel(store: JobStore[Any], mesg: str | None, numbers: Sequence[int], names: Sequence[str]) -> Jobs:
    """Request the cancel of the jobs of these numbers, as far as they are in a status of these names, and return those asked."""

    def ask(copy: JobStatus[Any]) -> bool:
        return copy.status.name in names and copy.request_cancel(mesg, quiet=True)

    asked, missed = move_each(store, numbers, lambda _, copy: ask(copy))
    for job in missed:
        with suppress(JobGone):
            if job._change(ask, own=True):
                asked.append(job)
    return sorted(asked, key=lambda job: -job._row.number)
