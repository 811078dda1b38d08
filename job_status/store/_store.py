"""The store: jobs that are rows of a database, made, found, counted and deleted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from heapq import merge
from secrets import token_hex
from typing import TYPE_CHECKING, Any, overload
from weakref import WeakValueDictionary

from .._lean import Generic, S
from .._lifecycle import JOB_LIFECYCLE, Lifecycle
from .._rows import RunningStatus
from .._status import JobStatus
from .._values import checked_seconds, shown
from ..errors import InvalidTransition, JobGone
from ._job import StoredJob
from ._keeper import Keeper
from ._opening import opened
from ._reaping import reap
from ._record import Row, columns, facts_of
from ._statements import COUNT, CREATE, FIND, LABEL, NUMBER_OF, OVER_SINCE, REMOVE, page
from ._texts import checked, checked_labels
from ._urls import database_of, parsed
from ._watcher import Watcher

if TYPE_CHECKING:
    from types import TracebackType

    from .._facts import Snapshot
    from ._database import Database

__all__ = ["JobStore"]

#: in the class, `list` is a method
Names = list[str | None]
Jobs = list[StoredJob[S]]

#: how many jobs are deleted in one transaction: others have to wait for it
AT_ONCE = 500

#: the stores that are open, for the jobs that are unpickled
_open: WeakValueDictionary[tuple[Any, ...], JobStore[Any]] = WeakValueDictionary()


class JobStore(Generic[S]):
    """Jobs in a database: `sqlite:///jobs.db` (a path; `////` begins an absolute one), or `postgresql://user@host/name`.

    The first store of a database makes its tables. All of its jobs have one lifecycle, which the database records: a store with
    another is refused, unless it only adds statuses and moves. A store may be used by any number of threads and processes; a fork
    and a pickled job open connections of their own. `close()` it, or use it in a `with` block.

    A database that another keeps locked is waited for, for `timeout` seconds. `durable` makes SQLite wait for the disk with each
    move, so that it survives a power failure; the end of a process never loses one. Progress is written once in
    `progress_interval` seconds at most. A process that has started a job shows every `beat` seconds that it is alive, see `reap`.

    Raises `ValueError` if the URL is none of a store, and `StoreError` if the database cannot be used.
    """

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: JobStore[RunningStatus],
            url: str,
            *,
            timeout: float = 30.0,
            durable: bool = False,
            progress_interval: float = 0.1,
            beat: float = 10.0,
        ) -> None: ...
        @overload
        def __init__(
            self,
            url: str,
            lifecycle: Lifecycle[S],
            *,
            timeout: float = 30.0,
            durable: bool = False,
            progress_interval: float = 0.1,
            beat: float = 10.0,
        ) -> None: ...

    def __init__(
        self,
        url: str,
        lifecycle: Any = JOB_LIFECYCLE,
        *,
        timeout: float = 30.0,
        durable: bool = False,
        progress_interval: float = 0.1,
        beat: float = 10.0,
    ) -> None:
        if not isinstance(lifecycle, Lifecycle):
            raise TypeError(f"the lifecycle of a store must be a Lifecycle, not {shown(lifecycle)}")
        self.lifecycle: Lifecycle[S] = lifecycle
        #: where the database is; without the password
        self.url, secret = parsed(url)
        self._options = {"timeout": timeout, "durable": durable, "progress_interval": progress_interval, "beat": beat}
        for name in ("timeout", "progress_interval", "beat"):
            if checked_seconds(name, self._options[name]) is None or self._options[name] < 0.0:
                raise ValueError(f"{name} must be a number of seconds from 0, not {shown(self._options[name])}")
        self._progress_interval = progress_interval
        self._database: Database = database_of(self.url, secret, timeout, durable)
        self._keeper_here = Keeper(self._database, beat)
        self._watcher_here = Watcher(self._database)
        try:
            opened(self._database, lifecycle, self.url)
        except BaseException:
            self._database.close()
            raise
        _open[self._address()[:2]] = self

    def __repr__(self) -> str:
        return f"<JobStore {self.url}>"

    def __enter__(self) -> JobStore[S]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Write what is late, and close the connections. The jobs of the store cannot be used any more."""
        self._watcher.close()
        self._keeper.close()
        self._database.close()
        if _open.get(self._address()[:2]) is self:
            del _open[self._address()[:2]]

    # -- jobs

    def create(self, name: str | None = None, labels: Mapping[str, str] | None = None) -> StoredJob[S]:
        """Create a job. By its labels, texts with a name each, jobs are found and told apart."""
        job = JobStatus(lifecycle=self.lifecycle, name=None if name is None else checked("the name of a job", name))
        facts, drift = job._snapshot(), self._database.drift()
        started = facts.started and facts.started + drift
        halted = facts.halted and facts.halted + drift
        return self._add(facts._replace(created=facts.created + drift, started=started, halted=halted), name, labels)

    def _add(self, facts: Snapshot, name: str | None, labels: Mapping[str, str] | None) -> StoredJob[S]:
        found, job_id = checked_labels(labels), token_hex(16)
        worker = self._worker() if facts.attempt and not facts.position.final and facts.started is not None else None
        with self._database.transaction() as execute:
            values = (job_id, name, *columns(facts), self._database.now(), worker)
            number = execute(CREATE, values).fetchone()[0]
            for label in found.items():
                execute(LABEL, (*label, number))
        return StoredJob._of(self, Row(number, job_id, name, 0, worker, facts))

    def get(self, job_id: str) -> StoredJob[S]:
        """Return the job of that id. Raises `JobGone` if there is none."""
        found = self._database.read(FIND, (checked("the id of a job", job_id),))
        if not found:
            raise JobGone(f"there is no job {shown(job_id)} in {self.url}; it may have been deleted")
        return StoredJob._of(self, self._row(found[0]))

    def list(
        self,
        status: S | None = None,
        meaning: RunningStatus | None = None,
        name: str | None = None,
        labels: Mapping[str, str] | None = None,
        limit: int = 100,
        after: StoredJob[S] | str | None = None,
    ) -> Jobs[S]:
        """Return a page of jobs, the newest first: those with that status or meaning, that name and all of those labels.

        `after` is the last job of the page before, or its id. Raises `JobGone` if there is no such job.
        """
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise ValueError(f"limit must be a whole number from 1, not {shown(limit)}")
        pairs = checked_labels(labels)
        start = [] if after is None else [self._number(after)]
        names = [] if name is None else [checked("name", name)]
        found: list[Any] = []
        for wanted in self._wanted(status, meaning):
            values = [text for pair in pairs.items() for text in pair]
            statement = page(wanted is not None, bool(names), len(pairs), bool(start))
            values += [*([] if wanted is None else [wanted]), *names, *start, limit]  # type: ignore[list-item]  # texts and numbers
            found.append(self._database.read(statement, values))
        rows = list_of(merge(*found, key=lambda values: -values[0]), limit)
        return [StoredJob._of(self, self._row(values)) for values in rows]

    def _wanted(self, status: S | None, meaning: RunningStatus | None) -> Names:
        """Return the names of the statuses that a filter lets pass; a None for all of them."""
        if status is not None:
            self.lifecycle.meaning(status)  # a ValueError that names the statuses
        if not isinstance(meaning, RunningStatus | None):
            raise TypeError(f"meaning must be a RunningStatus, not {shown(meaning)}")
        if status is None and meaning is None:
            return [None]
        statuses = self.lifecycle.statuses if status is None else (status,)
        return [one.name for one in statuses if meaning is None or self.lifecycle.meaning(one) is meaning]

    def _number(self, job: StoredJob[S] | str) -> int:
        if isinstance(job, StoredJob):
            return job._row.number
        found = self._database.read(NUMBER_OF, (checked("the id of a job", job),))
        if not found:
            raise JobGone(f"there is no job {shown(job)} in {self.url}; it may have been deleted")
        return int(found[0][0])

    def count(self) -> dict[S, int]:
        """Return how many jobs there are in each status that has any, in the order of the lifecycle."""
        found = dict(self._database.read(COUNT))
        return {status: found[status.name] for status in self.lifecycle.statuses if status.name in found}

    # -- deleting

    def delete(self, job: StoredJob[S] | str) -> None:
        """Delete a job that is over, with its history. Raises `InvalidTransition` if it is not over, `JobGone` if it is gone."""
        one = job if isinstance(job, StoredJob) else self.get(job)
        position = one._position
        if not position.final:  # somebody runs it, or will
            raise InvalidTransition("delete", position.status, None, position.allowed, one.history, one.name)
        self._delete([one._row.number])

    def prune(self, older_than: float) -> int:
        """Delete the jobs that have been over for more than `older_than` seconds, and return how many those were."""
        seconds = checked_seconds("older_than", older_than)
        if seconds is None or seconds < 0.0:
            raise ValueError(f"older_than must be a number of seconds from 0, not {shown(older_than)}")
        before, deleted = self._database.now() - seconds, 0
        for final in self.lifecycle.finals:
            while numbers := [row[0] for row in self._database.read(OVER_SINCE, (final.name, before, AT_ONCE))]:
                self._delete(numbers)
                deleted += len(numbers)
        return deleted

    # -- lost workers

    def reap(self, stale_after: float = 60.0, lost_after: float = 600.0, trigger: str | None = None) -> Jobs[S]:
        """Move the jobs whose worker was lost, and return them: a process that started them and has not shown itself since.

        After `stale_after` seconds without a sign of life a job becomes UNKNOWN, and its worker may still go on with it. Once it
        has been that for `lost_after` seconds, or where the lifecycle has no such status, it ends: CANCELED if that was
        requested, else in ERROR ("worker lost"); or `trigger` is fired, a requeue say. A request to cancel that nobody has run
        for as long ends CANCELED as well. Any number of processes may call this; the database's clock decides.
        """
        for what, seconds in (("stale_after", stale_after), ("lost_after", lost_after)):
            if (checked_seconds(what, seconds) or -1.0) < 0.0 and seconds != 0:
                raise ValueError(f"{what} must be a number of seconds from 0, not {shown(seconds)}")
        if trigger is not None:
            self.lifecycle.column(trigger)  # a ValueError that names the triggers
        return reap(self, stale_after, lost_after, trigger)

    def _delete(self, numbers: Iterable[int]) -> None:
        with self._database.transaction() as execute:
            for number in numbers:
                for statement in REMOVE:
                    execute(statement, (number,))

    # -- for its jobs

    def _row(self, values: Any) -> Row:
        number, job_id, name, version, worker, *facts = values
        return Row(number, job_id, name, version, worker, facts_of(facts, self.lifecycle, self._database.now()))

    @property
    def _keeper(self) -> Keeper:
        if self._keeper_here.pid != os.getpid():
            self._keeper_here = Keeper(self._database, self._options["beat"])
        return self._keeper_here

    @property
    def _watcher(self) -> Watcher:
        if self._watcher_here.pid != os.getpid():
            self._watcher_here = Watcher(self._database)
        return self._watcher_here

    def _worker(self) -> str:
        """Return what this process is called among the workers."""
        return self._keeper.worker()

    def _address(self) -> tuple[Any, ...]:
        """Return what a pickled job finds its store by: the URL without the password, the lifecycle, and the options."""
        return self.url, self.lifecycle, tuple(self._options.items())


def list_of(rows: Iterable[Any], limit: int) -> list[Any]:
    """Return the first rows. (In the class, `list` is a method.)"""
    return [row for row, _ in zip(rows, range(limit), strict=False)]


def attached(url: str, lifecycle: Lifecycle[Any], options: Iterable[tuple[str, Any]], job_id: str) -> StoredJob[Any]:
    """Return the job that a pickle stands for, in the store that is open for it, or else in one that is opened."""
    store = _open.get((url, lifecycle))
    if store is None:
        store = JobStore(url, lifecycle, **dict(options))
    return store.get(job_id)
